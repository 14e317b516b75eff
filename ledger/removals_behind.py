"""The removals behind a passport: how each is kept, how much of it is in here, what happened to it since.

A net figure is only shown with them. What went back since the goods were handed on doesn't change their
figure: it is an emission of whoever had removed it, and the passport says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ledger.body import Occurred
from ledger.closure import lot_closure, removal_named
from ledger.components import Components
from ledger.forms import validated
from ledger.interfaces import LedgerView
from ledger.lines import Take
from ledger.lots import Lot
from ledger.origins import Origin, trace
from ledger.quantities import EXACT
from ledger.reversing import REMOVALS, Standing, standing
from ledger.shown import Shown, share_text
from ledger.signed import Statement, draft
from ledger.statements import DispatchBody, Goods
from ledger.wire import Signature

REVERSED_FLAG: Final = "removal_reversed"
IMPAIRED_FLAG: Final = "removal_impaired"
Standings = Mapping[tuple[str, int], Standing]
"""How removals stand, by statement and line number."""


class RemovalShown(Shown):
    """A removal behind a passport, as its owner stated it and as it stands now; amounts in mg CO2e.

    `stated_mg` is the whole line, `reaches_mg` the part that this passport nets; of the line `gone_back_mg`
    was released since, `gone_back_share` of it. Permanence (years or class) and reserve are expected now.
    """

    statement: str
    line: int
    owner: str
    owner_name: str
    activity: str
    text: str | None
    pool: str
    monitoring: str
    permanence_years: str | None
    permanence_class: str | None
    reserve: str
    stated_mg: str
    reaches_mg: str
    gone_back_mg: str
    gone_back_share: str | None
    reversals: tuple[str, ...]
    impairments: tuple[str, ...]


def standings(origins: Iterable[Origin], statements: Sequence[Statement]) -> dict[tuple[str, int], Standing]:
    """Return how each removal stands that reaches a passport, after all that these statements say of it."""
    later: dict[str, list[Statement]] = {}
    for statement in statements:
        named = removal_named(statement)
        if named is not None:
            later.setdefault(named, []).append(statement)
    return {
        (origin.statement, origin.number): standing(
            origin.number, origin.line, origin.line.removal, later.get(origin.statement, ())
        )
        for origin in origins
        if origin.line.removal is not None and not REMOVALS.isdisjoint(origin.reaches)
    }


def flags_since(stands: Standing | None) -> tuple[str, ...]:
    """Return what a passport flags on a removal: that something of it went back, or was written down."""
    if stands is None:
        return ()
    went = (REVERSED_FLAG,) if stands.reversals else ()
    return (*went, IMPAIRED_FLAG) if stands.impairments else went


def removals_shown(
    origins: Iterable[Origin], stands: Standings, names: Mapping[str, str]
) -> tuple[RemovalShown, ...]:
    """Return the removals behind a passport, the largest part first; `names` are those of organizations."""
    found = [
        _shown(origin, stands[origin.statement, origin.number], names)
        for origin in origins
        if (origin.statement, origin.number) in stands
    ]
    return tuple(sorted(found, key=lambda one: -int(one.reaches_mg)))


def removals_in(view: LedgerView, lot: Lot) -> tuple[RemovalShown, ...]:
    """Return the removals in what is left of a lot, as a passport of all of it would show them.

    Raises:
        BundleTooLargeError, TooManyTiersError: more stands behind it than a passport may carry.
    """
    if not lot.left or not lot.balance().removals_mg():
        return ()
    passport = _handed_on(lot, view.terms().log_id)
    statements = [*(logged.statement for logged in lot_closure(view, lot)), passport]
    origins = trace(statements, passport.digest).origins
    owners = {one.line.removal.owner for one in origins if one.line.removal is not None}
    known = (view.organization(owner) for owner in owners)
    names = {one.id: one.name for one in known if one is not None}
    return removals_shown(origins, standings(origins, statements), names)


def _handed_on(lot: Lot, log: str) -> Statement:
    """Return a dispatch of all that is left of a lot; nobody signs or logs it."""
    taken = validated(Take, lot.offer(lot.left))
    day = lot.began
    occurred = validated(Occurred, {"from": day.date, "to": day.date, "zone": day.zone})
    goods = Goods(product=lot.product, quantity=str(lot.left), unit=lot.unit)
    body = DispatchBody(
        occurred=occurred,
        ref="0" * 32,
        take=taken,
        liability=taken.liability,
        consignee="outside",
        goods=goods,
    )
    made = draft("dispatch/1", body, log=log, issuer=lot.holder)
    unsigned = Signature(alg="eip712-secp256k1", key="0x" + "0" * 40, value="0x" + "0" * 130)
    return Statement(made.envelope, unsigned, made.parts, body, made.digest())


def _shown(origin: Origin, stands: Standing, names: Mapping[str, str]) -> RemovalShown:
    terms, source = origin.line.removal, origin.line.source
    assert terms is not None  # noqa: S101 - `standings` has only lines with a removal
    removed, went = sum(stands.removed.values()), sum(stands.gone_back.values())
    return RemovalShown(
        statement=origin.statement,
        line=origin.number,
        owner=terms.owner,
        owner_name=names.get(terms.owner, ""),
        activity=source.activity,
        text=source.text,
        pool=terms.pool,
        monitoring=terms.monitoring,
        permanence_years=stands.permanence.years,
        permanence_class=stands.permanence.lasting,
        reserve=stands.reserve,
        stated_mg=str(removed),
        reaches_mg=str(origin.reaches.removals_mg()),
        gone_back_mg=str(went),
        gone_back_share=share_text(EXACT.divide(Decimal(went), Decimal(removed))),
        reversals=stands.reversals,
        impairments=stands.impairments,
    )


def reserved_mg(stored: Components, reserve: str) -> int:
    """Return what is held back of what is stored, in mg CO2e: share x mg, rounded half to even."""
    return round(Fraction(reserve) * stored.removals_mg())
