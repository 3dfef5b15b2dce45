"""A tab of a real browser, and what it would complain of."""

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")
COLOURS = """() => [...document.querySelectorAll('body, body *')].map((one) => {
  const style = getComputedStyle(one);
  const told = ['color', 'backgroundColor', 'borderTopColor', 'fill', 'stroke'].map((name) => style[name]);
  return `${one.tagName} ${told.join(' ')}`;
})"""


@dataclass
class Seen:
    """A page, and what a browser would complain of in it.

    Attributes:
        page: To drive.
        requests: Addresses that were asked for, in their order, ``data:`` and ``blob:`` left out.
        complaints: Errors and warnings of the console, and exceptions that no script caught.
    """

    page: "Page"
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to write down."""
        self.page.on("request", lambda asked: self._asked(asked.url))
        self.page.on("console", lambda told: self._told(told.type, told.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, address: str | Path) -> "Page":
        """Go to an address or a file, and wait until it stands."""
        self.page.goto(address.as_uri() if isinstance(address, Path) else address)
        return self.page

    def grave_faults(self) -> list[str]:
        """Ask axe-core for what keeps people out: serious and critical faults, each with its first element."""
        # Given to the page's world from outside, so that the page's own policy has no say in it.
        self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8") + ";0")
        found: dict[str, Any] = self.page.evaluate("axe.run()")
        return [
            f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:200]})"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]

    def printed_colours(self, scheme: str) -> list[str]:
        """Say which colours each element has on paper.

        Args:
            scheme: Of the screen that it is printed from, "light" or "dark".
        """
        self.page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
        found: list[str] = self.page.evaluate(COLOURS)
        return found

    def _asked(self, address: str) -> None:
        if not address.startswith(("data:", "blob:")):
            self.requests.append(address)

    def _told(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)
