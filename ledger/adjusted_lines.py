"""What an adjustment brought, as a line: it can be traced and shown like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ledger.components import Components
from ledger.lines import Line, LineAmount, LineSource, Tags
from ledger.signed import Statement
from ledger.statements import LogOpenBody
from ledger.wire import Gwp

ADJUSTED: Final = "adjusted"
"""The activity and the flag of what came by an adjustment."""
NUMBER: Final = 999
"""Its number, behind all lines that a statement can have."""


def adjusted_line(vector: Mapping[int, int], gwp: Gwp) -> Line:
    """Return what came by an adjustment as a line of the components that it is made of.

    The lines that it goes back to are those of its cause; which of them, and in which GWP set, is not known
    here, so the log's preferred set is named, and the line is flagged.
    """
    return Line(
        amount=LineAmount(components=Components(vector).wire(), gwp=gwp),
        source=LineSource(
            activity=ADJUSTED,
            quantity="1",
            unit="piece",
            tags=Tags(scope="3", stage="operation", flags=(ADJUSTED,)),
        ),
    )


def preferred_gwp(statements: Iterable[Statement], otherwise: Gwp) -> Gwp:
    """Return the GWP set that the log of these statements prefers."""
    return next((one.body.gwp for one in statements if isinstance(one.body, LogOpenBody)), otherwise)
