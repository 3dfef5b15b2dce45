"""A network in a notebook: its layers as a table, and what they come to."""

from cnnlab.arch.summary import NetworkSummary
from cnnlab.report.notebook.shell import rendered
from cnnlab.report.summary import LEFT_ALIGNED, one_line_headings, summary_rows, summary_totals


def network_html(summary: NetworkSummary) -> str:
    """Lay out a network for a notebook.

    Args:
        summary: As `cnnlab.arch.summarize` gives it.

    Returns:
        One element with its style.
    """
    return rendered(
        "summary",
        name=summary.name,
        heads=one_line_headings(summary),
        rows=summary_rows(summary),
        totals=summary_totals(summary),
        left=LEFT_ALIGNED,
    )
