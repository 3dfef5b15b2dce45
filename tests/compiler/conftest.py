"""Tests of the compiler share their own modules: `import native` works in each of them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
