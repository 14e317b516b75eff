"""What an adjustment brought, as a line: it can be traced and shown like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.components import Components
from ledger.errors import LedgerError
from ledger.lines import LineAmount, LineSource, Tags, UnsignedLine
from ledger.signed import Statement
from ledger.statements import LogOpenBody
from ledger.wire import Gwp

ADJUSTED: Final = "adjusted"
"""The activity and the flag of what came by an adjustment."""
NOT_STATED: Final = "not_stated"
"""The scope and stage under which it is reported: those of the lines behind it are not known here."""
NUMBER: Final = 999
"""Its number, behind all lines that a statement can have."""


@dataclass(eq=False)
class LogOpeningMissingError(LedgerError):
    """Which GWP set the log prefers can't be seen, because its first entry isn't there."""

    statement: str
    sentence: ClassVar[str] = (
        "What came to statement {statement} by an adjustment is in the GWP set of its log, but log_open/1, "
        "which names it, is not among the statements. Take the whole closure, the log's first entry too."
    )


def adjusted_line(vector: Mapping[int, int], gwp: Gwp) -> UnsignedLine:
    """Return what came by an adjustment as a line of the components that it is made of.

    The lines that it goes back to are those of its cause; which of them, in which GWP set, and of whose
    scopes, is not known here, so the log's preferred set is named, no scope, and the line is flagged.
    """
    return UnsignedLine(
        reported_as=NOT_STATED,
        amount=LineAmount(components=Components(vector).wire(), gwp=gwp),
        source=LineSource(
            activity=ADJUSTED,
            quantity="1",
            unit="piece",
            tags=Tags(scope="3", stage="operation", flags=(ADJUSTED,)),
        ),
    )


def preferred_gwp(statements: Iterable[Statement]) -> Gwp | None:
    """Return the GWP set that the log prefers, None where its first entry isn't among the statements."""
    return next((one.body.gwp for one in statements if isinstance(one.body, LogOpenBody)), None)
