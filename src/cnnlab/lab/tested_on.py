"""By which images stored runs were tested: the data set's own test images, or training images that were held out."""

import tomllib
from collections.abc import Sequence
from typing import Any

from cnnlab.errors import DataError, explain
from cnnlab.records import StoredRun, StoredStudy
from cnnlab.report.words import data_title, plural


def data_table(study: StoredStudy) -> dict[str, Any]:
    """Return what a study's definition says of its data."""
    return dict(tomllib.loads(study.definition).get("data", {}))


def spares_test(study: StoredStudy) -> bool:
    """Tell whether a study was judged by training images that it held out, as those of a diagnosis are."""
    return data_table(study).get("test") == "held-out"


def test_sums(run: StoredRun) -> dict[str, str]:
    """Return the sums of the files that a run's test images and labels came from."""
    return {name: value for name, value in run.data_sums.items() if not name.startswith("train")}


test_sums.__test__ = False  # type: ignore[attr-defined]  # the name is not a test for pytest


def check_same_test(runs: Sequence[tuple[StoredStudy, StoredRun]]) -> None:
    """Refuse runs that were tested on different images.

    Raises:
        DataError: Naming two of them.
    """
    study, first = runs[0]
    for other_study, other in runs[1:]:
        if _tested_on(study, first) != _tested_on(other_study, other):
            one, another = _test_text(study, first), _test_text(other_study, other)
            raise DataError(
                explain(
                    expected="runs that were tested on the same images",
                    got=f"{one} in {study.folder} and {another} in {other_study.folder}",
                    where="compare",
                    fix="Name one study, or studies of the same data.",
                )
            )


def _tested_on(study: StoredStudy, run: StoredRun) -> tuple[str, int, bool, dict[str, str]]:
    spared = spares_test(study)
    return run.data_name, run.test_images, spared, run.data_sums if spared else test_sums(run)


def _test_text(study: StoredStudy, run: StoredRun) -> str:
    some = "".join(f", sha256 {value[:8]}..." for value in list(test_sums(run).values())[:1])
    what = "held-out training image" if spares_test(study) else "image"
    return f"{plural(run.test_images, what)} of {data_title(run.data_name)}{some}"
