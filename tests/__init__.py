"""Tests and benches of this checkout: `facewright` is its folders here, installed or not."""

import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
"""The checkout."""

if "facewright" not in sys.modules:
    package = sys.modules["facewright"] = ModuleType("facewright")
    package.__path__ = [str(ROOT)]
