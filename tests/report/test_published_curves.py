import re

import drawn
import pytest
import reproductions

from cnnlab.analysis.reproduction import CurveFinding
from cnnlab.report.drawing.published import published_curves


def of(name: str) -> list[CurveFinding]:
    return [one for one in reproductions.of_the_notebook().curves if one.architecture == name]


@pytest.mark.parametrize("name", ["architecture-1", "architecture-2", "architecture-3"])
def test_the_caption_counts_what_is_outside_and_the_table_has_every_published_value(name: str) -> None:
    curves = of(name)
    figures = published_curves("p", name, curves)
    assert [figure.name for figure in figures] == ["p-loss", "p-accuracy"]
    for figure, metrics in zip(figures, (("val_loss", "loss"), ("val_accuracy", "accuracy")), strict=True):
        drawn.check(figure)
        assert len(figure.svg) < 20_000
        found = [next(one for one in curves if one.metric == metric) for metric in metrics]
        told = re.findall(r"(\d+) of (\d+) published values of (\w+)", figure.caption)
        assert told == [
            (str(len(one.outside)), str(len(one.epochs)), part)
            for one, part in zip(found, ("validation", "training"), strict=True)
        ]
        assert [row[1] for row in figure.numbers.rows] == [f"{epoch.published:.4f}" for epoch in found[0].epochs]
        assert {"Validation", "Training"} <= {*drawn.texts(figure)}


def test_with_few_seeds_there_is_no_judgement_and_what_was_not_published_has_no_figure() -> None:
    found, _ = reproductions.of_little()
    curves = [one for one in found.curves if one.architecture == found.curves[0].architecture]
    (figure,) = published_curves("p", "few", curves)
    drawn.check(figure)
    assert "nobody can tell which published values of the loss are outside of ours" in figure.caption
    # There is one band, and none to tell it from.
    assert "the band goes from the lowest" in figure.caption
    assert published_curves("p", "none", []) == ()


def test_the_same_numbers_give_the_same_bytes_and_a_name_is_text() -> None:
    first = published_curves("p", drawn.HOSTILE, of("architecture-2"))
    assert first == published_curves("p", drawn.HOSTILE, of("architecture-2"))
    assert not any("<script" in figure.svg for figure in first)
