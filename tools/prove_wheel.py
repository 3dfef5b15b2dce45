"""Build the wheel, install it into a clean environment with plain pip, and run a study there.

The checkout's own environment takes no part in it: neither uv nor anything that it installed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
STUDY = """
name = "wheel"
[data]
name = "made-up"
[[architecture]]
name = "small"
epochs = 2
input_shape = [12, 12, 1]
layers = [
    { layer = "Conv2D", filters = 4, kernel_size = 3, activation = "gelu" },
    { layer = "Flatten" },
    { layer = "Dense", units = 4, activation = "softmax" },
]
"""


def call(*words: str | Path, cwd: Path) -> None:
    """Run a command, shown as it is typed; its failure is ours."""
    print("$", *words, flush=True)
    subprocess.run([str(word) for word in words], cwd=cwd, check=True)


def main() -> None:
    """Prove it in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        call(sys.executable, "-m", "venv", "clean", cwd=folder)
        scripts = folder / "clean" / ("Scripts" if sys.platform == "win32" else "bin")
        pip = [scripts / "python", "-m", "pip", "--disable-pip-version-check"]
        call(*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
        (wheel,) = folder.glob("*.whl")
        call(*pip, "install", "--quiet", wheel, cwd=folder)
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        call(scripts / "cnnlab", "run", "study.toml", cwd=folder)
        if not list(folder.glob("runs/wheel-*/report.html")):
            sys.exit("the study left no page")
    print("the wheel runs a study in a clean environment")


if __name__ == "__main__":
    main()
