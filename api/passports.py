"""What is asked of a passport: its document, provenance, bundle, verdicts and code, for one viewer."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import segno

from api.disclosing import shown_to
from api.viewers import Viewer
from api.wiring import Wiring
from ledger.answers import answers
from ledger.bundle import build, to_bytes
from ledger.closure import closure
from ledger.disclosure import Profile, disclosed, shown_statements
from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.factors.gwp import gwp_table
from ledger.interfaces import LedgerView
from ledger.interop.digital_link import passport_address
from ledger.log import tiles
from ledger.lots import Shipment
from ledger.passport import AnchorShown, AnswerShown, Checks, Passport, VerdictShown, passport
from ledger.provenance import Provenance, provenance
from ledger.revoked import distrusted_among
from ledger.services import tile_reader
from ledger.statements import DispatchBody
from ledger.verification import Report, verify


@dataclass(frozen=True, slots=True)
class Opened:
    """A passport that the viewer may see: its shipment, what stands behind it, how much of that is shown."""

    shipment: Shipment
    found: Provenance
    document: Passport
    profile: Profile


def factor_finder(wired: Wiring) -> Callable[[str], Factor | None]:
    """Return how a factor's record is found by digest; None where the library doesn't hold it."""

    def find(digest: str) -> Factor | None:
        try:
            return wired.factors.by_digest(digest)
        except LedgerError:
            return None

    return find


def visible(wired: Wiring, looking: Viewer, identifier: str, view: LedgerView, link: str | None) -> Shipment:
    """Return the shipment of a passport that the viewer may see.

    Raises:
        NotVisibleError: there is none, or not for this viewer.
    """
    return wired.visibility.passport(looking, view.shipment(identifier), view, link)


def open_passport(  # noqa: PLR0913 - who looks at what, with what in hand
    wired: Wiring,
    looking: Viewer,
    identifier: str,
    view: LedgerView,
    link: str | None,
    *,
    asked: Profile = "full",
) -> Opened:
    """Return a passport with its provenance, as much of it as is shown to the viewer.

    Raises:
        NotVisibleError: there is none, or not for this viewer.
        BundleTooLargeError, TooManyTiersError: more stands behind it than may be walked.
    """
    shipment = visible(wired, looking, identifier, view, link)
    profile = shown_to(wired, looking, shipment, view, link=link, asked=asked)
    behind = closure(view, identifier)
    everything = [logged.statement for logged in behind]
    statements = tuple(shown_statements(everything, identifier, profile).values())
    found = provenance(statements, identifier, factor_finder(wired))
    offers = view.offers_on(identifier)
    distrusted = distrusted_among([(one.statement, one.position) for one in behind], view.organization)
    shown = passport(shipment, found, organization=view.organization, offers=offers, distrusted=distrusted)
    return Opened(shipment, found, shown, profile)


def bundle_bytes(wired: Wiring, identifier: str, view: LedgerView, profile: Profile = "full") -> bytes:
    """Return the bundle of a passport, as much of it as a profile shows.

    Raises:
        MissingFactorRecordError, PendingPassportError, BundleTooLargeError: it can't be made (yet).
    """
    return to_bytes(disclosed(build(view, identifier, factor_finder(wired)), profile))


def shown_bundle(  # noqa: PLR0913 - as `open_passport`
    wired: Wiring,
    looking: Viewer,
    identifier: str,
    view: LedgerView,
    link: str | None,
    *,
    asked: Profile = "full",
) -> bytes:
    """Return the bundle of a passport as it is shown to a viewer.

    Raises:
        NotVisibleError: there is none, or not for this viewer.
        MissingFactorRecordError, PendingPassportError, BundleTooLargeError: it can't be made (yet).
    """
    shipment = visible(wired, looking, identifier, view, link)
    profile = shown_to(wired, looking, shipment, view, link=link, asked=asked)
    return bundle_bytes(wired, identifier, view, profile)


def report_of(wired: Wiring, raw: bytes) -> Report:
    """Return the verifier's report, with this log's key as the trusted one and its chain asked."""

    def joined(first: int, second: int) -> Sequence[bytes]:
        with wired.store.read() as view:
            return tiles.consistency_proof(tile_reader(view), first, second)

    return verify(
        raw,
        trusted_log_key=wired.ledger.signer.verifier.text(),
        anchor_reader=wired.anchoring.read_anchor if wired.anchoring.enabled else None,
        consistency_reader=joined,
        gwp_tables=gwp_table,
    )


def checks_of(report: Report, view: LedgerView) -> Checks:
    """Return a report as the page shows it, with the newest anchor that covers it."""
    as_of = max((v.as_of for v in report.verdicts if v.as_of is not None), default=None)
    covering = [anchor for anchor in view.anchors() if as_of is not None and anchor.size >= as_of]
    last = max(covering, key=lambda anchor: (not anchor.local, anchor.size), default=None)
    return Checks(
        verdicts=tuple(
            VerdictShown(step=v.step, name=v.name, value=v.value, reason=v.reason, detail=v.detail)
            for v in report.verdicts
        ),
        answers=tuple(
            AnswerShown(question=a.question, value=a.value, reason=a.reason, as_of=a.as_of, at=a.at)
            for a in answers(report)
        ),
        as_of=as_of,
        origin=view.terms().origin,
        anchor=AnchorShown(
            chain_id=str(last.chain_id),
            contract=last.contract,
            transaction=last.transaction,
            block=str(last.block),
            size=str(last.size),
            local=last.local,
        )
        if last is not None
        else None,
    )


def link_of(wired: Wiring, identifier: str, view: LedgerView, origin: str) -> str:
    """Return the address that the QR code carries: GS1 Digital Link, link secret, checkpoint fingerprint."""
    statement = view.statement(identifier)
    newest = view.checkpoint()
    query = {"s": wired.sign_in.link_secret(identifier)}
    if newest is not None:
        query["c"] = hashlib.sha256(newest.note.encode()).hexdigest()[:16]
    body = statement.body if statement else None
    base = wired.settings.public_url or origin
    if not isinstance(body, DispatchBody):
        return f"{base}/p/{identifier}"
    return passport_address(base, identifier, body.goods, query)


def qr_svg(address: str) -> bytes:
    """Return a QR code as SVG, with a quiet zone and error correction M."""
    target = io.BytesIO()
    segno.make(address, error="m", micro=False).save(target, kind="svg", scale=4, border=4, xmldecl=False)
    return target.getvalue()
