"""A store as plain data: studies, runs, networks, answers of the pad; the names are given and may be hostile."""

import base64
import math
from dataclasses import dataclass
from typing import Any

from fake_server import World

Body = dict[str, Any]
HOSTILE = (
    "<script>window.hit=1</script>",
    "<img src=x onerror='window.hit=1'>",
    '"><svg onload=window.hit=1>&amp;%00/../#?',
)
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 120" width="640" height="120" role="img" '
    'aria-labelledby="t"><title id="t">A network</title>'
    + "".join(
        f'<rect x="{20 + 105 * at}" y="30" width="80" height="60" rx="6" fill="#e8eefc" stroke="#1d4ed8"/>'
        f'<text x="{60 + 105 * at}" y="65" text-anchor="middle" font-size="12" fill="#1f2937">{name}</text>'
        for at, name in enumerate(("input", "conv2d", "pool", "conv2d_1", "flatten", "dense"))
    )
    + "</svg>"
)


@dataclass(frozen=True)
class Names:
    """What people named things."""

    architectures: tuple[str, ...] = ("architecture-1", "architecture-2", "architecture-3")
    study: str = "notebook"
    classes: tuple[str, ...] = tuple("0123456789")
    layer: str = "conv2d"


def hostile() -> Names:
    """Name everything so that a careless page would run it."""
    return Names(HOSTILE, HOSTILE[1], (HOSTILE[0], *map(str, range(1, 9)), HOSTILE[2]), HOSTILE[1])


def epoch(number: int, goodness: float, seed: int) -> Body:
    """Make up an epoch of a network that learns well (1) or hardly (0)."""
    fall = math.exp(-0.5 * number * goodness) * (1 + 0.15 * seed) + 0.02 * seed
    gain = min(0.99, 0.1 + goodness * 0.89 * (1 - math.exp(-0.7 * number)) - 0.01 * seed)
    return {
        "epoch": number,
        "loss": round(2.3 * fall + 0.05, 4),
        "accuracy": round(gain - 0.03, 4),
        "val_loss": round(2.1 * fall + 0.03, 4),
        "val_accuracy": round(gain, 4),
        "seconds": 3.2,
    }


def run(names: Names, architecture: int, seed: int, *, epochs: int, planned: int, status: str) -> Body:
    """Make up a run as ``runs list --json`` prints it."""
    done = status == "finished"
    last = epoch(max(epochs, 1), 1 - 0.42 * architecture, seed)
    return {
        "id": f"run{architecture}{seed}xyz",
        "study": names.study,
        "architecture": names.architectures[architecture],
        "seed": seed,
        "status": status,
        "epochs": epochs,
        "epochs_planned": planned,
        "test_loss": last["val_loss"] if done else None,
        "test_accuracy": last["val_accuracy"] if done else None,
        "seconds": 3.2 * epochs,
        "began": "2026-11-25T23:18:13.382+00:00",
        "ended": "2026-11-25T23:19:13.382+00:00" if done else None,
        "weights_sha256": None,
        "folder": f"notebook-20261125/{architecture}/seed-{seed}",
    }


def study(names: Names, *, epochs: int = 12, planned: int = 12, seeds: int = 3, status: str = "finished") -> Body:
    """Make up a study in which every run has trained so many epochs."""
    of_run = {"finished": "finished", "stopped": "interrupted"}.get(status, "running")
    runs = []
    for seed in range(seeds):
        for at in range(len(names.architectures)):
            one = run(names, at, seed, epochs=epochs, planned=planned, status=of_run)
            runs.append({**one, "history": [epoch(number + 1, 1 - 0.42 * at, seed) for number in range(epochs)]})
    table = [[name, str(seeds), "0.9871", "0.9820 to 0.9901", "0.0412"] for name in names.architectures]
    done = status == "finished"
    return {
        "id": "study1",
        "name": names.study,
        "folder": "notebook-20261125",
        "began": "2026-11-25T23:18:03.435+00:00",
        "definition": f'name = "{names.study}"\nseeds = [0, 1, 2]\n\n[data]\nname = "mnist"\n',
        "status": status,
        "report": done,
        "time_left": 95.0 if status == "training" else None,
        "runs": runs,
        "table": {
            "heads": ["Architecture", "Seeds", "Test accuracy", "95 % interval", "Test loss"],
            "rows": table if done else [],
        },
        "observations": [
            f"{names.architectures[0]} is more accurate than {names.architectures[1]} by 0.0121 (0.0082 to 0.0160).",
            "The 10,000 test images are also the validation images: choosing by them is choosing on the test set.",
        ]
        if done
        else [],
        "last_event": 0,
    }


def world(names: Names | None = None, **shape: Any) -> World:  # noqa: ANN401 - what `study` takes
    """Make a store with one study, and all that the views ask for."""
    names = names or Names()
    shown = study(names, **shape)
    made = World()
    runs = [{key: value for key, value in one.items() if key != "history"} for one in shown["runs"]]
    made.get["/api/runs"] = lambda query: _runs(names, runs, query)
    made.get["/api/studies"] = {"studies": [_line(shown)]}
    made.get["/api/studies/study1"] = shown
    made.get["/api/architectures"] = {"architectures": [_network(name) for name in names.architectures]}
    for name in names.architectures:
        made.get[f"/api/architectures/{name}"] = _summary(name, names.layer)
    made.get["/api/compare"] = {
        "text": TEXT.replace("architecture-1", names.architectures[0]),
        "document": compared(names),
    }
    made.get["/api/test-images"] = lambda query: pictures(names, int(query["from"]), int(query["count"]))
    made.post["/api/studies"] = lambda _: (201, {"id": "study1"})
    made.post["/api/pad"] = lambda body: (200, answer(names, body))
    made.post["/api/pad/layers"] = lambda body: (200, layers(names, body))
    made.post["/api/upload"] = lambda _: (
        200,
        {"pixels": _text(bytes(255 if 120 < at % 280 < 150 else 0 for at in range(280 * 280)))},
    )
    return made


def _line(one: Body) -> Body:
    states = [run["status"] for run in one["runs"]]
    kept = {key: one[key] for key in ("id", "name", "folder", "began", "report")}
    return {**kept, "runs": len(states), "finished": states.count("finished"), "running": states.count("running")}


def _runs(names: Names, runs: list[Body], query: dict[str, str]) -> Body:
    found = [
        one
        for one in runs
        if all(str(one[key]) == query[key] for key in ("architecture", "study", "status", "seed") if key in query)
    ]
    limit = int(query.get("limit", "50"))
    return {
        "runs": found[:limit],
        "total": len(found),
        "architectures": list(names.architectures),
        "studies": [names.study],
    }


def _network(name: str) -> Body:
    return {"name": name, "layers": 12, "parameters": 69135, "madds": 1732380, "from": "zoo"}


def _summary(name: str, layer: str) -> Body:
    rows = [
        (layer, "Conv2D", [26, 26, 20], 200, 121680, [3, 3]),
        ("conv2d_1", "Conv2D", [24, 24, 10], 1810, 1036800, [5, 5]),
        ("max_pooling2d", "MaxPooling2D", [12, 12, 10], 0, 0, [6, 6]),
        ("flatten", "Flatten", [1440], 0, 0, [28, 28]),
        ("dense", "Dense", [10], 14410, 14400, [28, 28]),
    ]
    keys = ("name", "kind", "shape", "parameters", "madds", "receptive_field", "inputs")
    taken = [["input_layer"], *([row[0]] for row in rows)]  # one more than there are rows
    summary = [dict(zip(keys, (*row, inputs), strict=True)) for row, inputs in zip(rows, taken, strict=False)]
    return {"name": name, "summary": summary, "drawing": DRAWING, "parameters": 16420, "madds": 1172880}


def compared(names: Names) -> Body:
    """Make up the document of a comparison."""
    first, second = names.architectures[:2]
    accuracy = {"value": 0.98711, "interval": [0.9801, 0.9912]}
    one = {"own_name": first, "seeds": [0, 1, 2], "accuracy": accuracy, "loss": {"value": 0.04123}, "group": "a"}
    return {
        "architectures": [
            {"architecture": first, **one},
            {"architecture": second, **one, "own_name": second, "group": "b"},
        ],
        "pairs": [
            {
                "better": first,
                "worse": second,
                "gap": 0.0121,
                "interval": [0.008, 0.0162],
                "distinguishable": True,
                "more_seeds": None,
            },
            {
                "better": second,
                "worse": first,
                "gap": 0.0021,
                "interval": [-0.008, 0.0162],
                "distinguishable": False,
                "more_seeds": 4,
            },
        ],
        "notes": [f"{first}: with 3 seeds a failure that hits one seed in ten stays unseen 73 % of the time."],
    }


TEXT = """2 architectures, 10,000 test images of MNIST; each run after its last epoch

Accuracy

                           test     95 % interval  another      other
architecture    seeds  accuracy  seeds and images  seed +-  images +-  group
--------------  -----  --------  ----------------  -------  ---------  -----
architecture-1      2    0.7544  0.5978 to 0.8640   0.0152     0.0038      a
architecture-2      2    0.4775  0.0020 to 0.9977   0.1312     0.0042      a
"""


def pictures(names: Names, start: int, count: int) -> Body:
    """Make up test images: a bar whose place is its class."""
    images = []
    for index in range(start, start + count):
        label = index % 10
        rows = bytes(
            230 if 4 <= y < 24 and 2 + 2 * label <= x < 5 + 2 * label else 0 for y in range(28) for x in range(28)
        )
        images.append({"index": index, "label": label, "pixels": _text(rows)})
    return {"images": images, "height": 28, "width": 28, "class_names": list(names.classes)}


def answer(names: Names, body: Body) -> Body:
    """Answer a drawing: its class is how much ink it has; of an image, its own."""
    seen = bytes(784)
    if "pixels" in body:
        pixels = base64.b64decode(body["pixels"])
        assert len(pixels) == 280 * 280
        seen = bytes(pixels[280 * (10 * y + 5) + 10 * x + 5] for y in range(28) for x in range(28))
        best = sum(value > 127 for value in seen) // 8 % 10
    else:
        best = body["image"] % 10
        shown = pictures(names, body["image"], 1)["images"][0]
        seen = base64.b64decode(shown["pixels"])
    answers = [_answer(names, at, best) for at in range(len(names.architectures))]
    return {
        "seen": _text(seen),
        "height": 28,
        "width": 28,
        "empty": not any(seen),
        "answers": answers,
        "milliseconds": 2.34,
    }


def _answer(names: Names, at: int, best: int) -> Body:
    seeds = []
    for seed in range(3):
        high = 0.97 - 0.25 * at - 0.02 * seed
        rest = (1 - high) / 9
        odds = [high if index == best else rest for index in range(10)]
        seeds.append({"run": f"run{at}{seed}xyz", "seed": seed, "probabilities": odds})
    columns = list(zip(*(seed["probabilities"] for seed in seeds), strict=True))
    return {
        "architecture": names.architectures[at],
        "study": "study1",
        "class_names": list(names.classes),
        "seeds": seeds,
        "mean": [sum(one) / 3 for one in columns],
        "low": [min(one) for one in columns],
        "high": [max(one) for one in columns],
    }


def layers(names: Names, body: Body) -> Body:
    """Make up what layers show: the image shifted, and a dense layer."""
    seen = base64.b64decode(answer(names, body)["seen"])
    shifted = b"".join(seen[shift:] + seen[:shift] for shift in range(8))
    return {
        "layers": [
            {
                "name": names.layer,
                "kind": "Conv2D",
                "shape": [28, 28, 8],
                "low": 0.0,
                "high": 3.25,
                "maps": _text(shifted),
            },
            {"name": "flatten", "kind": "Flatten", "shape": [784], "low": 0.0, "high": 1.0, "maps": _text(seen)},
            {
                "name": "dense",
                "kind": "Dense",
                "shape": [10],
                "low": 0.0,
                "high": 0.97,
                "maps": _text(bytes(range(0, 250, 25))),
            },
        ]
    }


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
