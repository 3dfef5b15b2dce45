"""A trained network by a word: a ``.keras`` file, a run of the store, or weights beside a description."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab import data
from cnnlab.arch import Network, from_keras_config
from cnnlab.arch.layers import Rescaling
from cnnlab.arch.measures import class_count
from cnnlab.backends import Model, get_backend
from cnnlab.errors import CnnlabError, NotSupportedError, UsageError, explain
from cnnlab.keras.models import Model as KerasModel
from cnnlab.keras.models import Sequential, load_model
from cnnlab.lab.asking import final_weights
from cnnlab.lab.contestants import choose
from cnnlab.lab.own_data import load_data
from cnnlab.lab.recipe_tables import stored_recipe
from cnnlab.lab.stored_plan import stored_plan
from cnnlab.records import Loss, Recipe, RunSummary, Split, StoredStudy
from cnnlab.report.words import listing
from cnnlab.store import RunFilter, Store, open_store
from cnnlab.store.run_folder import WEIGHTS
from cnnlab.training import scaling_layer

Array = npt.NDArray[Any]

KERAS: Final = ".keras"
NPZ: Final = ".npz"
WEIGHTS_H5: Final = ".weights.h5"
ONNX: Final = ".onnx"
_BRIGHTEST: Final = 255.0
_PIECE: Final = 256


@dataclass(frozen=True, eq=False)
class Trained:
    """A network with its trained weights, and what is known of it.

    Attributes:
        name: For messages and files: the architecture's, or the file's without its ending.
        told: Where it comes from, for people: "run k3q7xw2m of architecture-1, seed 0".
        network: Its description.
        weights: In Keras' order.
        loss: It was trained by; None where nobody knows.
        recipe: It was trained by; None for what comes from a file.
        class_names: In the order of its outputs, class 0 first where it has one for two; none where nobody knows.
        data: That it was trained on, where they are at hand.
        model: As it stood in a ``.keras`` file, with its optimizer.
        notes: What the user should know of the choice, a sentence each.
    """

    name: str
    told: str
    network: Network
    weights: tuple[Array, ...]
    loss: Loss | None = None
    recipe: Recipe | None = None
    class_names: tuple[str, ...] = ()
    data: Split | None = None
    model: KerasModel | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def divisor(self) -> float:
        """Say what pixels from 0 to 255 are divided by before the network sees them; 1 where it does so itself."""
        return 1.0 if isinstance(scaling_layer(self.network), Rescaling) else _BRIGHTEST

    @cached_property
    def _loaded(self) -> Model:
        return get_backend().load(self.network, self.weights)

    def outputs(self, images: Array) -> Array:
        """Return the outputs for images, both as the network's user has them: channels where its data format says.

        Args:
            images: Shape (n, ...), scaled.
        """
        inside = _moved(self.network, images.astype(np.float32), 1, -1)
        pieces = range(0, len(inside), _PIECE)
        found = [self._loaded.predict(np.ascontiguousarray(inside[at : at + _PIECE]), _PIECE) for at in pieces]
        return _moved(self.network, np.concatenate(found), -1, 1)

    def in_keras_words(self) -> KerasModel:
        """Return it as a model of `cnnlab.keras`, compiled as in training; a run's without the optimizer's memory."""
        if self.model is not None:
            return self.model
        model = model_of(self.network)
        model.set_weights(self.weights)
        model.class_names = self.class_names
        if self.recipe is not None:
            model.compile(self.recipe.optimizer, self.recipe.loss, metrics=["accuracy"])
        return model


def model_of(network: Network) -> KerasModel:
    """Return a model of `cnnlab.keras` of a description: a `Sequential` of a chain, else a `Model`."""
    return (Sequential if network.is_chain else KerasModel).from_network(network)


def find(
    word: str,
    parent: Path,
    *,
    where: str,
    seed: int | None = None,
    network: Network | None = None,
    offline: bool = True,
    notify: data.Notify | None = None,
) -> Trained:
    """Find the trained network that a word means.

    Args:
        word: A ``.keras`` file; weights (``.npz``, ``.weights.h5``) of a network; else a run: its id or the beginning
            of it, its folder, an architecture that has runs, a study with one architecture.
        parent: The folder that holds the store.
        where: Whose messages they are: "export".
        seed: Which run, where a word means several; else the lowest seed is taken, which a note says.
        network: Whose weights they are.
        offline: Never use the network for the data that a run was trained on.
        notify: Gets lines for people while data are loaded.

    Raises:
        UsageError: If the word means nothing, or several networks.
        NotSupportedError: If it is a file of another kind.
    """
    path = Path(word)
    if word.endswith((NPZ, WEIGHTS_H5)) and path.name != WEIGHTS:
        return _of_weights(path, network, where)
    if path.suffix == ONNX:
        fix = "Name the .keras file or the run that it was exported from; docs/export.md shows how to run an ONNX file."
        raise NotSupportedError(explain(expected="a model that cnnlab reads", got=word, where=where, fix=fix))
    if path.suffix == KERAS or _looks_like_a_file(path):
        return _of_keras_file(path)
    with open_store(parent, create=False) as store:
        return _of_run(store, word, where, seed, offline=offline, notify=notify)


def _looks_like_a_file(path: Path) -> bool:
    """Tell whether a word is a file that is no run's: whoever reads it says what is wrong with it."""
    return path.is_file() and path.name != WEIGHTS


def _of_keras_file(path: Path) -> Trained:
    try:
        model = load_model(path)
    except NotSupportedError:  # an optimizer or a loss that cnnlab has not: the network may be one that it has
        model = load_model(path, compile=False)
    weights = tuple(model.get_weights())
    names = _fitting(model.class_names, model.network)
    return Trained(path.stem, str(path), model.network, weights, model.loss, class_names=names, model=model)


def _of_weights(path: Path, network: Network | None, where: str) -> Trained:
    if network is None:
        fix = f"Add --network NAME: cnnlab {where} {path} --network architecture-1 ..."
        raise UsageError(explain(expected="the network that these weights are of", got="none", where=where, fix=fix))
    model = model_of(network)
    model.load_weights(path)
    stem = path.name.removesuffix(NPZ).removesuffix(WEIGHTS_H5)
    return Trained(stem, f"{path} in {network.name}", network, tuple(model.get_weights()))


# Runs.


def _of_run(
    store: Store, word: str, where: str, seed: int | None, *, offline: bool, notify: data.Notify | None
) -> Trained:
    runs = _in_folder(store, word) or [run.summary for run in choose(store, [word], where).runs]
    names = list(dict.fromkeys(run.architecture for run in runs))
    if len(names) > 1:
        fix = f"Name one of them, or a run's id: cnnlab {where} {names[0]} ..."
        raise UsageError(explain(expected="one network", got=listing(names), where=f"{where} {word}", fix=fix))
    chosen, notes = _one_seed(runs, seed, f"{where} {word}")
    stored = store.run(chosen.id)
    network = from_keras_config(stored.network)
    recipe = stored_recipe(stored.recipe)
    study = next(study for study in store.studies() if study.id == stored.study_id)
    split = _data(study, offline=offline, notify=notify)
    return Trained(
        name=chosen.architecture,
        told=f"run {chosen.id} of {chosen.architecture}, seed {chosen.seed}",
        network=network,
        weights=final_weights(store, chosen),
        loss=recipe.loss,
        recipe=recipe,
        class_names=_fitting(split.class_names if split else (), network),
        data=split,
        notes=notes,
    )


def _in_folder(store: Store, word: str) -> list[RunSummary]:
    """List the finished runs in a folder of a study, as the shell completes it: runs/STUDY/ARCHITECTURE/seed-0."""
    path = Path(word).parent if Path(word).name == WEIGHTS else Path(word)
    try:
        inner = path.resolve().relative_to(store.parent.resolve()).as_posix()
    except ValueError:
        inner = path.as_posix()
    if "/" not in inner:
        return []
    found = store.runs(RunFilter(status="finished"))
    return [run for run in found if f"{run.folder}/".startswith(f"{inner}/")]


def _one_seed(runs: Sequence[RunSummary], seed: int | None, where: str) -> tuple[RunSummary, tuple[str, ...]]:
    """Take the run of a seed, or of the lowest: which of several is the best, the test images are not asked."""
    by_seed = {run.seed: run for run in sorted(runs, key=lambda run: run.seed)}
    if seed is not None and seed not in by_seed:
        there = listing([str(one) for one in by_seed])
        raise UsageError(explain(expected=f"a finished run with seed {seed}", got=f"seeds {there}", where=where))
    chosen = by_seed[seed] if seed is not None else next(iter(by_seed.values()))
    if seed is not None or len(by_seed) == 1:
        return chosen, ()
    return chosen, (f"{chosen.architecture} has {len(by_seed)} finished runs; seed {chosen.seed} is taken (--seed N).",)


def _data(study: StoredStudy, *, offline: bool, notify: data.Notify | None) -> Split | None:
    """Load the data set that a study was made with; None where it is not at hand."""
    try:
        plan = stored_plan(study)
        if plan.own is None and plan.data_path is not None and not plan.data_path.exists():
            plan = replace(plan, data_path=None)
        return load_data(plan, offline=offline, notify=notify)[1]
    except CnnlabError:
        return None


def _fitting(names: Sequence[str], network: Network) -> tuple[str, ...]:
    """Return the names of classes where there is one for each that the network tells apart."""
    fits = len(network.output_shape) == 1 and class_count(network) == len(names)
    return tuple(names) if fits else ()


def _moved(network: Network, values: Array, source: int, to: int) -> Array:
    """Move the channels of images, where the network's user has them first."""
    images = values.ndim == 4  # noqa: PLR2004 - n, height, width, channels
    return np.moveaxis(values, source, to) if images and network.data_format == "channels_first" else values
