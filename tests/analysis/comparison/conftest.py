"""Lets the tests, and the proof in tools/, import the model of seeds and images."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
