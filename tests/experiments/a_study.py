"""A small study as a user's script has it, its callback defined in `__main__`; tests start it and do it harm.

    python a_study.py OUT '{"workers": 2, "kill": {"1": 1}}'

prints the result as JSON: the weights' sum and the test numbers of each run by its seed, and what was told.
"""

import json
import os
import signal
import sys
from pathlib import Path

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from cnnlab.errors import CnnlabError
from cnnlab.experiments import Architecture
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Notice, Recipe
from cnnlab.training.callbacks import Callback, callback_recipe

NETWORK = chain(
    "small",
    [
        Input((12, 12, 1)),
        Conv2D(4, 3, activation="relu"),
        MaxPooling2D(),
        Dropout(0.1),
        Flatten(),
        Dense(4, "softmax"),
    ],
)


class HarmError(Exception):
    """Something that only this script knows."""


class Harm(Callback):
    """Kills the process that trains a seed as often as it is told, or fails; after the epoch in the middle."""

    def __init__(self, folder: str, epochs: int, kill: dict[str, int], fail: list[int]) -> None:
        super().__init__()
        self.folder, self.middle, self.kill, self.fail = folder, epochs // 2, kill, fail

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        seed = self.model.seed
        if epoch != self.middle:
            return
        if seed in self.fail:
            raise HarmError(f"seed {seed} has had enough")
        mark = Path(self.folder) / f"killed-{seed}"
        times = len(mark.read_text()) if mark.exists() else 0
        if times < self.kill.get(str(seed), 0):
            mark.write_text("x" * (times + 1))
            os.kill(os.getpid(), signal.SIGKILL)

    def get_state(self) -> dict[str, object]:
        return {}

    def set_state(self, state: object) -> None:
        pass


def main() -> None:
    out, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    epochs = options.get("epochs", 6)
    os.environ["CNNLAB_CHECKPOINT_SECONDS"] = str(options.get("checkpoint_every", 0.0))
    harm = Harm(str(out), epochs, options.get("kill", {}), options.get("fail", []))
    recipe = Recipe(batch_size=16, epochs=epochs, callbacks=(callback_recipe(harm),))
    architectures, seeds = (Architecture("small", NETWORK, recipe),), (*range(options["seeds"]),)
    plan = StudyPlan("small", architectures, "made-up", seeds=seeds, hold_out=options.get("hold_out"))
    told: list[str] = []
    means = Means(workers=options.get("workers"), on=options.get("on"))
    error = None
    try:
        outcome = conduct(
            plan,
            data.load("made-up"),
            means,
            out=out / "runs",
            sink=lambda event: told.append(event.text) if isinstance(event, Notice) else None,
        )
        sums = {run.key.seed: [run.weights_sha256, run.test_loss, run.test_accuracy] for run in outcome.runs}
        exact = all(run.resumes_exactly for run in outcome.runs)
    except (CnnlabError, HarmError) as failed:
        error, sums, exact = f"{type(failed).__name__}: {failed}", {}, True
    sys.stdout.write(json.dumps({"sums": sums, "told": told, "error": error, "exact": exact}) + "\n")


if __name__ == "__main__":
    main()
