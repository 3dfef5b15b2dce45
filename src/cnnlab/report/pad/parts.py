"""The parts of a drawing pad, for a page to put in."""

import json
import re
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

import numpy as np

from cnnlab.report.pad.contract import PadContents, PadNetwork, PadParts
from cnnlab.report.pad.network import encoded, network_data, obstacle

SCRIPTS: Final = ("prepare.js", "activations.js", "layers.js", "engine.js", "canvas.js", "answers.js", "pad.js")
"""In this order they make one script."""
_EXPORT: Final = re.compile(r"^export (?=function )", re.MULTILINE)
_MNIST: Final = (28, 28)
_DIGITS: Final = tuple("0123456789")


def pad_parts(contents: PadContents) -> PadParts:
    """Make a drawing pad on which trained networks answer, in the reader's own browser.

    A network that the pad cannot compute is left out, and a sentence says why. Where none is left, that is all there
    is: no data, no script.

    Args:
        contents: Names in it may hold anything.

    Returns:
        Its parts; about 5.4 bytes of data for each weight of each seed.
    """
    shape = _shape(contents)
    reasons = [obstacle(one, shape, len(contents.class_names)) for one in contents.networks]
    able = [one for one, reason in zip(contents.networks, reasons, strict=True) if reason is None]
    left_out = [(one.name, reason) for one, reason in zip(contents.networks, reasons, strict=True) if reason]
    sentences = "".join(_left_out(name, reason) for name, reason in left_out)
    if not able:
        return PadParts(
            sentences or _left_out("", "There is no trained network to draw for."), "{}", "", source("pad.css")
        )
    return PadParts(_html(contents, shape) + sentences, _data(contents, shape, able), script(), source("pad.css"))


def script(names: Iterable[str] = SCRIPTS) -> str:
    """Join scripts of this folder to one that leaves no name behind in the page and begins the pad."""
    return '(() => {\n"use strict";\n' + "\n".join(map(source, names)) + "\nbeginPad();\n})();\n"


@cache
def source(name: str) -> str:
    """Read a file of this folder: one of `SCRIPTS`, pad.css or pad.html.

    Of a script that is a module elsewhere the word "export" is left out: a page's own script cannot be loaded as one.
    """
    return _EXPORT.sub("", (files("cnnlab.report.pad") / name).read_text(encoding="utf-8"))


def _shape(contents: PadContents) -> tuple[int, int]:
    """Say how large the images are: as the examples, else as the first network that takes grey ones."""
    if contents.examples.ndim == 3 and len(contents.examples):  # noqa: PLR2004 - images, height, width
        return contents.examples.shape[1], contents.examples.shape[2]
    shapes = [one.network.input_shape for one in contents.networks]
    return next(((shape[0], shape[1]) for shape in shapes if shape[2:] == (1,)), _MNIST)


def _html(contents: PadContents, shape: tuple[int, int]) -> str:
    noun = _noun(contents)
    return source("pad.html").format(
        noun=noun,
        noun_with_article="a digit" if noun == "digit" else "one of the classes",
        no_examples="" if _examples(contents).size else " hidden",
        height=shape[0],
        width=shape[1],
    )


def _noun(contents: PadContents) -> str:
    return "digit" if contents.class_names == _DIGITS else "image"


def _examples(contents: PadContents) -> Any:  # noqa: ANN401 - an array of any shape
    """Return the examples where they are grey images of bytes, else none."""
    grey = contents.examples.ndim == 3 and contents.examples.dtype == np.uint8  # noqa: PLR2004 - images, height, width
    return contents.examples if grey else np.zeros(0, np.uint8)


def _data(contents: PadContents, shape: tuple[int, int], able: list[PadNetwork]) -> str:
    """Write what the script reads; no letter in it can end the element that holds it."""
    examples = _examples(contents)
    data = {
        "height": shape[0],
        "width": shape[1],
        "classNames": list(contents.class_names),
        "networks": [network_data(one) for one in able],
        "noun": _noun(contents),
        "examples": encoded(examples),
        "labels": [int(label) for label in contents.example_labels] if examples.size else [],
    }
    return (
        json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )


def _left_out(name: str, reason: str) -> str:
    named = f"<strong>{escape(name)}</strong> is not on the pad. " if name else ""
    return f'<p class="pad-left-out">{named}{escape(reason)}</p>\n'


__all__ = ["SCRIPTS", "pad_parts", "script", "source"]
