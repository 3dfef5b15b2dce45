"""A comparison as plain values for JSON, and as rows for CSV."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite
from typing import Any, Final

from cnnlab.analysis import Interval
from cnnlab.analysis.comparison import Estimate, PairFinding, Standing
from cnnlab.analysis.costs import COST_NAMES, Costs
from cnnlab.report.comparison_sheet import ComparisonSheet, Member
from cnnlab.report.comparison_words import cautions, remarks

_COLUMNS: Final = (
    "architecture",
    "studies",
    "runs",
    "seeds",
    "collapsed",
    "epoch_first",
    "epoch_last",
    "picked_on_test",
    "picked_on_validation",
    "part",
    "images",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "seed_error",
    "image_error",
    "seed_spread",
    "loss",
    "loss_low",
    "loss_high",
    "all_seeds",
    "group",
    *COST_NAMES,
    "training_multiply_adds",
    *(f"front_{name}" for name in COST_NAMES),
)


def comparison_as_dict(sheet: ComparisonSheet) -> dict[str, Any]:
    """Turn a comparison into plain values; a number that JSON cannot hold becomes null.

    Times are in seconds, sizes in bytes, accuracies from 0 to 1.
    """
    comparison = sheet.comparison
    return {
        "data": sheet.data,
        "images": comparison.images,
        "confidence": comparison.confidence,
        "moment": sheet.moment,
        "part": sheet.part,
        "picked_on_test": sheet.picked_on_test,
        "picked_on_validation": sheet.picked_on_validation,
        "budget": None if sheet.budget is None else asdict(sheet.budget),
        "architectures": [
            _architecture(sheet, *three) for three in zip(comparison.standings, sheet.members, sheet.costs, strict=True)
        ],
        "pairs": [_pair(pair) for pair in comparison.pairs],
        "timed": None if sheet.timed is None else asdict(sheet.timed),
        "notes": [*cautions(sheet), *remarks(sheet)],
        "protocol": [asdict(one) | {"evidence": dict(one.evidence)} for one in sheet.protocol],
    }


def _architecture(sheet: ComparisonSheet, one: Standing, member: Member, costs: Costs) -> dict[str, Any]:
    return {
        "architecture": one.architecture,
        "own_name": member.architecture,
        "studies": list(member.studies),
        "runs": list(member.runs),
        "epochs": list(member.epochs),
        "trained_epochs": list(member.trained),
        "train_images": member.train_images,
        "validation_images": member.validation_images,
        "seeds": list(one.seeds),
        "collapsed": list(one.collapsed),
        "collapse_rate": _interval(one.collapse_rate),
        "accuracy": _estimate(one.accuracy),
        "loss": None if one.loss is None else _estimate(one.loss),
        "all_seeds": _finite(one.all_seeds),
        "group": one.group,
        "warnings": list(one.warnings),
        "costs": {name: costs.of(name) for name in COST_NAMES}
        | {"training_multiply_adds": costs.training_multiply_adds},
        "fronts": {name: places[one.architecture] for name, places in sheet.fronts.items()},
    }


def _estimate(one: Estimate) -> dict[str, Any]:
    return {
        "value": _finite(one.value),
        "interval": _interval(one.interval),
        "seed_error": _finite(one.seed_error),
        "image_error": _finite(one.image_error),
        "seed_spread": _finite(one.seed_spread),
        "freedom": _finite(one.freedom),
    }


def _pair(pair: PairFinding) -> dict[str, Any]:
    return asdict(pair) | {"gap": _finite(pair.gap), "interval": _interval(pair.interval)}


def _interval(interval: Interval) -> list[float | None]:
    return [_finite(interval.low), _finite(interval.high)]


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def comparison_csv(sheet: ComparisonSheet) -> Iterator[str]:
    """Write a heading and a line for each architecture; nothing stands where there is no value."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one, member, costs in zip(sheet.comparison.standings, sheet.members, sheet.costs, strict=True):
        writer.writerow(_row(sheet, one, member, costs))
    yield from buffer.getvalue().splitlines(keepends=True)


def _row(sheet: ComparisonSheet, one: Standing, member: Member, costs: Costs) -> dict[str, Any]:
    accuracy, loss = one.accuracy, one.loss
    return {
        "architecture": one.architecture,
        "studies": " ".join(member.studies),
        "runs": " ".join(member.runs),
        "seeds": " ".join(map(str, one.seeds)),
        "collapsed": " ".join(map(str, one.collapsed)),
        "epoch_first": min(member.epochs),
        "epoch_last": max(member.epochs),
        "picked_on_test": sheet.picked_on_test,
        "picked_on_validation": sheet.picked_on_validation,
        "part": sheet.part,
        "images": one.images,
        "accuracy": accuracy.value,
        "accuracy_low": accuracy.interval.low,
        "accuracy_high": accuracy.interval.high,
        "seed_error": accuracy.seed_error,
        "image_error": accuracy.image_error,
        "seed_spread": accuracy.seed_spread,
        "loss": None if loss is None else loss.value,
        "loss_low": None if loss is None else loss.interval.low,
        "loss_high": None if loss is None else loss.interval.high,
        "all_seeds": one.all_seeds,
        "group": one.group,
        **{name: costs.of(name) for name in COST_NAMES},
        "training_multiply_adds": costs.training_multiply_adds,
        **{f"front_{name}": places[one.architecture] for name, places in sheet.fronts.items()},
    }
