"""Any part of a page may be missing: then it has no section, or one that says so."""

from dataclasses import fields, replace

import pytest
import studies
from pages import check, figures_of, full_contents

from cnnlab.report.contents import ReportContents
from cnnlab.report.figures_of_study import Figures
from cnnlab.report.page import study_page

PARTS = [field.name for field in fields(ReportContents) if field.name != "result"]
DRAWN = [field.name for field in fields(Figures)]
BARE = ReportContents(studies.study(name="bare"))


@pytest.mark.parametrize("part", PARTS)
def test_a_page_without_one_part_is_a_whole_page(part: str) -> None:
    check(study_page(replace(full_contents(), **{part: getattr(BARE, part)}), figures_of("net")))


@pytest.mark.parametrize("part", DRAWN)
def test_a_page_without_one_kind_of_figure_is_a_whole_page(part: str) -> None:
    figures = replace(figures_of("net"), **{part: getattr(Figures(), part)})
    reader = check(study_page(full_contents(), figures))
    gone = {"curves": "curves", "confusions": "confusions", "hardest": "hardest", "pad": "pad"}
    assert (gone.get(part) in reader.ids) is False


def test_a_page_with_no_part_at_all_says_what_is_missing() -> None:
    page = study_page(replace(BARE, missing=("The data set was not at hand.",)))
    text = check(page).text
    for told in (
        "The study has no architectures.",
        "There are no numbers yet to observe anything in.",
        "No run has been tested yet.",
        "What is not here",
        "The data set was not at hand.",
    ):
        assert told in text


def test_a_page_that_lacks_nothing_has_no_list_of_what_it_lacks() -> None:
    assert "What is not here" not in study_page(replace(full_contents(), missing=()), figures_of("net"))
