"""Short record files for tests, and what they become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.records.errors import RecordsRefusedError
from ledger.records.importing import read_records
from ledger.records.intents import Intent

SEASON = {
    "productions.csv": "production,from,to,policy\nP-1,2025-01-01,2025-06-17,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit\nP-1,LZ,Lychee,4500,kg\n",
}
"""A production without lines."""


def intents(folder: Path, files: dict[str, str], **more: Any) -> list[Intent]:
    """Write files and return what they mean to state."""
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    paths = [folder / name for name in files]
    return read_records(paths, organization="orchard", zone="Asia/Shanghai", **more)


def lines(folder: Path, header: str, *rows: str, **more: Any) -> list[dict[str, Any]]:
    """Return the lines of the season that these rows of activities or purchases make."""
    text = "\n".join([f"record,{header}", *(f"P-1,{row}" for row in rows)]) + "\n"
    found: list[dict[str, Any]] = intents(folder, {**SEASON, "rows.csv": text}, **more)[0].body["lines"]
    return found


def refusals(folder: Path, files: dict[str, str]) -> list[Any]:
    """Return the problems of files that are refused."""
    with pytest.raises(RecordsRefusedError) as caught:
        intents(folder, files)
    return list(caught.value.errors)


def lines_or_problems(folder: Path, header: str, row: str) -> tuple[list[dict[str, Any]], list[type]]:
    """Return the lines that a row makes, or the kinds of its problems."""
    try:
        return lines(folder, header, row), []
    except RecordsRefusedError as error:
        return [], [type(one) for one in error.errors]
