"""Study files: TOML in, a plan out."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cnnlab.arch import Network
from cnnlab.arch.layer import Layer
from cnnlab.arch.layers import LAYERS
from cnnlab.errors import StudyFileError, UsageError, did_you_mean, explain
from cnnlab.experiments import Architecture
from cnnlab.lab.callback_monitors import watching_what_is_there
from cnnlab.lab.callback_paths import kept_inside
from cnnlab.lab.own_tables import read_own
from cnnlab.lab.plan import StudyPlan, from_zoo, read_seeds
from cnnlab.lab.recipe_tables import read_loss, read_optimizer
from cnnlab.lab.study_schema import (
    ArchitectureSection,
    CurvesSection,
    DataSection,
    PublishedSection,
    RecipeSection,
    Section,
    StudySection,
)
from cnnlab.lab.study_wiring import take_inputs, wired
from cnnlab.records import CallbackRecipe, Recipe, class_weights
from cnnlab.records.published import from_table
from cnnlab.training.callbacks import callback_named, callback_recipe

_MOST: Final = 1 << 20
# For a key of many parts Python's own reader takes a time that grows with their square, and a number in hexadecimal may
# be longer than Python writes.
_WITHOUT_END: Final = (
    (
        re.compile(r"""(?<![\w\-])(?:(?:[\w\-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){20}"""),
        "a key of more than 20 parts",
    ),
    (re.compile(r"\b0[xob][0-9A-Fa-f_]{100}"), "a number of more than 100 digits"),
)

_SECTIONS: dict[str, type[Section]] = {
    "data": DataSection,
    "recipe": RecipeSection,
    "architecture": ArchitectureSection,
    "published": PublishedSection,
    "curves": CurvesSection,
}


def load_plan(path: Path) -> StudyPlan:
    """Read a study file.

    Args:
        path: A TOML file; `examples/study.toml` shows all that may stand in it.

    Raises:
        StudyFileError: If it cannot be read as a study, a callback would write outside its run's folder or watches a
            number that there is none of; the message names the place and the nearest right word.
    """
    return watching_what_is_there(kept_inside(_read(path), str(path)), str(path))


def plan_from_text(text: str, where: str) -> StudyPlan:
    """Read a study as `study_toml.plan_as_toml` wrote it, of a Study in Python also with its callbacks' own paths.

    Args:
        text: TOML.
        where: What messages call it.

    Raises:
        StudyFileError: If it cannot be read as a study.
    """
    return plan_from_tables(_parsed(text, where), where)


def plan_from_tables(raw: dict[str, Any], file: str, folder: Path = Path()) -> StudyPlan:
    """Read a study from the tables of a study file.

    Args:
        raw: As TOML is read.
        file: What messages call it.
        folder: Where paths begin.

    Raises:
        StudyFileError: If it cannot be read as a study.
    """
    section = _validated(file, raw)
    try:
        path = _beside(folder, section.data.path)
        name, own = read_own(section.data, path)
        return StudyPlan(
            name=section.name,
            architectures=tuple(
                _architecture(one, index, section.recipe) for index, one in enumerate(section.architecture)
            ),
            data=name,
            data_path=path,
            own=own,
            limit=section.data.limit,
            hold_out=section.data.hold_out,
            spare_test=section.data.test is not None,
            seeds=read_seeds(section.seeds),
            notes=tuple(section.notes),
            backend=section.backend,
        )
    except UsageError as error:
        raise StudyFileError(f"{file}, {error}") from None


def load_networks(path: Path) -> dict[str, Network]:
    """Read only the networks of a study file, by the names of the architectures."""
    return {one.name: one.network for one in _read(path).architectures}


def _read(path: Path) -> StudyPlan:
    return plan_from_tables(_parsed(_text(path), str(path)), str(path), path.parent)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
        if len(content) > _MOST:
            expected = f"a study file of at most {_MOST:,} bytes"
            raise StudyFileError(explain(expected=expected, got="a longer one", where=str(path)))
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        there = sorted(other.name for other in path.parent.glob("*.toml")) if path.parent.is_dir() else []
        fix = did_you_mean(path.name, there) if there else "examples/study.toml shows what a study file looks like."
        raise StudyFileError(explain(expected="a study file", got="no such file", where=str(path), fix=fix)) from None
    except OSError as error:
        raise StudyFileError(
            explain(expected="a study file that can be read", got=error.strerror or str(error), where=str(path))
        ) from error
    except UnicodeDecodeError:
        raise StudyFileError(explain(expected="a text file in UTF-8", got="other bytes", where=str(path))) from None


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        for long, what in _WITHOUT_END:
            if long.search(text):
                raise ValueError(what)  # noqa: TRY301 - one message for all
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers, and brackets in brackets, without end
        got = "brackets in brackets without end" if isinstance(error, RecursionError) else str(error)
        raise StudyFileError(
            explain(expected="TOML", got=got, where=file, fix="Text stands in quotes, lists in brackets.")
        ) from None


def _validated(file: str, raw: dict[str, Any]) -> StudySection:
    try:
        return StudySection.model_validate(raw)
    except ValidationError as error:
        faults = error.errors()
        # A mistyped key is also a missing one; the typing error is the one to name.
        fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
        raise StudyFileError(_fault(file, raw, fault)) from None


def _fault(file: str, raw: dict[str, Any], fault: ErrorDetails) -> str:
    """Put a finding of pydantic's into our words: the place as the user counts it, the nearest key."""
    place = ", ".join([file, *_place(raw, fault["loc"])])
    key = str(fault["loc"][-1])
    if fault["type"] == "extra_forbidden":
        section = next(
            (_SECTIONS[str(part)] for part in reversed(fault["loc"][:-1]) if str(part) in _SECTIONS), StudySection
        )
        return explain(
            expected="a key it knows", got=repr(key), where=place, fix=did_you_mean(key, section.model_fields)
        )
    if fault["type"] == "missing":
        return explain(expected=f"a key {key!r}", got="none", where=place, fix="examples/study.toml shows one.")
    last = fault["loc"][-1]
    where = f"{place} {last + 1}" if isinstance(last, int) else f"{place}, {key}"
    return explain(expected=_as_expectation(fault["msg"]), got=repr(fault["input"]), where=where)


def _as_expectation(message: str) -> str:
    """Turn pydantic's "Input should be ..." into the rest of "expected ..."."""
    for head in ("Input should be ", "Value error, "):
        message = message.removeprefix(head)
    return message[:1].lower() + message[1:]


def _place(raw: dict[str, Any], loc: tuple[int | str, ...]) -> list[str]:
    """Name the tables on the way to a key: "architecture 'tiny'" rather than architecture.1."""
    place: list[str] = []
    here: Any = raw
    for part in loc[:-1]:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(part, int):
            name = here.get("name") or here.get("zoo") if isinstance(here, dict) else None
            place[-1] = f"{place[-1]} {name!r}" if name else f"{place[-1]} {part + 1}"
        else:
            place.append(part)
    return place


def _beside(folder: Path, data_path: str | None) -> Path | None:
    """Read a path in a study file as seen from the file's own folder."""
    if data_path is None:
        return None
    return folder / Path(data_path).expanduser()


def _architecture(one: ArchitectureSection, index: int, shared: RecipeSection) -> Architecture:
    place = f"architecture {one.name or one.zoo or index + 1!r}"
    try:
        base = _described(one)
        recipe = _recipe(_recipe(base.recipe, shared), one)
        published = base.published if one.published is None else from_table(one.published.model_dump())
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None
    return replace(base, recipe=recipe, published=published)


def _described(one: ArchitectureSection) -> Architecture:
    """Return the network of one section, from the zoo or from its own layers."""
    if (one.zoo is None) == (one.layers is None):
        got = "neither" if one.zoo is None else "both"
        fix = "zoo = 'lenet-5' takes a network of the zoo; layers = [...] describes one."
        raise UsageError(explain(expected="either zoo or layers", got=got, fix=fix))
    if one.zoo is not None:
        base = from_zoo(one.zoo)
        name = one.name or base.name
        return replace(base, name=name, network=base.network.renamed(name))
    if one.name is None:
        raise UsageError(explain(expected="a name", got="none"))
    return Architecture(one.name, _network(one, one.name), Recipe())


def _network(one: ArchitectureSection, name: str) -> Network:
    tables = [dict(table) for table in one.layers or []]
    wishes = [take_inputs(table, f"layer {index}") for index, table in enumerate(tables, start=1)]
    layers = [_layer(table, index) for index, table in enumerate(tables, start=1)]
    return wired(name, layers, wishes, tuple(one.input_shape) if one.input_shape else None, one.data_format)


def _layer(table: dict[str, Any], index: int) -> Layer:
    arguments = dict(table)
    kind = arguments.pop("layer", None)
    place = f"layer {index}"
    if not isinstance(kind, str) or kind not in LAYERS:
        got = repr(kind) if kind is not None else f"no key 'layer' among {', '.join(table) or 'nothing'}"
        fix = did_you_mean(str(kind), LAYERS)
        raise UsageError(explain(expected="layer = the name of a layer", got=got, where=place, fix=fix))
    try:
        layer: Layer = LAYERS[kind](**arguments)
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None
    return layer


def _recipe(base: Recipe, section: RecipeSection) -> Recipe:
    """Lay what a section says over a recipe."""
    return Recipe(
        batch_size=section.batch_size or base.batch_size,
        epochs=section.epochs or base.epochs,
        optimizer=base.optimizer if section.optimizer is None else read_optimizer(section.optimizer),
        loss=base.loss if section.loss is None else read_loss(section.loss),
        shuffle=base.shuffle if section.shuffle is None else section.shuffle,
        callbacks=base.callbacks if section.callbacks is None else _callbacks(section.callbacks),
        class_weight=base.class_weight if section.class_weight is None else class_weights(section.class_weight),
    )


def _callbacks(listed: list[Any]) -> tuple[CallbackRecipe, ...]:
    """Make each callback once: its constructor checks the arguments, and its recipe leaves out the defaults."""
    made = []
    for index, value in enumerate(listed, start=1):
        arguments = {"name": value} if isinstance(value, str) else dict(value) if isinstance(value, dict) else {}
        name = arguments.pop("name", None)
        if not isinstance(name, str):
            fix, place = 'Write callbacks = [{ name = "EarlyStopping", patience = 3 }].', f"callbacks {index}"
            raise UsageError(explain(expected="a callback with a name", got=repr(value), where=place, fix=fix))
        made.append(callback_recipe(callback_named(name, **arguments)))
    return tuple(made)
