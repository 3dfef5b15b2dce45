"""What a network says of a picture file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        file: As it was named.
        classes: A name for each class.
        probabilities: Of each, in the same order.
        done: What was done to the picture before, for people.
        inverted: Whether it looks like a negative of what the network was trained on.
    """

    file: str
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    done: tuple[str, ...] = ()
    inverted: bool = False

    @property
    def order(self) -> tuple[int, ...]:
        """List the classes' numbers, the most probable first; of equals the lower number."""
        return tuple(sorted(range(len(self.classes)), key=lambda number: -self.probabilities[number]))


@dataclass(frozen=True)
class Refused:
    """A file that could not be used.

    Attributes:
        file: As it was named.
        why: The whole message.
    """

    file: str
    why: str
