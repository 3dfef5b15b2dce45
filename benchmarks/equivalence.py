"""Show that cnnlab and Keras on TensorFlow train equally well: many seeds of both, and two one-sided tests.

.venv/bin/python benchmarks/equivalence.py architecture-2 --seeds 10 --margin 0.3
.venv/bin/python benchmarks/equivalence.py architecture-3 --seeds 30 --our-seeds 300 --margin 3

An interrupted measurement goes on where it was, as long as neither what trains nor the setting has changed.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cases import Case, epochs_of, speed_cases
from contestants import KERAS_ON_TENSORFLOW, OURS_ON_ALL_CORES, Contestant
from environment import PEERS, REQUIREMENTS, ROOT, python_of
from machine import provenance
from margin import Equivalence, equivalence
from processes import train, write_images

# What our accuracy depends on: a change in any of it starts our side anew.
_OURS: Final = [ROOT / "src" / "cnnlab" / name for name in ("arch", "backends", "compiler", "randomness", "training")]
_PEERS: Final = [REQUIREMENTS]
_SIDES: Final = (OURS_ON_ALL_CORES, KERAS_ON_TENSORFLOW)
_ENOUGH: Final = 2


@dataclass(frozen=True)
class Setting:
    """What is trained, and how often.

    Attributes:
        case: The network.
        epochs: Of each training.
        limit: Train on so many images; None for all.
        seeds: How many trainings of Keras.
        our_seeds: How many of ours; more of the cheap ones narrow the interval too.
        margin: In points of accuracy: a difference below it does not matter.
    """

    case: Case
    epochs: int
    limit: int | None
    seeds: int
    our_seeds: int
    margin: float

    def seeds_of(self, side: Contestant) -> int:
        """Return how many trainings of one side there are."""
        return self.our_seeds if side.ours else self.seeds


def main() -> None:
    """Train what is missing, then test."""
    asked = _arguments()
    setting = _setting(asked)
    kept = asked.out or ROOT / ".proofs" / f"equivalence-{setting.case.name}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    accuracies = _accuracies(setting, kept)
    ours, theirs = ([100 * each for each in accuracies[side.name].values()] for side in _SIDES)
    verdict = equivalence(ours, theirs, setting.margin)
    _remember(kept, {**_remembered(kept), "verdict": vars(verdict), "margin": setting.margin, **provenance()})
    print(told(setting, verdict))
    if asked.write_proofs:
        _write_proof(setting, verdict)
    sys.exit(0 if verdict.equivalent else 1)


def _write_proof(setting: Setting, verdict: Equivalence) -> None:
    """Put the verdict into docs/proofs.md, whatever it is."""
    sys.path.insert(0, str(ROOT / "tools"))
    from proofs_page import write_line  # noqa: PLC0415 - of another folder

    write_line(
        f"benchmarks/equivalence.py {setting.case.name}", told(setting, verdict), [str(place) for place in _OURS]
    )


def told(setting: Setting, verdict: Equivalence) -> str:
    """Say in words what the test gave."""
    ours, theirs = verdict.means
    low, high = verdict.interval
    judged = "equivalent" if verdict.equivalent else "not shown to be equivalent"
    return (
        f"{setting.case.name}, {setting.epochs} epochs, {setting.our_seeds} and {setting.seeds} seeds: "
        f"cnnlab {ours:.3f} % "
        f"(sd {verdict.deviations[0]:.3f}), Keras on TensorFlow {theirs:.3f} % (sd {verdict.deviations[1]:.3f}). "
        f"Difference {ours - theirs:+.3f} points, 90 % interval {low:+.3f} to {high:+.3f}. Within {setting.margin:g} "
        f"points: {judged} (two one-sided Welch tests, p = {verdict.p:.2g})."
    )


def _accuracies(setting: Setting, kept: Path) -> dict[str, dict[str, float]]:
    """Return the final test accuracy of each side and seed, trained now or before."""
    with tempfile.TemporaryDirectory() as name:
        images = Path(name)
        write_images(images)
        for seed in range(max(setting.seeds, setting.our_seeds)):
            for side in _SIDES:
                if seed < setting.seeds_of(side):
                    _train_if_missing(setting, side, seed, images, kept)
    stored = _remembered(kept)
    return {
        side.name: {str(seed): stored[side.name]["accuracies"][str(seed)] for seed in range(setting.seeds_of(side))}
        for side in _SIDES
    }


def _train_if_missing(setting: Setting, side: Contestant, seed: int, images: Path, kept: Path) -> None:
    """Train one seed of one side, unless its accuracy is known.

    Raises:
        RuntimeError: If the training fails.
    """
    key, stored = _key(setting, side), _remembered(kept)
    known = stored.get(side.name, {})
    accuracies = dict(known["accuracies"]) if known.get("key") == key else {}
    if str(seed) in accuracies:
        return
    run = train(side, setting.case, images, epochs=setting.epochs, limit=setting.limit, seed=seed)
    if run.failure is not None:
        raise RuntimeError(f"{side.name}, seed {seed}: {run.failure}")
    accuracies[str(seed)] = run.val_accuracies[-1]
    _remember(kept, {**stored, side.name: {"key": key, "versions": run.versions, "accuracies": accuracies}})
    print(f"{side.name:<20} seed {seed:>2}: {100 * run.val_accuracies[-1]:.2f} %", flush=True)


def _key(setting: Setting, side: Contestant) -> str:
    """Return a sum over all that one side's accuracy depends on."""
    facts = [setting.case.network, setting.case.batch_size, setting.epochs, setting.limit, side.options]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for place in _OURS if side.ours else _PEERS:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def _remembered(kept: Path) -> dict[str, Any]:
    return json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}


def _remember(kept: Path, facts: dict[str, Any]) -> None:
    """Write what is known; whole or not at all."""
    part = kept.with_suffix(".part")
    part.write_text(f"{json.dumps(facts, indent=1)}\n", encoding="utf-8")
    part.replace(kept)


def _setting(asked: argparse.Namespace) -> Setting:
    cases = {case.name: case for case in speed_cases()}
    return Setting(
        cases[asked.network],
        asked.epochs or epochs_of(asked.network),
        asked.limit,
        asked.seeds,
        asked.our_seeds or asked.seeds,
        asked.margin,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    networks = [case.name for case in speed_cases() if case.data == "mnist"]
    parser.add_argument("network", choices=networks, help="of the zoo")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="trainings of each side; 10")
    parser.add_argument("--our-seeds", type=int, metavar="N", help="trainings of ours, where there shall be more")
    parser.add_argument("--margin", type=float, default=0.3, metavar="POINTS", help="in points of accuracy; 0.3")
    parser.add_argument("--epochs", type=int, metavar="N", help="of each training; as its author trained it")
    parser.add_argument("--limit", type=int, metavar="N", help="train on the first N images")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="where the accuracies are kept")
    parser.add_argument("--write-proofs", action="store_true", help="put the verdict into docs/proofs.md")
    asked = parser.parse_args()
    if asked.seeds < _ENOUGH or asked.margin <= 0:
        parser.error("it takes at least two seeds and a margin above 0")
    if not python_of(PEERS).exists():
        parser.error("the peers are not installed; python benchmarks/peers.py --install does it")
    return asked


if __name__ == "__main__":
    main()
