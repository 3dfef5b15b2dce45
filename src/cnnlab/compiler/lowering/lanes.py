"""Sums across the 16 lanes, always by the same tree: lane l with l + 8, then + 4, + 2, + 1."""

from collections.abc import Sequence

from cnnlab.compiler.frame import LANES
from cnnlab.compiler.ir import Builder, Value
from cnnlab.compiler.kernel import Kernel


def sum_of_lanes(b: Builder, vectors: Sequence[Value]) -> Value:
    """Add up the lanes of 16 vectors.

    Args:
        b: Where to.
        vectors: 16 of 16 lanes.

    Returns:
        A vector; its lane j holds the sum of vector j.
    """
    rows = list(vectors)
    half = LANES // 2
    while half:
        # Pairs (j, j + half): each keeps one half of its lanes in either vector's place.
        rows = [_folded(b, rows[j], rows[j + half], half) for j in range(half)]
        half //= 2
    return rows[0]


def _folded(b: Builder, first: Value, second: Value, half: int) -> Value:
    """Add the upper half of every group of 2 * half lanes to its lower half, for two vectors, into one.

    Groups of the first vector come to stand in the lower halves, those of the second in the upper ones.
    """
    groups = range(0, LANES, 2 * half)
    low = [base + k for group in groups for base in (group, group + LANES) for k in range(half)]
    high = [lane + half for lane in low]
    return b.add(b.shuffle(first, second, low), b.shuffle(first, second, high))


def sum_of_one(b: Builder, vector: Value) -> Value:
    """Add up the lanes of one vector, by the same tree; return a scalar."""
    half = LANES // 2
    while half:
        lanes = [(lane + half) % LANES for lane in range(LANES)]
        vector = b.add(vector, b.shuffle(vector, vector, lanes))
        half //= 2
    return b.extract(vector, 0)


def reduce_rows(k: Kernel, rows: Value, out: Value, count: int, copies: Sequence[Value] = ()) -> None:
    """Add up the lanes of many vectors that lie one after the other, 16 at a time.

    Args:
        k: Where to.
        rows: Pointer to the vectors; room for whole groups of 16.
        out: Pointer to where the sums go, one after the other.
        count: Vectors, a multiple of 16.
        copies: Further pointers that the same sums go to.
    """
    size = k.vector.bytes
    with k.loop(0, count // LANES, label="16 sums") as turn:
        place = k.offset(rows, turn.at, LANES * size)
        sums = sum_of_lanes(k, [k.load(k.vector, place, lane * size) for lane in range(LANES)])
        for target in (out, *copies):
            k.store(sums, k.offset(target, turn.at, size))
