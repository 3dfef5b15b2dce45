"""Images that stand twice are found exactly: as a set of all their bytes finds them, whatever the hashes say."""

import doctest

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab import data
from cnnlab.analysis.protocol import data_facts, same_images
from cnnlab.analysis.protocol.data_facts import EXAMPLES, DataFacts
from cnnlab.records import Examples, Split

Images = npt.NDArray[np.uint8]
FORMS = st.sampled_from([(1,), (3,), (4,), (5, 2), (2, 2, 1), (7,)])
DTYPES = st.sampled_from(["u1", "<u2", "<f4", "<f8"])


def drawn(draw: st.DrawFn, count: int, form: tuple[int, ...], dtype: str) -> Images:
    """Draw images of few values, so that many are the same."""
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return numbers.integers(0, draw(st.sampled_from([1, 2, 3, 200])), (count, *form)).astype(dtype)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """Draw a data set of two or three parts, with some images of one planted into the others."""
    form, dtype = draw(FORMS), draw(DTYPES)
    parts = []
    for least in (1, 0, 0):
        images = drawn(draw, draw(st.integers(least, 40)), form, dtype)
        labels = (
            np.random.default_rng(len(images)).integers(0, 3, len(images)).astype(draw(st.sampled_from(["u1", "i8"])))
        )
        parts.append((images, labels))
    for _ in range(draw(st.integers(0, 3))):
        origin, target = draw(st.sampled_from(parts)), draw(st.sampled_from(parts))
        if len(origin[0]) and len(target[0]):
            target[0][draw(st.integers(0, len(target[0]) - 1))] = origin[0][draw(st.integers(0, len(origin[0]) - 1))]
    train, test, held = (Examples(*part) for part in parts)
    return Split("drawn", train, test, ("a", "b", "c"), "here", {}, draw(st.sampled_from([None, held])))


def there(split: Split) -> dict[str, Examples]:
    parts = {"training": split.train, "validation": split.validation, "test": split.test}
    return {name: part for name, part in parts.items() if part is not None}


def check(split: Split) -> DataFacts:
    """Hold what is found against sets of bytes."""
    facts, parts = data_facts(split), there(split)
    content = {name: [image.tobytes() for image in part.images] for name, part in parts.items()}
    shared = {(one.part, one.within): one.images for one in facts.overlaps}
    names = list(parts)
    for index, part in enumerate(names):
        for within in names[:index]:
            known = set(content[within])
            assert shared.get((part, within), 0) == sum(one in known for one in content[part])
    labels: dict[bytes, set[int]] = {}
    for name, part in parts.items():
        for one, label in zip(content[name], part.labels.tolist(), strict=True):
            labels.setdefault(one, set()).add(label)
    assert facts.at_odds == sum(len(some) > 1 for some in labels.values())
    assert len(facts.at_odds_examples) == min(facts.at_odds, EXAMPLES)
    for one in facts.overlaps:
        assert len(one.examples) == min(one.images, EXAMPLES)
    pairs = [pair for one in facts.overlaps for pair in one.examples]
    for first, second in [*pairs, *facts.at_odds_examples]:
        assert content[first.part][first.index] == content[second.part][second.index]
        for place in (first, second):
            assert parts[place.part].labels[place.index] == place.label
    assert all(first.label != second.label for first, second in facts.at_odds_examples)
    for part_facts in facts.parts:
        expected = [int((parts[part_facts.name].labels == label).sum()) for label in range(3)]
        assert (part_facts.images, list(part_facts.counts)) == (len(parts[part_facts.name]), expected)
    return facts


@settings(max_examples=300, deadline=None)
@given(split=splits())
def test_what_is_found_is_what_a_set_of_bytes_finds(split: Split) -> None:
    check(split)


@pytest.mark.parametrize("hashes", ["all the same", "two kinds"])
@settings(max_examples=100, deadline=None)
@given(split=splits())
def test_hashes_that_meet_cost_time_and_change_nothing(hashes: str, split: Split) -> None:
    kinds = 1 if hashes == "all the same" else 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            same_images, "_hashes", lambda rows: np.arange(len(rows)).astype(np.uint64) * 0 + _kind(rows, kinds)
        )
        check(split)


def _kind(rows: Images, kinds: int) -> npt.NDArray[np.uint64]:
    return (rows.astype(np.uint64).sum(axis=1) if len(rows) else np.zeros(0, np.uint64)) % np.uint64(kinds)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 5000), width=st.integers(1, 40))
def test_equal_images_have_equal_hashes_wherever_they_stand(seed: int, count: int, width: int) -> None:
    numbers = np.random.default_rng(seed)
    rows = numbers.integers(0, 256, (count, width), dtype=np.uint8)
    order = numbers.permutation(count)
    np.testing.assert_array_equal(same_images._hashes(rows)[order], same_images._hashes(rows[order]))


def test_different_images_seldom_have_the_same_hash() -> None:
    # One bit each: the pairs that a plain sum of words times odd numbers would mix up first.
    rows = np.packbits(np.eye(28 * 28 * 8, dtype=np.uint8), axis=1)
    assert len(np.unique(same_images._hashes(rows))) == len(rows)


def test_images_of_another_kind_are_never_the_same() -> None:
    byte, number = np.zeros((2, 4), np.uint8), np.zeros((2, 1), np.float32)
    first, second = same_images.image_numbers([byte, number])
    assert set(first.tolist()).isdisjoint(second.tolist())
    assert first[0] == first[1]


def test_a_view_of_memory_and_a_mapped_file_are_read_as_they_are(tmp_path: object) -> None:
    images = np.random.default_rng(0).integers(0, 3, (60, 3, 4), dtype=np.uint8)
    np.save(f"{tmp_path}/images.npy", images)
    mapped = np.load(f"{tmp_path}/images.npy", mmap_mode="r")
    (plain,), (again,) = same_images.image_numbers([images[::2]]), same_images.image_numbers([mapped[::2]])
    np.testing.assert_array_equal(plain, again)
    content = [image.tobytes() for image in images[::2]]
    assert len(set(plain.tolist())) == len(set(content))


def test_soft_labels_count_for_their_likeliest_class() -> None:
    soft = Examples(np.zeros((2, 1), np.uint8), np.array([[0.2, 0.8], [0.6, 0.4]], np.float32))
    facts = data_facts(Split("soft", soft, soft, ("a", "b"), "here", {}))
    assert [part.counts for part in facts.parts] == [(1, 1), (1, 1)]
    assert facts.at_odds == 1


def test_the_made_up_data_set_has_no_image_twice() -> None:
    facts = data_facts(data.load("made-up"))
    assert (facts.overlaps, facts.at_odds) == ((), 0)
    assert [part.counts for part in facts.parts] == [(80,) * 4, (20,) * 4]


def test_the_docstrings_run() -> None:
    assert doctest.testmod(same_images).failed == 0
