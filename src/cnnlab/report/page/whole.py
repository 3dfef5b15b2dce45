"""The page put together: its parts in their order, the style and the script inside, the policy above."""

from markupsafe import Markup

from cnnlab.analysis import outcomes
from cnnlab.report.contents import HeldAgainst, ReportContents, Sample
from cnnlab.report.figures_of_study import Figures
from cnnlab.report.inline import Inline, policy
from cnnlab.report.observation_table import are_grouped, interval_notes
from cnnlab.report.page.architectures import architecture_views
from cnnlab.report.page.costs import cost_sheet
from cnnlab.report.page.environment import environment, template_text
from cnnlab.report.page.provenance import lead, provenance_lines
from cnnlab.report.page.reproduction import published_rows
from cnnlab.report.page.scoreboard import scoreboard
from cnnlab.report.page.shown import shown, shown_all
from cnnlab.report.page.verdict import verdict
from cnnlab.report.png import png_address
from cnnlab.report.reproduction_words import conditions, findings
from cnnlab.report.rows import table_rows

FEW = 4
"""So many architectures show their layers at once; with more of them one opens what one wants to see."""


_NONE = Figures()


def study_page(contents: ReportContents, figures: Figures = _NONE) -> str:
    """Lay out a study as a page.

    Args:
        contents: What it is of; a part that is missing has no section, or one that says so.
        figures: As `figures_of_study` draws them.

    Returns:
        The text of an HTML file. All names in it are escaped; drawings and the pad are not, so they must be ours.
    """
    result = contents.result
    rows = table_rows(result, contents.comparison)
    style, script = _style(figures), _script(figures)
    held = contents.reproduction
    return (
        environment()
        .get_template("study.html.j2")
        .render(
            contents=contents,
            result=result,
            style=style,
            script=script,
            policy=Markup(policy([style, *([script] if script else [])])),  # noqa: S704 - hashes and words of ours
            lead=lead(result),
            verdict=verdict(result, contents.comparison, rows),
            scoreboard=scoreboard(rows),
            halted=any(row.interrupted or not (row.seeds or row.failed) for row in rows),
            failed=sum(row.failed for row in rows),
            rows=rows,
            interval_notes=interval_notes(rows),
            grouped=are_grouped(rows),
            several_seeds=any(row.seeds > 1 or row.collapsed for row in rows),
            architectures=architecture_views(contents, figures),
            few=len(outcomes(result)) <= FEW,
            curves={name: shown_all(some) for name, some in figures.curves.items()},
            cost_figures=shown_all(figures.costs),
            cost_sheet=cost_sheet(contents),
            confusions={name: shown(one) for name, one in figures.confusions.items()},
            hardest=shown_all(figures.hardest),
            published={name: shown_all(some) for name, some in figures.published.items()},
            published_rows=published_rows(held.found) if held else (),
            **_published_words(held),
            pad=figures.pad and Markup(figures.pad.html),  # noqa: S704 - ours, see PadParts
            pad_data=figures.pad and Markup(figures.pad.data),  # noqa: S704 - holds no "<"
            digits=tuple(contents.class_names) == tuple("0123456789"),
            provenance=provenance_lines(result.provenance),
            sample=_sample(contents.sample),
        )
    )


def _published_words(held: HeldAgainst | None) -> dict[str, tuple[str, ...]]:
    """Say at once what holds for every number, or the most important finding where nothing does; the rest unfolds."""
    if held is None:
        return {"published_lead": (), "published_findings": ()}
    told = findings(held.found, held.whole_images)
    first = max(1, len(conditions(held.found, held.whole_images)))
    return {"published_lead": told[:first], "published_findings": told[first:]}


def _sample(sample: Sample | None) -> dict[str, str] | None:
    """Put the sample into an address; one that is no grey or coloured image is left out."""
    try:
        return None if sample is None else {"address": png_address(sample.image), "label": sample.label}
    except ValueError:
        return None


def _style(figures: Figures) -> Inline:
    """Join the rules of the page with those of what is in it."""
    texts = [template_text("style.css"), template_text("figures.css"), figures.pad.css if figures.pad else ""]
    return Inline("style", "\n".join(text for text in texts if text))


def _script(figures: Figures) -> Inline | None:
    """Return the pad's script; a page without a pad has none."""
    return Inline("script", figures.pad.script) if figures.pad else None
