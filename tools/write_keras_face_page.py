"""Write the lists of docs/keras-face.md from the code: what of Keras' public names is here, and what answers.

Usage: python tools/write_keras_face_page.py
"""

import re
from operator import attrgetter
from pathlib import Path

import cnnlab.keras
from cnnlab.errors import NotSupportedError
from cnnlab.keras.absent import keras_names

PAGE = Path(__file__).parents[1] / "docs" / "keras-face.md"
LISTS = re.compile(r"(?s)(<!-- lists -->\n).*(<!-- end of lists -->)")


def lists() -> str:
    """Return a section for each module, and one for the methods of Sequential."""
    return "\n".join(section(part) for part in keras_names())


def section(part: str) -> str:
    """Return the names of one module in two paragraphs."""
    module = {".": "keras", "Sequential": "keras.Sequential"}.get(part, f"keras.{part}")
    owner = {".": cnnlab.keras, "Sequential": cnnlab.keras.Sequential()}.get(part) or attrgetter(part)(cnnlab.keras)
    names = sorted(keras_names()[part], key=lambda name: (name.lower(), name))
    here = [name for name in names if is_here(owner, name)]
    absent = [name for name in names if name not in here]
    return f"### `{module}`\n\nHere: {listed(here)}.\n\nNot here: {listed(absent)}.\n"


def is_here(owner: object, name: str) -> bool:
    """Tell whether a name answers with anything but a refusal."""
    if not isinstance(owner, type(cnnlab)):
        return hasattr(type(owner), name) or name in vars(owner)
    try:
        getattr(owner, name)
    except NotSupportedError:
        return False
    return True


def listed(names: list[str]) -> str:
    """Write names as code."""
    return ", ".join(f"`{name}`" for name in names) or "none"


def page() -> str:
    """Return the page with today's lists."""
    return LISTS.sub(lambda found: f"{found[1]}\n{lists()}\n{found[2]}", PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"wrote {PAGE.name}")
