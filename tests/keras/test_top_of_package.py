import subprocess
import sys

import pytest

import cnnlab
import cnnlab.keras
import cnnlab.lab.zoo


def test_the_names_used_most_stand_at_the_top() -> None:
    assert cnnlab.Sequential is cnnlab.keras.Sequential
    assert cnnlab.layers.Conv2D is cnnlab.keras.layers.Conv2D
    assert cnnlab.zoo is cnnlab.lab.zoo
    assert set(cnnlab.__all__) <= set(dir(cnnlab))
    for name in cnnlab.__all__:
        assert getattr(cnnlab, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'cnnlab' has no attribute 'Sequentail'"):
        _ = cnnlab.Sequentail


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, cnnlab; dir(cnnlab); print(sorted(m for m in sys.modules if m.startswith(('cnnlab', 'numpy'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['cnnlab', 'cnnlab.version']"


def test_the_face_is_imported_without_what_only_reports_and_oracles_need() -> None:
    heavy = ["keras", "matplotlib", "scipy", "jinja2", "pydantic", "rich", "typer"]
    code = f"import sys, cnnlab.keras; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
