"""A tab on the live page of a world that a test made."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from fake_server import World, serving
from watching import Seen

if TYPE_CHECKING:
    from playwright.sync_api import Page

VIEWS = {
    "/runs": "Runs",
    "/study/study1": "notebook",
    "/new": "New study",
    "/compare/run00xyz,run10xyz": "Comparison of 2 runs",
    "/architectures": "Architectures",
    "/architecture/architecture-1": "architecture-1",
    "/pad": "Drawing pad",
}
Visit = Callable[..., "Page"]


@contextmanager
def visiting(seen: Seen) -> Iterator[Visit]:
    """Give what opens a view of a world and waits until it stands."""
    with ExitStack() as stack:

        def visit(world: World, view: str) -> "Page":
            address = stack.enter_context(serving(world))
            page = seen.open(f"{address}/#{view}")
            settle(page)
            return page

        yield visit
        seen.page.goto("about:blank")  # its streams end before the server does


def settle(page: "Page") -> None:
    """Wait until the view at hand is filled."""
    until(page, "document.querySelector('#view')?.children.length && !document.querySelector('[aria-busy]')")


def until(page: "Page", condition: str, seconds: float = 10) -> None:
    """Wait until an expression is true. Playwright's own way needs eval, which the page's policy refuses."""
    end = monotonic() + seconds
    while not page.evaluate(condition):
        assert monotonic() < end, f"never: {condition}"
        page.wait_for_timeout(15)


def go(page: "Page", view: str) -> None:
    """Go to another view, as a link does."""
    page.evaluate("view => { window.location.hash = view; }", view)
    page.wait_for_timeout(50)
    settle(page)


def overflow(page: "Page") -> int:
    """Tell by how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
