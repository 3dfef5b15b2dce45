"""The page of what is too slow for every test run: each proof writes its own line."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "proofs.md"
HEADING = """# Proofs

What is too slow for every test run, and when it last held. Each line is written by its command.

| command | what agreed | commit | date |
|---|---|---|---|
"""


def commit(proved: Sequence[str]) -> str:
    """Name the commit that is checked out, and say whether any of these files and folders differs from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607 - the git that is on the path

    head = git("rev-parse", "--short", "HEAD") or "none yet"
    return f"{head}, with changes" if git("status", "--porcelain", "--", *proved) else head


def write_line(command: str, figure: str, proved: Sequence[str]) -> None:
    """Put a proof's line into the page, in the place of its last one.

    Args:
        command: That proved it, and says whose line it is.
        figure: What agreed.
        proved: Files and folders that the result depends on.
    """
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEADING
    lines = [line for line in text.splitlines() if not line.startswith(f"| `{command}`")]
    lines.append(f"| `{command}` | {figure} | {commit(proved)} | {datetime.now(UTC).date()} |")
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
