"""What the pages show of the running ledger, for whoever is looking."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request

from api.deps import viewer
from api.passports import bundle_bytes, checks_of, factor_finder, link_of, open_passport, report_of
from api.tables_shown import rows_of, table_line
from api.ui.gap import GapPage
from api.ui.gap_source import gap_page
from api.ui.lists import PassportLine
from api.ui.organization import Profile
from api.ui.pages import Links
from api.viewers import NotVisibleError
from api.wiring import Wiring
from ledger.bundle import MissingFactorRecordError, PendingPassportError
from ledger.disclosure import Profile as Disclosing
from ledger.disclosure import check_profile
from ledger.identifiers import lot_parts
from ledger.interfaces import LedgerView
from ledger.interop.digital_link import parse_path, resolve
from ledger.lots import Shipment
from ledger.mrio.baseline import intensities
from ledger.passport import OUTSIDE, Checks, Passport
from ledger.provenance_document import ProvenanceDocument, provenance_document
from ledger.shown import DECLARED_UNITS, rate_text
from ledger.statements import DispatchBody, HandlingBody, ProductionBody

RECENT: Final = 12
SEARCHED: Final = 5_000
KEPT_CHECKS: Final = 256

Shown = tuple[Passport, ProvenanceDocument, Links]


class LedgerPages:
    """Reads the ledger that the application is wired to; keeps the newest verdicts by checkpoint."""

    def __init__(self) -> None:
        self._checks: OrderedDict[tuple[str, str, str, int, int], Checks] = OrderedDict()
        self._lock = threading.Lock()

    def passport(self, request: Request, identifier: str, link: str | None) -> Shown:
        """Return a passport with its checks, provenance and links.

        Raises:
            UnknownProfileError: it is asked for in a way that there is not.
            NotVisibleError: there is none, or not for this viewer.
            TokenError: the bearer token is wrong or over.
            BundleTooLargeError, TooManyTiersError: more stands behind it than may be walked.
        """
        wired: Wiring = request.app.state.wiring
        looking = viewer(wired, request.headers.get("authorization"))
        with wired.store.read() as view:
            less = check_profile(request.query_params.get("profile", "full"))
            opened = open_passport(wired, looking, identifier, view, link, asked=less)
            checks = self._checked(wired, identifier, view, opened.profile)
            code = link_of(wired, identifier, view, str(request.base_url).rstrip("/"))
        kept = {"s": link or "", "profile": "" if less == "full" else less}
        words = urlencode({name: word for name, word in kept.items() if word})
        asked = f"?{words}" if words else ""
        api = f"/v1/passports/{identifier}"
        links = Links(
            page=f"/p/{identifier}{asked}",
            bundle=f"{api}/bundle{asked}",
            data=f"{api}{asked}",
            provenance=f"{api}/provenance{asked}",
            code=code,
        )
        document = opened.document.model_copy(update={"checks": checks})
        return document, provenance_document(opened.found, factor_finder(wired)), links

    def recent(self, request: Request) -> Sequence[PassportLine] | None:
        """Return the newest passports where the policy shows them to everybody, else None."""
        wired: Wiring = request.app.state.wiring
        if not wired.visibility.open:
            return None
        with wired.store.read() as view:
            newest = (view.shipment(dispatch.id) for dispatch in _dispatches(view))
            return [_line(shipment, view) for shipment in islice(filter(None, newest), RECENT)]

    def organization(self, request: Request, identifier: str) -> Profile:
        """Return an organization, and the newest passports that name it as far as this reader may see them.

        Who it is, what is attested and its keys are public. Where not everything is open, its passports are
        shown to itself, and to others those that they have part in.

        Raises:
            NotVisibleError: there is none.
            TokenError: the bearer token is wrong or over.
        """
        wired: Wiring = request.app.state.wiring
        who = viewer(wired, request.headers.get("authorization")).organization
        with wired.store.read() as view:
            found = view.organization(identifier)
            if found is None:
                raise NotVisibleError("organization")
            today = wired.ledger.clock.now().date().isoformat()
            if not wired.visibility.open and who is None:
                return Profile(found, None, today)
            named = (
                view.shipment(dispatch.id)
                for dispatch in _dispatches(view)
                if identifier in dispatch.parties and (wired.visibility.open or who in dispatch.parties)
            )
            lines = [_line(shipment, view) for shipment in islice(filter(None, named), RECENT)]
        return Profile(found, lines, today, books=wired.visibility.open or who == identifier)

    def find(self, request: Request, text: str) -> str | None:
        """Return the newest passport that a number on a label or paper names.

        Where not everything is open, only a passport's whole id finds it.
        """
        wired: Wiring = request.app.state.wiring
        asked = "".join(text.split())
        with wired.store.read() as view:
            if view.shipment(asked.lower()) is not None:
                return asked.lower()
            if not wired.visibility.open:
                return None
            wanted = asked.casefold()
            return next((one.id for one in _dispatches(view) if wanted in one.names), None)

    def atlas(self, request: Request) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the input-output tables that there are, and the baseline of the first by region.

        Raises:
            LedgerError: what the table refuses.
        """
        wired: Wiring = request.app.state.wiring
        found = wired.tables.tables()
        solved = wired.tables.solved(found[0].digest)
        table = wired.tables.open(solved.digest)
        rows = intensities(
            table, extension=solved.extension, stressor=solved.stressor, by="region", M=solved.M
        )
        return [table_line(one) for one in found], rows_of(rows)

    def gap(self, request: Request) -> GapPage:
        """Return what fills the gap that a form asks about, a refusal, or sectors that fit its words."""
        return gap_page(request.app.state.wiring, request.query_params)

    def origin(self, request: Request) -> str:
        """Return scheme and host under which the pages are known."""
        wired: Wiring = request.app.state.wiring
        return (wired.settings.public_url or str(request.base_url)).rstrip("/")

    def resolve(self, request: Request, path: str, query: Mapping[str, str]) -> str | None:
        """Return the passport that a GS1 Digital Link names, None where there is none.

        Raises:
            DigitalLinkFormError, Gs1KeyFormError, Gs1CheckDigitError, Gs1BatchError: it can't be read.
        """
        wired: Wiring = request.app.state.wiring
        named = parse_path(path, query)
        with wired.store.read() as view:
            return resolve(named, view)

    def _checked(self, wired: Wiring, identifier: str, view: LedgerView, profile: Disclosing) -> Checks:
        """Return the verdicts on a passport's bundle; the same checkpoint is not verified again."""
        newest = view.checkpoint()
        size = newest.size if newest else 0
        key = (wired.ledger.terms.log_id, identifier, profile, size, len(view.anchors()))
        with self._lock:
            known = self._checks.get(key)
        if known is not None:
            return known
        try:
            checks = checks_of(report_of(wired, bundle_bytes(wired, identifier, view, profile)), view)
        except (MissingFactorRecordError, PendingPassportError):
            return Checks(origin=wired.ledger.terms.origin)
        with self._lock:
            self._checks[key] = checks
            while len(self._checks) > KEPT_CHECKS:
                self._checks.popitem(last=False)
        return checks


@dataclass(frozen=True, slots=True)
class _Dispatch:
    """A dispatch with everything that names its goods, in lower case, and whom it names."""

    id: str
    names: frozenset[str]
    parties: frozenset[str]


def _dispatches(view: LedgerView) -> Iterator[_Dispatch]:
    """Yield the newest dispatches first."""
    size = view.size()
    for logged in reversed(list(view.entries(max(size - SEARCHED, 0), size))):
        statement, body = logged.statement, logged.statement.body
        if isinstance(body, DispatchBody):
            goods = body.goods
            names = (body.take.lot, goods.batch, goods.container, goods.gtin, goods.sscc)
            yield _Dispatch(
                statement.digest,
                frozenset(name.casefold() for name in names if name),
                frozenset((statement.issuer, body.consignee, *body.handlers)),
            )


def _line(shipment: Shipment, view: LedgerView) -> PassportLine:
    outside = shipment.consignee == OUTSIDE
    return PassportLine(
        id=shipment.id,
        product=shipment.product,
        quantity=str(shipment.quantity),
        unit=shipment.unit,
        status=shipment.status,
        sender=_name(shipment.sender, view),
        per_unit=rate_text(shipment.total.gross_mg(), shipment.quantity, shipment.unit),
        declared_unit=DECLARED_UNITS[shipment.unit][0],
        consignee="" if outside else _name(shipment.consignee, view),
        batch=shipment.batch,
        made=_made(shipment, view),
        modes=tuple(dict.fromkeys(_modes(shipment, view))),
        dispatched=_ended(shipment.id, view),
    )


def _name(organization: str, view: LedgerView) -> str:
    known = view.organization(organization)
    return known.name if known else organization


def _ended(digest: str, view: LedgerView) -> str:
    """Return the last civil date of what a statement says, "" where there is none."""
    statement = view.statement(digest)
    return statement.body.occurred.end if statement else ""


def _made(shipment: Shipment, view: LedgerView) -> str:
    """Return the year in which the making of the goods ended, "" where the sender had bought them."""
    maker = view.statement(lot_parts(shipment.lot)[0])
    return maker.body.occurred.end[:4] if maker and isinstance(maker.body, ProductionBody) else ""


def _modes(shipment: Shipment, view: LedgerView) -> Iterator[str]:
    """Yield how the goods were carried; a stay at a hub is no way of carrying."""
    for handled in shipment.handlings:
        statement = view.statement(handled.statement)
        body = statement.body if statement else None
        if isinstance(body, HandlingBody) and body.leg and body.leg.mode != "hub":
            yield body.leg.mode
