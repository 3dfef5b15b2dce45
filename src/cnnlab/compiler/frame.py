"""The memory that compiled code is handed: where each pointer and number stands.

A program is called with one pointer, to a thread's own frame. The frame points to what all threads share. Both are rows
of 8-byte slots; the names here are their only description, for the code that is made and for the Python that calls it.
"""

from enum import IntEnum
from typing import Final

LANES: Final = 16


class Frame(IntEnum):
    """Slots of a thread's own frame."""

    SHARED = 0
    TILE = 1  # arena of the tile at hand
    SCRATCH = 2  # arena of the thread
    PARTIAL = 3  # this tile's sums of gradients
    STATISTICS = 4  # this tile's sums for batch normalization
    TILE_INDEX = 5
    VALID = 6  # how many of the tile's 16 images are real
    THREAD = 7
    COUNT = 8  # images in the batch
    TILES = 9  # tiles in the batch
    START = 10  # where the batch begins in the order
    STEP = 11
    SCALE = 12  # f64: 1 / COUNT
    LO = 13  # a share of some work
    HI = 14
    TURNS = 15  # how often a timer does its part of a step
    ROWS = 16  # 16 x u32: which images
    TRUTH = 24  # 16 x i32: their classes
    LOSSES = 32  # f64: the tile's loss; the next slot: how many are correct
    WEIGHTS = 40  # 16 numbers of the program's kind: what the losses of the tile's images are multiplied by
    SIZE = 56


class Shared(IntEnum):
    """Slots of what all threads share."""

    PARAMETERS = 0
    SLOTS = 1
    GRADIENTS = 2
    PARTIALS = 3
    TILES = 4
    STATISTICS = 5
    IMAGES = 6
    LABELS = 7
    ORDER = 8  # u32 for each image of the epoch
    RESULTS = 9  # per step (or per tile in evaluation): f64 loss, i64 correct
    SCALARS = 10  # per step: what the optimizer needs, f64
    KEYS = 11  # per layer that draws random numbers: two u32
    SYNC = 12
    YIELD = 13  # void (*)(void)
    THREADS = 14
    ROWS = 15  # images in ORDER
    BATCH = 16
    STEPS = 17
    IMAGE_KIND = 18
    DIVISOR = 19  # f64
    LABEL_KIND = 20
    HOT = 21  # f64
    COLD = 22  # f64
    UPDATE = 23  # 0: gradients only
    OUTPUTS = 24  # one row for each image; 0 to leave out
    CLASSES = 25  # i32 for each image
    PROBABILITIES = 26  # f32 for each image
    NORMS = 27  # f64 for each trained array
    MAPS = 28  # per augmentation layer and image in ORDER: six f32
    TILE_RESULTS = 29  # per tile: f64 loss, i64 correct
    MOVING = 30  # the batch's means and variances
    WEIGHTS = 31  # for each image what its loss is multiplied by; 0 where all count alike
    TILE_COUNTS = 32  # per tile: two i64 for each metric
    COUNTS = 33  # per step, likewise
    MARKS = 34  # labels that are probabilities, as they were given
    SIZE = 40


class Sync(IntEnum):
    """Slots of the barrier, a cache line apart."""

    ARRIVED = 0
    GENERATION = 8
    STOP = 16
    SIZE = 32


class ImageKind(IntEnum):
    """How images lie in memory."""

    BYTES = 0
    SCALED_BYTES = 1  # to be divided by DIVISOR, in float32
    FLOATS = 2
    SCALED_FLOATS = 3


class LabelKind(IntEnum):
    """How labels lie in memory."""

    NONE = 0
    CLASSES = 1  # i32
    PROBABILITIES = 2  # floats


class Scalar(IntEnum):
    """What the optimizer is told of each step, f64 each."""

    APPLY = 0  # 0: only accumulate
    RATE = 1
    SIZE_OF_STEP = 2
    AVERAGE_MOMENTUM = 3
    OVERWRITE = 4
    SHARE_OF_GRADIENT = 5  # Nadam's two
    SPREAD = 6
    SIZE = 8
