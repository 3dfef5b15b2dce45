"""Write docs/statistics.md: what a comparison promises, in plain words, and what was measured of it."""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

LOW, HIGH = 0.93, 0.97
ALLOWED = 0.05
UNEVEN = 1.5
"""True spread of the seeds' errors, in parts of their mean, from which on a cell may fail if it is named."""
FEWEST = 3
"""Seeds of which failures may leave a single one, so that a cell may fail if it is named."""
SHOWN = (2, 5, 10)
"""Numbers of architectures that the table of ties has a column for."""
NOISE = 3
"""Standard errors that chance in the simulation may take a share beyond what is asked for."""

HEAD = """# What the statistics promise, and how often they keep it

Written by `make prove-stats`. The reasons for the method stand in
[decisions/comparing-seeds.md](decisions/comparing-seeds.md).

## In plain words

An architecture's accuracy is a mean over two things that chance chose: the seeds that it was trained with, and the
images that it was tested on. Train it again and other seeds come; test it elsewhere and other images come. The
interval of an accuracy is over both. For S seeds and I images the variance of the mean is taken as

    V = s2 / S + v / I - r / (S I)

where s2 is the variance of the seeds' accuracies, v that of the images (each with the mean of its S answers), and r
what remains of the answers when seeds and images are taken off; both of the others count r, so it is taken off once.

- **How far.** Seeds are few, so their part of V is itself uncertain: the interval reaches between the normal value
  (1.96) and Student's value for S - 1 degrees of freedom, the nearer to the latter the more of V comes from the
  seeds.
- **Which shape.** Accuracies near 1 have room on one side only. The interval is symmetric in log odds. With one seed
  it is Wilson's over the test images, which is nearly the same. A loss has an interval that is symmetric in its
  logarithm.
- **Uneven seeds.** Where seeds' errors spread by a good part of their mean, now and then a seed errs far more than all
  others, and a few seeds as a rule show none of those. The variance in log odds gets q^2 / (2 (S - 1)) more, times
  2.5: q is the variance of a single seed's log odds (Cox's correction for a mean whose logarithms are normal). Where
  seeds err evenly that is next to nothing.
- **Pairs.** Two architectures saw the same images, so they are compared image by image: what both find hard drops
  out. Seeds are independent. The comparison is in log odds, and the interval is turned back into points of accuracy.
  Where the seeds of either err unevenly, as the program then says, the two are compared in accuracies as they are, too,
  and the interval reaches as far as either of both does: log odds alone put whoever has lost no seed yet far away.
- **All pairs together.** The 5 % are shared out over the pairs (Bonferroni). "Distinguishable" is exactly "0 lies
  outside the interval that is shown".
- **One seed.** Nothing is known of other seeds, so what is compared are the trained networks (Bonett and Price's
  interval for paired answers), and no claim is made of architectures.
- **Seeds that learn nothing** are counted apart: where the interval of a seed's accuracy reaches down to the share of
  the most frequent class, and the others lie clearly above. The interval is then of *seeds that learn*. How often a
  seed fails has an interval of its own (Clopper and Pearson's); the mean over all seeds has none.
"""

METHOD = """
## How it was measured

Answers of made-up networks with a known true accuracy, {draws:,} times for each number below unless a table says
otherwise, compared by the package. Image difficulty, a seed's skill and a chance of both together decide each answer (a
probit model; the true accuracy is a sum over 256 levels of difficulty). Asked for: 95 % intervals that hold the truth
93 to 97 % of the time. The standard error of a share of 95 % is {noise:.1f} points here. Rows of one table share their
draws. **Bold** is outside of 93 to 97.

## Coverage of the interval of an accuracy

"Spread" is the true standard deviation of seeds, in points of accuracy. "One in ten fails": each seed, by a chance of
one in ten, names one class for all images; the interval is of seeds that learn, and that is what it is held against.
"All seeds" is how often the same interval holds the mean over all seeds: it is not made for that.
"""

COVERED = ("accuracy", "spread", "3 seeds", "5", "10", "3, one in ten fails", "5", "10", "all seeds, 3 / 5 / 10")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def percent(share: float) -> str:
    """Write a coverage, in bold where it is outside of what was asked."""
    text = f"{100 * share:.1f}"
    return text if LOW <= share <= HIGH else f"**{text}**"


def uneven(cell: Any) -> bool:  # noqa: ANN401 - of prove_stats
    """Tell whether the true spread of a cell's seeds is a large part of their errors; rounding does not decide."""
    return max(cell.deviations) >= UNEVEN * (1 - cell.accuracy) - 1e-9


def unlike(cell: Any) -> bool:  # noqa: ANN401 - of prove_stats
    """Tell whether some of a cell's architectures err very unevenly and others evenly."""
    return uneven(cell) and len(cell.deviations) > 1


def apart(cell: Any) -> bool:  # noqa: ANN401 - of prove_stats
    """Tell whether a cell's architectures spread differently, which was not asked about."""
    return len(cell.deviations) > 1


def normal(found: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - by cell
    """Keep the cells whose seeds have normal skills: those that something is promised of."""
    return [(cell, seen) for cell, seen in found.items() if cell.skills == "normal"]


def points(value: float) -> str:
    """Write a difference of accuracies in points."""
    return f"{100 * value:g}"


def page(results: Any) -> tuple[str, str, list[str]]:  # noqa: ANN401 - of prove_stats
    """Return the page, the line for the page of proofs, and what is neither asked for nor warned of."""
    method = METHOD.format(draws=results.draws, noise=100 * sqrt(0.95 * 0.05 / results.draws))
    named, faults = _named(results)
    parts = [HEAD, method, _coverage(results), named, _ties(results), _lopsided(results)]
    parts += [_others(results), _power(results)]
    faults += _tie_faults(results)
    return "\n".join(part.strip("\n") + "\n" for part in parts), _figure(results), faults


def _cells(results: Any) -> Iterable[tuple[Any, int, bool, Any]]:  # noqa: ANN401 - of prove_stats
    """List every cell of the coverage."""
    for cell, found in normal(results.coverage):
        for (size, fails), seen in found.items():
            yield cell, size, fails, seen


def _coverage(results: Any) -> str:  # noqa: ANN401 - likewise
    """Write a table for each number of images."""
    text = ""
    for images in sorted({cell.images for cell in results.coverage}, reverse=True):
        rows = [_covered(cell, found) for cell, found in normal(results.coverage) if cell.images == images]
        text += f"\n### {images:,} images\n\n{table(COVERED, rows)}"
    return text


def _covered(cell: Any, found: Any) -> list[str]:  # noqa: ANN401 - likewise
    """Write one row of coverages."""
    return [
        f"{cell.accuracy:g}",
        points(cell.deviations[0]),
        *(percent(found[size, False].share) for size in cell.sizes),
        *(percent(found[size, True].share) for size in cell.sizes),
        " / ".join(f"{100 * found[size, True].overall / found[size, True].draws:.0f}" for size in cell.sizes),
    ]


def _named(results: Any) -> tuple[str, list[str]]:  # noqa: ANN401 - likewise
    """Name the cells outside of what was asked, with what the program says in them, and find what has no excuse."""
    rows, faults = [], []
    for cell, size, fails, seen in _cells(results):
        if LOW <= seen.share <= HIGH:
            continue
        spread = cell.deviations[0]
        noise = NOISE * sqrt(0.05 * 0.95 / seen.draws)
        row = [f"{cell.images:,}", f"{cell.accuracy:g}", points(spread), str(size), "yes" if fails else "no"]
        said = [f"{100 * part / seen.draws:.0f} %" for part in (seen.uneven, seen.warned)]
        rows.append([*row, percent(seen.share), f"{100 * seen.above / seen.draws:.1f}", *said])
        excused = (uneven(cell) or (fails and size == FEWEST)) and seen.warned == seen.draws
        if not (excused or LOW - noise <= seen.share <= HIGH + noise):
            faults.append(f"coverage {seen.share:.3f} in {', '.join(row)}")
    heads = ["images", "accuracy", "spread", "seeds", "failures", "covered", "truth above", "uneven said", "any said"]
    text = f"""
### The cells outside of 93 to 97 %, by name

{len(rows)} of {sum(1 for _ in _cells(results))} cells; {_above(results)} of them are a little above 97 %. The others
are of two kinds.

- *Seeds that err very unevenly*: the spread is 1.5 times the mean error or more. Such errors are so skewed that a few
  seeds as a rule show none of the bad ones, and no interval that is made of these seeds alone can know. A spread of 5
  points at 0.99 or 0.995 means that nearly all seeds are nearly perfect and one in a hundred or so is lost.
- *Three seeds of which one in ten fails*: in a quarter of the draws two are left, in 3 % one. The interval of one seed
  is of that trained network alone, and the program says that.

Where bad seeds show, the program says so ("uneven said": in how many of the draws); where they do not, it says how
likely so few seeds miss a failure of one in ten ("any said"). "Truth above" is how often the true accuracy was above
the interval; all other misses are below it: there the interval flatters.

{table(heads, rows)}"""
    return text, faults


def _above(results: Any) -> int:  # noqa: ANN401 - likewise
    """Count the cells that cover more than was asked."""
    return sum(seen.share > HIGH for *_, seen in _cells(results))


def _ties(results: Any) -> str:  # noqa: ANN401 - likewise
    """Write how often a tie was called a difference."""
    heads = ["images", "accuracy", "spread", *(str(count) for count in SHOWN), "most of 2 to 10", "uneven said"]
    return f"""
## Alike, and called distinguishable

Architectures of the same true accuracy; two spreads are dealt out in turn. Half of the images are as hard for all of
them. In how many of 100 comparisons was any pair called distinguishable? Asked for: 5 at most. **Bold** is above 5 by
more than two standard errors of the simulation ({100 * _error_noise(results):.1f} points each). Columns are numbers of
architectures, three figures are for 3, 5 and 10 seeds each. "Most" is the highest of all numbers of architectures: of
2, 5 and 10 with 10,000 images, of 2, 3, 4 and so on to 10 with 1,000. "Uneven said" is in how many of the draws of two
architectures that warning was given of either.

{table(heads, [_tie(cell, found) for cell, found in normal(results.ties)])}
{_again(results)}"""


def _again(results: Any) -> str:  # noqa: ANN401 - likewise
    """Write what came of the figures that were drawn again."""
    rows = [
        [
            f"{cell.images:,}",
            f"{cell.accuracy:g}",
            " and ".join(points(each) for each in cell.deviations),
            str(count),
            str(size),
            f"{100 * results.ties[cell][count, size].share:.1f}",
            f"{100 * seen.share:.2f}",
        ]
        for (cell, count, size), seen in results.again.items()
    ]
    heads = ["images", "accuracy", "spread", "architectures", "seeds", "first", "again"]
    return f"""Among so many figures some lie above 5 by chance. Those above it where all architectures have the same
spread were drawn again with other random numbers, ten times as often:

{table(heads, rows)}"""


def _tie(cell: Any, found: Any) -> list[str]:  # noqa: ANN401 - likewise
    """Write one row of wrong claims."""
    spread = " and ".join(points(each) for each in cell.deviations)
    shown = [" / ".join(_error(found[count, size]) for size in cell.sizes) for count in SHOWN]
    most = max(found.values(), key=lambda seen: seen.share)
    said = _said([found[2, size] for size in cell.sizes])
    return [f"{cell.images:,}", f"{cell.accuracy:g}", spread, *shown, _error(most), said]


def _error_noise(results: Any) -> float:  # noqa: ANN401 - likewise
    """Return the standard error of a share of wrong claims that are just allowed."""
    draws = next(seen.draws for found in results.ties.values() for seen in found.values())
    return sqrt(ALLOWED * (1 - ALLOWED) / draws)


def _lopsided(results: Any) -> str:  # noqa: ANN401 - likewise
    """Write what becomes of both promises where seeds' skills are not normal."""
    covered = [_covered(cell, found) for cell, found in results.coverage.items() if cell.skills != "normal"]
    wrong = [_tie(cell, found) for cell, found in results.ties.items() if cell.skills != "normal"]
    heads = ["images", "accuracy", "spread", *(str(count) for count in SHOWN), "most", "uneven said"]
    return f"""
## Another law of chance

The method was tuned on skills that are normal. Here they are lopsided: 1 less an exponential number, so that most seeds
are about as good as the best and now and then one is far worse. Nothing was tuned on these, and nothing is promised:
they show how much the promises rest on the law. 10,000 images.

{table(COVERED, covered)}
Alike, and called distinguishable in so many of 100 comparisons:

{table(heads, wrong)}"""


def _error(seen: Any) -> str:  # noqa: ANN401 - Ties
    """Write a share of wrong claims."""
    text = f"{100 * seen.share:.1f}"
    return f"**{text}**" if seen.share > ALLOWED + 2 * sqrt(ALLOWED * (1 - ALLOWED) / seen.draws) else text


def _said(several: Sequence[Any]) -> str:
    """Write how often the seeds were called uneven."""
    return " / ".join(f"{100 * seen.uneven / seen.draws:.0f} %" for seen in several)


def _tie_faults(results: Any) -> list[str]:  # noqa: ANN401 - likewise
    """List the ties that are broken too often, but where one errs very unevenly and the other evenly."""
    return [
        f"{100 * seen.share:.1f} % wrong claims in {cell}, {key}"
        for cell, found in normal(results.ties)
        for key, seen in found.items()
        if seen.share > ALLOWED + NOISE * sqrt(ALLOWED * (1 - ALLOWED) / seen.draws) and not unlike(cell)
    ]


def _others(results: Any) -> str:  # noqa: ANN401 - likewise
    """Write the tables of trained networks and of losses."""
    networks = [
        [f"{cell.images:,}", f"{cell.accuracy:g}", *(percent(found[size].share) for size in cell.sizes)]
        for cell, found in results.networks.items()
    ]
    losses = [
        [f"{cell.images:,}", f"{cell.deviations[0]:g}"]
        + [percent(found[size].share) if size in found else "" for size in (1, 3, 10)]
        for cell, found in results.losses.items()
    ]
    return f"""
## Trained networks as they are

One network with one, and one with the mean of five: how often the interval holds the true gap of these very networks.

{table(["images", "accuracy", "1 with 1", "1 with 5"], networks)}
## Losses

Losses whose logarithm is normal, with a standard deviation of 1.5 over images and 1 over answers: a fifth of the
answers make up four fifths of the mean. "Spread" is that of the logarithm over seeds. The interval of one seed is over
images alone, and is held against the mean over all seeds only where these hardly differ; with tails so heavy it is too
short.

{table(["images", "spread", "1 seed", "3", "10"], losses)}"""


def _power(results: Any) -> str:  # noqa: ANN401 - likewise
    """Write the gap that is found with a chance of 80 %."""
    rows = [
        [f"{cell.accuracy:g}", points(cell.deviations[0]), str(count)]
        + [f"{100 * found[count, size]:.2f}" for size in cell.sizes]
        for cell, found in results.power.items()
        for count in cell.counts
    ]
    heads = ["accuracy", "spread", "architectures", "3 seeds", "5", "10"]
    return f"""
## What can be seen

The gap in points that is called distinguishable with a chance of 80 %, for a pair among 2 or 10 architectures on 10,000
images; found by halving, with an eighth of the draws, to about a tenth of itself.

{table(heads, rows)}"""


def _figure(results: Any) -> str:  # noqa: ANN401 - likewise
    """Return the line for the page of proofs."""
    cells = list(_cells(results))
    good = [seen for *_, seen in cells if LOW <= seen.share <= HIGH]
    even = [seen for cell, _, fails, seen in cells if not (fails or uneven(cell))]
    wrong = [(cell, seen) for cell, found in normal(results.ties) for seen in found.values()]
    alike = [(cell, found) for cell, found in normal(results.ties) if not apart(cell)]
    level = [results.again.get((cell, *key), seen).share for cell, found in alike for key, seen in found.items()]
    covered = [100 * seen.share for seen in even]
    worst = [100 * max(level), 100 * max(seen.share for _, seen in wrong)]
    return (
        f"{len(cells)} cells of {results.draws:,} made-up comparisons: 95 % intervals cover 93 to 97 % in {len(good)}, "
        f"the others are named; where their spread is below 1.5 mean errors and none fails they cover "
        f"{min(covered):.1f} to {max(covered):.1f} %; 2 to 10 architectures that are alike are called distinguishable "
        f"in {worst[0]:.1f} % at most (highest of {len(level)} figures; {len(results.again)} above 5 were drawn again, "
        f"ten times as often), in {worst[1]:.1f} % where one errs very unevenly and the other evenly"
    )
