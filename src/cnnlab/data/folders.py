"""Where data sets lie on this machine."""

import os
from pathlib import Path
from typing import Final

import platformdirs

CACHE_VARIABLE: Final = "CNNLAB_CACHE_DIR"


def cache_root() -> Path:
    """Return the folder of all cached data sets: ``CNNLAB_CACHE_DIR``, or the user's cache folder for cnnlab."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("cnnlab", appauthor=False))


def keras_datasets() -> Path:
    """Return the folder where Keras keeps its downloads: under ``KERAS_HOME``, or under ``~/.keras``."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def for_people(path: Path) -> str:
    """Write a path with ~ for the home folder: shorter, and it does not carry the user's name into a report."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)
