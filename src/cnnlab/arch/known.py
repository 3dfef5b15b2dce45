"""Things that an argument names: Keras' spellings of them, and one message for each that is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cnnlab.errors import NetworkError, NotSupportedError, did_you_mean, explain

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Known(Generic[Kind]):
    """What a kind of argument may name.

    Attributes:
        what: One of it, with its article: "a regularizer".
        base: What all its classes inherit from.
        classes: By Keras' class names.
        names: All names that are read.
        keras_only: Names that Keras has besides.
        example: How one is written.
        table: How one is written in a study file, with its arguments.
    """

    what: str
    base: type[Kind]
    classes: Mapping[str, type[Kind]]
    names: Mapping[str, type[Kind]]
    keras_only: frozenset[str]
    example: str
    table: str

    def read(self, identifier: Any) -> Kind:  # noqa: ANN401 - whatever a user writes
        """Read one in any of Keras' spellings.

        Args:
            identifier: A name, an instance, its class, or Keras' configuration of one
                ``{"class_name": ..., "config": {...}}``.

        Raises:
            NetworkError: If it names none, or gives one a wrong argument.
            NotSupportedError: If Keras has it and cnnlab does not, or it is one of the user's own.
        """
        if isinstance(identifier, self.base):
            return identifier
        if isinstance(identifier, str):
            return self._class_of(identifier)()
        if isinstance(identifier, type) and issubclass(identifier, self.base):
            return self._class_of(identifier.__name__)()
        if isinstance(identifier, Mapping) and isinstance(identifier.get("class_name"), str):
            return self._configured(identifier)
        if callable(identifier):
            raise self._refused(f"{getattr(identifier, '__name__', identifier)!r}, one of your own")
        fix = f"Write {self.table if isinstance(identifier, Mapping) else self.example}."
        raise NetworkError(explain(expected=f"the name of {self.what}", got=repr(identifier), fix=fix))

    def _configured(self, given: Mapping[str, Any]) -> Kind:
        """Make one from Keras' configuration; a class of somebody else's is none of Keras' of the same name."""
        registered = given.get("registered_name")
        if isinstance(registered, str) and ">" in registered:
            raise self._refused(f"{registered!r}, one of somebody's own")
        cls, config = self._class_of(given["class_name"]), given.get("config") or {}
        if not isinstance(config, Mapping):
            raise NetworkError(explain(expected=f"config of {cls.__name__} to be arguments by name", got=repr(config)))
        return cls(**config)

    def _class_of(self, name: str) -> type[Kind]:
        if name in self.keras_only:
            raise self._refused(f"{name!r}, which Keras has and cnnlab does not")
        if name not in self.names:
            likely = [known for known in self.names if known.islower() == name.islower()]
            fix = did_you_mean(name, likely)
            raise NetworkError(explain(expected=f"the name of {self.what}", got=repr(name), fix=fix))
        return self.names[name]

    def _refused(self, got: str) -> NotSupportedError:
        return NotSupportedError(explain(expected=f"one of {', '.join(self.classes)}", got=got))
