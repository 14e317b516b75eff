"""Adjustments: what corrections and late handlings changed in goods that were handed on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.deps import After, Looking, Wired
from api.openapi import errors
from api.viewers import NotVisibleError
from ledger.identifiers import OrganizationId
from ledger.offers import offer_json

router = APIRouter(prefix="/v1/adjustments", tags=["adjustments"])

OfferId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}\.[0-9a-f]{64}$", description="cause.target")]


@router.get(
    "", summary="List adjustments offered by or to one organization", responses=errors(NotVisibleError)
)
def list_adjustments(  # noqa: PLR0913, PLR0917 - what a list is asked by
    wired: Wired,
    looking: Looking,
    party: Annotated[OrganizationId | None, Query(description="Who offers or is offered")] = None,
    is_open: Annotated[bool, Query(alias="open", description="Only what waits for an answer")] = False,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Return adjustments by id, a page at a time; without a party the viewer's own.

    Each says what is open, was accepted, needed no answer, or was refused: milligrams by component, with a
    minus sign where it decreases.
    """
    party = party or looking.organization
    if party is not None:
        wired.visibility.books_of(looking, party)
    elif not wired.visibility.open:
        raise NotVisibleError("adjustment")
    with wired.store.read() as view:
        found = view.offers(party, after, limit)
    shown = [offer_json(offer) for offer in found if offer.open or not is_open]
    return {"adjustments": shown, "next": found[-1].id if len(found) == limit else None}


@router.get("/{identifier}", summary="Read an adjustment", responses=errors(NotVisibleError))
def get_adjustment(identifier: OfferId, wired: Wired, looking: Looking) -> dict[str, Any]:
    """Return an adjustment with all that became of it."""
    with wired.store.read() as view:
        offer = view.offer(identifier)
    parties = () if offer is None else (offer.sender, offer.receiver)
    if offer is None or not (wired.visibility.open or looking.organization in parties):
        raise NotVisibleError("adjustment")
    return offer_json(offer)
