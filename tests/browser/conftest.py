"""A real Chromium for the tests of the pages; without one they skip and say how to get it."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from watching import Seen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium asks the world for updates otherwise; as root, as in containers, it has no sandbox.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium() -> str:
    """Return where Chromium is, or skip."""
    pytest.importorskip("playwright", reason="no Playwright: make browser")
    found = os.environ.get("CNNLAB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium: apt-get install chromium, or name yours in CNNLAB_CHROMIUM")
    return found


# Playwright keeps an event loop running in its thread, and tests of other modules run theirs there.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Start one Chromium for all tests of a module."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield one
        one.close()


@pytest.fixture
def seen(browser: "Browser") -> Iterator[Seen]:
    """Open an empty tab, 1280 x 900, and write down what it asks for and complains of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Seen(context.new_page())
    context.close()
