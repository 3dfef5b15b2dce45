import re

import pytest
from findings_made_up import EVERY, FOUND, HOPELESS, QUIET, UNEXPLAINED

from cnnlab.analysis.diagnosis import DiagnosisFinding, diagnosis_sentences

# Names of layers and of architectures have digits of their own; a change's number is part of its name.
_NAMES = re.compile(r"\w+_\d+|architecture-\d|lenet-5|conv\w+|filters \d+|strides \d+")


def said(found: DiagnosisFinding) -> str:
    return " ".join(one.text for one in diagnosis_sentences(found))


@pytest.mark.parametrize("name", EVERY)
def test_every_number_in_a_sentence_is_one_of_its_finding(name: str) -> None:
    for sentence in diagnosis_sentences(EVERY[name]):
        values = [value for _, value in sentence.numbers]
        forms = {
            form for value in values for form in (f"{abs(value):.1f}", f"{value:.4f}", f"{value:,.0f}", f"{value:g}")
        }
        text = _NAMES.sub("", sentence.text)
        assert set(re.findall(r"\d[\d,]*(?:\.\d+)?", text)) <= forms, sentence


@pytest.mark.parametrize("name", EVERY)
def test_every_sentence_names_the_finding_that_it_comes_from(name: str) -> None:
    fields = {*DiagnosisFinding.__dataclass_fields__, "causes"}
    assert {one.finding for one in diagnosis_sentences(EVERY[name])} <= fields


def test_only_a_gain_beyond_doubt_is_said_to_cost_accuracy() -> None:
    costs = next(one.text for one in diagnosis_sentences(FOUND) if one.finding == "causes")
    assert "without dropout_3" in costs
    assert "filters" not in costs
    assert "Not decided with 6 seeds: filters 10 in conv2d_2." in said(FOUND)


@pytest.mark.parametrize("found", [UNEXPLAINED, HOPELESS])
def test_it_says_plainly_when_no_suspect_explains_the_result(found: DiagnosisFinding) -> None:
    assert "No suspect explains the result of architecture-3" in said(found)
    assert "costs" not in said(found)


def test_where_nothing_is_suspicious_nothing_is_claimed() -> None:
    assert said(QUIET) == (
        "lenet-5: nothing suspicious was seen, so nothing was retrained. It was trained with 3 seeds on 12,000 images "
        "to look at."
    )


@pytest.mark.parametrize("name", EVERY)
def test_no_repair_is_promised(name: str) -> None:
    assert not re.search(r"\b(will|fix|fixes|repairs|guarantee)\b", said(EVERY[name]))
