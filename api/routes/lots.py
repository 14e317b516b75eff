"""Lots: what an organization holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.deps import After, Looking, Wired
from api.openapi import errors
from api.viewers import NotVisibleError
from ledger.handling import handled_components
from ledger.identifiers import LotId, OrganizationId
from ledger.lots import Lot
from ledger.signed import Statement
from ledger.statements import HandlingBody

router = APIRouter(prefix="/v1/lots", tags=["lots"])


def lot_json(lot: Lot) -> dict[str, Any]:
    """Return a lot as plain values: what is left of it, and what that carries.

    `claimed` are handlings by organizations that are not among the holder's `handlers`: not taken over,
    so in no figure here.
    """
    balance = lot.balance()
    return {
        "id": lot.id,
        "holder": lot.holder,
        "product": lot.product,
        "batch": lot.batch or None,
        "unit": lot.unit,
        "quantity_left": str(lot.left),
        "quantity_original": str(lot.original_quantity),
        "began": lot.began.date,
        "liability": balance.wire(),
        "gross_mg": str(balance.gross_mg()),
        "net_mg": str(balance.net_mg()),
        "basis": list(lot.basis),
        "handlers": list(lot.handlers),
        "claimed": list(lot.claimed),
    }


def claim_json(claim: Statement, body: HandlingBody) -> dict[str, Any]:
    """Return a claim on a lot as plain values: who says to have handled it, and what that added."""
    added = handled_components(body)
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
    """Return a lot with its balance, and what others claim to have added without being taken over."""
    with wired.store.read() as view:
        lot = view.lot(identifier)
        if lot is None or not (wired.visibility.open or looking.organization == lot.holder):
            raise NotVisibleError("lot")
        found = [view.statement(digest) for digest in lot.claimed]
    claims = [claim_json(one, one.body) for one in found if one and isinstance(one.body, HandlingBody)]
    return {**lot_json(lot), "claims": claims}
