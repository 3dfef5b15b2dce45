"""Words on what older versions of Keras wrote: each is accepted, and said what it means today."""

from typing import Any

from cnnlab.keras.words import say


def moved(module: str, today: str) -> None:
    """Say, while an old module is being imported, where its names stand today."""
    say(f"{module} is an old spelling; today its names stand in {today}.")


def read_old_optimizer_arguments(optimizer: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Bring ``lr=`` and ``decay=`` of older versions of Keras into today's arguments.

    Args:
        optimizer: Its name, for the words.
        arguments: As the user gave them, beside those that today's Keras puts first.

    Returns:
        The same with today's names.
    """
    read = dict(arguments)
    if "lr" in read:
        read["learning_rate"] = read.pop("lr")
        say(f"{optimizer}(lr=) is an old spelling; it is read as learning_rate={read['learning_rate']!r}.")
    if read.get("decay"):
        say(
            f"{optimizer}(decay={read['decay']!r}) is the decay of Keras before version 3 and kept as such: update t "
            "is made with learning_rate / (1 + decay * t). Keras 3 has weight_decay=, which is something else."
        )
    return read
