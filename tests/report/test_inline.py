import re

import pytest
from pages import HOSTILE, check, figures_of, full_contents, hash_of

from cnnlab.report.figures_of_study import Figures
from cnnlab.report.inline import Inline, policy
from cnnlab.report.page import study_page
from cnnlab.report.page.environment import template_text


def test_what_is_hashed_is_what_is_put_in() -> None:
    one = Inline("script", "let a = 'ä\u2028';\r\nlet b;\r")
    element = one.__html__()
    inside = re.fullmatch("<script>(.*)</script>", element, re.DOTALL)
    assert inside is not None
    assert "\r" not in inside[1]
    assert one.source == hash_of(inside[1])


@pytest.mark.parametrize("text", ["a</style>b", "</SCRIPT >", "<!-- a", "x = '<script'"])
@pytest.mark.parametrize("tag", ["style", "script"])
def test_a_text_that_would_end_its_element_early_is_refused(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match="must hold no"):
        Inline(tag, text)  # type: ignore[arg-type]


def test_a_policy_names_each_text_once_and_forbids_the_kind_that_is_not_there() -> None:
    style, script = Inline("style", "a{}"), Inline("script", "f()")
    assert f"style-src {style.source}; script-src 'none'" in policy([style])
    assert f"style-src {style.source}; script-src {script.source}" in policy([style, script])
    assert "unsafe" not in policy([style, script])


def test_a_page_without_a_pad_has_no_script_at_all() -> None:
    reader = check(study_page(full_contents(), Figures()))
    assert "script" not in reader.tags
    assert "script-src 'none'" in reader.metas["Content-Security-Policy"]


def test_the_pads_data_are_in_the_page_as_json_that_nothing_runs() -> None:
    reader = check(study_page(full_contents(), figures_of("net", word=HOSTILE[0])))
    assert reader.inline["data"] == [figures_of("net", word=HOSTILE[0]).pad.data]  # type: ignore[union-attr]
    assert len(reader.inline["script"]) == 1


def test_the_styles_of_a_page_hold_the_rules_of_the_page_and_of_what_is_in_it() -> None:
    (style,) = check(study_page(full_contents(), figures_of("net"))).inline["style"]
    assert template_text("style.css") in style
    assert template_text("figures.css") in style
    assert "#pad-answer" in style
    assert template_text("no-such.css") == ""
