"""A study's result as JSON: the form of ``results.json`` and of ``--json``."""

import math
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from cnnlab.records import RunResult, StudyResult
from cnnlab.store.recipe_json import recipe_as_dict


def result_as_dict(result: StudyResult) -> dict[str, Any]:
    """Turn a study's result into plain values; a number that JSON cannot hold (NaN) becomes null."""
    return {
        "name": result.name,
        "architectures": list(result.architectures),
        "validated_on_test": result.validated_on_test,
        "provenance": asdict(result.provenance),
        "runs": [_run(run, result) for run in result.runs],
    }


def _run(run: RunResult, result: StudyResult) -> dict[str, Any]:
    published = result.published.get(run.key.architecture)
    return {
        "architecture": run.key.architecture,
        "seed": run.key.seed,
        "status": run.status,
        "ended": run.ended,
        "epochs": len(run.history),
        "total_params": run.total_params,
        "trainable_params": run.trainable_params,
        "test_loss": _number(run.test_loss),
        "test_accuracy": _number(run.test_accuracy),
        "test_images": result.provenance.test_images,
        "seconds": round(run.seconds, 3),
        "weights_sha256": run.weights_sha256 or weights_sum(run),
        "published_test_loss": published[0] if published else None,
        "published_test_accuracy": published[1] if published else None,
        "recipe": recipe_as_dict(run.recipe),
        "history": [{name: _number(value) for name, value in row.stored().items()} for row in run.history],
    }


def weights_sum(run: RunResult) -> str:
    """Return the SHA-256 of a run's final weights, in Keras' order as little-endian float32."""
    digest = sha256()
    for weight in run.weights:
        digest.update(weight.astype("<f4").tobytes())
    return digest.hexdigest()


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
