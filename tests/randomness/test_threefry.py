"""Threefry-2x32-20: the published test vectors, and that a number depends on its position and on nothing else."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.errors import UsageError
from cnnlab.randomness import (
    MAX_SEED,
    Stream,
    check_seed,
    keep_mask,
    permutation,
    stream_key,
    threefry2x32,
    uniform_words,
    words_at,
)
from cnnlab.randomness.threefry import Key

ONES = 0xFFFFFFFF
# Random123, file kat_vectors, lines "threefry2x32 20": counter, key, result.
PUBLISHED = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((ONES, ONES), (ONES, ONES), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]

seeds = st.integers(0, MAX_SEED)
streams = st.sampled_from(Stream)
positions = st.integers(0, 2**16 - 1)
indices = st.lists(st.integers(0, MAX_SEED), min_size=1, max_size=20)


def key_of(draw_seed: int = 7, epoch: int = 0, position: int = 0) -> Key:
    return stream_key(draw_seed, Stream.DROPOUT, position, epoch)


@pytest.mark.parametrize(("counter", "key", "result"), PUBLISHED, ids=["zeros", "ones", "pi"])
def test_the_published_test_vectors_come_out(counter: tuple[int, int], key: Key, result: tuple[int, int]) -> None:
    words = threefry2x32(key, (np.array([counter[0]], np.uint32), np.array([counter[1]], np.uint32)))
    assert (int(words[0][0]), int(words[1][0])) == result


def test_the_counters_are_left_as_they_were() -> None:
    first, second = np.arange(5, dtype=np.uint32), np.arange(5, 10, dtype=np.uint32)
    threefry2x32((1, 2), (first, second))
    assert list(first) == [0, 1, 2, 3, 4]
    assert list(second) == [5, 6, 7, 8, 9]


def one_word(key: Key, index: int, element: int) -> int:
    """Word `element` of `index`, straight from the definition."""
    pair = threefry2x32(key, (np.array([index], np.uint32), np.array([element // 2], np.uint32)))
    return int(pair[element % 2][0])


@given(seeds, indices, st.integers(1, 9))
def test_each_word_is_that_of_its_own_index_and_element(seed: int, rows: list[int], count: int) -> None:
    key = key_of(seed)
    words = words_at(key, np.array(rows, np.int64), count)
    assert words.shape == (len(rows), count)
    assert words.tolist() == [[one_word(key, row, element) for element in range(count)] for row in rows]


@given(indices, st.integers(1, 9), st.integers(0, 19), st.randoms(use_true_random=False))
def test_neither_order_nor_chunks_change_a_word(rows: list[int], count: int, cut: int, random: Random) -> None:
    key, array = key_of(), np.array(rows, np.int64)
    whole = words_at(key, array, count)
    parts = [words_at(key, part, count) for part in (array[:cut], array[cut:])]
    assert np.array_equal(np.concatenate(parts), whole)
    order = list(range(len(rows)))
    random.shuffle(order)
    assert np.array_equal(words_at(key, array[order], count), whole[order])


def test_indices_that_fill_many_chunks_get_the_same_words_as_alone() -> None:
    key, many = key_of(), np.arange(5000)
    words = words_at(key, many, 33)
    for index in (0, 963, 964, 4999):
        assert np.array_equal(words[index], uniform_words(key, index, 33))


@given(indices, st.integers(1, 30), st.integers(1, 30))
def test_more_words_begin_with_fewer_words(rows: list[int], few: int, more: int) -> None:
    key, array = key_of(), np.array(rows, np.int64)
    shared = min(few, more)
    assert np.array_equal(words_at(key, array, few)[:, :shared], words_at(key, array, more)[:, :shared])


@given(seeds, streams, positions, st.integers(0, MAX_SEED))
def test_a_key_is_threefry_of_seed_and_stream_at_the_epoch(
    seed: int, purpose: Stream, position: int, epoch: int
) -> None:
    stream = int(purpose) * 2**16 + position
    pair = threefry2x32((seed, stream), (np.array([epoch], np.uint32), np.zeros(1, np.uint32)))
    assert stream_key(seed, purpose, position, epoch) == (int(pair[0][0]), int(pair[1][0]))


def test_seed_purpose_position_and_epoch_each_change_the_key() -> None:
    keys = {
        stream_key(seed, purpose, position, epoch)
        for seed in (0, 1)
        for purpose in Stream
        for position in (0, 1)
        for epoch in (0, 1)
    }
    assert len(keys) == 2 * len(Stream) * 2 * 2


@given(indices, st.floats(0, 0.99))
def test_a_mask_depends_on_the_image_and_not_on_its_batch(rows: list[int], rate: float) -> None:
    key, array = key_of(), np.array(rows, np.int64)
    mask = keep_mask(key, array, 7, rate)
    for row, index in enumerate(rows):
        assert np.array_equal(mask[row], keep_mask(key, np.array([index]), 7, rate)[0])


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_a_mask_drops_the_share_it_is_asked_to(rate: float) -> None:
    count = 400_000
    kept = keep_mask(key_of(), np.arange(1000), count // 1000, rate).mean()
    assert abs(kept - (1 - rate)) <= 5 * np.sqrt(rate * (1 - rate) / count)


@given(st.floats(0, 0.99), st.floats(0, 0.99))
def test_a_higher_rate_drops_all_that_a_lower_one_drops(one: float, other: float) -> None:
    low, high = sorted((one, other))
    rows = np.arange(20)
    assert not (keep_mask(key_of(), rows, 9, high) & ~keep_mask(key_of(), rows, 9, low)).any()


@given(seeds, st.integers(0, 1000), st.integers(0, 300))
def test_a_permutation_holds_each_index_once(seed: int, epoch: int, count: int) -> None:
    assert sorted(permutation(seed, epoch, count)) == list(range(count))


def test_a_permutation_changes_with_seed_and_epoch() -> None:
    orders = {tuple(permutation(seed, epoch, 50)) for seed in (0, 1, MAX_SEED) for epoch in (0, 1, 2)}
    assert len(orders) == 9


def test_every_place_of_a_permutation_is_as_likely_for_an_image_as_any_other() -> None:
    counts = np.zeros((8, 8))
    for epoch in range(4000):
        counts[np.arange(8), permutation(3, epoch, 8)] += 1
    assert np.abs(counts - 500).max() < 5 * np.sqrt(500 * 7 / 8)


@given(seeds)
def test_a_seed_of_32_bits_is_taken(seed: int) -> None:
    assert check_seed(seed) == seed
    assert check_seed(np.uint32(seed)) == seed


@pytest.mark.parametrize("seed", [-1, 2**32, 2**40, 1.0, "1", None, True])
def test_any_other_seed_is_refused_by_name(seed: object) -> None:
    with pytest.raises(UsageError, match=r"^--seed-list: expected a whole number from 0 to 4294967295, got "):
        check_seed(seed, "--seed-list")
