"""A small typed language of loops and vectors, between networks and machine code."""

from cnnlab.compiler.ir.builder import Builder, Number, Turn
from cnnlab.compiler.ir.nodes import Function, Loop, Module, Op, Value, When
from cnnlab.compiler.ir.printer import print_function, print_module
from cnnlab.compiler.ir.types import F32, F64, I1, I8, I16, I32, I64, PTR, VOID, Type
from cnnlab.compiler.ir.verifier import verify

__all__ = [
    "F32",
    "F64",
    "I1",
    "I8",
    "I16",
    "I32",
    "I64",
    "PTR",
    "VOID",
    "Builder",
    "Function",
    "Loop",
    "Module",
    "Number",
    "Op",
    "Turn",
    "Type",
    "Value",
    "When",
    "print_function",
    "print_module",
    "verify",
]
