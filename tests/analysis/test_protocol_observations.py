"""What the protocol check finds is said among the observations: the grave things first, and each of them once."""

from dataclasses import replace

import studies
from hypothesis import given
from hypothesis import strategies as st
from test_protocol import FRESH, GOOD, made, of_data, on_test, with_recipe

from cnnlab.analysis import observe
from cnnlab.analysis.protocol import CONSEQUENCE, ProtocolFinding, Severity, protocol, protocol_observations
from cnnlab.analysis.protocol.finding import ORDER
from cnnlab.records import CallbackRecipe, StudyResult

HEARING = CallbackRecipe("EarlyStopping", (("restore_best_weights", True),))


@st.composite
def findings(draw: st.DrawFn) -> list[ProtocolFinding]:
    """Draw findings of any kind and gravity, in the order of their gravity."""
    kinds = draw(
        st.lists(st.sampled_from(["unequal-epochs", "unequal-loss", "few-images", "own-callback"]), max_size=6)
    )
    found = []
    for number, kind in enumerate(kinds):
        severity: Severity = draw(st.sampled_from(ORDER))
        fact = f"Fact {number}." if draw(st.booleans()) else ""
        found.append(ProtocolFinding(kind, severity, "study", f"Fact {number}. And more {number}.", (), fact))
    return sorted(found, key=lambda one: ORDER.index(one.severity))


@given(findings(), st.booleans())
def test_every_finding_is_said_exactly_once_and_what_follows_from_unequal_settings_once(
    found: list[ProtocolFinding], short: bool
) -> None:
    told = protocol_observations(found, short=short)
    text = " ".join(one.text for one in told)
    for number, one in enumerate(sorted(found, key=lambda one: one.text)):
        assert text.count(f"Fact {number}.") == 1
        setting = one.kind.startswith("unequal-")
        more = not one.fact if short or setting else True
        assert (f"And more {number}." in text) == more
    assert text.count(CONSEQUENCE) == any(one.kind.startswith("unequal-") for one in found)
    chosen = protocol_observations(found, severities=("error",))
    assert bool(chosen) == any(one.severity == "error" for one in found)


@given(studies.studies())
def test_a_study_is_told_of_each_finding_once(result: StudyResult) -> None:
    texts = [one.text for one in observe(result, result.provenance.test_images)]
    assert sum(CONSEQUENCE in text for text in texts) <= 1
    for finding in protocol(result):
        said = sum(finding.short in text for text in texts)
        assert said == (finding.kind not in {"one-seed", "unequal-seeds"}), finding


def test_a_callback_that_listens_to_the_test_set_is_told_before_the_verdict() -> None:
    study = studies.notebook_study()
    heard = with_recipe(study, "architecture-2", callbacks=(HEARING,))
    first, *rest = observe(heard, 10_000)
    assert first.text.startswith("EarlyStopping of architecture-2 ends the training at an epoch that it chooses by the")
    assert (first.subject, first.kind) == ("architecture-2", "validation")
    assert rest[0].kind == "verdict"
    assert not any("EarlyStopping" in one.text for one in rest)


def test_faults_of_the_data_reach_the_observations_and_without_a_check_of_them_there_are_none() -> None:
    twice = of_data(made(GOOD, [*FRESH, GOOD[3], GOOD[4]]))
    study = on_test(studies.notebook_study())
    told = observe(study, 10_000, protocol=(*twice, *protocol(study)))
    assert told[0].text.startswith("2 of the 42 test images of mine stand among the training images as well")
    assert (told[0].subject, told[0].kind) == ("study", "data")
    assert not any(one.kind == "data" for one in observe(study, 10_000))


def test_where_images_are_held_out_nothing_says_that_the_test_images_validated() -> None:
    study = studies.notebook_study()
    held = replace(study, validated_on_test=False, provenance=replace(study.provenance, validation_images=5000))
    assert any("test images are also the validation images" in one.text for one in observe(study, 10_000))
    assert not any("test images are also the validation images" in one.text for one in observe(held, 10_000))
