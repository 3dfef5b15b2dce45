"""A place in a notebook whose content can be replaced; elsewhere there is none.

Nothing is imported for it: where a notebook runs our code, its own package is there already.
"""

import sys
from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Protocol

SECONDS_BETWEEN: Final = 0.5
"""Drawing more often costs time in the browser and cannot be read."""


class Display(Protocol):
    """Something that shows HTML, each time in place of what it showed before."""

    def show(self, html: str, text: str) -> None:
        """Show HTML, or the text where HTML cannot be shown."""


def live_display() -> Display | None:
    """Return a new place in the cell that runs now; None where this is no notebook."""
    if in_kernel(sys.stdout):
        return _KernelDisplay()
    if in_marimo():
        return _MarimoDisplay()
    return None


def in_kernel(stream: object) -> bool:
    """Tell whether the output goes into a cell of Jupyter's, VS Code's or Colab's: all run ipykernel."""
    return type(stream).__module__.partition(".")[0] == "ipykernel"


Cell = int
"""A run of a notebook's cell: the number that stands before it."""


def this_cell() -> Cell | None:
    """Return the run of a cell that is under way; None where there is none, or nobody counts."""
    ask = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = ask() if ask else None
    return getattr(shell, "execution_count", None)


def in_marimo() -> bool:
    """Tell whether a cell of marimo's runs us."""
    running = getattr(sys.modules.get("marimo"), "running_in_notebook", None)
    return bool(running and running())


class Refreshed:
    """Draws into a display, not more often than can be read.

    Args:
        display: Where to.
        picture: Makes what is shown, as HTML and as text; asked only when it will be shown.
    """

    def __init__(self, display: Display, picture: Callable[[], tuple[str, str]]) -> None:
        self._display = display
        self._picture = picture
        self._drawn = float("-inf")

    def draw(self, *, now: bool = False) -> None:
        """Draw; a moment after the last drawing not yet, unless it must be now."""
        if not now and monotonic() - self._drawn < SECONDS_BETWEEN:
            return
        self._display.show(*self._picture())
        self._drawn = monotonic()


class _KernelDisplay:
    """An output of Jupyter's with an id of its own: what is shown last is what a saved notebook keeps."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, html: str, text: str) -> None:
        bundle = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = sys.modules["IPython.display"].display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class _MarimoDisplay:
    """The output of marimo's cell."""

    def show(self, html: str, text: str) -> None:
        del text
        marimo: Any = sys.modules["marimo"]
        marimo.output.replace(marimo.Html(html))
