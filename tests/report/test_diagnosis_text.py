import json
import sys
from dataclasses import replace
from pathlib import Path

import goldens
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "analysis" / "diagnosis"))
from findings_made_up import EVERY, FOUND, candidate, gained

from cnnlab.analysis.diagnosis import Change, Ranked, RemoveLayer, Suspect
from cnnlab.report.diagnosis_text import diagnosis_document, diagnosis_text


@pytest.mark.parametrize("name", EVERY)
def test_a_diagnosis_reads_as_its_golden_text(name: str) -> None:
    goldens.check(f"diagnosis_{name}", diagnosis_text(EVERY[name]))


@pytest.mark.parametrize("name", EVERY)
def test_a_diagnosis_fits_into_80_columns(name: str) -> None:
    assert max(map(len, diagnosis_text(EVERY[name]).splitlines())) <= 80


def test_the_json_has_the_causes_in_their_order_with_gain_and_interval() -> None:
    document = json.loads(json.dumps(diagnosis_document(FOUND)))
    (cause,) = document["causes"]
    assert cause["name"] == "dropout-leaves-nothing"
    assert cause["layers"] == ["dropout_3"]
    assert cause["change"] == "without dropout_3"
    assert (cause["gain"], cause["interval"]) == (27.3, [18.4, 36.2])
    assert cause["edits"] == [{"do": "RemoveLayer", "layer": "dropout_3"}]
    assert [one["change"] for one in document["perhaps"]] == ["filters 10 in conv2d_2"]
    assert document["joint"]["changes"] == ["without dropout_3", "filters 10 in conv2d_2"]
    assert [one["change"] for one in document["ranking"]][-1] == "strides 1 in conv2d_1"


def test_a_sentence_that_several_suspects_share_stands_once_and_no_other_is_lost() -> None:
    shared = "All strides together take steps of 64 x 64. 1 pool has one position to slide over."
    texts = (f"conv2d has strides 2 x 2. {shared}", f"conv2d_1 has strides 2 x 2. {shared}", "conv2d has 5 filters.")
    suspects = tuple(Suspect(f"name-{n}", (), text, (), "description", (), 0.5) for n, text in enumerate(texts))
    shown = " ".join(diagnosis_text(replace(FOUND, suspects=suspects)).split())
    assert shown.endswith(
        f"1. name-0: conv2d has strides 2 x 2. {shared} 2. name-1: conv2d_1 has strides 2 x 2. 3. name-2: conv2d has "
        "5 filters."
    )
    document = diagnosis_document(replace(FOUND, suspects=suspects))
    assert [one["text"] for one in document["suspects"]] == list(texts)


def test_a_change_that_is_too_long_for_its_table_is_wrapped_and_its_interval_is_not() -> None:
    text = "without dropout_2 and dropout_2 behind batch_normalization_1 of the very same network"
    ranked = Ranked(candidate("x", Change(text, (RemoveLayer("dropout_2"),)), "X."), gained(-12.4, -20.7, -16.0, 3))
    shown = diagnosis_text(replace(FOUND, ranked=(*FOUND.ranked, ranked)))
    assert max(map(len, shown.splitlines())) <= 80
    assert "-20.7 to -16.0" in shown
    assert text in " ".join(shown.split()).replace(" -12.4 -20.7 to -16.0", "")
