"""Bundles whose goods stand on a statement of a kind that isn't known."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

import hashlib
from datetime import timedelta

from ledger import signing
from ledger.bodies import lay_out, read_body
from ledger.components import NOTHING
from ledger.parts import Part, body_digest
from ledger.signed import Draft, Statement, utc_text
from ledger.wire import Envelope
from scripts.vectors.bundle_cases.stories import Story, Vector, envelope_of, signed_again, vector, written
from scripts.vectors.handmade_log import BEGINNING, JUNE, KG, HandmadeLog, Wire, burnt, private_key

HARVEST = 3
"""Where in the bundle the harvest stands: behind the opening, the farm and the seedlings."""


def kept(log: HandmadeLog, name: str, kind: str, values: Wire) -> Statement:
    """Sign and log a statement of any kind from its parts."""
    number = len(log.statements)
    whole = {"/occurred": dict(JUNE), "/ref": f"{number:032x}", **values}
    pieces = tuple(
        Part(salt=hashlib.sha256(f"{kind} {path}".encode()).hexdigest()[:32], path=path, value=value)
        for path, value in whole.items()
    )
    line = f"A line of {kind} that a newer version writes."
    envelope = {
        "v": "1",
        "log": log.log_id,
        "kind": kind,
        "id": f"01980000-0000-7000-8000-{number:012x}",
        "issuer": log.ids[name],
        "signed_at": utc_text(BEGINNING + timedelta(seconds=number)),
        "summary_template": f"{kind}/en",
        "summary_keccak": signing.summary_keccak(line),
        "body_digest": body_digest(pieces),
    }
    body = read_body(kind, pieces, lay_out(kind, pieces))
    made = Draft(Envelope.model_validate(envelope), pieces, body, line).sign(private_key(name))
    log.statements.append(made)
    return made


def newer() -> Story:
    """Play a harvest by `production/2` out of known seedlings, and a shipment of it."""
    log = HandmadeLog()
    log.register("Farm", "farmer")
    seedlings = log.produce("Farm", "seedlings", 1000 * KG, lines=(burnt(12),))
    harvest = kept(log, "Farm", "production/2", {"/inputs/0": {"lot": seedlings.id}, "/season": "2026"})
    lot = log.lot(harvest, "Farm", "lychee", 1000 * KG, NOTHING)
    return Story(log, lot, log.dispatch("Farm", lot, 300 * KG, "outside"))


@vector
def good_unknown_kind() -> Vector:
    story = newer()
    open_ = {"3": "kind-not-known", "7": "not-anchored", "8": "kind-not-known", "9": "no-state-entries"}
    return written(story.bundle(), log_key=story.log.key, unknown=open_)


@vector
def good_unknown_kind_names_what_is_not_there() -> Vector:
    story = newer()
    seedlings = story.log.statements[2].digest
    open_ = {"3": "kind-not-known", "7": "not-anchored", "8": "kind-not-known", "9": "no-state-entries"}
    wire = story.bundle(without=[seedlings])
    return written(wire, log_key=story.log.key, unknown={"2": "kind-not-known", **open_})


@vector
def references_unknown_kind_changed() -> Vector:
    wire = newer().bundle()
    wire["statements"][HARVEST]["parts"][3]["value"] = "2027"
    return written(wire, 2, "body-digest")


@vector
def references_unknown_kind_left_out() -> Vector:
    story = newer()
    return written(story.bundle(without=[story.log.statements[HARVEST].digest]), 2, "missing-reference")


@vector
def references_unknown_kind_as_passport() -> Vector:
    story = newer()
    return written(story.log.bundle(story.log.statements[HARVEST].digest), 2, "passport-kind")


@vector
def signatures_unknown_kind_by_another_key() -> Vector:
    wire = newer().bundle()
    wire["statements"][HARVEST]["entry"]["signature"]["key"] = "0x" + "1" * 40
    return written(wire, 3, "wrong-key")


@vector
def keys_unknown_kind_by_nobodys_key() -> Vector:
    wire = newer().bundle()
    signed_again(wire, HARVEST, "Stranger")
    return written(wire, 4, "unknown-key")


@vector
def form_kind_without_a_version() -> Vector:
    wire = newer().bundle()
    envelope_of(wire, HARVEST)["kind"] = "production"
    return written(wire, 1, "field-form")
