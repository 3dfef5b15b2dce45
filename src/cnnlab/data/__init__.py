"""Where examples come from: MNIST from the first source that has it, checked to the bit, and a made-up data set."""

from cnnlab.data.cache import PartState
from cnnlab.data.catalogue import DATA_SETS, DataSet, data_set, load
from cnnlab.data.download import Progress
from cnnlab.data.folders import cache_root
from cnnlab.data.inspection import Location, locations, stored, verify
from cnnlab.data.request import Notify, log_notice

__all__ = [
    "DATA_SETS",
    "DataSet",
    "Location",
    "Notify",
    "PartState",
    "Progress",
    "cache_root",
    "data_set",
    "load",
    "locations",
    "log_notice",
    "stored",
    "verify",
]
