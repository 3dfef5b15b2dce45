"""A study's page, written whole or not at all."""

from pathlib import Path

from cnnlab.files import write_text
from cnnlab.report.contents import ReportContents


def write_page(contents: ReportContents, path: Path) -> Path:
    """Lay out a study and write its page.

    Args:
        contents: What the page is of.
        path: Where to; what stands there stays until the page has been read back.

    Returns:
        The same path.
    """
    # Start-up time: jinja2 and what draws are needed at the very end only.
    from cnnlab.report.figures_of_study import figures_of_study  # noqa: PLC0415
    from cnnlab.report.page import study_page  # noqa: PLC0415

    write_text(path, study_page(contents, figures_of_study(contents)))
    return path
