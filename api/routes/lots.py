"""Lots: what an organization holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.deps import After, Looking, Wired
from api.openapi import errors
from api.viewers import NotVisibleError
from ledger.identifiers import LotId, OrganizationId
from ledger.lots import Lot

router = APIRouter(prefix="/v1/lots", tags=["lots"])


def lot_json(lot: Lot) -> dict[str, Any]:
    """Return a lot as plain values: what is left of it, and what that carries."""
    balance = lot.balance()
    return {
        "id": lot.id,
        "holder": lot.holder,
        "product": lot.product,
        "batch": lot.batch or None,
        "unit": lot.unit,
        "quantity_left": str(lot.left),
        "quantity_original": str(lot.original_quantity),
        "began": lot.began.isoformat(),
        "liability": balance.wire(),
        "gross_mg": str(balance.gross_mg()),
        "net_mg": str(balance.net_mg()),
        "basis": list(lot.basis),
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
    """Return a lot with its balance."""
    with wired.store.read() as view:
        lot = view.lot(identifier)
    if lot is None or not (wired.visibility.open or looking.organization == lot.holder):
        raise NotVisibleError("lot")
    return lot_json(lot)
