"""Passports: document, provenance, bundle, verdicts, QR code."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from api.deps import After, Looking, Wired
from api.openapi import errors
from api.passports import (
    factor_finder,
    link_of,
    open_passport,
    qr_svg,
    report_of,
    shown_bundle,
    visible,
)
from api.viewers import NotVisibleError
from ledger.bundle import MissingFactorRecordError, PendingPassportError
from ledger.closure import BundleTooLargeError
from ledger.disclosure import Profile
from ledger.identifiers import Digest, OrganizationId
from ledger.log.tiles import TileTooShortError
from ledger.origins import TooManyTiersError
from ledger.passport import Passport
from ledger.provenance_document import ProvenanceDocument, provenance_document

router = APIRouter(prefix="/v1/passports", tags=["passports"])
Identifier = Annotated[Digest, Path(description="The digest of the dispatch")]
Link = Annotated[str | None, Query(alias="s", max_length=32, description="The link secret of the QR code")]
Shows = Annotated[Profile, Query(description="Show no more than this profile does")]
OPEN_ERRORS = errors(NotVisibleError, BundleTooLargeError, TooManyTiersError)
BUNDLE_ERRORS = errors(
    *(NotVisibleError, BundleTooLargeError, MissingFactorRecordError, PendingPassportError, TileTooShortError)
)


class PassportLink(BaseModel):
    """Where a passport's page is, for whoever has this link."""

    address: str


@router.get("", summary="List passports of one party", responses=errors(NotVisibleError))
def list_passports(
    wired: Wired,
    looking: Looking,
    party: Annotated[OrganizationId | None, Query(description="Sender, consignee or handler")] = None,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Return passports by id, a page at a time; without a party the viewer's own."""
    party = party or looking.organization
    if party is not None:
        wired.visibility.books_of(looking, party)
    elif not wired.visibility.open:
        raise NotVisibleError("passport")
    with wired.store.read() as view:
        found = view.shipments(party, after, limit)
    page = [
        {
            "id": s.id,
            "product": s.product,
            "quantity": str(s.quantity),
            "unit": s.unit,
            "status": s.status,
            "sender": s.sender,
            "consignee": s.consignee,
            "gross_mg": str(s.total.gross_mg()),
            "claims": [claim.statement for claim in s.claimed],
        }
        for s in found
    ]
    return {"passports": page, "next": found[-1].id if len(found) == limit else None}


@router.get("/{identifier}", summary="Read a passport", responses=OPEN_ERRORS)
def get_passport(
    identifier: Identifier, wired: Wired, looking: Looking, link: Link = None, profile: Shows = "full"
) -> Passport:
    """Return goods, parties, footprint per declared unit, shares and flags."""
    with wired.store.read() as view:
        return open_passport(wired, looking, identifier, view, link, asked=profile).document


@router.get(
    "/{identifier}/provenance",
    summary="The whole graph behind a shipment",
    responses=OPEN_ERRORS,
)
def get_provenance(
    identifier: Identifier, wired: Wired, looking: Looking, link: Link = None, profile: Shows = "full"
) -> ProvenanceDocument:
    """Return nodes, edges, gaps with their factors, and shares by tier and component."""
    with wired.store.read() as view:
        opened = open_passport(wired, looking, identifier, view, link, asked=profile)
    return provenance_document(opened.found, factor_finder(wired))


@router.get("/{identifier}/bundle", summary="Everything to verify it offline", responses=BUNDLE_ERRORS)
def get_bundle(
    identifier: Identifier, wired: Wired, looking: Looking, link: Link = None, profile: Shows = "full"
) -> Response:
    """Return the bundle as one canonical JSON file; what isn't shown to whoever asks is hidden in it."""
    with wired.store.read() as view:
        raw = shown_bundle(wired, looking, identifier, view, link, asked=profile)
    disposition = f'attachment; filename="passport-{identifier[:16]}.json"'
    return Response(raw, media_type="application/json", headers={"Content-Disposition": disposition})


@router.get("/{identifier}/verify", summary="What the verifier says of it", responses=BUNDLE_ERRORS)
def get_verify(
    identifier: Identifier, wired: Wired, looking: Looking, link: Link = None, profile: Shows = "full"
) -> dict[str, Any]:
    """Return the verdicts of all steps, made from the bundle's bytes; `passport verify` makes the same."""
    with wired.store.read() as view:
        raw = shown_bundle(wired, looking, identifier, view, link, asked=profile)
    return report_of(wired, raw).as_json()


@router.get(
    "/{identifier}/link",
    summary="The link for whoever gets the goods",
    responses=errors(NotVisibleError),
)
def get_link(
    identifier: Identifier, request: Request, wired: Wired, looking: Looking, link: Link = None
) -> PassportLink:
    """Return the address that the QR code carries: a GS1 Digital Link with the passport's link secret."""
    with wired.store.read() as view:
        visible(wired, looking, identifier, view, link)
        address = link_of(wired, identifier, view, str(request.base_url).rstrip("/"))
    return PassportLink(address=address)


@router.get(
    "/{identifier}/qr.svg",
    summary="The QR code for the box",
    response_class=Response,
    responses=errors(NotVisibleError),
)
def get_qr(
    identifier: Identifier, request: Request, wired: Wired, looking: Looking, link: Link = None
) -> Response:
    """Return the code as SVG: a GS1 Digital Link with the passport's link secret."""
    with wired.store.read() as view:
        visible(wired, looking, identifier, view, link)
        address = link_of(wired, identifier, view, str(request.base_url).rstrip("/"))
    return Response(qr_svg(address), media_type="image/svg+xml")
