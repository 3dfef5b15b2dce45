"""The drawing pad: what trained networks say of a drawing or of a test image, and what each layer makes of it."""

import base64
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.data.drawing import prepare_drawing
from cnnlab.lab.asking import Loaded, askable, spread
from cnnlab.lab.kept_diagnoses import is_of_a_diagnosis
from cnnlab.lab.tested_on import data_table
from cnnlab.records import RunSummary, Split
from cnnlab.store import RunFilter
from cnnlab.web.answers import answer
from cnnlab.web.desk import Desk
from cnnlab.web.pictures import PAD, drawing
from cnnlab.web.problems import MISSING, UNUSABLE, Problem
from cnnlab.web.reading import run_id
from cnnlab.web.words import body, pixels, query_number

_SHAPE: Final = (28, 28)
_MOST_IMAGES: Final = 200
_SHOWN: Final = 20
_WHITE: Final = 255.0

Greys = npt.NDArray[np.uint8]


class Pad:
    """Answers about single images."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def test_images(self, request: Request) -> Response:
        """Answer ``GET /api/test-images``."""
        count = query_number(request, "count", _SHOWN, least=1, most=_MOST_IMAGES)
        first = query_number(request, "from", 0)
        return answer(await self._desk.work(lambda: self._test_images(first, count)))

    def _test_images(self, first: int, count: int) -> dict[str, Any]:
        split = self._desk.split()
        chosen = range(first, min(first + count, len(split.test)))
        images = [
            {"index": index, "label": int(split.test.labels[index]), "pixels": _text(split.test.images[index])}
            for index in chosen
        ]
        height, width = split.test.images.shape[1:3]
        return {"images": images, "height": height, "width": width, "class_names": list(split.class_names)}

    async def ask(self, request: Request) -> Response:
        """Answer ``POST /api/pad``."""
        asked = await body(request, ("pixels", "image", "study"))
        return answer(await self._desk.work(lambda: self._asked(asked)))

    def _asked(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        began = perf_counter()
        image = self._image(asked)
        study = self._study(asked.get("study"))
        answers = [] if study is None else self._answers(study, image)
        milliseconds = (perf_counter() - began) * 1000
        return {**_seen(image), "answers": answers, "milliseconds": round(milliseconds, 1)}

    async def layers(self, request: Request) -> Response:
        """Answer ``POST /api/pad/layers``."""
        asked = await body(request, ("pixels", "image", "study", "run"))
        return answer(await self._desk.work(lambda: self._layers(asked)))

    def _layers(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        image = self._image(asked)
        identifier = run_id(asked.get("run"), "run")
        found = next(self._desk.store.runs(RunFilter(ids=(identifier,))), None)
        if found is None:
            raise Problem(MISSING, expected="the id of a run", got=repr(identifier), where="run")
        runs = askable(self._desk.store, self._desk.store.run(identifier).study_id, _SHAPE)
        if identifier not in {run.id for run in runs}:
            expected = "a finished run of a network that takes images of 28 x 28"
            raise Problem(UNUSABLE, expected=expected, got=found.status, where=f"run {identifier}")
        loaded = self._desk.loader.load(self._desk.store, found)
        return {"layers": [_layer(*layer) for layer in loaded.layers(image)]}

    async def upload(self, request: Request) -> Response:
        """Answer ``POST /api/upload``."""
        content = await request.body()
        kind = request.headers["content-type"].lower().replace(" ", "")
        return answer({"pixels": _text(await self._desk.work(lambda: drawing(content, kind)))})

    # What is asked, and who.

    def _image(self, asked: Mapping[str, Any]) -> Greys:
        """Return the image that networks shall see: of a drawing what it is prepared to, a test image as it is."""
        if ("image" in asked) == ("pixels" in asked):
            got = "both" if "image" in asked else "neither"
            raise Problem(UNUSABLE, expected="pixels of a drawing or the index of a test image", got=got)
        if "pixels" in asked:
            raw = np.frombuffer(pixels(asked, PAD * PAD), np.uint8)
            return prepare_drawing(raw.reshape(PAD, PAD), _SHAPE)
        index, test = asked["image"], self._desk.split().test
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(test):
            expected = f"the index of a test image, 0 to {len(test) - 1:,}"
            raise Problem(UNUSABLE, expected=expected, got=repr(index)[:50], where="image")
        return np.asarray(test.images[index])

    def _study(self, asked: object) -> int | None:
        """Return the study that is asked.

        If none is named it is the newest one that has anybody to ask, those of diagnoses last: their networks are
        architectures without this or that.
        """
        studies = sorted(self._desk.store.studies(), key=is_of_a_diagnosis)
        numbers = [study.id for study in studies]
        if asked is None:
            return next((number for number in numbers if self._runs(number)), None)
        if isinstance(asked, bool) or not isinstance(asked, int):
            raise Problem(UNUSABLE, expected="the number of a study", got=repr(asked)[:50], where="study")
        if asked not in numbers:
            raise Problem(MISSING, expected="the number of a study", got=repr(asked)[:50], where="study")
        return asked

    def _runs(self, study: int) -> list[RunSummary]:
        stamp = self._desk.stamp(study)
        return self._desk.kept(("askable", study), stamp, lambda: askable(self._desk.store, study, _SHAPE))

    def _answers(self, study: int, image: Greys) -> list[dict[str, Any]]:
        by_name: dict[str, list[Loaded]] = {}
        for run in self._runs(study):
            by_name.setdefault(run.architecture, []).append(self._desk.loader.load(self._desk.store, run))
        return [self._answer(name, study, seeds, image) for name, seeds in by_name.items()]

    def _answer(self, name: str, study: int, seeds: list[Loaded], image: Greys) -> dict[str, Any]:
        said = [one.probabilities(image) for one in seeds]
        return {
            "architecture": name,
            "study": study,
            "class_names": self._class_names(study, seeds[0], len(said[0])),
            "seeds": [
                {"run": one.run, "seed": one.key.seed, "probabilities": answers.tolist()}
                for one, answers in zip(seeds, said, strict=True)
            ],
            **spread(said),
        }

    def _class_names(self, study: int, one: Loaded, classes: int) -> list[str]:
        """Name the outputs as the data set does; where it is not at hand, by their numbers."""
        name = self._desk.kept(("data", one.run), None, lambda: self._desk.store.run(one.run).data_name)
        own = self._desk.kept(("own", study), None, lambda: self._own_names(study))
        split: Split | None = None if own else self._desk.split_or_none(name)
        names = own or ([] if split is None else list(split.class_names))
        return names if len(names) == classes else [str(number) for number in range(classes)]

    def _own_names(self, study: int) -> list[str]:
        """Return the names of the user's own classes, as the study's definition has them; none of a known data set."""
        found = next((one for one in self._desk.store.studies() if one.id == study), None)
        return [] if found is None else [str(name) for name in data_table(found).get("class_names", [])]


def _seen(image: Greys) -> dict[str, Any]:
    return {"seen": _text(image), "height": image.shape[0], "width": image.shape[1], "empty": not image.any()}


def _layer(name: str, kind: str, values: npt.NDArray[Any]) -> dict[str, Any]:
    """Put what a layer gives into bytes, one plane after the other."""
    planes = np.moveaxis(values, -1, 0) if values.ndim == 3 else values  # noqa: PLR2004 - height, width, channels
    low, high = float(values.min()), float(values.max())
    scaled = (planes - low) / (high - low) * _WHITE if high > low else np.zeros_like(planes)
    maps = np.ascontiguousarray(scaled.round().astype(np.uint8))
    return {"name": name, "kind": kind, "shape": list(values.shape), "low": low, "high": high, "maps": _text(maps)}


def _text(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
