"""What an audit compares: two views of the same log, row by row, and the postings with the balances.

Both views list everything in the same order, so they are walked side by side; nothing is held whole but
the sums of the postings by account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from ledger.offers import Offer
from ledger.storing import (
    CorruptRowError,
    GapListing,
    about_organization,
    corrected_by,
    lots_taken,
    pages,
)

MAX_DIFFERENCES: Final = 1000
"""More of them say nothing more: the books are to be rebuilt."""
MISSING: Final = "missing"

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two views of the books tell differently.

    `kind` is account, lot, shipment, offer, taker, organization, key, identity, correction, gap or posting;
    `first` and `second` say what each view has, only where they differ.
    """

    kind: str
    name: str
    first: str
    second: str

    @property
    def what(self) -> str:
        """The kind and the name."""
        return f"{self.kind} {self.name}"

    def __str__(self) -> str:
        """Write a line that names both sides."""
        return f"{self.what}: {self.first} in the first, {self.second} in the second"


def compare_books(first: LedgerView, second: LedgerView, limit: int = MAX_DIFFERENCES) -> list[Difference]:
    """Say where two views of the books differ: an empty list when they are the same to the milligram.

    Compared are organizations with their keys, lots, shipments, adjustments, gaps, balances, postings, and
    which statements correct, identify or took from what. At most `limit` differences are returned.
    """
    return list(islice(_differences(first, second), limit))


def _differences(first: LedgerView, second: LedgerView) -> Iterator[Difference]:
    sections: dict[str, Callable[[LedgerView], Iterable[tuple[Any, Any]]]] = {
        "account": lambda view: view.balances(),
        "organization": lambda view: _by_id(view.organizations),
        "lot": lambda view: _by_id(view.lots),
        "shipment": lambda view: _by_id(view.shipments),
        "offer": lambda view: _by_id(view.offers),
        "posting": _postings,
    }
    for kind, rows in sections.items():
        yield from _unless_damaged(kind, _rows(kind, rows(first), rows(second)))
    if isinstance(first, GapListing) and isinstance(second, GapListing):
        yield from _unless_damaged("gap", _rows("gap", _gaps(first), _gaps(second)))
    yield from _unless_damaged("reference", _references(first, second))


def _unless_damaged(kind: str, differences: Iterator[Difference]) -> Iterator[Difference]:
    """Return differences; a row that can't be read at all is one too, and the last of its kind."""
    try:
        yield from differences
    except CorruptRowError as error:
        yield Difference(kind, error.key, str(error), "readable")


def check_postings(view: LedgerView, limit: int = MAX_DIFFERENCES) -> list[Difference]:
    """Say which balances are not the sum of their postings; `first` is the balance, `second` the sum."""
    sums: dict[Account, dict[int, int]] = {}
    for movement in view.movements():
        for account, sign in ((movement.source, -1), (movement.target, 1)):
            held = sums.setdefault(account, {})
            held[movement.slot] = held.get(movement.slot, 0) + sign * movement.mg
    summed = ((account, {s: mg for s, mg in sorted(sums[account].items()) if mg}) for account in sorted(sums))
    derived = ((account, held) for account, held in summed if held)
    found = _unless_damaged("account", _rows("account", view.balances(), derived))
    return list(islice(found, limit))


def _by_id(page: Any) -> Iterator[tuple[str, Organization | Lot | Shipment | Offer]]:
    return ((row.id, row) for row in pages(page))


def _gaps(view: GapListing) -> Iterator[tuple[tuple[str, str], str]]:
    return (((issuer, key), statement) for issuer, key, statement in view.gaps())


def _postings(view: LedgerView) -> Iterator[tuple[tuple[int, int], Movement]]:
    return (((movement.position, movement.number), movement) for movement in view.movements())


def _references(first: LedgerView, second: LedgerView) -> Iterator[Difference]:
    """Compare what follows from statements one by one: corrections, identities, owners of keys."""
    corrected: dict[str, None] = {}
    about: dict[str, None] = {}
    taken: dict[str, None] = {}
    for logged in second.entries(0, second.size()):
        corrected.update({digest: None for digest in (corrected_by(logged.statement),) if digest})
        taken.update(dict.fromkeys(lots_taken(logged.statement)))
        about.update({one: None for one in (about_organization(logged.statement),) if one})
    for digest in corrected:
        ours, theirs = ([s.digest for s in view.corrections(digest)] for view in (first, second))
        yield from _rows("correction", [(digest, ours)], [(digest, theirs)])
    for lot in taken:
        ours, theirs = ([s.digest for s in view.takers(lot)] for view in (first, second))
        yield from _rows("taker", [(lot, ours)], [(lot, theirs)])
    for name in about:
        ours, theirs = ([s.statement.digest for s in v.identity_statements(name)] for v in (first, second))
        yield from _rows("identity", [(name, ours)], [(name, theirs)])
        organization = second.organization(name)
        for key in organization.keys if organization else ():
            owners = ([(key.address, view.key_owner(key.address))] for view in (first, second))
            yield from _rows("key", *owners)


def _rows(kind: str, first: Iterable[tuple[Any, V]], second: Iterable[tuple[Any, V]]) -> Iterator[Difference]:
    """Walk two sorted lists side by side and return wfirst they differ."""
    ours = ((key, 0, row) for key, row in first)
    theirs = ((key, 1, row) for key, row in second)
    for key, rows in groupby(merge(ours, theirs, key=itemgetter(0)), key=itemgetter(0)):
        sides = {side: row for _, side, row in rows}
        if len(sides) == 1:
            shown = [_text(sides[side]) if side in sides else MISSING for side in (0, 1)]
            yield Difference(kind, _text(key), *shown)
        elif sides[0] != sides[1]:
            yield Difference(kind, _text(key), *_apart(sides[0], sides[1]))


def _apart(first: Any, second: Any) -> tuple[str, str]:
    """Return the texts of two rows, only the fields that differ wfirst they have fields."""
    if isinstance(first, Organization | Lot | Shipment | Offer):
        names = [f.name for f in fields(first) if getattr(first, f.name) != getattr(second, f.name)]
        shown = [", ".join(f"{n} {_text(getattr(row, n))}" for n in names) for row in (first, second)]
        return shown[0], shown[1]
    return _text(first), _text(second)


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
