"""A reproduction as JSON's types."""

from dataclasses import asdict
from typing import Any

from cnnlab.analysis.reproduction import Reproduction
from cnnlab.records import Publication
from cnnlab.report.reproduction_words import findings


def reproduction_document(found: Reproduction, publication: Publication, whole: int) -> dict[str, Any]:
    """Put all that was found into plain tables and lists.

    Args:
        found: What the analysis found.
        publication: What was published.
        whole: How many training images the data set has.

    Returns:
        Ready for JSON: every number is finite.
    """
    return {
        "publication": {"title": publication.title, "source": publication.source},
        "reproduced": found.family.reproduced,
        "confidence": 0.95,
        "train_images": {"used": found.train_images, "there": whole},
        "test_images": found.test_images,
        "values": [asdict(one) | {"seeds": one.seeds, "above": one.above} for one in found.values],
        "family": asdict(found.family)
        | {"together": [{"architecture": name, "measure": measure} for name, measure in found.family.together]},
        "curves": [
            asdict(one) | {"outside": list(one.outside), "own_as_many": one.own_as_many, "judged": one.judged}
            for one in found.curves
        ],
        "unpublished": list(found.unpublished),
        "failed": dict(found.failed),
        "unfinished": dict(found.unfinished),
        "other_epochs": [
            {"architecture": name, "published": theirs, "ours": ours} for name, theirs, ours in found.other_epochs
        ],
        "findings": list(findings(found, whole)),
        "reading": list(publication.reading),
        "assumptions": [asdict(one) for one in publication.assumptions],
    }
