import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import cnnlab.analysis
import cnnlab.report

RENDER = """
import sys
sys.path.insert(0, {tests!r})
for blocked in ("llvmlite", "h5py", "scipy", "keras", "jax"):
    sys.modules[blocked] = None
import studies
import cnnlab.report
from cnnlab.analysis import observe
from cnnlab.report.contents import ReportContents
from cnnlab.report.page import study_page
from cnnlab.report.terminal import observation_table
result = studies.notebook_study()
page = study_page(ReportContents(result, {{}}, observe(result, 10_000)))
print(len(observation_table(result)) > 500, "</html>" in page, "<svg" in page, "matplotlib" in sys.modules)
"""
TERMINAL = """
import sys
import cnnlab.report.terminal
heavy = {"matplotlib", "jinja2", "markupsafe", "scipy", "rich", "pydantic", "llvmlite", "h5py"}
print(sorted(heavy & set(sys.modules)))
"""


def output(code: str) -> str:
    """Run code in a Python of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_page_is_laid_out_on_a_machine_without_llvm_and_hdf5_and_without_drawing_anything() -> None:
    tests = str(Path(__file__).parents[1] / "analysis")
    assert output(RENDER.format(tests=tests)) == "True True True False"


def test_the_terminal_text_needs_neither_matplotlib_nor_jinja() -> None:
    assert output(TERMINAL) == "[]"


def modules() -> list[str]:
    """List the modules of both packages."""
    return [
        f"{package.__name__}.{path.stem}"
        for package in (cnnlab.analysis, cnnlab.report)
        for path in sorted(Path(package.__path__[0]).glob("*.py"))
        if path.stem != "__init__"
    ]


@pytest.mark.parametrize("name", modules())
def test_the_examples_in_the_docstrings_are_true(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, extraglobs=vars(module)).failed == 0
