"""A writer that never ends: appends signed statements up to the commit, says so, and waits to be killed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ledger.signed import read
from ledger.sql.stores import SqlStore
from tests.replaying import appended


def main(url: str, statements: str) -> None:
    """Write without committing."""
    with SqlStore(url) as store, store.write() as writer:
        for line in Path(statements).read_text().splitlines():
            appended(writer, read(json.loads(line)))
        writer.finish()
        sys.stdout.write("written\n")
        sys.stdout.flush()
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
