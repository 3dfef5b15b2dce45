"""JSON from strangers: what Python reads is read alike, but for what two readers would read in two ways."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.files import strict_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(value=VALUES)
def test_what_json_has_is_read_alike(value: object) -> None:
    assert strict_json.parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1, "b": 2, "a": 3}]', "'a' twice in an object"),
        ("[NaN]", "NaN, a number that JSON does not have"),
        ("[-Infinity]", "-Infinity, a number that JSON does not have"),
        ("[" * 100_000, "brackets in brackets without end"),
        ("9" * 5_000, "digits"),
        (" " * (5 << 20), "at most 4 MiB of it are read, and these are 5"),
        ("{", "Expecting property name"),
    ],
)
def test_what_is_no_json_is_refused_with_its_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        strict_json.parse(text)
