"""Where callbacks write: a path may name the run, so that the runs of a study do not write over each other."""

import re
from pathlib import Path
from typing import Any


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
