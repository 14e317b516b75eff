"""Bundles that fail at steps 2 to 4: references, signatures, keys."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from collections.abc import Callable

from ledger import canonical, signing
from ledger.lots import Lot
from ledger.parts import Part, body_digest
from ledger.possession import prove_possession
from ledger.signed import Draft
from scripts.vectors.bundle_cases.stories import (
    Vector,
    carried,
    changed,
    envelope_of,
    short,
    signed_again,
    vector,
    written,
)
from scripts.vectors.handmade_log import (
    DIESEL_AR6,
    KG,
    HandmadeLog,
    Wire,
    address,
    burnt,
    private_key,
)

# 2. Parts and references.


@vector
def references_part_changed() -> Vector:
    part = {"value": "other"}
    return changed(2, "body-digest", lambda wire: wire["statements"][1]["parts"][3].update(part))


@vector
def references_salt_changed() -> Vector:
    salt = {"salt": "0" * 32}
    return changed(2, "body-digest", lambda wire: wire["statements"][2]["parts"][0].update(salt))


@vector
def references_part_dropped() -> Vector:
    return changed(2, "body-digest", lambda wire: wire["statements"][2]["parts"].pop())


@vector
def references_part_in_a_second_form() -> Vector:
    story = short()
    last = story.log.statements[-1]
    pieces = (*last.parts, Part(salt="f" * 32, path="/note", value=None))
    envelope = last.envelope.model_copy(update={"body_digest": body_digest(pieces)})
    story.log.statements[-1] = Draft(envelope, pieces, last.body, "").sign(private_key("Farm"))
    return written(story.log.bundle(story.log.statements[-1].digest), 2, "part-form")


@vector
def references_production_dropped() -> Vector:
    return changed(2, "missing-reference", lambda wire: wire["statements"].pop(2))


@vector
def references_passport_dropped() -> Vector:
    return changed(2, "missing-reference", lambda wire: wire["statements"].pop(3))


@vector
def references_receipt_names_dropped_handling() -> Vector:
    story, handling = carried()
    return written(story.bundle(without=[handling.digest]), 2, "missing-reference")


@vector
def references_statement_added() -> Vector:
    story = short()
    story.log.register("Stranger", "buyer")
    return written(story.bundle(), 2, "unreferenced-statement")


@vector
def references_other_production_added() -> Vector:
    story = short()
    story.log.produce("Farm", "longan", 1 * KG, lines=(burnt(1),))
    return written(story.bundle(), 2, "unreferenced-statement")


@vector
def references_statement_twice() -> Vector:
    def change(wire: Wire) -> None:
        wire["statements"].append({**wire["statements"][3], "position": 4})

    return changed(2, "repeated-statement", change)


@vector
def references_not_a_passport() -> Vector:
    story = short()
    return written(story.log.bundle(story.log.statements[2].digest), 2, "passport-kind")


@vector
def references_opening_dropped() -> Vector:
    return changed(2, "missing-log-opening", lambda wire: wire["statements"].pop(0))


@vector
def references_factor_dropped() -> Vector:
    return changed(2, "missing-factor", lambda wire: wire["factors"].pop())


@vector
def references_factor_changed() -> Vector:
    def change(wire: Wire) -> None:
        wire["factors"][0]["value"] = "0.1"
        wire["factors"].sort(key=canonical.digest)

    return changed(2, "missing-factor", change)


@vector
def references_factor_added() -> Vector:
    def change(wire: Wire) -> None:
        wire["factors"] = sorted([*wire["factors"], DIESEL_AR6.record()], key=canonical.digest)

    return changed(2, "unreferenced-factor", change)


# 3. Signatures and summaries.


@vector
def signatures_of_another_statement() -> Vector:
    def change(wire: Wire) -> None:
        wire["statements"][3]["entry"]["signature"] = wire["statements"][2]["entry"]["signature"]

    return changed(3, "wrong-key", change)


@vector
def signatures_high_s() -> Vector:
    def change(wire: Wire) -> None:
        signature = wire["statements"][3]["entry"]["signature"]
        value = bytes.fromhex(signature["value"][2:])
        s = signing.ORDER - int.from_bytes(value[32:64])
        v = 55 - value[64]
        signature["value"] = "0x" + (value[:32] + s.to_bytes(32) + bytes([v])).hex()

    return changed(3, "high-s", change)


@vector
def signatures_recovery_number() -> Vector:
    def change(wire: Wire) -> None:
        signature = wire["statements"][3]["entry"]["signature"]
        signature["value"] = signature["value"][:-2] + "01"

    return changed(3, "signature-v", change)


@vector
def signatures_impossible() -> Vector:
    def change(wire: Wire) -> None:
        wire["statements"][3]["entry"]["signature"]["value"] = "0x" + "00" * 64 + "1b"

    return changed(3, "unrecoverable-signature", change)


def passport_changed(step: int, reason: str, **fields: str) -> Vector:
    """Return the vector of a passport whose envelope was changed and signed again by its issuer."""
    wire = short().bundle()
    envelope_of(wire, 3).update(fields)
    signed_again(wire, 3)
    wire["passport"] = canonical.digest(envelope_of(wire, 3))
    return written(wire, step, reason)


@vector
def signatures_summary_changed() -> Vector:
    return passport_changed(3, "changed-summary", summary_keccak=signing.summary_keccak("Hand on nothing"))


@vector
def signatures_summary_of_another_kind() -> Vector:
    return passport_changed(3, "summary-template", summary_template="receipt/1/en")


@vector
def signatures_for_another_log() -> Vector:
    return written(short(log="ab" * 32).bundle(), 3, "foreign-log")


@vector
def signatures_opening_by_a_stranger() -> Vector:
    return changed(3, "not-a-log-opening", lambda wire: signed_again(wire, 0, "Stranger"))


# 4. Keys and roles.


@vector
def keys_signed_by_a_stranger() -> Vector:
    return written(short(signer="Stranger").bundle(), 4, "unknown-key")


@vector
def keys_signed_again_by_a_stranger() -> Vector:
    return changed(4, "unknown-key", lambda wire: signed_again(wire, 3, "Stranger"))


@vector
def keys_registration_dropped() -> Vector:
    return changed(4, "unknown-organization", lambda wire: wire["statements"].pop(1))


def key_change(
    action: str, prover: str = "New key of Farm", **more: str
) -> Callable[[HandmadeLog, Lot], Lot]:
    """Return a key statement of the farm between harvest and dispatch; `prover` agrees to it, if any."""

    def between(log: HandmadeLog, harvest: Lot) -> Lot:
        new = {"action": "add", "address": address("New key of Farm")}
        if prover:
            new["proof"] = prove_possession(log.log_id, log.ids["Farm"], private_key(prover))
        if action == "rotate":
            new = {**new, "action": "rotate", "replaces": address("Farm"), **more}
            log.state("Farm", "key/1", {"key": new})
        else:
            log.state("Farm", "key/1", {"key": new})
            log.state("Farm", "key/1", {"key": {"action": "revoke", "address": address("Farm")}})
        return harvest

    return between


@vector
def keys_revoked() -> Vector:
    return written(short(between=key_change("revoke")).bundle(), 4, "revoked-key")


@vector
def keys_rotated_out() -> Vector:
    return written(short(between=key_change("rotate", grace_days="0")).bundle(), 4, "rotated-key")


@vector
def keys_new_key_without_its_proof() -> Vector:
    return written(short(between=key_change("rotate", prover="")).bundle(), 4, "key-change")


@vector
def keys_new_key_proved_by_another() -> Vector:
    return written(short(between=key_change("rotate", prover="Farm")).bundle(), 4, "key-proof")


@vector
def keys_new_key_statement_dropped() -> Vector:
    story = short(between=key_change("rotate"), signer="New key of Farm")
    return written(story.bundle(without=[story.log.statements[3].digest]), 4, "unknown-key")


@vector
def keys_roles_by_no_accreditor() -> Vector:
    log = HandmadeLog()
    log.register("Farm", "farmer")
    body = {"subject": log.ids["Farm"], "roles": ["port"]}
    log.state("Farm", "attestation/1", {**body, "validity": {"from": "2026-01-01", "to": "2026-12-31"}})
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480),))
    return written(log.bundle(log.dispatch("Farm", harvest, 1 * KG, "outside").id), 4, "not-accreditor")


@vector
def keys_positions_swapped() -> Vector:
    def change(wire: Wire) -> None:
        first, second = wire["statements"][1:3]
        first["position"], second["position"] = 2, 1
        first["proof"], second["proof"] = second["proof"], first["proof"]
        wire["statements"][1:3] = [second, first]

    return changed(4, "unknown-organization", change)
