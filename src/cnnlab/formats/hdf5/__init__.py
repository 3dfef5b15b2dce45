"""The part of HDF5 that files of weights are made of: groups, and arrays of numbers that lie in one piece.

A file from a stranger is data: the reader is plain Python over one block of bytes. It never opens another file, never
makes an array larger than the file, and answers what it does not know with a message that names it.
"""

from cnnlab.formats.hdf5.reading import read_hdf5
from cnnlab.formats.hdf5.writing import write_hdf5

__all__ = ["read_hdf5", "write_hdf5"]
