"""Statements whose consequences may be many, kept until they are booked: a kill on the way loses none.

A correction or an acceptance is booked with everything that follows from it in one transaction, all or
nothing. What was taken in for that is kept first; a ledger that starts again books what it finds, and
because a statement is taken in once, nothing is booked twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from ledger import signed
from ledger.acceptances import AcceptanceBody
from ledger.signed import Statement
from ledger.statements import CorrectionBody


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


def reaches_far(statement: Statement) -> bool:
    """Say whether much may follow from a statement: it corrects something, or answers a correction."""
    return isinstance(statement.body, CorrectionBody | AcceptanceBody)


def packed(statements: Sequence[Statement]) -> bytes:
    """Write statements as they came."""
    return json.dumps([statement.wire() for statement in statements], separators=(",", ":")).encode()


def unpacked(raw: bytes) -> list[Statement]:
    """Read statements again, signatures included: nobody is trusted to have left them alone."""
    return [signed.read(wire) for wire in json.loads(raw)]
