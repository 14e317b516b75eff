"""Bundles that verify, and those that fail at step 1: form."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from typing import Any

from ledger import canonical
from scripts.vectors.bundle_cases.stories import (
    OPEN,
    Vector,
    anchored_later,
    carried,
    chain_of,
    changed,
    cold_store,
    envelope_of,
    short,
    vector,
    written,
)
from scripts.vectors.handmade_log import LEAK, burnt

# What verifies.


@vector
def good_received() -> Vector:
    story, _ = carried()
    wire = story.bundle(anchored=True)
    told: dict[str, Any] = {"log_key": story.log.key, "chain": chain_of(wire)}
    return written(wire, unknown={"9": "no-state-entries"}, **told)


@vector
def good_open() -> Vector:
    unknown = {"6": "log-key-not-given", "7": "not-anchored", **OPEN}
    return written(short().bundle(), unknown=unknown)


@vector
def good_role_not_accredited() -> Vector:
    story, _ = carried(attested=False)
    unknown = {"4": "role-not-accredited", "7": "not-anchored", "9": "no-state-entries"}
    return written(story.bundle(), log_key=story.log.key, unknown=unknown)


@vector
def good_chain_not_asked() -> Vector:
    story = short()
    unknown = {"7": "chain-not-asked", **OPEN}
    return written(story.bundle(anchored=True), log_key=story.log.key, unknown=unknown)


@vector
def good_chain_away() -> Vector:
    story = short()
    told: dict[str, Any] = {"log_key": story.log.key, "chain": {"away": True}}
    return written(story.bundle(anchored=True), unknown={"7": "chain-unreachable", **OPEN}, **told)


@vector
def good_anchored_later() -> Vector:
    story, wire = anchored_later()
    return written(wire, log_key=story.log.key, chain=chain_of(wire), unknown=OPEN)


@vector
def good_two_takes_and_a_cold_store() -> Vector:
    story = short(between=cold_store)
    return written(story.bundle(), log_key=story.log.key, unknown={"7": "not-anchored", **OPEN})


@vector
def good_restated_not_computed() -> Vector:
    story = short(lines=(burnt(480, LEAK),))
    unknown = {"7": "not-anchored", **OPEN, "8": "restated-not-computed"}
    return written(story.bundle(), log_key=story.log.key, unknown=unknown)


# 1. Form.


@vector
def form_truncated() -> Vector:
    return Vector(canonical.encode(short().bundle())[:-100], 1, "json-syntax")


@vector
def form_bit_flipped() -> Vector:
    raw = bytearray(canonical.encode(short().bundle()))
    raw[0] ^= 1
    return Vector(bytes(raw), 1, "json-syntax")


@vector
def form_empty() -> Vector:
    return Vector(b"", 1, "json-syntax")


@vector
def form_not_utf8() -> Vector:
    return Vector(
        canonical.encode(short().bundle()).replace(b"lychee", b"lych\xff\xfe", 1), 1, "invalid-utf8"
    )


@vector
def form_not_canonical() -> Vector:
    return Vector(canonical.encode(short().bundle()) + b"\n", 1, "not-canonical")


@vector
def form_key_twice() -> Vector:
    raw = canonical.encode(short().bundle()).replace(b'{"anchor":null', b'{"anchor":null,"anchor":null', 1)
    return Vector(raw, 1, "duplicate-key")


@vector
def form_other_format() -> Vector:
    return changed(1, "bundle-format", lambda wire: wire.update(format="carbon-passport-bundle/2"))


@vector
def form_no_object() -> Vector:
    return Vector(b"[]", 1, "bundle-format")


@vector
def form_unknown_field() -> Vector:
    return changed(1, "unknown-field", lambda wire: wire["statements"][0].update(comment="x"))


@vector
def form_missing_field() -> Vector:
    return changed(1, "missing-field", lambda wire: wire["statements"][0].pop("proof"))


@vector
def form_field_out_of_form() -> Vector:
    return changed(1, "field-form", lambda wire: envelope_of(wire, 0).update(body_digest="Z" * 64))


@vector
def form_impossible_time() -> Vector:
    change = {"at": "2026-13-01T00:00:00Z"}
    return changed(1, "field-form", lambda wire: wire["statements"][0]["entry"].update(change))


@vector
def form_too_deep() -> Vector:
    deep: Any = "x"
    for _ in range(16):
        deep = [deep]
    return changed(1, "json-too-deep", lambda wire: wire["statements"][0]["parts"][0].update(value=deep))


@vector
def form_fraction() -> Vector:
    raw = canonical.encode(short().bundle()).replace(b'"position":0', b'"position":0.5', 1)
    return Vector(raw, 1, "fractional-number")


@vector
def form_bidi_character() -> Vector:
    raw = canonical.encode(short().bundle()).replace(b"lychee", "lych\u202eee".encode())
    return Vector(raw, 1, "bidi-character")


@vector
def form_out_of_order() -> Vector:
    return changed(1, "bundle-order", lambda wire: wire["statements"].reverse())


@vector
def form_factor_with_needless_field() -> Vector:
    return changed(1, "factor-record", lambda wire: wire["factors"][0].update(sector=None))


@vector
def form_checkpoint_cut() -> Vector:
    return changed(1, "note-shape", lambda wire: wire["checkpoint"].pop(1))
