"""Tables and texts on a terminal: as wide as it is, Chinese characters two columns each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

SHORT: Final = 12
"""How many characters of an id stand in a table; whole ids are in `--json`."""
RIGHT: Final = ">"
"""Before a heading: its column holds numbers."""


@dataclass(slots=True)
class Sheet:
    """A table to print: a title, headings (`>kg` for numbers, aligned to the right), rows of texts."""

    title: str
    headings: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)


def short(identifier: str) -> str:
    """Return the beginning of an id that is enough to name it; an organization's keeps its `org_`."""
    return identifier[: SHORT + 4] if identifier.startswith("org_") else identifier[:SHORT]


class Screen:
    """Where people read: standard output, standard error where the output is for programs, or nowhere."""

    def __init__(self, *, to_error: bool = False, quiet: bool = False) -> None:
        stream = sys.stderr if to_error else sys.stdout
        self._console = Console(file=stream, markup=False, emoji=False, highlight=False, quiet=quiet)

    def say(self, text: str, style: str | None = None) -> None:
        """Print a text; long words such as ids are never cut or broken."""
        self._console.print(text, style=style, soft_wrap=True)

    def show(self, sheet: Sheet) -> None:
        """Print a table; what is too long for its column goes on in the next line."""
        table = Table(
            title=sheet.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for heading in sheet.headings:
            numbers = heading.startswith(RIGHT)
            table.add_column(
                heading.removeprefix(RIGHT),
                justify="right" if numbers else "left",
                no_wrap=numbers,
                overflow="fold",
            )
        for row in sheet.rows:
            table.add_row(*row)
        self._console.print(table)
