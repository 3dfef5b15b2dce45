"""A user's own data in a study file: what may stand in ``[data]`` of them, read and written."""

from pathlib import Path
from typing import Any, Final

from cnnlab import data
from cnnlab.data.own import OwnData, Reading, own_name
from cnnlab.errors import DataUnavailableError, UsageError, explain
from cnnlab.lab.study_schema import DataSection

_KEYS: Final = ("kind", "resize", "test_share", "split_seed", "label", "shape")
_USUAL: Final = "mnist"


def own_as_table(own: OwnData | None) -> dict[str, Any]:
    """Write how a user's own data are read, and which sums they had; nothing for a data set that is known by its name.

    The kind stands there always: by it the table is told from one of a known data set.
    """
    if own is None:
        return {}
    reading = own.reading
    return {
        "kind": reading.kind,
        "resize": list(reading.resize) if reading.resize else None,
        "test_share": reading.test_share,
        "split_seed": reading.split_seed,
        "label": reading.label,
        "shape": list(reading.shape) if reading.shape else None,
        "sums": dict(own.sums) or None,
        "class_names": list(own.class_names) or None,
    }


def read_own(section: DataSection, path: Path | None) -> tuple[str, OwnData | None]:
    """Read which data a study is of.

    They are the user's own where the table says how to read them, or names a path and no data set that is known.
    MNIST's own files are MNIST, wherever they lie.

    Args:
        section: Of the file.
        path: Where they are, as the file says.

    Returns:
        Their name, and how they are read; None where the name is all there is to know.

    Raises:
        UsageError: If the table says how to read a data set that is known by its name, or a size is none.
    """
    told: dict[str, Any] = {key: value for key in _KEYS if (value := getattr(section, key)) is not None}
    if section.name in data.DATA_SETS and told:
        got = f"{section.name!r} with {', '.join(told)}"
        fix = "Leave the name out, or choose another one; path says where the data are."
        raise UsageError(explain(expected="a name of your own", got=got, where="data", fix=fix))
    if section.name in data.DATA_SETS or (path is None and not told):
        # Any other name without a path is a slip of the keyboard: loading proposes the nearest one that is known.
        return section.name or _USUAL, None
    if section.name is None and path is not None and not told and is_mnist(path):
        return _USUAL, None
    told |= {key: tuple(told[key]) for key in ("resize", "shape") if key in told}
    own = OwnData(
        Reading(**told),
        tuple(sorted((section.sums or {}).items())),
        tuple(section.class_names or ()),
    )
    return section.name or (own_name(path) if path else "data"), own


def is_mnist(path: Path) -> bool:
    """Tell whether MNIST's own files lie at a path, by their sums: other data sets have files of the same names."""
    try:
        data.verify(_USUAL, path)
    except DataUnavailableError:
        return False
    return True
