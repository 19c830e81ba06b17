"""Run the benchmarks: all of them, or those named. Exits with 1 when a figure is over its limit.

python -m benchmarks            every file of this folder
python -m benchmarks iocs json  two of them
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(names: list[str]) -> int:
    """Print every figure; a benchmark is a file with a function `figures()` that yields them."""
    every = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    kept = True
    for name in names or every:
        for figure in import_module(f"benchmarks.{name}").figures():
            print(figure, flush=True)
            kept = kept and figure.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
