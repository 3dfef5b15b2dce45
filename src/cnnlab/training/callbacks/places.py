"""Where callbacks write: a path may name the run, so that the runs of a study do not write over each other."""

import re
from pathlib import Path, PureWindowsPath
from string import Formatter
from typing import Any, Final

# What a word in braces may ask for. With a fill, or cut to nothing, {architecture} could become "..", or vanish before
# a slash: "{architecture:.0}/etc". Only numbers have these endings, and what is written of a number has a digit or
# letters in it.
_FORMAT: Final = re.compile(r"\d{0,3}(\.\d{1,2}[eEfFgG%]|[deEfFgG%])?")


def run_words(model: Any) -> dict[str, Any]:  # noqa: ANN401 - a Sequential or, in a study, a Trainee
    """Return ``architecture``, as a word that every file system takes, and ``seed``."""
    return {"architecture": re.sub(r"[^A-Za-z0-9.]+", "-", model.name).strip("-.") or "network", "seed": model.seed}


def place_of_run(path: str, model: Any) -> str:  # noqa: ANN401 - likewise
    """Put a run's name and seed for ``{architecture}`` and ``{seed}``; other braces are part of the name."""
    for word in ("architecture", "seed"):
        mark = f"{{{word}}}"
        if mark in path:
            path = path.replace(mark, str(run_words(model)[word]))
    return path


def in_run_folder(path: str, model: Any) -> str:  # noqa: ANN401 - likewise
    """Put a relative path into the run's own folder, where there is one: a study has, ``fit`` has not."""
    folder = getattr(model, "folder", None)
    return path if folder is None else str(Path(folder) / path)


def why_not_inside(path: str) -> str:
    """Say what may lead a path out of the run's folder once its words are put in, on any system; empty if nothing.

    Args:
        path: As a callback takes it.

    Example:
        >>> why_not_inside("weights/{epoch:02d}-{val_loss:.4f}.npz"), why_not_inside("../log.csv")
        ('', "'..' in it")
    """
    # Windows' rules know both slashes and drives; a study file means the same everywhere.
    parts = PureWindowsPath(path)
    if parts.anchor:
        return "an absolute path"
    if ".." in parts.parts:
        return "'..' in it"
    if not path.isprintable():
        return "a character that nobody sees"
    return "" if _words_stay(path) else "a word in braces that may become any text"


def _words_stay(path: str) -> bool:
    """Say whether each word in braces is a plain name, with a format for numbers at most."""
    try:
        fields = [(name, spec or "", kind) for _, name, spec, kind in Formatter().parse(path) if name is not None]
    except ValueError:  # a brace alone: part of a name for those who put no numbers in, refused by the others
        return True
    return all(name.isidentifier() and _FORMAT.fullmatch(spec) and not kind for name, spec, kind in fields)
