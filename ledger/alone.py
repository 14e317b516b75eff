"""What a statement's own bytes say to the books, found before any books are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.components import Components
from ledger.signed import Statement


class BookedLine(NamedTuple):
    """What the books take of a line: its mg by component, the key of its gap, how its power is booked."""

    components: Components
    gap: str | None
    method: str | None


@dataclass(frozen=True, slots=True)
class Alone:
    """That a statement breaks no rule by itself, and what follows for the books from it alone.

    `lines` are those of a production or handling, `weights` those of a production's outputs.
    """

    lines: tuple[BookedLine, ...] = ()
    weights: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked(Statement):
    """A statement that was found before to break no rule by itself (`own_rules.py`), in its booked form."""

    alone: Alone = field(default_factory=Alone)
