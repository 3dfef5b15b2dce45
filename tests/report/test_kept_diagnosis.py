import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "analysis" / "diagnosis"))
from findings_made_up import EVERY, FOUND

from cnnlab.analysis.diagnosis import diagnosis_sentences
from cnnlab.report.diagnosis_text import diagnosis_document
from cnnlab.report.kept_diagnosis import kept_diagnosis


def through_json(name: str) -> object:
    return json.loads(json.dumps(diagnosis_document(EVERY[name])))


@pytest.mark.parametrize("name", EVERY)
def test_what_is_kept_of_a_diagnosis_says_what_the_diagnosis_said(name: str) -> None:
    found, kept = EVERY[name], kept_diagnosis(through_json(name))
    assert kept.sentences == tuple(one.text for one in diagnosis_sentences(found))
    alone = [one for one in kept.measured if one.judgement]
    measured = {one.candidate.change.text: one for one in found.measured}
    assert {one.change for one in alone} == set(measured)
    for one in alone:
        gain = measured[one.change].gain
        assert (one.gain, one.low, one.high) == (gain.points, gain.interval.low, gain.interval.high)
        judged = measured[one.change].judgement
        assert one.judgement == {"cause": "a cause", "perhaps": "not decided", "no cause": "no cause"}[judged]
    assert {one.change for one in kept.ranked} == {one.candidate.change.text for one in found.ranked} - set(measured)
    assert kept.suspects == tuple((one.name, one.text) for one in found.suspects)


def test_two_changes_together_stand_behind_each_alone() -> None:
    joint = kept_diagnosis(diagnosis_document(FOUND)).measured[-1]
    assert joint.change == "without dropout_3 and filters 10 in conv2d_2, together"
    assert joint.judgement == ""


@pytest.mark.parametrize("part", ["sentences", "causes", "joint", "ranking", "suspects", "architecture", "perhaps"])
def test_a_document_without_a_part_is_none(part: str) -> None:
    document = diagnosis_document(FOUND)
    del document[part]
    with pytest.raises(ValueError, match="no document of a diagnosis"):
        kept_diagnosis(document)


@pytest.mark.parametrize("document", [None, [], 3, "text", {"causes": 3}, {"causes": [{"interval": [1]}]}])
def test_what_is_something_else_is_none(document: object) -> None:
    with pytest.raises(ValueError, match=r"no document of a diagnosis"):
        kept_diagnosis(document)
