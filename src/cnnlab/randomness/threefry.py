"""Threefry-2x32-20, a generator without a state.

Every random number of a run is a pure function of where it is used: the seed, the stream (what it is for), the epoch,
the index of the image in the data set and the element. So neither threads nor the order of work can change one, and a
run can be taken up in the middle.

The function is that of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011),
with 20 rounds; its published test vectors are in the tests.
"""

from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.errors import UsageError, explain

Words = npt.NDArray[np.uint32]
Key = tuple[int, int]

MAX_SEED: Final = 2**32 - 1
_PARITY: Final = 0x1BD11BDA
_ROTATIONS: Final = ((13, 15, 26, 6), (17, 29, 16, 24))
_MASK32: Final = 0xFFFFFFFF
# A stream is a purpose and a position within it (a layer's index in the network), so that layers never share numbers.
_POSITIONS_PER_PURPOSE: Final = 2**16
# Chunks of this many counters keep all of Threefry's temporaries in the second-level cache.
_CHUNK: Final = 2**14


class Stream(IntEnum):
    """What a random number is for."""

    INITIAL_WEIGHTS = 1
    SHUFFLE = 2
    DROPOUT = 3
    MADE_UP_DATA = 4
    OWN_DATA = 5
    AUGMENTATION = 5


def check_seed(seed: object, where: str = "seed") -> int:
    """Return the seed as an int, or refuse what is not a whole number of 32 bits.

    Args:
        seed: What the user gave.
        where: The place that a message should name.

    Raises:
        UsageError: If it is not a whole number from 0 to 4294967295.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= MAX_SEED:
        raise UsageError(explain(expected=f"a whole number from 0 to {MAX_SEED}", got=repr(seed), where=where))
    return int(seed)


def threefry2x32(key: Key, counter: tuple[Words, Words]) -> tuple[Words, Words]:
    """Encrypt counters with a key.

    Args:
        key: Two 32-bit words.
        counter: Two uint32 arrays of one shape, the first and second word of each counter.

    Returns:
        Two uint32 arrays of that shape.

    Example:
        >>> zero = np.zeros(1, np.uint32)
        >>> [hex(int(word[0])) for word in threefry2x32((0, 0), (zero, zero))]
        ['0x6b200159', '0x99ba4efe']
    """
    schedule = (key[0], key[1], _PARITY ^ key[0] ^ key[1])
    first = counter[0] + np.uint32(schedule[0])
    second = counter[1] + np.uint32(schedule[1])
    scratch = np.empty_like(second)
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            first += second
            np.right_shift(second, np.uint32(32 - rotation), out=scratch)
            second <<= np.uint32(rotation)
            second |= scratch
            second ^= first
        first += np.uint32(schedule[(group + 1) % 3])
        second += np.uint32((schedule[(group + 2) % 3] + group + 1) & _MASK32)
    return first, second


def stream_key(seed: int, purpose: Stream, position: int = 0, epoch: int = 0) -> Key:
    """Derive the key of one stream of one epoch: Threefry((seed, stream), (epoch, 0)).

    Args:
        seed: The run's seed.
        purpose: What the numbers are for.
        position: Which of several users of that purpose: a layer's or weight's index in the network, below 65,536.
        epoch: Epochs counted from 0; 0 for what happens once a run.
    """
    stream = int(purpose) * _POSITIONS_PER_PURPOSE + position
    first, second = threefry2x32((seed, stream), (np.array([epoch], np.uint32), np.zeros(1, np.uint32)))
    return int(first[0]), int(second[0])


def words_at(key: Key, indices: npt.NDArray[np.integer], count: int) -> Words:
    """Draw the first ``count`` words of each index.

    Element ``e`` of index ``i`` is word ``e % 2`` of Threefry(key, (i, e // 2)): both words of a call are used.

    Args:
        key: From :func:`stream_key`.
        indices: Shape (n,), each below 2**32.
        count: Words for each index.

    Returns:
        uint32, shape (n, count).
    """
    pairs = (count + 1) // 2
    words = np.empty((len(indices), pairs, 2), np.uint32)
    second = np.arange(pairs, dtype=np.uint32)[None, :]
    rows = max(1, _CHUNK // max(1, pairs))
    for start in range(0, len(indices), rows):
        part = indices[start : start + rows].astype(np.uint32)[:, None]
        shape = (len(part), pairs)
        counter = (np.broadcast_to(part, shape), np.broadcast_to(second, shape))
        words[start : start + rows, :, 0], words[start : start + rows, :, 1] = threefry2x32(key, counter)
    return words.reshape(len(indices), pairs * 2)[:, :count]


def uniform_words(key: Key, index: int, count: int) -> Words:
    """Draw ``count`` words of one index: uint32, shape (count,)."""
    return words_at(key, np.array([index]), count).reshape(count)


def uniforms_at(key: Key, indices: npt.NDArray[np.integer], count: int) -> npt.NDArray[np.float64]:
    """Draw ``count`` numbers between 0 and 1 of each index: (word + 1/2) / 2**32, so never 0 nor 1.

    Args:
        key: From :func:`stream_key`.
        indices: Shape (n,), each below 2**32.
        count: Numbers for each index.

    Returns:
        float64, shape (n, count), exact.
    """
    return (words_at(key, indices, count).astype(np.float64) + 0.5) * 2.0**-32


def keep_mask(key: Key, indices: npt.NDArray[np.integer], count: int, rate: float) -> npt.NDArray[np.bool_]:
    """Say which activations a dropout keeps: those whose word is not below rate * 2**32.

    Args:
        key: From :func:`stream_key` with :attr:`Stream.DROPOUT`.
        indices: Shape (n,): the images' indices in the data set.
        count: Activations for each image.
        rate: Share to drop, from 0 to below 1.

    Returns:
        bool, shape (n, count); True where the activation stays.
    """
    return words_at(key, indices, count) >= np.uint32(min(round(rate * 2**32), _MASK32))


def permutation(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    """Shuffle 0 .. count-1 for one epoch: the order of the images' 64-bit Threefry numbers, ties by index.

    Args:
        seed: The run's seed.
        epoch: Counted from 0.
        count: How many images there are.

    Returns:
        int64, shape (count,).
    """
    words = words_at(stream_key(seed, Stream.SHUFFLE, epoch=epoch), np.arange(count), 2).astype(np.uint64)
    return np.argsort(words[:, 0] << np.uint64(32) | words[:, 1], kind="stable")
