"""SVG text made fit for people: a title and a description in it, and ids of its own when several share a page."""

import re
from html import escape

from cnnlab.report.words import printable

IDS = re.compile(
    r"""(?P<before>\sid="|\shref="#|xlink:href="#|url\(#|aria-labelledby="|aria-describedby=")(?P<id>[^")]+)"""
)


def finish(svg: str, title: str, description: str) -> str:
    """Cut a drawing down to its ``<svg>`` element and name it for those who do not see it.

    Args:
        svg: A whole SVG file, as matplotlib writes it.
        title: What it is.
        description: What it shows.

    Returns:
        One element, which a file or a page can hold.

    Example:
        >>> finish('<?xml version="1.0"?><svg width="1"><g/></svg>', "Loss", "It falls.")
        '<svg role="img" aria-labelledby="title" aria-describedby="desc" width="1">\
<title id="title">Loss</title><desc id="desc">It falls.</desc><g/></svg>'
    """
    element = svg[svg.index("<svg") :].strip()
    head, rest = element.split(">", 1)
    names = (
        f'<title id="title">{escape(printable(title))}</title><desc id="desc">{escape(printable(description))}</desc>'
    )
    labels = 'role="img" aria-labelledby="title" aria-describedby="desc"'
    return f"{head.replace('<svg', f'<svg {labels}', 1)}>{names}{rest}"


def with_own_ids(svg: str, prefix: str) -> str:
    """Put a prefix before every id in a drawing, so that many can stand in one page.

    Args:
        svg: One element, as `finish` gives it.
        prefix: Unique in the page.

    Example:
        >>> with_own_ids('<svg><path id="a"/><use xlink:href="#a"/></svg>', "f1-")
        '<svg><path id="f1-a"/><use xlink:href="#f1-a"/></svg>'
    """
    return IDS.sub(rf"\g<before>{prefix}\g<id>", svg)
