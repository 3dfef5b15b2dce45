"""The question of a study and its answer, never stronger than what was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.analysis.comparison import Comparison, PairFinding, Standing
from cnnlab.analysis.observation import number, span
from cnnlab.records import StudyResult
from cnnlab.report.rows import TableRow
from cnnlab.report.words import data_title, listing, plural


@dataclass(frozen=True)
class Verdict:
    """What a study asks and what came out.

    Attributes:
        question: In a sentence.
        answer: In a sentence or two.
        reasons: What the answer rests on and what would change it, a sentence each.
    """

    question: str
    answer: str
    reasons: tuple[str, ...]


def verdict(result: StudyResult, comparison: Comparison | None, rows: Sequence[TableRow]) -> Verdict:
    """Put the question and its answer.

    Args:
        result: The study.
        comparison: Of what each run said of each test image; without it nobody is called better than another.
        rows: Of the table.
    """
    tested = [row for row in rows if row.accuracy is not None]
    question = _question(result)
    if not tested:
        return Verdict(question, "No run has been tested yet.", ())
    if len(result.architectures) == 1:
        return Verdict(question, *_alone(tested[0], comparison))
    if comparison is None:
        answer = "Which of them differ beyond chance is not known here."
        return Verdict(question, answer, ("That takes what each run said of each test image, which is not at hand.",))
    answer, reasons = _compared(comparison)
    return Verdict(question, answer, (*reasons, *_left_out(result, comparison)))


def _question(result: StudyResult) -> str:
    images = f"{result.provenance.test_images:,} test images of {data_title(result.provenance.data_name)}"
    if len(result.architectures) == 1:
        return f"How many of the {images} does {result.architectures[0]} classify correctly?"
    return f"Which of {plural(len(result.architectures), 'architecture')} classifies the {images} best?"


def _alone(row: TableRow, comparison: Comparison | None) -> tuple[str, tuple[str, ...]]:
    """Answer for a lone architecture."""
    interval = f", with a 95 % interval of {span(row.interval)}" if row.interval else ""
    mean = f"{number(row.accuracy or 0.0)} of them{' on average' if row.seeds > 1 else ''}{interval}."
    return mean, _whose(comparison.standings) if comparison else ()


def _compared(comparison: Comparison) -> tuple[str, tuple[str, ...]]:
    """Say who is highest, whom it can be told from and whom not."""
    best = max(comparison.standings, key=lambda one: one.accuracy.value)
    pairs = [pair for pair in comparison.pairs if best.architecture in (pair.better, pair.worse)]
    ties = [_other(pair, best) for pair in pairs if not pair.distinguishable]
    beaten = [_other(pair, best) for pair in pairs if pair.distinguishable]
    name, whose = best.architecture, _scope(pairs)
    if not pairs:
        answer = f"Only {name} can be judged."
    elif not ties:
        answer = f"{name} is best{whose}: distinguishably above {listing(beaten)}."
    else:
        head = "No winner" if not beaten else "No single winner"
        answer = f"{head}{whose}: {name} is highest, but it cannot be told apart from {listing(ties, 'or')}."
        answer += f" It is distinguishably above {listing(beaten)}." if beaten else ""
    accuracy = best.accuracy
    reached = f"{name}: test accuracy {number(accuracy.value)}, 95 % interval {span(accuracy.interval)}."
    gaps = [_gap(pair) for pair in pairs]
    return answer, (reached, *gaps, *_together(comparison), *_whose(comparison.standings))


def _other(pair: PairFinding, one: Standing) -> str:
    return pair.worse if pair.better == one.architecture else pair.better


def _scope(pairs: Sequence[PairFinding]) -> str:
    """Say of what a claim is, where it is of no architecture."""
    return " of these trained networks" if any(pair.scope == "trained networks" for pair in pairs) else ""


def _gap(pair: PairFinding) -> str:
    """Give a difference; where it may be none, say what would settle it."""
    if not pair.gap:
        return f"{pair.better} and {pair.worse}: no difference, interval {span(pair.interval)}."
    gap = f"{pair.better} over {pair.worse}: {number(pair.gap)}, interval {span(pair.interval)}"
    if pair.distinguishable:
        return f"{gap}."
    if pair.more_seeds is not None:
        return (
            f"{gap}, which has 0 in it; about {pair.more_seeds} seeds of each would settle it if it is what it seems."
        )
    if pair.more_images is not None:
        # Of one seed each nothing is known of what more of them would do.
        only = "" if pair.scope == "trained networks" else "only "
        return f"{gap}, which has 0 in it; {only}more images would settle it, about {pair.more_images:,}."
    return f"{gap}, which has 0 in it."


def _together(comparison: Comparison) -> list[str]:
    if len(comparison.pairs) < 2:  # noqa: PLR2004 - one pair needs no family
        return []
    level = f"{comparison.confidence * 100:g} %"
    return [f"All {len(comparison.pairs)} intervals of differences hold together at {level}."]


def _whose(standings: Sequence[Standing]) -> tuple[str, ...]:
    """Say over what the intervals are, where some have one seed alone."""
    alone = [one.architecture for one in standings if len(one.seeds) == 1]
    if not alone:
        return ()
    whose = "what is said" if len(alone) == len(standings) else f"what is said of {listing(alone)}"
    return (f"With one seed, {whose} is of the network as it was trained: another seed may give another answer.",)


def _left_out(result: StudyResult, comparison: Comparison) -> tuple[str, ...]:
    there = {one.architecture for one in comparison.standings}
    left = [name for name in result.architectures if name not in there]
    return (f"Not compared, for want of finished runs and their answers: {listing(left)}.",) if left else ()
