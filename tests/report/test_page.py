import re
from dataclasses import replace

import made_answers
import pytest
import reproductions
import studies
from hypothesis import given, settings
from pages import check, contents_of, figures_of, full_contents, network, page_of

from cnnlab.analysis.comparison import compare
from cnnlab.analysis.protocol import protocol
from cnnlab.records import StudyResult, notebook
from cnnlab.report.contents import HeldAgainst
from cnnlab.report.page import study_page
from cnnlab.report.reproduction_words import findings

ORDER = (
    "verdict",
    "table",
    "curves",
    "costs",
    "architectures",
    "confusions",
    "hardest",
    "pad",
    "diagnosis",
    "protocol",
    "reproduction",
    "provenance",
)


def squeezed(text: str) -> str:
    """Put a single blank where there are many."""
    return re.sub(r"\s+", " ", text)


def test_the_parts_of_a_page_stand_in_their_order_and_each_has_its_link() -> None:
    held = HeldAgainst(reproductions.of_the_notebook(), notebook(), 60_000)
    contents = full_contents(reproduction=held)
    page = study_page(replace(contents, protocol=protocol(contents.result)), figures_of("net"))
    reader = check(page)
    assert [one for one in reader.ids if one in ORDER] == list(ORDER)
    assert reader.references[1 : len(ORDER) + 1] == list(ORDER)


def test_each_figure_stands_once_with_its_caption_and_its_numbers_folded_up_beneath() -> None:
    held = HeldAgainst(reproductions.of_the_notebook(), notebook(), 60_000)
    page = study_page(full_contents(reproduction=held), figures_of("net"))
    reader = check(page)
    drawn = [one for one in reader.ids if one.startswith("figure-") and not one.endswith(("title", "desc", "mark"))]
    assert len(drawn) == len(figures_of("net").all) == 7
    for anchor in drawn:
        part = page[page.index(f'id="{anchor}"') :].partition("</figure>")[0]
        order = [part.index(text) for text in ("<svg", "<figcaption>", '<details class="data">', "0.25")]
        assert order == sorted(order)
    assert reader.text.count("It falls.") >= 2 * 6


def test_the_notebooks_page_shows_every_number_with_n_interval_and_what_was_published() -> None:
    text = re.sub(r"\s+", " ", check(page_of(studies.notebook_study())).text)
    assert "Test, n = 10,000" in text
    for told in ("0.9903 0.9882 to 0.9920", "0.9751 0.9719 to 0.9780", "0.3115 0.3025 to 0.3206"):
        assert told.replace(" ", "", 1) in text
    assert "0.0281 0.9903" in text
    assert "MNIST, 60,000 training and 10,000 test images. 3 architectures, 1 run each." in text


def test_the_numbers_of_each_epoch_are_in_the_page_whatever_is_drawn() -> None:
    result = studies.notebook_study()
    text = check(page_of(result)).text
    for run in result.runs:
        for row in run.history:
            assert f"0, {row.epoch}{row.loss:.4f}{row.accuracy:.4f}{row.val_loss:.4f}{row.val_accuracy:.4f}" in text


def test_of_many_runs_the_epochs_of_the_first_ten_are_listed_and_the_page_says_so() -> None:
    runs = [studies.run("a", [(0.3, 0.9, 0.2, 0.9)], seed=seed) for seed in range(11)]
    text = check(page_of(studies.study(*runs))).text
    assert "9, 10.3000" in text
    assert "10, 10.3000" not in text
    assert "Of the first 10 of 11 runs; history.csv in each run's folder has the others." in text


def test_the_page_says_where_the_numbers_come_from_and_what_is_not_promised() -> None:
    text = check(page_of(studies.notebook_study())).text
    assert "0.1.0, commit 0123456789abcdef" in text
    assert "numpy. No promise that the same seed gives the same bits on another machine" in text
    assert "A CPU <with> & signs, 2 threads" in text
    assert "ba89" * 16 in text


def test_notes_and_layers_are_shown() -> None:
    result = studies.notebook_study()
    text = check(page_of(result, networks={"architecture-1": network("architecture-1")}, notes=["A slip <b>."])).text
    assert "A slip <b>." in text
    assert "2 layers, 7,850 parameters, all trainable" in text
    assert "dense (Dense)" in text
    assert "10,075 parameters, all trainable" in text


def test_an_interrupted_study_says_so() -> None:
    result = studies.study(
        studies.notebook_run("architecture-3", epochs=7),
        studies.run("b", [], epochs=3),
        architectures=("architecture-3", "b", "c"),
    )
    text = check(page_of(result)).text
    assert "Not complete." in text
    assert "7 of 15" in text
    assert "0 of 3" in text
    assert "not trained" in text
    assert "Seed 0. Interrupted: 7 epochs of 15." in text
    assert "071.63290.41479.0s" in text


def test_a_whole_study_does_not_say_that_it_is_incomplete() -> None:
    assert "Not complete" not in page_of(studies.notebook_study())


def test_several_seeds_are_summed_up_with_their_range() -> None:
    runs = [studies.run("a", [(0.3, 0.9, 0.2, 0.9)], seed=s, test=(0.1, 0.97 + s / 100)) for s in range(3)]
    text = check(page_of(studies.study(*runs))).text
    assert "0.98000.9771 to 0.9826seeds 0.9700 to 0.9900" in text
    assert "1 architecture, 3 runs each." in text


@pytest.mark.parametrize(("count", "is_open"), [(4, True), (20, False)])
def test_many_architectures_fold_their_layers(count: int, is_open: bool) -> None:
    names = [f"network-{index}" for index in range(count)]
    result = studies.study(*(studies.run(name, [(0.3, 0.9, 0.2, 0.9)]) for name in names))
    page = page_of(result, networks={name: network(name) for name in names})
    assert len(check(page).ids) > count
    assert ('<details class="prose" open>' in page) == is_open


def test_a_study_of_nothing_is_a_page_too() -> None:
    text = check(page_of(studies.study())).text
    assert "no run yet" in text
    assert "The study has no architectures." in text
    assert "There are no numbers yet to observe anything in." in text


@settings(max_examples=30)
@given(studies.studies())
def test_any_study_is_a_whole_page(result: StudyResult) -> None:
    check(page_of(result))


def test_the_page_is_readable_by_keyboard_in_the_dark_and_on_paper() -> None:
    page = page_of(studies.notebook_study())
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert ":focus-visible" in page
    assert page.count('class="scroll"') == page.count('tabindex="0"')


def test_numbers_that_were_published_stand_among_ours_with_their_verdicts() -> None:
    found = reproductions.of_the_notebook()
    held = HeldAgainst(found, notebook(), 60_000)
    text = squeezed(check(study_page(contents_of(studies.notebook_study(), reproduction=held))).text)
    for one in found.values:
        row = text[text.index(f"{one.architecture}, {one.measure}") :]
        assert row.index(one.verdict) < 160
    assert "final numbers are reproduced" in text
    assert notebook().assumptions[0].here in text


def test_runs_that_were_made_otherwise_than_the_published_ones_are_called_so_above_their_numbers() -> None:
    found, publication = reproductions.of_little()
    held = HeldAgainst(found, publication, 60_000)
    page = study_page(contents_of(studies.notebook_study(), reproduction=held))
    section = page[page.index('id="reproduction-heading"') :]
    above = squeezed(section.partition("<table")[0])
    assert "Ours were trained on 2,000 of 60,000 images." in above
    assert "few: published after 3 epochs, ours trained 2: that is another recipe." in above
    for sentence in findings(found, 60_000):
        assert squeezed(check(page).text).count(sentence) == 1


def test_a_study_whose_answers_are_compared_says_who_is_best_before_anything_else() -> None:
    answers = made_answers.answered({"a": (0.99, 0.991, 0.992), "b": (0.9, 0.905, 0.903)})
    result, comparison = made_answers.study_of(answers, "architecture-2"), compare(answers)
    text = squeezed(check(page_of(result, comparison=comparison)).text)
    order = [text.index(part) for part in ("Which of 2 arch", "a is best: distinguishably above b.", "The table")]
    assert order == sorted(order)
