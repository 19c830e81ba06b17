"""The checkout, put on the path, so that scripts of this folder can use what the tests use."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
