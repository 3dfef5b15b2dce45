import pytest

from cnnlab.errors import EXIT_CODES, CnnlabError, did_you_mean, explain, tree


def test_a_message_leaves_out_what_is_not_known() -> None:
    assert explain(expected="a number") == "expected a number."


def test_a_message_names_place_expectation_what_came_and_the_next_step() -> None:
    text = explain(expected="a number", got="'x'", where="study.toml", fix="Write 3.")
    assert text == "study.toml: expected a number, got 'x'. Write 3."


@pytest.mark.parametrize(
    ("word", "answer"),
    [("epoch", "Did you mean 'epochs'?"), ("zzz", "Known: epochs, seeds.")],
)
def test_a_mistyped_word_gets_the_nearest_one_or_all(word: str, answer: str) -> None:
    assert did_you_mean(word, ["epochs", "seeds"]) == answer


def test_every_exception_has_an_exit_code_that_the_table_explains() -> None:
    kinds = [kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, CnnlabError)]
    assert len(kinds) > 5
    assert {kind.exit_code for kind in kinds} <= set(EXIT_CODES)


def test_a_part_without_end_is_cut_and_what_a_terminal_would_take_for_a_command_is_written_out() -> None:
    text = explain(expected="a name", got="\x1b[2J" + "x" * 1_000_000, where="a\tb\u202e")
    assert len(text) < 1_200
    assert text.startswith("a\\tb\\u202e: expected a name, got \\x1b[2Jxxx")
    assert text.endswith("... (1,000,007 characters).")
    assert explain(expected="two lines\nof text") == "expected two lines\nof text."
