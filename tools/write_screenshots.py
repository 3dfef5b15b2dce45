"""Take the pictures of the README: the top of a study's page, its drawing pad, and the live page while a study trains.

python tools/write_screenshots.py              # trains the notebook's study first, if runs/ has none
python tools/write_screenshots.py --out runs   # of the newest study in that folder

Each is taken light and dark. The live page is that of a study of its own, which is stopped and forgotten afterwards.
"""

import argparse
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from cnnlab.lab.stored_reports import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SCHEMES = ("light", "dark")
SIZE = {"width": 1040, "height": 1000}
MARGIN = 28
SHARPNESS = 2  # pixels of a picture for each of the page
COLOURS = 128
DIGIT = "labelled 5"
LARGEST = 120_000  # bytes
WATCHED = {"architectures": ["architecture-1", "architecture-2", "architecture-3"], "limit": 10_000, "name": "notebook"}
EPOCHS = 3 * (12 + 10 + 15)
SHARE = 0.39  # of these epochs are done when the picture is taken: the second seed has begun
PATIENCE = 900  # seconds
BOUNDS = """([first, last]) => {
  const place = (name) => document.querySelector(name).getBoundingClientRect();
  return [place(first).top + scrollY, place(last).bottom + scrollY, innerWidth];
}"""
COUNTED = """async (id) => {
  const study = await (await fetch(`/api/studies/${id}`)).json();
  return study.runs.reduce((sum, run) => sum + run.history.length, 0);
}"""
ENDED = "async (id) => (await (await fetch(`/api/studies/${id}`)).json()).status !== 'training'"
POSTED = """async ([path, body]) => {
  const headers = {"Content-Type": "application/json"};
  return (await fetch(path, {method: "POST", headers, body: JSON.stringify(body)})).json();
}"""


def chromium() -> str:
    """Say where Chromium is."""
    found = os.environ.get("CNNLAB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        sys.exit("no Chromium: install your system's, or name yours in CNNLAB_CHROMIUM")
    return found


def keep(picture: bytes, name: str) -> None:
    """Write a picture with as few colours as it looks the same with.

    Args:
        picture: PNG.
        name: Of the file, without its ending.
    """
    image = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    # Each colour as one number: sorting those is quick.
    packed, which, counts = np.unique(image @ np.array([1 << 16, 1 << 8, 1]), return_inverse=True, return_counts=True)
    colours = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)
    # The most frequent colours stay as they are, the others go to the nearest of them. Pillow's own ways shift the
    # plain grounds of a page by some values, which is seen beside another picture.
    most = colours[np.argsort(-counts)[:COLOURS]]
    nearest = np.square(colours[:, None] - most).sum(axis=2).argmin(axis=1).astype(np.uint8)
    few = Image.fromarray(nearest[which].reshape(image.shape[:2]), "P")
    few.putpalette(most.astype(np.uint8).tobytes())
    path = PICTURES / f"{name}.png"
    few.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}  {size:,} bytes{'  TOO LARGE' if size > LARGEST else ''}")


def take(page: "Page", name: str, first: str, last: str) -> None:
    """Take a tab light and dark, from one element to the end of another, with all its width."""
    pictures = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(400)  # a page may draw itself anew
        top, bottom, width = page.evaluate(BOUNDS, [first, last])
        clip = {"x": 0, "y": top - MARGIN, "width": width, "height": bottom - top + 2 * MARGIN}
        pictures.append(page.screenshot(full_page=True, clip=clip))
    # Only now: the live page goes on meanwhile.
    for scheme, picture in zip(SCHEMES, pictures, strict=True):
        keep(picture, f"{name}-{scheme}")


def take_report(page: "Page", report: Path) -> None:
    """Take the top of a study's page."""
    page.goto(report.as_uri())
    take(page, "report", "header", ".scoreboard")


def take_pad(page: "Page", report: Path) -> None:
    """Take the pad of a study's page with a test image on it."""
    page.goto(report.as_uri())
    page.click("[data-pad-show]")
    while DIGIT not in page.inner_text("[data-pad-which]"):
        page.click("[data-pad-next]")
    page.mouse.move(0, 0)
    take(page, "pad", "#pad", "[data-pad-answers]")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder, and give the address."""
    words = [sys.executable, "-m", "cnnlab", "serve", "--out", str(folder), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def take_live(page: "Page", folder: Path) -> None:
    """Take the live page while a study trains, which is a process of its own and must be stopped as well."""
    with serving(folder) as address:
        page.goto(address)
        begun: dict[str, Any] = page.evaluate(POSTED, ["/api/studies", WATCHED])
        try:
            page.goto(f"{address.partition('/?')[0]}/#/study/{begun['id']}")
            for _ in range(PATIENCE):
                if page.evaluate(COUNTED, begun["id"]) >= SHARE * EPOCHS:
                    break
                page.wait_for_timeout(1000)
            take(page, "live", "header", "#view article")
        finally:
            page.evaluate(POSTED, [f"/api/studies/{begun['id']}/stop", {}])
            page.wait_for_function(ENDED, arg=begun["id"], polling=500, timeout=60_000)  # it writes into the folder
            page.goto("about:blank")  # its stream ends before the server does


def report_of(out: Path) -> Path:
    """Make the page of the newest study of a folder anew; train the notebook's study where there is none."""
    if not (out / "cnnlab.sqlite").is_file():
        subprocess.run([sys.executable, "-m", "cnnlab", "run", "--out", str(out)], check=True)
    path, _ = write_report(out)
    return path.resolve()


def main() -> None:
    """Read the command line and take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "runs", help="the folder that holds the runs")
    parser.add_argument("--only", choices=("report", "pad", "live"), help="take only this one")
    chosen = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    report = report_of(chosen.out)
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, device_scale_factor=SHARPNESS)
        if chosen.only in {None, "report"}:
            take_report(page, report)
        if chosen.only in {None, "pad"}:
            take_pad(page, report)
        if chosen.only in {None, "live"}:
            take_live(page, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
