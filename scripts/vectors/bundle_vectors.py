"""Write bundles that verify, and one for every way in which a bundle can fail.

Everything follows from names and numbers: run it again and nothing changes.

    PYTHONPATH=. python scripts/vectors/bundle_vectors.py

`index.json` lists name, file, what the verifier is told of log key and chain, and what it must say: the
step and reason of the bad verdict, or for good bundles the reasons that are not plainly `ok`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from scripts.vectors.bundle_cases import (
    adjusted,
    good_and_form,
    hidden,
    log_and_chain,
    openings_and_parts,
    references_and_keys,
    removals,
    state,
    sums,
    transport,
    unknown_kinds,
)
from scripts.vectors.bundle_cases.stories import VECTORS

__all__ = ["FOLDER", "MODULES", "VECTORS", "main"]

FOLDER: Final = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "bundles"
MODULES: Final = (
    adjusted,
    hidden,
    *(good_and_form, references_and_keys, log_and_chain, sums),
    *(openings_and_parts, removals, state, transport, unknown_kinds),
)
"""Their vectors are listed when they are imported."""


def main() -> None:
    """Write every vector and the index."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    index = []
    for name, make in sorted(VECTORS.items()):  # whichever was imported first
        made = make()
        file = f"{name}.bundle"
        (FOLDER / file).write_bytes(made.raw)
        told = {"log_key": made.log_key, "chain": made.chain}
        says = {"step": made.step, "reason": made.reason, "unknown": made.unknown}
        index.append({"name": name, "file": file, **told, **says})
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
