"""From rows to lots, shipments, organizations and statements, and back; what can't be right is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy import Row

from ledger import canonical
from ledger.accounts import Account
from ledger.erasing import kept_parts, may_hold_erased, read_kept
from ledger.errors import LedgerError
from ledger.identity import Organization
from ledger.interfaces import Anchor, Logged, LogTerms, SignedCheckpoint
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.periods import CivilDay
from ledger.signed import read
from ledger.sql.packing import (
    pack_changes,
    pack_handled,
    pack_vector,
    unpack_changes,
    unpack_components,
    unpack_handled,
    unpack_organization,
    unpack_vector,
)
from ledger.sql.tables import ACCOUNT, LOT, OFFER, ORGANIZATION, SHIPMENT, STATEMENT
from ledger.storing import CorruptRowError

T = TypeVar("T")
DAMAGE: Final = (LedgerError, ValueError, KeyError, TypeError)


def checked(table: str, key: object, convert: Callable[[], T]) -> T:
    """Convert a row.

    Raises:
        CorruptRowError: it can't be what was written.
    """
    try:
        return convert()
    except DAMAGE as error:
        raise CorruptRowError(table, str(key), str(error) or type(error).__name__) from error


def terms_row(terms: LogTerms) -> dict[str, Any]:
    """Return the row of a log's terms."""
    return {
        "only": 1,
        "log_id": terms.log_id,
        "origin": terms.origin,
        "ed25519": terms.ed25519,
        "secp256k1": terms.secp256k1,
        "gwp": terms.gwp,
        "accreditors": " ".join(terms.accreditors),
    }


def terms_of(row: Row[Any]) -> LogTerms:
    """Return a log's terms."""
    return LogTerms(
        row.log_id, row.origin, row.ed25519, row.secp256k1, row.gwp, tuple(row.accreditors.split())
    )


def statement_row(logged: Logged) -> dict[str, Any]:
    """Return the row of a logged statement."""
    statement = logged.statement
    parts = kept_parts(statement)
    return {
        "position": logged.position,
        "digest": statement.digest,
        "issuer": statement.envelope.issuer,
        "client_id": statement.envelope.id,
        "kind": statement.kind,
        "at": logged.at,
        "occurred_end": statement.body.occurred.end,
        "entry": logged.entry,
        "leaf_hash": logged.leaf_hash,
        "parts": canonical.encode(parts, known=True),
    }


def logged_of(row: Row[Any]) -> Logged:
    """Return a logged statement, after checking parts, digests and leaf again.

    Raises:
        CorruptRowError: something was changed behind the ledger's back.
    """
    return checked(STATEMENT.name, row.position, lambda: _logged(row))


def _logged(row: Row[Any]) -> Logged:
    entry = canonical.load(row.entry)
    wire = {
        "envelope": entry["envelope"],
        "signature": entry["signature"],
        "parts": canonical.load(row.parts),
    }
    # The signature is in the leaf, whose hash is under signed checkpoints; an audit checks it again.
    whole = read_kept if may_hold_erased(row.parts) else read
    statement = whole(wire, check_signature=False)
    envelope = statement.envelope
    for name, ours, theirs in (
        ("leaf hash", hashlib.sha256(b"\0" + row.entry).digest(), row.leaf_hash),
        ("digest", statement.digest, row.digest),
        ("issuer", envelope.issuer, row.issuer),
        ("id", envelope.id, row.client_id),
        ("kind", envelope.kind, row.kind),
        ("time", entry["at"], row.at),
        ("end of its period", statement.body.occurred.end, row.occurred_end),
    ):
        if ours != theirs:
            problem = f"its {name} should be {_shown(ours)}, but {_shown(theirs)} is kept"
            raise ValueError(problem)
    return Logged(row.position, row.at, statement, row.entry, row.leaf_hash)


def _shown(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def unchecked_logged_of(row: Row[Any]) -> Logged:
    """Return a logged statement by its form alone; somebody else checks its bytes (`logged_of`).

    Raises:
        CorruptRowError: it can't be read.
    """
    return checked(STATEMENT.name, row.position, lambda: _unchecked_logged(row))


def _unchecked_logged(row: Row[Any]) -> Logged:
    entry = canonical.load(row.entry)
    wire = {
        "envelope": entry["envelope"],
        "signature": entry["signature"],
        "parts": canonical.load(row.parts),
    }
    statement = read_kept(wire, known=True) if may_hold_erased(row.parts) else read(wire, known=True)
    return Logged(row.position, row.at, statement, row.entry, row.leaf_hash)


def organization_of(row: Row[Any]) -> Organization:
    """Return an organization.

    Raises:
        CorruptRowError: the row is damaged.
    """
    return checked(ORGANIZATION.name, row.id, lambda: unpack_organization(row.id, row.state))


def lot_row(lot: Lot) -> dict[str, Any]:
    """Return the row of a lot."""
    return {
        "id": lot.id,
        "holder": lot.holder,
        "product": lot.product,
        "unit": lot.unit,
        "total": pack_vector(lot.total),
        "quantity": lot.quantity,
        "taken": lot.taken,
        "began": lot.began.date,
        "made": lot.made,
        "original_quantity": lot.original_quantity,
        "given": pack_vector(lot.given),
        "changes": pack_changes(lot.changes),
        "batch": lot.batch,
        "began_zone": lot.began.zone,
        "handlers": " ".join(lot.handlers),
        "claimed": " ".join(lot.claimed),
        "kept_as": lot.kept_as,
        "late": pack_vector(lot.late),
    }


def lot_of(row: Row[Any]) -> Lot:
    """Return a lot.

    Raises:
        CorruptRowError: the row is damaged.
    """
    return checked(LOT.name, row.id, lambda: _lot(row))


def _lot(row: Row[Any]) -> Lot:
    largest = row.quantity if row.kept_as == "asset" else row.original_quantity
    if not 0 <= row.taken <= row.quantity <= largest:
        problem = f"{row.taken} of {row.quantity} of {row.original_quantity} taken"
        raise ValueError(problem)
    return Lot(
        id=row.id,
        holder=row.holder,
        product=row.product,
        unit=row.unit,
        total=unpack_components(row.total),
        quantity=row.quantity,
        taken=row.taken,
        began=CivilDay.parse(row.began, row.began_zone),
        made=row.made,
        original_quantity=row.original_quantity,
        given=unpack_components(row.given),
        changes=unpack_changes(row.changes),
        batch=row.batch,
        handlers=tuple(row.handlers.split()),
        claimed=tuple(row.claimed.split()),
        kept_as=row.kept_as,
        late=unpack_components(row.late),
    )


def offer_row(offer: Offer) -> dict[str, Any]:
    """Return the row of an adjustment."""
    return {
        "id": offer.id,
        "sender": offer.sender,
        "receiver": offer.receiver,
        "goods": offer.on,
        "late": int(offer.late),
        "open": pack_vector(offer.open),
        "accepted": pack_vector(offer.accepted),
        "automatic": pack_vector(offer.automatic),
        "refused": pack_vector(offer.refused),
        "answers": " ".join(offer.answers),
    }


def offer_of(row: Row[Any]) -> Offer:
    """Return an adjustment.

    Raises:
        CorruptRowError: the row is damaged.
    """
    return checked(OFFER.name, row.id, lambda: _offer(row))


def _offer(row: Row[Any]) -> Offer:
    cause, target = row.id.split(".")
    return Offer(
        cause=cause,
        target=target,
        on=row.goods,
        sender=row.sender,
        receiver=row.receiver,
        late=bool(row.late),
        open=unpack_vector(row.open),
        accepted=unpack_vector(row.accepted),
        automatic=unpack_vector(row.automatic),
        refused=unpack_vector(row.refused),
        answers=tuple(row.answers.split()),
    )


def shipment_row(shipment: Shipment) -> dict[str, Any]:
    """Return the row of a shipment."""
    return {
        "id": shipment.id,
        "lot": shipment.lot,
        "sender": shipment.sender,
        "consignee": shipment.consignee,
        "handlers": " ".join(shipment.handlers),
        "product": shipment.product,
        "unit": shipment.unit,
        "quantity": shipment.quantity,
        "dispatched": pack_vector(shipment.dispatched),
        "total": pack_vector(shipment.total),
        "sent_end": shipment.sent_end.date,
        "status": shipment.status,
        "handlings": pack_handled(shipment.handlings),
        "claimed": pack_handled(shipment.claimed),
        "answered_by": shipment.answered_by,
        "batch": shipment.batch,
        "sent_zone": shipment.sent_end.zone,
        "incoterm": shipment.incoterm,
        "returned": shipment.returned,
        "lost": shipment.lost,
    }


def shipment_of(row: Row[Any]) -> Shipment:
    """Return a shipment.

    Raises:
        CorruptRowError: the row is damaged.
    """
    return checked(SHIPMENT.name, row.id, lambda: _shipment(row))


def _shipment(row: Row[Any]) -> Shipment:
    return Shipment(
        id=row.id,
        lot=row.lot,
        sender=row.sender,
        consignee=row.consignee,
        handlers=tuple(row.handlers.split()),
        product=row.product,
        unit=row.unit,
        quantity=row.quantity,
        dispatched=unpack_components(row.dispatched),
        total=unpack_components(row.total),
        sent_end=CivilDay.parse(row.sent_end, row.sent_zone),
        status=row.status,
        handlings=unpack_handled(row.handlings),
        claimed=unpack_handled(row.claimed),
        answered_by=row.answered_by,
        batch=row.batch,
        incoterm=row.incoterm,
        returned=row.returned,
        lost=row.lost,
    )


def account_of(row: Row[Any]) -> Account:
    """Return an account."""
    return Account(row.kind, row.organization, row.ref)


def balance_of(row: Row[Any]) -> dict[int, int]:
    """Return an account's balance, mg by slot.

    Raises:
        CorruptRowError: the row is damaged.
    """
    return checked(ACCOUNT.name, "/".join(account_of(row)), lambda: unpack_vector(row.balance))


def checkpoint_of(row: Row[Any]) -> SignedCheckpoint:
    """Return a published checkpoint."""
    return SignedCheckpoint(row.size, row.root, row.note, row.at)


def anchor_row(anchor: Anchor) -> dict[str, Any]:
    """Return the row of an anchor, without its number."""
    return {name: getattr(anchor, name) for name in Anchor.__slots__}


def anchor_of(row: Row[Any]) -> Anchor:
    """Return an anchor."""
    return Anchor(**{name: getattr(row, name) for name in Anchor.__slots__})
