"""Lots: what an organization holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.deps import After, Looking, Wired
from api.openapi import errors
from api.viewers import NotVisibleError
from ledger.adjusting import added_by
from ledger.closure import BundleTooLargeError, takes
from ledger.components import NAMES, Components
from ledger.identifiers import LotId, OrganizationId
from ledger.interfaces import LedgerView
from ledger.lots import Lot
from ledger.origins import TooManyTiersError
from ledger.removals_behind import removals_in
from ledger.reports.lot_ledger import LotPosting, lot_ledger
from ledger.reports.period import gross_mg
from ledger.signed import Statement
from ledger.statements import HandlingBody

router = APIRouter(prefix="/v1/lots", tags=["lots"])


def lot_json(lot: Lot) -> dict[str, Any]:
    """Return a lot as plain values: what is left of it, and what that carries.

    `claimed` are handlings by organizations that are not among the holder's `handlers`: not taken over,
    so in no figure here. Net stands where there are no removals, or beside how each is kept (`get_lot`).
    """
    balance = lot.balance()
    return {
        "id": lot.id,
        "holder": lot.holder,
        "product": lot.product,
        "kept_as": lot.kept_as,
        "batch": lot.batch or None,
        "unit": lot.unit,
        "quantity_left": str(lot.left),
        "quantity_original": str(lot.original_quantity),
        "began": lot.began.date,
        "liability": balance.wire(),
        "gross_mg": str(balance.gross_mg()),
        "removals_mg": str(balance.removals_mg()),
        "net_mg": None if balance.removals_mg() else str(balance.net_mg()),
        "basis": list(lot.basis),
        "handlers": list(lot.handlers),
        "claimed": list(lot.claimed),
    }


def claim_json(claim: Statement, added: Components) -> dict[str, Any]:
    """Return a claim on a lot as plain values: who says to have handled it, and what that adds by now."""
    return {
        "statement": claim.digest,
        "handler": claim.issuer,
        "components": added.wire(),
        "gross_mg": str(added.gross_mg()),
        "taken_over": False,
    }


@router.get("", summary="List lots of one holder", responses=errors(NotVisibleError))
def list_lots(
    wired: Wired,
    looking: Looking,
    holder: Annotated[OrganizationId | None, Query()] = None,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Return lots by id, a page at a time; without a holder the viewer's own."""
    holder = holder or looking.organization
    if holder is not None:
        wired.visibility.books_of(looking, holder)
    elif not wired.visibility.open:
        raise NotVisibleError("lot")
    with wired.store.read() as view:
        found = view.lots(holder, after, limit)
    return {"lots": [lot_json(lot) for lot in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/{identifier}", summary="Read a lot", responses=errors(NotVisibleError))
def get_lot(identifier: Annotated[LotId, Path()], wired: Wired, looking: Looking) -> dict[str, Any]:
    """Return a lot with its balance, and what others claim to have added without being taken over.

    Its `removals` are those that a passport of all that is left would show; both they and net are null
    where more stands behind the lot than a passport may carry.
    """
    with wired.store.read() as view:
        lot = view.lot(identifier)
        if lot is None or not (wired.visibility.open or looking.organization == lot.holder):
            raise NotVisibleError("lot")
        found = [view.statement(digest) for digest in lot.claimed]
        claims = [
            claim_json(one, added_by(one, one.body, view))
            for one in found
            if one and isinstance(one.body, HandlingBody)
        ]
        kept = _removals(view, lot)
    shown = {**lot_json(lot), "claims": claims, "removals": kept}
    return {**shown, "net_mg": str(lot.balance().net_mg())} if kept else shown


def _removals(view: LedgerView, lot: Lot) -> list[dict[str, Any]] | None:
    try:
        return [one.model_dump(mode="json") for one in removals_in(view, lot)]
    except (BundleTooLargeError, TooManyTiersError):
        return None


def posting_json(posting: LotPosting, lot: str, statement: Statement | None) -> dict[str, Any]:
    """Return one posting of a lot as plain values; amounts out of the lot begin with a minus sign.

    `quantity` is what the statement took of the lot, in its unit; nothing where it took none.
    """
    taken = (
        sum(int(one.end) - int(one.start) for one in takes(statement) if one.lot == lot) if statement else 0
    )
    return {
        "position": posting.position,
        "at": posting.logged_at,
        "statement": posting.statement,
        "kind": posting.kind,
        "issuer": posting.issuer,
        "occurred": posting.occurred.model_dump(by_alias=True),
        "account": posting.counter._asdict(),
        "quantity": str(taken) if taken else None,
        "components": {NAMES[slot]: str(mg) for slot, mg in sorted(posting.amount.items())},
        "gross_mg": str(gross_mg(posting.amount)),
        "gross_mg_after": str(gross_mg(posting.balance)),
    }


@router.get(
    "/{identifier}/postings",
    summary="All that moved into and out of a lot",
    responses=errors(NotVisibleError),
)
def get_postings(identifier: Annotated[LotId, Path()], wired: Wired, looking: Looking) -> dict[str, Any]:
    """Return a lot's postings in log order: which statement, with which account, what was there after it."""
    with wired.store.read() as view:
        lot = view.lot(identifier)
        if lot is None or not (wired.visibility.open or looking.organization == lot.holder):
            raise NotVisibleError("lot")
        found = [posting_json(one, lot.id, view.statement(one.statement)) for one in lot_ledger(view, lot)]
    return {"lot": identifier, "postings": found}
