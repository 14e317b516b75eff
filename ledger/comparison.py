"""What an audit compares: two views of the same log, row by row, and the postings with the balances.

Both views list everything in the same order, so they are walked side by side; nothing is held whole but
the sums of the postings by account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, TypeVar

from ledger.accounts import Account
from ledger.components import NAMES
from ledger.identity import Organization
from ledger.interfaces import LedgerView, Movement
from ledger.lots import Lot, Shipment
from ledger.storing import GapListing, about_organization, corrected_by, pages

MAX_DIFFERENCES: Final = 1000
"""More of them say nothing more: the books are to be rebuilt."""
MISSING: Final = "missing"

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two views of the books tell differently.

    `what` is account, lot, shipment, organization, key, identity, correction, gap or posting; `here` and
    `there` say what each view has, only where they differ.
    """

    what: str
    name: str
    here: str
    there: str

    def __str__(self) -> str:
        """Write a line that names both sides."""
        return f"{self.what} {self.name}: {self.here} here, {self.there} there"


def compare_books(here: LedgerView, there: LedgerView, limit: int = MAX_DIFFERENCES) -> list[Difference]:
    """Say where two views of the books differ: an empty list when they are the same to the milligram.

    Compared are organizations with their keys, lots, shipments, gaps, balances, postings, and which
    statements correct or identify what. At most `limit` differences are returned.

    Raises:
        CorruptRowError: a row can't be read at all.
    """
    return list(islice(_differences(here, there), limit))


def _differences(here: LedgerView, there: LedgerView) -> Iterator[Difference]:
    yield from _rows("account", here.balances(), there.balances())
    yield from _rows("organization", _by_id(here.organizations), _by_id(there.organizations))
    yield from _rows("lot", _by_id(here.lots), _by_id(there.lots))
    yield from _rows("shipment", _by_id(here.shipments), _by_id(there.shipments))
    if isinstance(here, GapListing) and isinstance(there, GapListing):
        yield from _rows("gap", _gaps(here), _gaps(there))
    yield from _rows("posting", _postings(here), _postings(there))
    yield from _references(here, there)


def check_postings(view: LedgerView, limit: int = MAX_DIFFERENCES) -> list[Difference]:
    """Say which balances are not the sum of their postings; `here` is the balance, `there` the sum."""
    sums: dict[Account, dict[int, int]] = {}
    for movement in view.movements():
        for account, sign in ((movement.source, -1), (movement.target, 1)):
            held = sums.setdefault(account, {})
            held[movement.slot] = held.get(movement.slot, 0) + sign * movement.mg
    summed = ((account, {s: mg for s, mg in sorted(sums[account].items()) if mg}) for account in sorted(sums))
    there = ((account, held) for account, held in summed if held)
    return list(islice(_rows("account", view.balances(), there), limit))


def _by_id(page: Any) -> Iterator[tuple[str, Organization | Lot | Shipment]]:
    return ((row.id, row) for row in pages(page))


def _gaps(view: GapListing) -> Iterator[tuple[tuple[str, str], str]]:
    return (((issuer, key), statement) for issuer, key, statement in view.gaps())


def _postings(view: LedgerView) -> Iterator[tuple[tuple[int, int], Movement]]:
    return (((movement.position, movement.number), movement) for movement in view.movements())


def _references(here: LedgerView, there: LedgerView) -> Iterator[Difference]:
    """Compare what follows from statements one by one: corrections, identities, owners of keys."""
    corrected: dict[str, None] = {}
    about: dict[str, None] = {}
    for logged in there.entries(0, there.size()):
        corrected.update({digest: None for digest in (corrected_by(logged.statement),) if digest})
        about.update({one: None for one in (about_organization(logged.statement),) if one})
    for digest in corrected:
        ours, theirs = ([s.digest for s in view.corrections(digest)] for view in (here, there))
        yield from _rows("correction", [(digest, ours)], [(digest, theirs)])
    for name in about:
        ours, theirs = ([s.statement.digest for s in v.identity_statements(name)] for v in (here, there))
        yield from _rows("identity", [(name, ours)], [(name, theirs)])
        organization = there.organization(name)
        for key in organization.keys if organization else ():
            owners = ([(key.address, view.key_owner(key.address))] for view in (here, there))
            yield from _rows("key", *owners)


def _rows(what: str, here: Iterable[tuple[Any, V]], there: Iterable[tuple[Any, V]]) -> Iterator[Difference]:
    """Walk two sorted lists side by side and return where they differ."""
    ours = ((key, 0, row) for key, row in here)
    theirs = ((key, 1, row) for key, row in there)
    for key, rows in groupby(merge(ours, theirs, key=itemgetter(0)), key=itemgetter(0)):
        sides = {side: row for _, side, row in rows}
        if len(sides) == 1:
            shown = [_text(sides[side]) if side in sides else MISSING for side in (0, 1)]
            yield Difference(what, _text(key), *shown)
        elif sides[0] != sides[1]:
            yield Difference(what, _text(key), *_apart(sides[0], sides[1]))


def _apart(here: Any, there: Any) -> tuple[str, str]:
    """Return the texts of two rows, only the fields that differ where they have fields."""
    if isinstance(here, Organization | Lot | Shipment):
        names = [f.name for f in fields(here) if getattr(here, f.name) != getattr(there, f.name)]
        shown = [", ".join(f"{n} {_text(getattr(row, n))}" for n in names) for row in (here, there)]
        return shown[0], shown[1]
    return _text(here), _text(there)


def _text(value: Any) -> str:
    """Write a value so that a person can compare it."""
    if isinstance(value, Account):
        return "/".join(value)
    if isinstance(value, Movement):
        source, target = _text(value.source), _text(value.target)
        return f"{value.mg} mg {NAMES[value.slot]} from {source} to {target}"
    if isinstance(value, Mapping):
        return ", ".join(f"{NAMES[slot]} {mg} mg" for slot, mg in value.items()) or "nothing"
    if isinstance(value, tuple | list):
        return " ".join(_text(item) for item in value) or "nothing"
    return str(value)
