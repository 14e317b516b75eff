"""Break the contracts one line at a time and see that the tests notice: exit code 1 if one survives.

Takes a quarter of an hour; `python scripts/mutants.py WORD` tries only those whose name has the word.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.contract_copy import mutants, survives  # noqa: E402 - found by the line above


def main() -> int:
    """Try each mutant, print what became of it, and return the exit code."""
    word = " ".join(sys.argv[1:])
    tried = [mutant for mutant in mutants() if word in mutant["name"]]
    survivors = 0
    for mutant in tried:
        with tempfile.TemporaryDirectory() as folder:
            survived = survives(mutant, Path(folder))
        survivors += survived
        print(f"{'SURVIVED' if survived else 'killed'}  {mutant['file']}: {mutant['name']}", flush=True)
    print(f"{len(tried) - survivors} of {len(tried)} killed")
    return 1 if survivors or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
