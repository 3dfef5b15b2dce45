"""How a network becomes machine code: plan, loop language, LLVM's text, object. See the README in this folder."""

from cnnlab.compiler.program import Program, compile_program
from cnnlab.compiler.target import Target, host_target

__all__ = ["Program", "Target", "compile_program", "host_target"]
