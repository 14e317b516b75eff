"""Makes the checkout importable in its own environment, with the command `passport`.

A path file and a small starter do what an editable install would, without a build step.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTER = """#!{python}
import sys

from api.cli import main

sys.exit(main())
"""


def main() -> None:
    """Write the path file and the starter."""
    site = Path(sysconfig.get_paths()["purelib"])
    (site / "carbon_passport_ledger.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    starter = Path(sysconfig.get_paths()["scripts"]) / "passport"
    starter.write_text(STARTER.format(python=sys.executable), encoding="utf-8")
    starter.chmod(0o755)


if __name__ == "__main__":
    main()
