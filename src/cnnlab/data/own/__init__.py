"""A user's own images: read from what people have, kept as bytes that are mapped and never in memory whole."""

from cnnlab.data.own.checkup import Checkup, Finding, check
from cnnlab.data.own.kept import Kept, kept
from cnnlab.data.own.kinds import found_kind
from cnnlab.data.own.loading import Loaded, kept_arrays, load_own, own_name
from cnnlab.data.own.reading import KINDS, Kind, OwnData, Reading, read_shape

__all__ = [
    "KINDS",
    "Checkup",
    "Finding",
    "Kept",
    "Kind",
    "Loaded",
    "OwnData",
    "Reading",
    "check",
    "found_kind",
    "kept",
    "kept_arrays",
    "load_own",
    "own_name",
    "read_shape",
]
