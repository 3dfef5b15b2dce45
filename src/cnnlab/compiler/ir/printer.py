"""Write programs of the language as text, for people."""

from collections.abc import Iterator

from cnnlab.compiler.ir.nodes import Block, Function, Loop, Module, Op, Value, When


def print_module(module: Module) -> str:
    """Write a module; `verify` has the rules that the text obeys."""
    return "\n\n".join(print_function(function) for function in module.functions) + "\n"


def print_function(function: Function) -> str:
    """Write one function."""
    parameters = ", ".join(f"{value.name}: {value.type}" for value in function.parameters)
    comment = [f"# {line}" for line in function.about.splitlines()]
    head = f"{'export ' if function.exported else ''}function {function.name}({parameters})"
    return "\n".join([*comment, head, *_lines(function.body, "  ")])


def _lines(block: Block, indent: str) -> Iterator[str]:
    for statement in block:
        if isinstance(statement, Op):
            yield indent + _operation(statement)
        elif isinstance(statement, When):
            yield f"{indent}when {statement.condition}"
            yield from _lines(statement.body, indent + "  ")
        else:
            yield from _loop(statement, indent)


def _operation(op: Op) -> str:
    extra = [str(part) for part in op.extra]
    args = ", ".join([*(_typed(arg) for arg in op.args), *extra])
    return f"{op.result.name}: {op.result.type} = {op.code} {args}" if op.result else f"{op.code} {args}"


def _loop(loop: Loop, indent: str) -> Iterator[str]:
    step = f" by {loop.step}" if loop.step != 1 else ""
    about = f"  # {loop.label}" if loop.label else ""
    pairs = [f"{value.name} = {first}" for value, first in zip(loop.carried, loop.initial, strict=True)]
    carry = f" carry {', '.join(pairs)}" if pairs else ""
    yield f"{indent}for {loop.variable.name} in {loop.start} .. {loop.stop}{step}{carry}{about}"
    yield from _lines(loop.body, indent + "  ")
    if loop.handed:
        yield f"{indent}  next {', '.join(str(value) for value in loop.handed)}"
        yield f"{indent}then {', '.join(str(value) for value in loop.results)}"


def _typed(value: Value) -> str:
    return value.name or f"{value.literal}:{value.type}"
