"""What the pages tell a reader to type exists, and what they point to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_on_a_page_is_in_the_makefile(page: Path) -> None:
    wanted = re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert [target for target in wanted if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)] == []


def test_every_folder_of_the_package_is_on_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    folders = [path.parent.name for path in (ROOT / "src/cnnlab").glob("*/__init__.py")]
    assert len(folders) > 12
    assert [name for name in folders if f"| `{name}` |" not in text] == []


def test_the_map_fits_its_own_limit() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) < 150


def test_the_imports_that_the_readme_shows_work() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    imports = [line for block in blocks for line in block.splitlines() if line.startswith("from ")]
    assert len(imports) >= 3
    for line in imports:
        exec(line, {})


def test_every_picture_on_a_page_is_there_small_and_told_in_words() -> None:
    shown = 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        pictures = re.findall(r'(?:\bsrc|srcset)="([^"]+)"', text)
        assert all((page.parent / one).stat().st_size < 120_000 for one in pictures), page.name
        assert all(re.search(r'\balt="[^"]{20,}"', tag) for tag in re.findall(r"<img [^>]*>", text)), page.name
        shown += len(pictures)
    assert shown >= 6


def test_every_picture_on_a_page_has_a_dark_twin_of_the_same_size() -> None:
    light = sorted((ROOT / "docs" / "pictures").glob("*-light.png"))
    assert light
    for picture in light:
        dark = picture.with_name(picture.name.replace("-light", "-dark"))
        # The first 24 bytes of a PNG end with its width and height.
        assert picture.read_bytes()[:24] == dark.read_bytes()[:24]
