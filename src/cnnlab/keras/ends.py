"""What `Model` is called with: one input and one output."""

from cnnlab.arch.layers import Input
from cnnlab.arch.wiring import Output
from cnnlab.errors import NetworkError, NotSupportedError, explain

_FIX = "Write Model(inputs, outputs) with inputs = Input((28, 28, 1)) and outputs what the last layer gave."


def read_ends(inputs: object, outputs: object) -> tuple[Input, Output]:
    """Return the input and the output of a model.

    Args:
        inputs: An `Input`, or a list of one.
        outputs: What a called layer gave, or a list of one.

    Raises:
        NetworkError: If they are nothing of the kind.
        NotSupportedError: If there are several, or none: a subclass that computes in ``call`` is not supported.
    """
    first, last = _only(inputs, "inputs"), _only(outputs, "outputs")
    if first is None and last is None:
        expected = "Model(inputs, outputs), the only kind of model that cnnlab has beside Sequential"
        raise NotSupportedError(explain(expected=expected, got="neither", where="Model", fix=_FIX))
    if not isinstance(first, Input):
        raise NetworkError(explain(expected="inputs to be an Input", got=_kind(first), where="Model", fix=_FIX))
    if not isinstance(last, Output):
        expected = "outputs to be what a called layer gave"
        raise NetworkError(explain(expected=expected, got=_kind(last), where="Model", fix=_FIX))
    return first, last


def _only(given: object, what: str) -> object:
    if isinstance(given, dict) or (isinstance(given, list | tuple) and len(given) != 1):
        expected = f"one of {what}: cnnlab's models have one input and one output"
        raise NotSupportedError(explain(expected=expected, got=str(len(given)), where="Model"))
    return given[0] if isinstance(given, list | tuple) else given


def _kind(given: object) -> str:
    return "none" if given is None else f"{type(given).__name__} {given!r}"[:80]
