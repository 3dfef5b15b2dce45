"""What was studied in a sentence, and where its numbers come from."""

from cnnlab.analysis import outcomes
from cnnlab.records import Provenance, StudyResult
from cnnlab.report.words import data_title, image_counts, listing, plural, threads_text, validation_line


def lead(result: StudyResult) -> str:
    """Say in a sentence what was studied."""
    origin, found = result.provenance, outcomes(result)
    counts = sorted({len(outcome.runs) for outcome in found if outcome.runs})
    noun = "run" if counts == [1] else "runs"
    runs = f"{listing([str(count) for count in counts], 'or')} {noun} each" if counts else "no run yet"
    images = image_counts(origin.train_images, origin.test_images)
    held_out = f" {validation_line(origin.validation_images)}." if origin.validation_images else ""
    return f"{data_title(origin.data_name)}, {images}.{held_out} {plural(len(found), 'architecture')}, {runs}."


def provenance_lines(origin: Provenance) -> list[tuple[str, str]]:
    """Say where the numbers come from, one line for each thing to know."""
    held_out = origin.validation_images
    promise = "Same seed, same bits, whatever the number of threads."
    no_promise = "No promise that the same seed gives the same bits on another machine or with other threads."
    return [
        ("cnnlab", origin.cnnlab_version + (f", commit {origin.commit}" if origin.commit else "")),
        ("Backend", f"{origin.backend}. {promise if origin.same_bits else no_promise}"),
        ("Python, NumPy", f"{origin.python}, {origin.numpy}"),
        ("Machine", f"{origin.cpu}, {threads_text(origin.threads, origin.backend)}, {origin.platform}"),
        ("Data", f"{data_title(origin.data_name)} from {origin.data_source}"),
        ("Images", image_counts(origin.train_images, origin.test_images)),
        *([("Validation", validation_line(held_out).partition(": ")[2])] if held_out else []),
        ("Started", origin.started),
    ]
