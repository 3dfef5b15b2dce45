"""Ask trained networks about one image: what each seed of each architecture says, and what each layer makes of it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network, from_keras_config
from cnnlab.backends import Model, ReferenceBackend, get_backend
from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.experiments.prepare import formed
from cnnlab.lab.recipe_tables import stored_recipe
from cnnlab.records import Examples, Loss, RunKey, RunSummary
from cnnlab.store import RunFilter, RunFolder, Store

_FAR: Final = 700.0  # beyond it exp is no number of float64 any more
Greys = npt.NDArray[np.uint8]

KEPT: Final = 64
"""So many networks stay loaded, those that were asked last."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A run's network with its final weights, ready to be asked.

    Attributes:
        run: Its id.
        key: Architecture and seed.
        network: Its description.
        loss: It was trained by: it says what the outputs are.
        weights: In Keras' order.
        model: In the quickest backend that runs here.
    """

    run: str
    key: RunKey
    network: Network
    loss: Loss
    weights: tuple[npt.NDArray[Any], ...]
    model: Model

    def probabilities(self, image: Greys) -> npt.NDArray[np.float64]:
        """Return the probability that it gives each class, shape (classes,), for an image of shape (h, w)."""
        outputs = self.model.predict(self._seen(image), 1)[0].astype(np.float64)
        return shares(outputs, logits=self.loss.from_logits, separate=self.loss.separate)

    def layers(self, image: Greys) -> list[tuple[str, str, npt.NDArray[Any]]]:
        """Return of each layer its name, its kind and what it puts out for an image, channels last."""
        reference = ReferenceBackend().load(self.network, self.weights, loss=self.loss, threads=1)
        outputs = reference.outputs(self._seen(image))
        return [(node.name, type(node.layer).__name__, outputs[node.index][0]) for node in self.network.nodes[1:]]

    def _seen(self, image: Greys) -> npt.NDArray[Any]:
        """Bring an image into the form that it was trained on."""
        examples = Examples(image[None], np.zeros(1, np.int64))
        batch = formed(self.network, self.loss, examples).batch(slice(None))
        # Inside channels stand last; of a grey image both orders are the same numbers.
        return batch.reshape(1, *self.network.input_shape)


class Loader:
    """Loads runs and keeps those that were asked last; any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str], Loaded] = OrderedDict()

    def load(self, store: Store, run: RunSummary) -> Loaded:
        """Return a finished run, ready to be asked.

        Raises:
            CnnlabError: If its weights are gone or damaged.
        """
        key = (run.id, str(run.weights_sha256))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = _loaded(store, run)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def askable(store: Store, study: int, shape: tuple[int, int]) -> list[RunSummary]:
    """List the finished runs of a study whose networks take a grey image of a size, in the order of their names."""
    runs = list(store.runs(RunFilter(study_id=study, status="finished")))
    fits: dict[str, bool] = {}
    for run in runs:
        if run.architecture not in fits:
            network = from_keras_config(store.run(run.id).network)
            fits[run.architecture] = takes(network, shape)
    return sorted((run for run in runs if fits[run.architecture]), key=lambda run: (run.architecture, run.seed))


def takes(network: Network, shape: tuple[int, int]) -> bool:
    """Say whether a network takes grey images of a size and says something of classes."""
    return network.input_shape == (*shape, 1) and len(network.output_shape) == 1


def spread(answers: Sequence[npt.NDArray[np.float64]]) -> dict[str, list[float]]:
    """Return the mean and the range of what several seeds say of each class."""
    table = np.stack(answers)
    return {
        "mean": table.mean(axis=0).tolist(),
        "low": table.min(axis=0).tolist(),
        "high": table.max(axis=0).tolist(),
    }


def _loaded(store: Store, run: RunSummary) -> Loaded:
    stored = store.run(run.id)
    if stored.status != "finished":
        raise UsageError(explain(expected="a finished run", got=stored.status, where=f"run {run.id}"))
    network = from_keras_config(stored.network)
    weights = final_weights(store, run)
    model = get_backend().load(network, weights, threads=1)
    return Loaded(run.id, stored.key, network, stored_recipe(stored.recipe).loss, weights, model)


def final_weights(store: Store, run: RunSummary) -> tuple[npt.NDArray[Any], ...]:
    """Read a run's final weights; its row has the name of its folder, whatever its architecture is called.

    Raises:
        CnnlabError: If they are gone or damaged.
    """
    study, architecture, seed = run.folder.rsplit("/", 2)
    if seed != f"seed-{run.seed}":
        raise CnnlabError(explain(expected="the folder of a run", got=run.folder, where=f"run {run.id}"))
    folder = RunFolder(store.parent / study, {run.architecture: architecture})
    return folder.read_weights(RunKey(run.architecture, run.seed))


def shares(outputs: npt.NDArray[np.float64], *, logits: bool, separate: bool = False) -> npt.NDArray[np.float64]:
    """Make probabilities of what comes out for one image, as the loss reads it.

    Args:
        outputs: Shape (outputs,).
        logits: Whether they are logits.
        separate: Whether each speaks for its own class alone, so that they need not sum to 1.

    Returns:
        Shape (classes,): of a single output those of class 0 and of class 1.
    """
    if separate or len(outputs) == 1:
        own = 1 / (1 + np.exp(-np.clip(outputs, -_FAR, _FAR))) if logits else np.clip(outputs, 0, 1)
        return np.array([1 - own[0], own[0]]) if len(own) == 1 else np.asarray(own)
    if logits:
        raised = np.exp(outputs - outputs.max())
        return np.asarray(raised / raised.sum())
    positive = np.clip(outputs, 0, None)
    total = positive.sum()
    return np.asarray(positive / total) if total > 0 else np.full_like(outputs, 1 / len(outputs))
