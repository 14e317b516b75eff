"""Statements whose consequences may be many, kept until they are booked: a kill on the way loses none.

A correction or an acceptance is booked with everything that follows from it in one transaction, all or
nothing. What was taken in for that is kept first; a ledger that starts again books what it finds, and
because a statement is taken in once, nothing is booked twice. What can't be booked then, or can't even be
read, keeps no ledger from starting: it is set aside with the reason, readable and never booked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from ledger import signed
from ledger.acceptances import AcceptanceBody
from ledger.errors import LedgerError
from ledger.reading import parse
from ledger.signed import Statement
from ledger.statements import CorrectionBody

MAX_KEPT: Final = 128 * 1024 * 1024
"""Bytes that wait under one number: a whole request, whose texts are longer here."""
KEPT_DEPTH: Final = 20
_REASON_KEPT: Final = 2_000
"""Characters of a reason that are kept."""


@dataclass(eq=False)
class WaitingUnreadableError(LedgerError):
    """What waits to be booked can't be read as statements."""

    problem: str
    sentence: ClassVar[str] = (
        "What waited to be booked can't be read as statements: {problem} Let whoever sent it send it again."
    )


@dataclass(frozen=True, slots=True)
class SetAside:
    """Statements that waited when the ledger stopped and can't be booked: since when, and why.

    `statements` is what waited, byte for byte; it was never acknowledged. `problem` is the kind of refusal.
    """

    number: int
    statements: bytes
    at: str
    problem: str
    reason: str

    @classmethod
    def because(cls, number: int, statements: bytes, at: str, refusal: LedgerError) -> SetAside:
        """Return what is set aside because of a refusal."""
        return cls(number, statements, at, refusal.problem_type(), str(refusal)[:_REASON_KEPT])

    def text(self) -> str:
        """Say what was set aside and why, in a line for the operator."""
        return f"Set aside at {self.at}, not booked and never acknowledged: no. {self.number}. {self.reason}"


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a ledger did with what waited for it: how many statements were new, what it set aside."""

    new: int = 0
    set_aside: tuple[SetAside, ...] = ()


class Inbox(Protocol):
    """Where statements wait; each call is a transaction of its own."""

    def remember(self, statements: bytes) -> int:
        """Keep statements and return the number under which they wait."""
        ...

    def waiting(self) -> list[tuple[int, bytes]]:
        """Return what waits, oldest first."""
        ...

    def forget(self, number: int) -> None:
        """Forget what was booked or refused."""
        ...

    def set_aside(self, found: SetAside) -> None:
        """Let what can't be booked wait no longer, and keep it with the reason."""
        ...

    def aside(self) -> list[SetAside]:
        """Return what was set aside, oldest first."""
        ...


def reaches_far(statement: Statement) -> bool:
    """Say whether much may follow from a statement: it corrects something, or answers a correction."""
    return isinstance(statement.body, CorrectionBody | AcceptanceBody)


def packed(statements: Sequence[Statement]) -> bytes:
    """Write statements as they came."""
    return json.dumps([statement.wire() for statement in statements], separators=(",", ":")).encode()


def unpacked(raw: bytes) -> list[Statement]:
    """Read statements again, signatures included: nobody is trusted to have left them alone.

    Raises:
        WaitingUnreadableError: they are not what was kept: no list of whole, signed statements.
    """
    try:
        kept = parse(raw, max_bytes=MAX_KEPT, max_depth=KEPT_DEPTH)
        read = [signed.read(wire) for wire in kept] if isinstance(kept, list) else None
    except LedgerError as error:
        raise WaitingUnreadableError(str(error)) from error
    if read is None:
        raise WaitingUnreadableError("it is no list.")
    return read
