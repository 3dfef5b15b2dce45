"""A look at the user's own data: what they are, and what of them a fair test would trip over."""

from pathlib import Path

import numpy as np

from cnnlab import data
from cnnlab.analysis.protocol import data_facts, data_findings
from cnnlab.data.folders import for_people
from cnnlab.data.own import Checkup, Loaded, Reading, check, kept
from cnnlab.lab.conduct import held_out
from cnnlab.lab.own_data import taking
from cnnlab.lab.plan import notebook_plan
from cnnlab.records import Split
from cnnlab.report.checked_data import CheckedData, Copy, Said


def checked_data(
    path: Path,
    reading: Reading | None = None,
    *,
    notify: data.Notify | None = None,
    progress: data.Progress | None = None,
) -> CheckedData:
    """Look at data as `cnnlab run --data` would read them.

    Args:
        path: A file or a folder.
        reading: How they are read.
        notify: Gets lines for people.
        progress: Gets a name, how much is done and of how much.

    Raises:
        DataUnavailableError: If nothing lies there.
        DataError: If it is nothing that can be read.
    """
    found = check(path, reading, notify=notify, progress=progress)
    said = tuple(Said(one.kind, one.severity, one.text) for one in found.findings)
    if found.loaded is None:
        counts = {"": tuple(found.pictures.values())} if found.pictures else {}
        return CheckedData(found.name, found.kind, found.where, None, tuple(found.pictures), counts, said)
    return _usable(found, found.loaded, said)


def _usable(found: Checkup, loaded: Loaded, said: tuple[Said, ...]) -> CheckedData:
    split = held_out(loaded.split, loaded.held_out or None)
    facts = data_facts(split)
    more = tuple(Said(one.kind, one.severity, one.text) for one in data_findings(facts))
    counts: dict[str, tuple[int, ...]] = {part.name: part.counts for part in facts.parts}
    shape = tuple(split.train.images.shape[1:])
    samples = _samples(split)
    there = kept(loaded)
    copy = None if there is None else Copy(for_people(there.folder), there.size, there.all_size)
    return CheckedData(
        found.name,
        found.kind,
        found.where,
        shape,
        split.class_names,
        counts,
        (*said, *more),
        samples,
        copy,
        tuple(one.name for one in notebook_plan().architectures),
        tuple(taking(shape, len(split.class_names))),
    )


def _samples(split: Split) -> tuple[tuple[str, "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"], ...]:
    """Take the first training image of each class."""
    labels, first = np.unique(split.train.labels, return_index=True)
    return tuple(
        (split.class_names[int(label)], np.asarray(split.train.images[int(index)]))
        for label, index in zip(labels, first, strict=True)
    )
