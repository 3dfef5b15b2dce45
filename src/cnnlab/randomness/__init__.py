"""Random numbers as a function of position: Threefry-2x32-20, no state anywhere."""

from cnnlab.randomness.threefry import (
    MAX_SEED,
    Stream,
    check_seed,
    keep_mask,
    permutation,
    stream_key,
    threefry2x32,
    uniform_words,
    uniforms_at,
    words_at,
)

__all__ = [
    "MAX_SEED",
    "Stream",
    "check_seed",
    "keep_mask",
    "permutation",
    "stream_key",
    "threefry2x32",
    "uniform_words",
    "uniforms_at",
    "words_at",
]
