"""Delegates: keys that speak for an organization in some things only, up to a sum, up to a date.

A gateway at the port signs meter readings for the port: handlings at this terminal, until the end of the
year, up to a thousand of them. Such a key is stated by a key of the organization (`key/1`, action delegate)
with what it may do; beyond that nothing of it is logged. It changes no keys, delegates nothing on, and
answers adjustments only where that kind is named. Its time is the log's (`at`), not its own clock's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from ledger.acceptances import AcceptanceBody
from ledger.closure import lines_stated
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.identity import KeyRecord, Organization
from ledger.key_bodies import Delegation
from ledger.lines import UnsignedLine
from ledger.signed import Statement
from ledger.statements import DispatchBody, DisposalBody, HandlingBody, Place, ProductionBody, ReceiptBody

NOWHERE: Final = "a statement that names none"
"""What stands for the site of a statement without one."""


@dataclass(eq=False)
class DelegateScopeError(LedgerError):
    """A delegate states something that it was not authorized for."""

    organization: str
    address: str
    what: str
    stated: str
    allowed: tuple[str, ...]
    sentence: ClassVar[str] = (
        "Key {address} is a delegate of {organization} for the {what} {allowed}, not for {stated}. Sign with "
        "a key of the organization itself, or delegate that too."
    )


@dataclass(eq=False)
class DelegateTimeError(LedgerError):
    """A delegate states something before or after the time that it was authorized for."""

    organization: str
    address: str
    at: str
    start: str
    end: str
    sentence: ClassVar[str] = (
        "Key {address} is a delegate of {organization} from {start} to {end}; the log's time is {at}. Sign "
        "with a key of the organization itself, or delegate to another key."
    )


@dataclass(eq=False)
class DelegateQuotaError(LedgerError):
    """A delegate states more than it was authorized for, in number or in carbon."""

    organization: str
    address: str
    unit: str
    limit: int
    used: int
    asked: int
    sentence: ClassVar[str] = (
        "Key {address} is a delegate of {organization} for {limit} {unit} in all; {used} are stated and "
        "{asked} would come on top. Sign with a key of the organization itself, or delegate to another key."
    )


def check_delegate(organization: str, key: KeyRecord, statement: Statement, at: datetime) -> None:
    """Check that a key may state what it states here, where it is a delegate.

    1. the kind, and of answers to adjustments single ones only; 2. the log's time; 3. sites; 4. activities.
    What is hidden is not checked (`is_scope_hidden`); quotas are (`with_use`) where statements are counted.

    Raises:
        DelegateScopeError: steps 1, 3 and 4.
        DelegateTimeError: step 2.
    """
    scope = key.delegation
    if scope is None:
        return

    def outside(what: str, stated: str, allowed: tuple[str, ...]) -> DelegateScopeError:
        return DelegateScopeError(organization, key.address, what, stated, allowed)

    if statement.kind not in scope.kinds:
        raise outside("kinds", statement.kind, scope.kinds)
    if isinstance(statement.body, AcceptanceBody) and statement.body.standing is not None:
        raise outside("kinds", "standing acceptances", scope.kinds)
    if not datetime.fromisoformat(scope.start) <= at <= datetime.fromisoformat(scope.end):
        raise DelegateTimeError(organization, key.address, at.isoformat(), scope.start, scope.end)
    sites = _sites(statement) or (() if statement.hidden else (NOWHERE,))
    named = (("sites", sites, scope.sites), ("activities", _activities(statement), scope.activities))
    for what, stated, allowed in named:
        for one in stated:
            if allowed is not None and one not in allowed:
                raise outside(what, one, allowed)


def is_scope_hidden(key: KeyRecord, statement: Statement) -> bool:
    """Say whether hidden parts leave open if a delegate kept to its sites, activities and sum."""
    scope = key.delegation
    if scope is None or not statement.hidden:
        return False
    if scope.sites is not None and not _sites(statement):
        return True
    lines = lines_stated(statement)
    hides = not lines or any(isinstance(line, UnsignedLine) for line in lines)
    return hides and (scope.activities is not None or scope.co2e_mg is not None)


def with_use(organization: Organization, statement: Statement) -> Organization:
    """Return an organization after its delegate used up something of what it may state in all.

    Raises:
        DelegateQuotaError: it would be more than that; both numbers are named.
    """
    for key in organization.keys:
        if key.delegation is not None and key.address == statement.signature.key:
            after = used_more(organization.id, key, key.delegation, statement)
            keys = tuple(after if one is key else one for one in organization.keys)
            return replace(organization, keys=keys)
    return organization


def used_more(organization: str, key: KeyRecord, scope: Delegation, statement: Statement) -> KeyRecord:
    """Return a delegate's key after one more statement.

    Counted are its statements, and the gross in mg CO2e of their lines, or of what they hand on.

    Raises:
        DelegateQuotaError: it would be more than it may state.
    """
    asked = _gross_mg(statement)
    limits = (
        ("statements", scope.statements, key.used_statements, 1),
        ("mg CO2e", scope.co2e_mg, key.used_mg, asked),
    )
    for unit, limit, used, more in limits:
        if limit is not None and used + more > int(limit):
            raise DelegateQuotaError(organization, key.address, unit, int(limit), used, more)
    return replace(key, used_statements=key.used_statements + 1, used_mg=key.used_mg + asked)


def _sites(statement: Statement) -> tuple[str, ...]:
    """Return the sites that a statement names: where something was made, handled, or sent from."""
    places: tuple[Place | None, ...] = ()
    match statement.body:
        case ProductionBody() as body:
            places = (body.site,)
        case HandlingBody() as body if body.leg is not None:
            places = (body.leg.origin, body.leg.destination)
        case DispatchBody() as body if body.places is not None:
            places = (body.places.origin,)
        case _:
            pass
    return tuple(place.name for place in places if place is not None)


def _activities(statement: Statement) -> tuple[str, ...]:
    """Return the activities of a statement's lines, as far as they are shown."""
    lines = lines_stated(statement)
    return tuple(line.source.activity for line in lines if not isinstance(line, UnsignedLine))


def _gross_mg(statement: Statement) -> int:
    body = statement.body
    if isinstance(body, DispatchBody | DisposalBody | ReceiptBody):
        return Components.parse(body.liability).gross_mg()
    return sum(Components.parse(line.amount.components).gross_mg() for line in lines_stated(statement))
