import os
from pathlib import Path

from cnnlab.analysis.diagnosis import Suspect
from cnnlab.analysis.diagnosis.description import suspects_in_description
from cnnlab.arch import zoo

GOLDEN = Path(__file__).parent / "golden" / "suspects_in_the_zoo.txt"


def written(suspect: Suspect) -> list[str]:
    return [
        f"{suspect.weight:.2f} {suspect.name}: {', '.join(suspect.layers)}",
        f"     {suspect.text}",
        *(f"     - {change.text}" for change in suspect.changes),
    ]


def test_what_the_descriptions_of_the_zoo_are_suspected_of_reads_as_it_did() -> None:
    lines = []
    for name in zoo.names():
        entry = zoo.entry(name)
        found = suspects_in_description(entry.network(), entry.recipe, object_size=20, train_images=60000)
        lines += [f"# {name}", *(line for suspect in found for line in written(suspect)), ""]
    text = "\n".join(lines)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    again = f"run UPDATE_GOLDEN=1 pytest {Path(__file__).parent}, then read it"
    assert GOLDEN.exists(), f"{GOLDEN} is missing: {again}"
    assert text == GOLDEN.read_text(encoding="utf-8"), f"differs from {GOLDEN}; if the new text is meant, {again}"
