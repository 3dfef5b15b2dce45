"""Put the end of a real study into the README.

cnnlab run >study.txt
python tools/write_readme.py study.txt
"""

import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- output: written by tools/write_readme.py from a real run -->\n", "<!-- /output -->"


def main(shown: Path) -> None:
    """Replace the output block by the table and the observations of a study's output."""
    lines = shown.read_text(encoding="utf-8").splitlines()
    # The table begins with the first line of its heading; of a study that was there before, nothing stands above it.
    table = max(index for index, line in enumerate(lines) if line.split()[:3] == ["test", "test", "95"])
    block = "\n".join(lines[table:]).rstrip()
    head, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}\n```\n{block}\n```\n\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
