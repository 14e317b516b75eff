"""Statements of kinds that this version doesn't know, as a newer one would sign them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ledger.bodies import lay_out, read_body
from ledger.forms import validated
from ledger.parts import Part, body_digest
from ledger.signed import Draft, Statement, new_id, utc_text
from ledger.signing import summary_keccak
from ledger.wire import Envelope
from tests.builders import JUNE, Party, World


def parts_of(values: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return parts by their paths, each with a fresh salt."""
    return tuple(Part(salt=secrets.token_hex(16), path=path, value=value) for path, value in values.items())


def unknown(
    world: World, party: Party, kind: str, values: Mapping[str, Any], *, key: bytes | None = None
) -> Statement:
    """Sign a statement of any kind from its parts; period and reference are added."""
    pieces = parts_of({"/occurred": JUNE, "/ref": secrets.token_hex(16), **values})
    line = f"A line of {kind} that only a newer version can write."
    envelope = validated(
        Envelope,
        {
            "v": "1",
            "log": world.log_id,
            "kind": kind,
            "id": new_id(),
            "issuer": party.id,
            "signed_at": utc_text(world.clock.time),
            "summary_template": f"{kind}/en",
            "summary_keccak": summary_keccak(line),
            "body_digest": body_digest(pieces),
        },
    )
    body = read_body(kind, pieces, lay_out(kind, pieces))
    return Draft(envelope, pieces, body, line).sign(key or party.key)
