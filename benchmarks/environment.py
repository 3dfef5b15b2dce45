"""The environment of the peers, beside that of the project and never mixed with it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
OURS: Final = ROOT / ".venv"
PEERS: Final = ROOT / ".venv-peers"
REQUIREMENTS: Final = Path(__file__).with_name("requirements-peers.txt")
# By itself and exactly so: a wider request takes a build for graphics cards, which is twenty times as large.
TORCH: Final = "torch==2.13.0"


def python_of(environment: Path) -> Path:
    """Return the interpreter of an environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install_peers() -> None:
    """Make the environment of the peers, or bring it to the pinned versions."""
    python = python_of(PEERS)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        (PEERS / ".gitignore").write_text("*\n", encoding="utf-8")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True)
    subprocess.run([*pip, TORCH], check=True)
