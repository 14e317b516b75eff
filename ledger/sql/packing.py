"""Small values in one column: component vectors as bytes, lists as canonical JSON.

A vector is 10 bytes a component, in slot order: the slot (2 bytes), then the milligrams (8 bytes, with a
sign), both little-endian. One vector has one packed form, so that balances can be compared as bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from itertools import chain
from typing import Any, Final

from ledger import canonical
from ledger.components import NAMES, Components
from ledger.identity import (
    Allowance,
    Countersigned,
    KeyRecord,
    Organization,
    PolicyRecord,
    RoleRecord,
    SignedAgain,
)
from ledger.key_bodies import Delegation, Passkey
from ledger.lots import Handled
from ledger.quantities import MAX_AMOUNT, in_range
from ledger.segments import Change

COMPONENT_BYTES: Final = 10
NONE: Final = b"[]"
"""A list of nothing, packed."""
_FORMS: Final = tuple(struct.Struct("<" + "Hq" * count) for count in range(len(NAMES) + 1))


def pack_vector(amounts: Mapping[int, int]) -> bytes:
    """Pack milligrams by slot, either sign; zeros are left out.

    Raises:
        AmountTooLargeError: an amount is beyond 10^17.
    """
    pairs = sorted([pair for pair in amounts.items() if pair[1]])
    for slot, mg in pairs:
        if not -MAX_AMOUNT <= mg <= MAX_AMOUNT:
            in_range(mg, NAMES[slot])
    return _FORMS[len(pairs)].pack(*chain.from_iterable(pairs))


def unpack_vector(packed: bytes) -> dict[int, int]:
    """Return milligrams by slot.

    Raises:
        ValueError: these bytes are no packed vector.
    """
    count, rest = divmod(len(packed), COMPONENT_BYTES)
    if rest or count > len(NAMES):
        problem = f"a vector of {len(packed)} bytes"
        raise ValueError(problem)
    flat = _FORMS[count].unpack(packed)
    amounts = dict(zip(flat[::2], flat[1::2], strict=True))
    if list(amounts) != sorted(amounts) or len(amounts) != count or 0 in amounts.values():
        problem = "a vector out of order, or with a zero"
        raise ValueError(problem)
    if amounts and max(amounts) >= len(NAMES):
        problem = f"a vector with component {max(amounts)}"
        raise ValueError(problem)
    return amounts


def unpack_components(packed: bytes) -> Components:
    """Return a vector without negative amounts.

    Raises:
        ValueError: these bytes are no such vector.
    """
    amounts = unpack_vector(packed)
    if amounts and min(amounts.values()) < 0:
        problem = "a vector with an amount below 0"
        raise ValueError(problem)
    return Components(amounts)


def pack_organization(organization: Organization) -> bytes:
    """Pack everything about an organization but its id."""
    return canonical.encode(
        {
            "name": organization.name,
            "roles_claimed": list(organization.roles_claimed),
            "registered_at": organization.registered_at,
            "keys": [pack_key(key) for key in organization.keys],
            "roles": [[role.role, role.start, role.end, role.attestation] for role in organization.roles],
            "closed_until": organization.closed_until,
            "trades": organization.trades,
            "policies": [list(astuple(policy)) for policy in organization.policies],
            "countersigned": [[one.statement, one.key] for one in organization.countersigned],
            "allowances": [
                [one.sender, str(one.limit_mg), one.start, one.end, one.position]
                for one in organization.allowances
            ],
            **_rare(organization),
        }
    )


def pack_key(key: KeyRecord) -> dict[str, Any]:
    """Return a key as plain values; what few keys have is left out where it isn't there."""
    return {
        "address": key.address,
        "from": key.from_position,
        "state": key.state,
        "until_position": key.until_position,
        "until": key.until.isoformat() if key.until else None,
        **({"reason": key.reason} if key.reason else {}),
        **({"distrusted": [key.untrusted_from, key.distrusted_at]} if key.distrusted_at is not None else {}),
        **({"passkey": key.passkey.model_dump(mode="json")} if key.passkey is not None else {}),
        **_delegated(key),
    }


def _delegated(key: KeyRecord) -> dict[str, Any]:
    if key.delegation is None:
        return {}
    scope = key.delegation.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {"delegation": [scope, key.used_statements, str(key.used_mg)]}


def _rare(organization: Organization) -> dict[str, Any]:
    again = [[one.statement, one.key, one.position] for one in organization.signed_again]
    return {"signed_again": again} if again else {}


def unpack_organization(identifier: str, packed: bytes) -> Organization:
    """Return an organization.

    Raises:
        ValueError, KeyError, TypeError: these bytes are no packed organization.
    """
    plain = json.loads(packed)
    return Organization(
        id=identifier,
        name=plain["name"],
        roles_claimed=tuple(plain["roles_claimed"]),
        registered_at=plain["registered_at"],
        keys=tuple(_key(key) for key in plain["keys"]),
        roles=tuple(RoleRecord(*role) for role in plain["roles"]),
        closed_until=plain["closed_until"],
        trades=plain["trades"],
        policies=tuple(PolicyRecord(*policy) for policy in plain["policies"]),
        countersigned=tuple(Countersigned(*one) for one in plain["countersigned"]),
        allowances=tuple(
            Allowance(sender, int(limit_mg), *rest) for sender, limit_mg, *rest in plain["allowances"]
        ),
        signed_again=tuple(SignedAgain(*one) for one in plain.get("signed_again", ())),
    )


def _key(plain: dict[str, Any]) -> KeyRecord:
    until = datetime.fromisoformat(plain["until"]) if plain["until"] else None
    untrusted_from, distrusted_at = plain.get("distrusted", (None, None))
    scope, statements, mg = plain.get("delegation", (None, 0, "0"))
    return KeyRecord(
        plain["address"],
        plain["from"],
        plain["state"],
        plain["until_position"],
        until,
        reason=plain.get("reason", ""),
        untrusted_from=untrusted_from,
        distrusted_at=distrusted_at,
        passkey=Passkey.model_validate(plain["passkey"]) if "passkey" in plain else None,
        delegation=None if scope is None else Delegation.model_validate(scope),
        used_statements=statements,
        used_mg=int(mg),
    )


def pack_handled(handlings: tuple[Handled, ...]) -> bytes:
    """Pack handlings in their order."""
    if not handlings:
        return NONE
    rows = [
        [handled.statement, handled.handler, handled.components.wire(), handled.leg, handled.stand_in]
        for handled in handlings
    ]
    return canonical.encode(rows)


def unpack_handled(packed: bytes) -> tuple[Handled, ...]:
    """Return handlings in their order.

    Raises:
        ValueError, KeyError, TypeError, LedgerError: these bytes are no packed handlings.
    """
    return tuple(
        Handled(statement, handler, Components.parse(components), leg, stand_in)
        for statement, handler, components, leg, stand_in in json.loads(packed)
    )


def pack_changes(changes: tuple[Change, ...]) -> bytes:
    """Pack what started a lot's segments, in log order."""
    if not changes:
        return NONE
    return canonical.encode([_change(one) for one in changes])


def _change(one: Change) -> list[Any]:
    expected = [] if one.expected is None else [str(one.expected)]
    return [one.statement, str(one.quantity), one.added.wire(), *expected]


def unpack_changes(packed: bytes) -> tuple[Change, ...]:
    """Return what started a lot's segments.

    Raises:
        ValueError, TypeError, LedgerError: these bytes are no packed changes.
    """
    return tuple(
        Change(statement, int(quantity), Components.parse(added), *map(int, expected))
        for statement, quantity, added, *expected in json.loads(packed)
    )
