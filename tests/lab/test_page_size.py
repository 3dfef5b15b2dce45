"""A page stays small enough to be sent: below 3 MB with three networks, three seeds and the pad."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

from cnnlab import data
from cnnlab.lab import notebook_plan
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.report_contents import report_contents
from cnnlab.report.contents import ReportContents
from cnnlab.report.figures_of_study import Figures, figures_of_study
from cnnlab.report.pad.contract import PadParts
from cnnlab.report.page import study_page
from cnnlab.store import open_store

MOST = 3_000_000
SCRIPT = 60_000


def with_pad(figures: Figures, contents: ReportContents) -> Figures:
    """Put a stand-in for the pad where none is drawn: the same weights as text, and room for a script."""
    if figures.pad is not None or contents.pad is None:
        return figures
    weights = [
        b64encode(one.tobytes()).decode() for net in contents.pad.networks for some in net.weights for one in some
    ]
    images = b64encode(contents.pad.examples.tobytes()).decode()
    script = "//" + "x" * SCRIPT
    return replace(figures, pad=PadParts("<p>Pad.</p>", json.dumps([weights, images]), script, ""))


def parts_of(page: str) -> dict[str, int]:
    """Measure the parts of a page in bytes, the largest first."""
    sizes = {
        one[1]: len(one[0].encode()) for one in re.finditer(r'<section id="([^"]+)".*?</section>', page, re.DOTALL)
    }
    for name, opening in {"style": "<style>", "script": "<script>", "data of the pad": '<script type="'}.items():
        sizes[name] = sum(len(one[0].encode()) for one in re.finditer(f"{opening}.*?</s", page, re.DOTALL))
    return dict(sorted(sizes.items(), key=lambda pair: -pair[1]))


def test_the_notebooks_page_with_three_seeds_and_the_pad_is_below_3_mb(tmp_path: Path) -> None:
    plan = notebook_plan().with_recipes(epochs=1).changed(limit=400, seeds=[0, 1, 2])
    outcome = conduct(plan, data.load("mnist"), Means(), out=tmp_path, page=False)
    with open_store(tmp_path, create=False) as store:
        contents = report_contents(store, plan, outcome)
    assert contents.pad is not None
    assert {one.name: len(one.seeds) for one in contents.pad.networks} == dict.fromkeys(
        contents.result.architectures, 3
    )
    page = study_page(contents, with_pad(figures_of_study(contents), contents))
    size = len(page.encode())
    told = "\n".join(f"{count:>9,} {name}" for name, count in parts_of(page).items())
    assert size < MOST, f"{size:,} bytes, of which\n{told}"
    assert sum(parts_of(page).values()) > 0.9 * size
