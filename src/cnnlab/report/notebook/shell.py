"""The element that everything of ours stands in, and how its inside is made."""

from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

CLASS: Final = "cnnlab"
"""Every rule of the style begins with it, twice: notebooks have rules of their own for tables, which it outweighs."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cnnlab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(template: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template shows
    """Fill one of the templates in ``templates/notebook``; every text is escaped.

    Args:
        template: Its name, without the ending.
        values: What it names.

    Returns:
        One ``<div class="cnnlab">`` with its style.
    """
    return _environment().get_template(f"notebook/{template}.html.j2").render(**values).strip()
