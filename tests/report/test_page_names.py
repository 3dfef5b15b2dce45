"""Names that somebody else chose are text in a page, wherever they stand."""

from dataclasses import replace

import pytest
from pages import HOSTILE, Reader, check, figures_of, full_contents

from cnnlab.analysis.protocol import ProtocolFinding
from cnnlab.report.page import study_page


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_name_is_text_in_every_part_and_never_markup(word: str) -> None:
    pages = {}
    for one in (word, "plain"):
        finding = ProtocolFinding("made-up", "warning", one, f"{one} is so.")
        pages[one] = study_page(replace(full_contents(one), protocol=(finding,)), figures_of(one, word=one))
    reader = check(pages[word])
    assert reader.tags == Reader(pages["plain"]).tags
    assert reader.text.count(word) == Reader(pages["plain"]).text.count("plain") >= 30


@pytest.mark.parametrize("word", HOSTILE)
def test_the_policy_of_a_page_does_not_depend_on_the_names_in_it(word: str) -> None:
    policies = [
        Reader(study_page(full_contents(one), figures_of(one, word=one))).metas["Content-Security-Policy"]
        for one in (word, "net")
    ]
    assert policies[0] == policies[1]
