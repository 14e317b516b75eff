"""What a company means to state: a draft with its own references, before the books fill in the rest.

An intent has the body of its kind, with takes as lot and quantity; references stay references until the
register knows their ids. `gives` says which references its statement will make known.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.identifiers import organization_id
from ledger.records.cells import At
from ledger.records.errors import UnresolvedReferenceError
from ledger.records.references import Reference, Register, references_in

_RANK: Final = (
    "registration/1",
    "attestation/1",
    "opening/1",
    "standing",
    "reestimate/1",
    "production/1",
    "correction/1",
    "dispatch/1",
    "handling/1",
    "acceptance/1",
    "receipt/1",
    "disposal/1",
    "opinion",
    "withdraws",
)
"""In which order statements of the same day are made; some kinds by what they state.

What is allowed in advance comes before what it allows, an estimate before it is used, and an opinion after
what it is on.
"""
_STATED: Final = ("standing", "opinion", "withdraws")


@dataclass(frozen=True, slots=True)
class Intent:
    """One statement that a company means to make.

    `organization` is the company's reference, `ended` the last day of what occurred; `gives` maps register
    keys to what they will stand for, with `{digest}` and `{organization}` to be filled in. `counted_in` says
    in which unit it counts each lot that it takes from.
    """

    at: At
    organization: str
    kind: str
    reference: str
    ended: str
    body: Mapping[str, Any]
    gives: Mapping[str, str]
    counted_in: tuple[tuple[Reference, str], ...] = ()

    def named(self) -> str:
        """Return a name for messages: the kind and the company's reference."""
        return f"{self.kind.partition('/')[0]} {self.reference!r} ({self.at.file}, row {self.at.row})"

    def rank(self) -> int:
        """Return where it comes among the statements of its day."""
        stated = next((part for part in _STATED if part in self.body), self.kind)
        return _RANK.index(stated)

    def needs(self) -> list[Reference]:
        """Return the references that must be known before it can be drafted."""
        return references_in(self.body)

    def is_made(self, register: Register) -> bool:
        """Say whether its statement was made before: everything that it makes known is known."""
        return all(key in register for key in self.gives)

    def request(self, register: Register, language: str = "en") -> dict[str, Any]:
        """Return the draft request, with ids in the place of references.

        Raises:
            UnresolvedReferenceError: the register doesn't know a reference.
        """
        named = self.named()
        issuer = ""
        if self.kind != "registration/1":
            issuer = register.resolve(Reference("organization", "", self.organization), named)
        return {"issuer": issuer, "language": language, "body": register.resolved(self.body, named)}

    def made_known(self, digest: str) -> dict[str, str]:
        """Return what the register learns from the statement with this digest."""
        organization = organization_id(digest) if self.kind == "registration/1" else ""
        return {
            key: template.format(digest=digest, organization=organization)
            for key, template in self.gives.items()
        }


def by_day(intents: Iterable[Intent]) -> list[Intent]:
    """Put intents in the order of their days; on one day in the order in which statements are made."""
    return sorted(intents, key=lambda one: (one.ended, one.rank()))


def in_order(intents: Iterable[Intent], register: Register) -> list[Intent]:
    """Put intents of all companies into an order in which each can be made: by day, after what it needs.

    A receipt comes after the handlings of its delivery note; goods leave after corrections of no later day.

    Raises:
        UnresolvedReferenceError: a reference is known to nobody, or two wait for each other.
    """
    ordered = by_day(intents)
    waits = _waits(ordered, register)
    open_count = [len(before) for before in waits]
    after: dict[int, list[int]] = {}
    for number, before in enumerate(waits):
        for earlier in before:
            after.setdefault(earlier, []).append(number)
    ready = [number for number, count in enumerate(open_count) if not count]
    heapq.heapify(ready)
    found: list[Intent] = []
    while ready:
        number = heapq.heappop(ready)
        found.append(ordered[number])
        for later in after.get(number, ()):
            open_count[later] -= 1
            if not open_count[later]:
                heapq.heappush(ready, later)
    if len(found) < len(ordered):
        stuck = ordered[next(number for number, count in enumerate(open_count) if count)]
        need = stuck.needs()[0]
        raise UnresolvedReferenceError(need.kind, need.name, stuck.named())
    return found


def as_far_as_known(intents: Iterable[Intent], register: Register) -> tuple[list[Intent], list[Intent]]:
    """Divide intents into those that can be stated now, and those that wait for what others make known.

    Whatever needs something that waits, waits too.
    """
    ready = list(intents)
    waiting: list[Intent] = []
    while True:
        known = {key for intent in ready for key in intent.gives}
        lacking = [
            intent
            for intent in ready
            if any(need.key not in known and need.key not in register for need in _all_needs(intent))
        ]
        if not lacking:
            return ready, waiting
        waiting += lacking
        stuck = {id(intent) for intent in lacking}
        ready = [intent for intent in ready if id(intent) not in stuck]


def _waits(ordered: list[Intent], register: Register) -> list[set[int]]:
    """Return for each intent the numbers of those that must come before it."""
    makers = {key: number for number, intent in enumerate(ordered) for key in intent.gives}
    handlings: dict[str, list[int]] = {}
    corrections: dict[int, list[int]] = {}
    for number, intent in enumerate(ordered):
        for need in intent.needs():
            if intent.kind == "handling/1" and need.kind == "shipment":
                handlings.setdefault(need.key, []).append(number)
            if intent.kind == "correction/1" and need.kind == "record" and need.key in makers:
                corrections.setdefault(makers[need.key], []).append(number)
    waits: list[set[int]] = []
    for number, intent in enumerate(ordered):
        before: set[int] = set()
        for need in _all_needs(intent):
            maker = makers.get(need.key)
            if maker is None and need.key not in register:
                raise UnresolvedReferenceError(need.kind, need.name, intent.named())
            before |= set() if maker is None else {maker}
            if intent.kind == "receipt/1":
                before.update(handlings.get(need.key, ()))
            if need.kind == "batch" and maker is not None:
                known = corrections.get(maker, ())
                # A correction of a later day is an adjustment of what was handed on.
                before.update(one for one in known if ordered[one].ended <= intent.ended)
        waits.append(before - {number})
    return waits


def _all_needs(intent: Intent) -> list[Reference]:
    if intent.kind == "registration/1":
        # Its key is made known by the company's own keystore just before it is drafted.
        return []
    return [*intent.needs(), Reference("organization", "", intent.organization)]
