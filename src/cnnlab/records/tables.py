"""A record as a table of plain values, with its name: the form of study files and results."""

from dataclasses import fields, is_dataclass
from typing import Any


def named_table(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any optimizer, loss or schedule
    """Return the class name of a record under "name" and all its fields; records inside become tables likewise.

    Example:
        >>> from cnnlab.records import ExponentialDecay, SGD
        >>> named_table(SGD(ExponentialDecay(0.1, 1000, 0.96)))["learning_rate"]["name"]
        'ExponentialDecay'
    """
    table: dict[str, Any] = {"name": type(record).__name__}
    for field in fields(record):
        value = getattr(record, field.name)
        table[field.name] = named_table(value) if is_dataclass(value) else value
    return table
