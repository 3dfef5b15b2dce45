"""Pin every version of the development environment in pyproject.toml.

A lock file would name the hosts of a package registry; the constraints of uv hold versions alone.
"""

import re
import subprocess
import sys
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
BEGIN, END = "# Pinned by `make pin`.\n", "# End of the pins.\n"
# What runs the environment is no part of it, and what is installed from this folder has no version to pin.
LEFT_OUT = {"cnnlab", "pip", "setuptools", "uv", "wheel"}
# Its newest version asks for a later Python 3.11 than we do; free, it is chosen to suit.
LEFT_OUT |= {"soupsieve"}


def pinned() -> list[str]:
    """List what is installed as name==version."""
    uv = Path(sys.executable).with_name("uv")
    told = subprocess.run([str(uv), "pip", "freeze", "--exclude-editable"], capture_output=True, text=True, check=True)
    pins = [line for line in told.stdout.splitlines() if re.fullmatch(r"[\w.-]+==[\w.+!-]+", line)]
    return sorted(pin for pin in pins if pin.partition("==")[0] not in LEFT_OUT)


def main() -> None:
    """Rewrite the block of constraints."""
    text = PYPROJECT.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    lines = "".join(f'    "{pin}",\n' for pin in pinned())
    PYPROJECT.write_text(f"{head}{BEGIN}constraint-dependencies = [\n{lines}]\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
