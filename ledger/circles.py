"""Goods are never made of themselves: what stands behind an input, before it goes anywhere.

References are digests of what was there before, so a statement alone can't make a circle. Only what is added
later can: by a correction, or by a handling that comes after the goods were received.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.closure import references
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.interfaces import BooksView
from ledger.lines import Take
from ledger.statements import Target

MAX_BEHIND: Final = 10_000


@dataclass(eq=False)
class CircularProductionError(LedgerError):
    """Goods would be made of themselves."""

    corrects: str
    lot: str
    sentence: ClassVar[str] = (
        "Lot {lot} was made with what statement {corrects} made, so it can't go into it. Take another lot."
    )


@dataclass(eq=False)
class TooFarBehindError(LedgerError):
    """More stands behind an input than can be searched for a circle."""

    lot: str
    limit: int = MAX_BEHIND
    sentence: ClassVar[str] = (
        "Behind lot {lot} stand more than {limit} statements, too many to rule out a circle."
    )


def check_not_circular(maker: str, signed: Take, view: BooksView) -> None:
    """Check that a lot was not made with what a statement made, before it goes into that statement.

    Raises:
        CircularProductionError: it was.
        TooFarBehindError: more than 10,000 statements stand behind the lot.
    """
    queue = deque((lot_parts(signed.lot)[0], *signed.basis.statements))
    seen: set[str] = set()
    while queue:
        digest = queue.popleft()
        if digest == maker:
            raise CircularProductionError(maker, signed.lot)
        if digest in seen:
            continue
        seen.add(digest)
        if len(seen) > MAX_BEHIND:
            raise TooFarBehindError(signed.lot)
        statement = view.statement(digest)
        queue.extend(() if statement is None else references(statement))
        queue.extend(one.digest for one in view.corrections(digest))


def check_not_handled_with_itself(target: Target, signed: Take, view: BooksView) -> None:
    """Check that what a handling takes was not made with the goods that it handles.

    Goods on their way can't have gone into anything yet.

    Raises:
        CircularProductionError, TooFarBehindError: as `check_not_circular`.
    """
    if target.lot is not None:
        check_not_circular(lot_parts(target.lot)[0], signed, view)
    shipment = view.shipment(target.shipment) if target.shipment is not None else None
    if shipment is not None and shipment.answered_by:
        check_not_circular(shipment.answered_by, signed, view)
