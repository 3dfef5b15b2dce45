"""Arguments of Keras' that cnnlab has not: accepted where they change nothing, refused by name where they would."""

from collections.abc import Mapping
from typing import Any, Final

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain

Neutral = Mapping[str, tuple[Any, ...]]

# What to do instead, by the argument.
_INSTEAD: Final = {
    "nb_epoch": "Today it is epochs=.",
    "steps_per_epoch": "Give fit() whole arrays; an epoch is one pass over them.",
    "validation_steps": "Slice the validation arrays instead.",
    "steps": "Slice the arrays instead.",
    "show_accuracy": "Today it is compile(metrics=['accuracy']).",
    "samples_per_epoch": "Slice the arrays instead.",
    "run_eagerly": "There is no eager mode here; leave it out.",
    "weighted_metrics": "Write metrics=['accuracy'].",
    "max_queue_size": "Arrays need no queue.",
    "workers": "Arrays need no workers.",
}


def refuse_unless_neutral(where: str, neutral: Neutral, given: Mapping[str, Any], known: tuple[str, ...] = ()) -> None:
    """Drop Keras' arguments at values that change nothing; refuse any other value and any other name.

    Args:
        where: The place that a message should name: "fit".
        neutral: By argument the values that change nothing.
        given: What the user wrote.
        known: The arguments that are supported, for a proposal.

    Raises:
        NotSupportedError: If an argument that Keras has, or had, is not at such a value.
        UsageError: If nobody has such an argument.
    """
    for argument, value in given.items():
        fix = _INSTEAD.get(argument, "")
        if argument in neutral:
            if not any(value is allowed or _equal(value, allowed) for allowed in neutral[argument]):
                shown = f"{argument}={_short(value)}"
                only = f"{argument}={neutral[argument][0]!r}, the only value cnnlab has"
                raise NotSupportedError(
                    explain(expected=only, got=shown, where=where, fix=fix or f"Leave {argument}= out.")
                )
        elif fix:
            raise NotSupportedError(explain(expected="an argument it has", got=f"{argument}=", where=where, fix=fix))
        else:
            fix = did_you_mean(argument, (*known, *neutral))
            raise UsageError(explain(expected="an argument it has", got=f"{argument}=", where=where, fix=fix))


def _equal(value: object, allowed: object) -> bool:
    """Compare plain values; an array equals none of them."""
    return isinstance(value, bool | int | float | str | list) and type(value) is type(allowed) and value == allowed


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"  # noqa: PLR2004 - more would hide the message
