"""Bundles that fail at steps 5 to 7: log, checkpoint, anchor."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from typing import Any

from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, NoteSigner
from ledger.log.checkpoint import sign as sign_note
from scripts.vectors.bundle_cases.stories import (
    Vector,
    anchored_later,
    chain_of,
    changed,
    root_of,
    short,
    vector,
    written,
)
from scripts.vectors.handmade_log import (
    CHAIN_ID,
    CONTRACT,
    HandmadeLog,
    Wire,
    address,
)

# 5. Log inclusion.


@vector
def inclusion_proof_of_another_leaf() -> Vector:
    def change(wire: Wire) -> None:
        wire["statements"][3]["proof"] = wire["statements"][1]["proof"]

    return changed(5, "inclusion-proof", change)


@vector
def inclusion_proof_cut() -> Vector:
    return changed(5, "proof-length", lambda wire: wire["statements"][3]["proof"].pop())


@vector
def inclusion_position_beyond_the_log() -> Vector:
    return changed(5, "leaf-index", lambda wire: wire["statements"][3].update(position=99))


@vector
def inclusion_time_changed() -> Vector:
    later = {"at": "2026-07-02T00:00:00Z"}
    return changed(5, "inclusion-proof", lambda wire: wire["statements"][3]["entry"].update(later))


@vector
def inclusion_time_backwards() -> Vector:
    earlier = {"at": "2026-07-01T07:00:00Z"}
    return changed(5, "log-time-order", lambda wire: wire["statements"][3]["entry"].update(earlier))


@vector
def inclusion_opening_not_first() -> Vector:
    def change(wire: Wire) -> None:
        for number, one in enumerate(wire["statements"]):
            one["position"] = number + 1

    return changed(5, "log-start", change)


@vector
def inclusion_reference_to_later_entry() -> Vector:
    story = short()
    log = story.log
    log.statements[2], log.statements[3] = log.statements[3], log.statements[2]
    return written(story.bundle(), 5, "late-reference")


# 6. Checkpoint.


@vector
def checkpoint_by_another_log_key() -> Vector:
    wire = short().bundle()
    other = HandmadeLog("other.example/log").signer.private_key
    text = Checkpoint(wire["checkpoint"][0], 4, root_of(wire))
    note = sign_note(text, NoteSigner(wire["checkpoint"][0], other))
    wire["checkpoint"] = note.removesuffix("\n").split("\n")
    return written(wire, 6, "missing-log-signature")


@vector
def checkpoint_of_another_origin() -> Vector:
    wire = short().bundle()
    signer = HandmadeLog("other.example/log").signer
    note = sign_note(Checkpoint(signer.name, 4, root_of(wire)), signer)
    wire["checkpoint"] = note.removesuffix("\n").split("\n")
    return written(wire, 6, "foreign-checkpoint")


@vector
def checkpoint_signature_of_another_text() -> Vector:
    wire = short().bundle()
    log = HandmadeLog()
    note = sign_note(Checkpoint(log.origin, 9, root_of(wire)), log.signer)
    wire["checkpoint"][-1] = note.removesuffix("\n").split("\n")[-1]
    return written(wire, 6, "log-signature")


@vector
def checkpoint_not_the_trusted_key() -> Vector:
    return written(short().bundle(), 6, "foreign-log-key", log_key=HandmadeLog("other.example/log").key)


@vector
def checkpoint_root_changed() -> Vector:
    other = HandmadeLog.anchor(4, merkle.EMPTY_ROOT)
    text = Checkpoint("vectors.example/log", 4, bytes.fromhex(other["root"])).text()
    return changed(5, "inclusion-proof", lambda wire: wire["checkpoint"].__setitem__(2, text.split("\n")[2]))


# 7. Anchor.


@vector
def anchor_of_another_root() -> Vector:
    return changed(7, "anchor-root", lambda wire: wire["anchor"].update(root="ab" * 32))


@vector
def anchor_of_another_log() -> Vector:
    other = {"log_address": address("Stranger")}
    return changed(7, "foreign-anchor", lambda wire: wire["anchor"].update(other))


@vector
def anchor_that_does_not_continue() -> Vector:
    _, wire = anchored_later()
    wire["anchor"]["root"] = "ab" * 32
    return written(wire, 7, "consistency-proof")


@vector
def anchor_without_its_proof() -> Vector:
    _, wire = anchored_later()
    wire["anchor"]["consistency"] = []
    return written(wire, 7, "proof-length")


def chain_says(reason: str, **differing: Any) -> Vector:
    """Return the vector of a good bundle of which the chain says otherwise."""
    wire = short().bundle(anchored=True)
    return written(wire, 7, reason, chain=chain_of(wire, **differing))


@vector
def anchor_chain_says_other_root() -> Vector:
    return chain_says("anchor-root", root="cd" * 32)


@vector
def anchor_chain_says_other_size() -> Vector:
    return chain_says("anchor-size", size=99)


@vector
def anchor_from_another_chain() -> Vector:
    return chain_says("foreign-anchor", chain_id=CHAIN_ID + 1)


@vector
def anchor_in_another_contract() -> Vector:
    return chain_says("foreign-anchor", contract=CONTRACT.replace("c0", "c1"))
