"""What the state map holds of an organization, a lot and a passport: digests and places, never an amount.

    key = SHA-256("carbon-passport-state/1" ‖ LF ‖ log id ‖ LF ‖ kind ‖ LF ‖ id)
    value = SHA-256(canonical JSON of the record)

Digests are of statements, whose bodies are salted; a passport's totals are hashed with the salt of its
dispatch's liability part. So nobody who was not shown a quantity can try quantities out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from ledger import canonical
from ledger.components import Components
from ledger.identifiers import Address, Digest
from ledger.identity import KeyRecord, Organization, RoleRecord
from ledger.lots import Lot, Shipment
from ledger.offers import Offer, difference_json
from ledger.segments import summed
from ledger.state_interfaces import Subject
from ledger.wire import CivilDate, Code, UtcTime, Wire

KINDS: Final[tuple[Literal["keys", "lot", "passport"], ...]] = ("keys", "lot", "passport")
"""The kinds of records, in the order of a bundle."""
NO_TAKES: Final = bytes(32).hex()
"""The chain of a lot from which nothing was taken."""
_DOMAIN: Final = "carbon-passport-state/1"

Count = Annotated[int, Field(ge=0, le=canonical.MAX_COUNT)]


class KeyLife(Wire):
    """A key of an organization: from after which entry, until which entry or moment.

    What it signed from entry `untrusted_from` on is not trusted; that is known since entry `distrusted_at`.
    """

    address: Address
    after: Count
    state: Literal["active", "rotated", "revoked"]
    until_entry: Count | None
    until: UtcTime | None
    untrusted_from: Count | None
    distrusted_at: Count | None


class RoleHeld(Wire):
    """A role that an accreditor attested, its first and last civil date; a withdrawal shortens it."""

    attestation: Digest
    role: Code
    first: CivilDate
    last: CivilDate


class KeysRecord(Wire):
    """All keys that an organization ever had, and its roles from accreditors, in log order."""

    kind: Literal["keys"]
    keys: list[KeyLife]
    roles: list[RoleHeld]


class LotRecord(Wire):
    """What became of a lot: what changed it, what is claimed on it, and who took from it.

    `takes` is the chain SHA-256(… SHA-256(SHA-256(0 ‖ first) ‖ second) …) over the digests of all
    statements that took from it, in log order; `count` says how many they are.
    """

    kind: Literal["lot"]
    changes: list[Digest]
    claims: list[Digest]
    count: Count
    takes: Digest


class PassportRecord(Wire):
    """What became of a shipment: its status and the sorted digests of all that is logged about it.

    `totals` is SHA-256(canonical JSON of [salt, what it carries, what is offered and not answered]).
    """

    kind: Literal["passport"]
    status: Literal["open", "received", "refused", "lost", "outside"]
    handlings: list[Digest]
    claims: list[Digest]
    receipt: Digest | None
    adjustments: list[Digest]
    answers: list[Digest]
    totals: Digest


Record: TypeAlias = KeysRecord | LotRecord | PassportRecord
RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


def map_key(log_id: str, subject: Subject) -> bytes:
    """Return the key under which a log's map holds the record of a subject."""
    return hashlib.sha256("\n".join((_DOMAIN, log_id, *subject)).encode()).digest()


def record_bytes(record: Record) -> bytes:
    """Return a record in its one form."""
    return canonical.encode(record.model_dump(), known=True)


def map_value(record: bytes) -> bytes:
    """Return the value that stands for a record in the map."""
    return hashlib.sha256(record).digest()


def keys_record(organization: Organization) -> KeysRecord:
    """Return what the map holds of an organization."""
    keys, roles = map(key_life, organization.keys), map(role_held, organization.roles)
    return KeysRecord(kind="keys", keys=list(keys), roles=list(roles))


def role_held(role: RoleRecord) -> RoleHeld:
    """Return what the map holds of one role."""
    return RoleHeld(attestation=role.attestation, role=role.role, first=role.start, last=role.end)


def key_life(key: KeyRecord) -> KeyLife:
    """Return what the map holds of one key."""
    until = None if key.until is None else key.until.strftime("%Y-%m-%dT%H:%M:%SZ")
    return KeyLife(
        address=key.address,
        after=key.from_position,
        state=key.state,
        until_entry=key.until_position,
        until=until,
        untrusted_from=key.untrusted_from,
        distrusted_at=key.distrusted_at,
    )


def lot_record(lot: Lot, takers: Sequence[str], before: LotRecord | None = None) -> LotRecord:
    """Return what the map holds of a lot, given all its takers, or those since an earlier record."""
    count, takes = (0, NO_TAKES) if before is None else (before.count, before.takes)
    return LotRecord(
        kind="lot",
        changes=list(lot.basis),
        claims=list(lot.claimed),
        count=count + len(takers),
        takes=chain(takers, takes),
    )


def chain(takers: Iterable[str], before: str = NO_TAKES) -> str:
    """Return the chain of digests, in their order."""
    found = bytes.fromhex(before)
    for digest in takers:
        found = hashlib.sha256(found + bytes.fromhex(digest)).digest()
    return found.hex()


def passport_record(shipment: Shipment, offers: Iterable[Offer], salt: str) -> PassportRecord:
    """Return what the map holds of a shipment, given its adjustments and its liability's salt."""
    offers = list(offers)
    return PassportRecord(
        kind="passport",
        status=shipment.status,
        handlings=sorted({one.statement for one in shipment.handlings}),
        claims=sorted({one.statement for one in shipment.claimed}),
        receipt=shipment.answered_by or None,
        adjustments=sorted({offer.cause for offer in offers}),
        answers=sorted({answer for offer in offers for answer in offer.answers}),
        totals=totals_digest(salt, shipment.total, offers),
    )


def totals_digest(salt: str, total: Components, offers: Iterable[Offer]) -> str:
    """Return the digest of what a shipment carries and of what is offered on it, without an answer yet."""
    waiting: dict[int, int] = {}
    for offer in offers:
        waiting = summed(waiting, offer.open)
    totals: list[Any] = [salt, total.wire(), difference_json(waiting)]
    return canonical.digest(totals)
