"""Names of the classes that a model tells apart, kept beside it in its file; Keras has none and passes over them."""

from typing import Final

from cnnlab.errors import UsageError, explain

_MOST: Final = 100_000
_LONGEST: Final = 200


def checked_class_names(names: object) -> tuple[str, ...]:
    """Bring names into a tuple.

    Args:
        names: One text for each class, in the order of the outputs; nothing for none.

    Raises:
        UsageError: If they are no row of texts.

    Example:
        >>> checked_class_names(["cat", "dog"])
        ('cat', 'dog')
    """
    if names is None:
        return ()
    if not isinstance(names, list | tuple) or not are_class_names(names):
        fix = "Write model.class_names = ['cat', 'dog']."
        raise UsageError(explain(expected="a list of texts", got=repr(names)[:60], where="class_names", fix=fix))
    return tuple(names)


def are_class_names(names: object) -> bool:
    """Tell whether something, perhaps from a stranger's file, is a list of names that a terminal can show."""
    if not isinstance(names, list | tuple) or len(names) > _MOST:
        return False
    return all(isinstance(name, str) and 0 < len(name) <= _LONGEST and name.isprintable() for name in names)
