"""A study on the user's own data: which they are, loaded and checked, and networks of the zoo brought to them."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnlab import data
from cnnlab.arch import Network, chain, zoo
from cnnlab.arch.layers import Dense, Input
from cnnlab.data.own import Loaded, OwnData, Reading, load_own, own_name
from cnnlab.errors import DataUnavailableError, NetworkError, UsageError, did_you_mean, explain
from cnnlab.experiments import Architecture
from cnnlab.lab.own_tables import is_mnist
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Split
from cnnlab.report.words import listing


def load_data(
    plan: StudyPlan,
    *,
    offline: bool = False,
    notify: data.Notify | None = None,
    progress: data.Progress | None = None,
) -> tuple[StudyPlan, Split]:
    """Load the data of a plan, and bring the plan to them where they are the user's own.

    Args:
        plan: As it was asked for.
        offline: Never use the network.
        notify: Gets lines for people.
        progress: Gets a name, how much is done and of how much.

    Returns:
        The plan as it will run, and its data set.

    Raises:
        DataUnavailableError: If the data are not there.
        DataError: If they cannot be used, or are others than those that the study was begun with.
        NetworkError: If a network of the zoo cannot take their images.
    """
    if plan.own is None:
        return plan, data.load(plan.data, path=plan.data_path, offline=offline, notify=notify, progress=progress)
    if plan.data_path is None:
        expected, fix = "to be told where the data are", "Add --data PATH."
        raise DataUnavailableError(explain(expected=expected, got="no path", where=plan.data, fix=fix))
    tell = notify or data.log_notice
    loaded = load_own(plan.data_path, plan.own, name=plan.data, notify=tell, progress=progress)
    if not plan.own.sums:  # told once, when the study begins
        for text in loaded.notices:
            tell(text)
    fitted, said = fitted_plan(plan, loaded)
    if said:
        tell(said)
    return fitted, loaded.split


def with_data(plan: StudyPlan, where: str, **told: Any) -> StudyPlan:  # noqa: ANN401 - as `Reading` takes them
    """Return a plan on other data.

    Args:
        plan: Whose data are left aside. If they are the user's own, only their place is another one, and how they are
            read as far as something is told.
        where: A known data set's name, or a path. MNIST's own files are MNIST, wherever they lie.
        told: Of `Reading`, as far as the user says something; None leaves a default.

    Raises:
        UsageError: If a size or a share is none, or something is told of a known data set.
    """
    given = {key: value for key, value in told.items() if value is not None}
    path = Path(where).expanduser()
    if where in data.DATA_SETS or not (path.exists() or plan.own or _like_a_path(where)):
        return _known(plan, where, given)
    if plan.own is not None:
        changed = OwnData(replace(plan.own.reading, **given)) if given else plan.own
        return replace(plan, data_path=path, own=changed)
    if not given and is_mnist(path):
        return replace(plan, data="mnist", data_path=path)
    return replace(plan, data=own_name(path), data_path=path, own=OwnData(Reading(**given)))


def _known(plan: StudyPlan, name: str, given: dict[str, Any]) -> StudyPlan:
    if name not in data.DATA_SETS:
        fix = did_you_mean(name, data.DATA_SETS)
        expected = "a path with images, or the name of a data set"
        raise UsageError(explain(expected=expected, got=repr(name), where="--data", fix=fix))
    if given:
        got = f"{name!r} with {', '.join(given)}"
        raise UsageError(explain(expected="data of your own to read so", got=got, where="--data"))
    return replace(plan, data=name, data_path=None, own=None)


def _like_a_path(where: str) -> bool:
    return "/" in where or "\\" in where or "." in where


def fitted_plan(plan: StudyPlan, loaded: Loaded) -> tuple[StudyPlan, str]:
    """Bring a plan to data: their sums, their own validation images, and networks of the zoo to their images.

    A network that the user described layer by layer stays as it is: where it does not fit, the check before training
    says so.

    Args:
        plan: As it was asked for.
        loaded: Its data.

    Returns:
        The plan as it will run, and a sentence on the networks that were changed; empty without one.

    Raises:
        NetworkError: If a network of the zoo cannot take the images.
    """
    split = loaded.split
    shape = _with_channels(split.train.images.shape[1:])
    classes = len(split.class_names)
    fitted = [_fitted(one, shape, classes) for one in plan.architectures]
    pairs = zip(fitted, plan.architectures, strict=True)
    changed = [one.name for one, before in pairs if one.network != before.network]
    assert plan.own is not None
    reading = replace(plan.own.reading, kind=loaded.kind)
    own = OwnData(reading, tuple(sorted(split.sums.items())), split.class_names)
    held_out = plan.hold_out if plan.hold_out is not None else loaded.held_out or None
    sides = " x ".join(map(str, shape))
    take, tell = ("takes", "tells") if len(changed) == 1 else ("take", "tell")
    said = f"Here {listing(changed)} {take} images of {sides} and {tell} {classes} classes apart." if changed else ""
    return replace(plan, architectures=tuple(fitted), own=own, hold_out=held_out), said


def _with_channels(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape if len(shape) == 3 else (*shape, 1)  # noqa: PLR2004 - height, width, channels


def _fitted(one: Architecture, shape: tuple[int, ...], classes: int) -> Architecture:
    """Bring a network of the zoo to images and classes; what was published of it is of other data."""
    entry = next((entry for entry in map(zoo.entry, zoo.names()) if _is(one.network, entry)), None)
    if entry is None:
        return one
    published = None if one.published == entry.published else one.published
    try:
        network = _brought(entry, one.network.name, shape, classes)
    except NetworkError as error:
        sides = " x ".join(map(str, shape))
        others = f"--architectures {','.join(taking(shape, classes)) or 'NAME'}"
        fix = f"Choose larger images, --resize 28x28, or other networks, {others}."
        raise NetworkError(
            explain(expected=f"networks that take images of {sides}", got=f"{error}".removesuffix("."), fix=fix)
        ) from None
    return replace(one, network=network, published=published)


def taking(shape: tuple[int, ...], classes: int) -> list[str]:
    """Name the networks of the zoo that can be brought to images, shape (height, width) with or without channels."""
    names = []
    for entry in map(zoo.entry, zoo.names()):
        with contextlib.suppress(NetworkError):
            names.append(_brought(entry, entry.name, _with_channels(shape), classes).name)
    return names


def _brought(entry: zoo.ZooEntry, name: str, shape: tuple[int, ...], classes: int) -> Network:
    *between, last = entry.layers()[1:]
    assert isinstance(last, Dense)
    return chain(name, [Input(shape), *between, replace(last, units=classes)])


def _is(network: Network, entry: zoo.ZooEntry) -> bool:
    return network == entry.network().renamed(network.name)
