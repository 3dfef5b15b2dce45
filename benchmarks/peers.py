"""Measure cnnlab against its peers: same networks, same batches, same work, each at its best setting.

.venv/bin/python benchmarks/peers.py --install
.venv/bin/python benchmarks/peers.py --out speed.json
.venv/bin/python benchmarks/peers.py --scaling --out scaling.json
.venv/bin/python benchmarks/peers.py --layers --out layers.json
.venv/bin/python benchmarks/peers.py --study --out study.json
.venv/bin/python benchmarks/peers.py --read speed.json --write-readme

Nothing else should run meanwhile: every row keeps how busy the machine was before it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from cases import Case, layer_cases, scaling_cases, speed_cases
from contestants import CONTESTANTS, KERAS_ON_TENSORFLOW, OURS_ON_ALL_CORES, Contestant
from environment import PEERS, install_peers, python_of
from interleaved import train_all
from machine import measure_peaks, provenance
from processes import Run, write_images
from summary import ratios, summarize
from tables import LAYERS_PAGE, README, layer_table, scaling_tables, speed_tables, study_table, write_into
from whole_study import run_study

Named = TypeVar("Named", Case, Contestant)

_QUICK_IMAGES: Final = 6_000
_DRAW: Final = {"speed": speed_tables, "layers": layer_table, "scaling": scaling_tables, "study": study_table}


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Attributes:
        repetitions: How often each contestant trains each case, in turn.
        epochs: Of each process; the first is not counted as steady. None in a study: as their author trained them.
        limit: Train on so many images; None for all.
    """

    repetitions: int
    epochs: int | None
    limit: int | None


def main() -> None:
    """Do what the command line asks for."""
    asked = _arguments()
    if asked.install:
        install_peers()
        return
    results = _joined(asked.read) if asked.read else _measured(asked)
    if asked.out:
        asked.out.write_text(f"{json.dumps(results, indent=1)}\n", encoding="utf-8")
    table = _DRAW[results["what"]](results)
    print(f"\n{table}")
    if asked.write_readme:
        write_into(LAYERS_PAGE if results["what"] == "layers" else README, results["what"], table)


def _joined(files: Sequence[Path]) -> dict[str, Any]:
    """Read results; what an earlier file has of a network and a peer stands, and so does its evidence."""
    first, *others = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    for other in others:
        for part in ("cases", "contestants", "versions", "ratios"):
            first[part] = {**other[part], **first[part]}
        for case, by_name in other["summary"].items():
            first["summary"][case] = {**by_name, **first["summary"].get(case, {})}
        first["runs"] += other["runs"]
    return dict(first)


def measure_speed(
    what: str, cases: Sequence[Case], contestants: Sequence[Contestant], settings: Settings, images: Path
) -> dict[str, Any]:
    """Train every case by every contestant and join the results.

    Args:
        what: "speed", "layers" or "scaling".
        cases: The networks.
        contestants: Who trains them.
        settings: How often and how long.
        images: The folder of the images' files.
    """
    runs = train_all(
        cases, contestants, images, repetitions=settings.repetitions, epochs=settings.epochs or 1, limit=settings.limit
    )
    summaries = summarize(runs)
    return {
        "cases": {case.name: _case_facts(case) for case in cases},
        "contestants": {one.name: _contestant_facts(one) for one in contestants},
        "versions": _versions(runs),
        "summary": {
            case: {name: summary.as_json() for name, summary in by_name.items()} for case, by_name in summaries.items()
        },
        "ratios": ratios(summaries, contestants),
        "runs": [run.as_json() for run in runs],
        "what": what,
    }


def measure_study(settings: Settings, images: Path) -> dict[str, Any]:
    """Run the whole study by both."""
    runs, summary = run_study(images, repetitions=settings.repetitions, epochs=settings.epochs, limit=settings.limit)
    return {"summary": summary, "runs": [asdict(run) for run in runs], "versions": {}, "what": "study"}


def _measured(asked: argparse.Namespace) -> dict[str, Any]:
    settings = _settings(asked)
    with tempfile.TemporaryDirectory() as name:
        images = Path(name)
        write_images(images)
        evidence = {**provenance(), "settings": asdict(settings), "peaks": measure_peaks()}
        if asked.study:
            return {**evidence, **measure_study(settings, images)}
        what = "scaling" if asked.scaling else "layers" if asked.layers else "speed"
        all_cases = {"speed": speed_cases, "layers": layer_cases, "scaling": scaling_cases}[what]()
        cases = _chosen(all_cases, asked.networks, "network")
        contestants = _chosen(_CANDIDATES[asked.scaling], asked.peers, "peer")
        return {**evidence, **measure_speed(what, cases, contestants, settings, images)}


# A sweep is about a shape, not about a winner: ours, and the peer that most people use.
_CANDIDATES: Final = {False: CONTESTANTS, True: (OURS_ON_ALL_CORES, KERAS_ON_TENSORFLOW)}


def _settings(asked: argparse.Namespace) -> Settings:
    limit = _QUICK_IMAGES if asked.quick else None
    return Settings(
        repetitions=asked.repetitions or (1 if asked.quick else 3),
        epochs=asked.epochs or (2 if asked.quick else None if asked.study else 3),
        limit=asked.limit or limit,
    )


def _chosen(all_of: Sequence[Named], names: list[str] | None, noun: str) -> list[Named]:
    """Pick by name, in the order of the list; a name that is none ends the program."""
    known = [one.name for one in all_of]
    for name in names or ():
        if name not in known:
            sys.exit(f"no {noun} is called {name}; there are {', '.join(known)}")
    return [one for one in all_of if not names or one.name in names]


def _case_facts(case: Case) -> dict[str, Any]:
    """Return what describes a case, without the whole network."""
    return {name: value for name, value in asdict(case).items() if name not in {"name", "network"}}


def _contestant_facts(contestant: Contestant) -> dict[str, Any]:
    return {
        "title": contestant.title,
        "variables": contestant.variables,
        "options": contestant.options,
        "cores": contestant.cores,
    }


def _versions(runs: Sequence[Run]) -> dict[str, dict[str, str]]:
    return {run.contestant: run.versions for run in runs if run.versions}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    number = _at_least_one
    parser.add_argument("--install", action="store_true", help="make .venv-peers, and do nothing else")
    parser.add_argument("--quick", action="store_true", help="few images, two epochs, once: to see that all works")
    parser.add_argument("--networks", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--peers", nargs="+", metavar="NAME", help="only these; cnnlab is one of them")
    parser.add_argument("--repetitions", type=number, metavar="N", help="how often each trains each; 3")
    parser.add_argument("--epochs", type=number, metavar="N", help="of each process, the first not counted; 3")
    parser.add_argument("--limit", type=number, metavar="N", help="train on the first N images")
    parser.add_argument("--layers", action="store_true", help="a small network around each further layer instead")
    parser.add_argument("--scaling", action="store_true", help="sweeps of images, channels and batch size instead")
    parser.add_argument("--study", action="store_true", help="the whole study of three networks instead")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="where all numbers go")
    parser.add_argument(
        "--read", type=Path, nargs="+", metavar="FILE.json", help="measure nothing, draw the tables of these together"
    )
    parser.add_argument(
        "--write-readme", action="store_true", help="put the tables into README.md, those of layers into docs"
    )
    asked = parser.parse_args()
    if not (asked.install or asked.read or python_of(PEERS).exists()):
        parser.error("the peers are not installed; python benchmarks/peers.py --install does it")
    return asked


def _at_least_one(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} is less than 1")
    return number


if __name__ == "__main__":
    main()
