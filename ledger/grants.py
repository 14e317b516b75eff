"""Who is shown a passport, how much of it, and until when: what its sender granted.

A grant books nothing. Once a sender has granted anything about a passport, its grants decide alone; one that
has expired shows nothing more, but what a receiver was shown when it answered stays shown to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ledger.accounts import Transfer
from ledger.disclosure import Profile, widest
from ledger.disclosure_bodies import Disclosed, Grant, GrantBody
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.identity import UnknownOrganizationError
from ledger.interfaces import BooksView, LedgerView
from ledger.lots import Shipment
from ledger.signed import Statement
from ledger.statements import ReceiptBody

BEARER = "bearer"


@dataclass(eq=False)
class GrantSubjectError(LedgerError):
    """A grant is about nothing, or about a passport and a lot at once."""

    stated: str
    sentence: ClassVar[str] = "A grant is about one passport or one lot; this one names {stated}."


@dataclass(eq=False)
class NotGrantorError(LedgerError):
    """Somebody grants what is somebody else's to show."""

    subject: str
    owner: str
    issuer: str
    sentence: ClassVar[str] = (
        "{subject} is {owner}'s to show, not {issuer}'s. Let {owner} grant it, or hand a bundle on."
    )


@dataclass(eq=False)
class GrantOverError(LedgerError):
    """A grant would be over before it begins."""

    until: str
    occurred: str
    sentence: ClassVar[str] = (
        "The grant is until {until}, before {occurred}, when it is given. Name a later time."
    )


def grant(statement: Statement, body: GrantBody, view: BooksView) -> tuple[Transfer, ...]:
    """Take a grant in; it books nothing.

    Raises:
        GrantSubjectError: not one passport or one lot.
        NotGrantorError: the passport is not its issuer's, or the lot is held by somebody else.
        UnknownOrganizationError: it is granted to nobody that is registered.
        GrantOverError: it ends before it is given.
    """
    given = body.grant
    named = [name for name in ("passport", "lot") if getattr(given, name) is not None]
    if len(named) != 1:
        raise GrantSubjectError(" and ".join(named) or "neither")
    subject = given.passport or given.lot or ""
    if given.passport is not None:
        shipment = view.shipment(given.passport)
        owner = shipment.sender if shipment else "nobody"
    else:
        lot = view.lot(subject)
        owner = lot.holder if lot else "nobody"
    if owner != statement.issuer:
        raise NotGrantorError(subject, owner, statement.issuer)
    if given.to != BEARER and view.organization(given.to) is None:
        raise UnknownOrganizationError(given.to)
    if given.until[:10] < body.occurred.start:
        raise GrantOverError(given.until, body.occurred.start)
    return ()


@dataclass(frozen=True, slots=True)
class Granted:
    """What the sender of a passport granted about it: whether anything, and what holds now for somebody."""

    any: bool
    profile: Profile | None


def granted(
    view: LedgerView, shipment: Shipment, organization: str | None, *, bearer: bool, now: datetime
) -> Granted:
    """Return what somebody is granted of a passport now, by grants on it and on the lot that it is of.

    `bearer` says whether it has the passport's link.
    """
    grants = list(_grants(view, shipment))
    valid = [
        one.profile
        for one in grants
        if now < datetime.fromisoformat(one.until)
        and (one.to == organization or (bearer and one.to == BEARER))
    ]
    return Granted(bool(grants), widest(valid) if valid else None)


def _grants(view: LedgerView, shipment: Shipment) -> Iterator[Grant]:
    for subject in (shipment.id, lot_parts(shipment.lot)[0]):
        for later in view.corrections(subject):
            body = later.body
            if not isinstance(body, GrantBody) or later.issuer != shipment.sender:
                continue
            if shipment.id == body.grant.passport or shipment.lot == body.grant.lot:
                yield body.grant


def shown_at_receipt(view: LedgerView, shipment: Shipment, organization: str | None) -> Disclosed | None:
    """Return what a receiver says that it was shown when it answered; None for everybody else."""
    answered = view.statement(shipment.answered_by) if shipment.answered_by else None
    if answered is None or answered.issuer != organization or not isinstance(answered.body, ReceiptBody):
        return None
    return answered.body.disclosed
