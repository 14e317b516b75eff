"""Bundles with the log's own state: nothing left out, and each way to leave something out.

Records and map are made here by their definition, not by the ledger's pages.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from ledger import canonical
from ledger.components import Components
from ledger.log import merkle
from ledger.signed import Statement, entry_bytes, utc_text
from scripts.vectors.bundle_cases.stories import Vector, vector, written
from scripts.vectors.handmade_log import (
    BEGINNING,
    KG,
    HandmadeLog,
    Shipped,
    Wire,
    address,
    burnt,
    inclusion,
    supplied,
    total,
)
from scripts.vectors.state_vectors import part, proof

NOTHING: dict[str, Wire] = {"increase": {}, "decrease": {}}
UNKNOWN = {"6": "log-key-not-given", "7": "not-anchored"}


@dataclass(slots=True)
class Told:
    """A shipment that a shop received, another sale of the same lot, and what the log holds of all that."""

    log: HandmadeLog
    shipped: Shipped
    other: Shipped
    records: dict[tuple[str, str], Wire]


def told(*, late: bool = False, twice: bool = False) -> Told:
    """Play the story: with a handling after the receipt, or with the other sale of the same goods."""
    log = HandmadeLog()
    for name, role in (("Farm", "farmer"), ("Carrier", "carrier"), ("Shop", "buyer")):
        log.register(name, role)
    attestation = log.attest("Carrier", "carrier").digest
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480), supplied(640, "urea-1")))
    shipped = log.dispatch("Farm", harvest, 300 * KG, "Shop", handlers=("Carrier",))
    handling = log.handle("Carrier", (burnt(9),), {"shipment": shipped.id}, "lorry")
    receipt = log.receive(shipped, [handling]).id.partition(".")[0]
    other = log.dispatch("Farm", harvest if twice else shipped.lot, 100 * KG, "outside")
    adjusts = [log.handle("Carrier", (burnt(1),), {"shipment": shipped.id}, "waiting").digest] if late else []
    carried = Components.total_of((shipped.carried, total((burnt(9),))))
    records = {
        **{("keys", log.ids[name]): keys(name, number) for number, name in enumerate(log.ids)},
        ("lot", harvest.id): lot(shipped.id, other.id),
        ("passport", shipped.id): {
            "kind": "passport",
            "status": "received",
            "handlings": [handling.digest],
            "claims": [],
            "receipt": receipt,
            "adjustments": adjusts,
            "answers": [],
            "totals": canonical.digest([salt_of(log, shipped.id), carried.wire(), NOTHING]),
        },
    }
    held = {"attestation": attestation, "role": "carrier", "first": "2026-01-01", "last": "2026-12-31"}
    records["keys", log.ids["Carrier"]]["roles"].append(held)
    return Told(log, shipped, other, records)


def keys(name: str, registered: int) -> Wire:
    """Return the record of an organization with one key, the number of its registration before it."""
    never = dict.fromkeys(("until_entry", "until", "untrusted_from", "distrusted_at"))
    life = {"address": address(name), "after": registered, "state": "active", **never}
    return {"kind": "keys", "keys": [life], "roles": []}


def lot(*takers: str) -> Wire:
    """Return the record of a lot that was never changed."""
    chain = bytes(32)
    for digest in takers:
        chain = hashlib.sha256(chain + bytes.fromhex(digest)).digest()
    return {"kind": "lot", "changes": [], "claims": [], "count": len(takers), "takes": chain.hex()}


def salt_of(log: HandmadeLog, digest: str, path: str = "/liability") -> str:
    """Return the salt of a statement's part."""
    (statement,) = (one for one in log.statements if one.digest == digest)
    return next(part.salt for part in statement.parts if part.path == path)


def key_of(log: HandmadeLog, kind: str, identifier: str) -> str:
    """Return the key under which the log's map holds a record."""
    return hashlib.sha256(f"carbon-passport-state/1\n{log.log_id}\n{kind}\n{identifier}".encode()).hexdigest()


def interval(statement: Statement) -> Wire:
    """Return a statement by the interval that it took alone."""
    plain = statement.wire()
    shown = [one for one in plain["parts"] if one["path"] == "/take"]
    hidden = [canonical.digest([one["salt"], one["path"], one["value"]]) for one in plain["parts"]]
    taken = canonical.digest([shown[0]["salt"], "/take", shown[0]["value"]])
    rest = sorted(digest for digest in hidden if digest != taken)
    return {"envelope": plain["envelope"], "signature": plain["signature"], "parts": shown, "hidden": rest}


def bundle(story: Told, *, signer: str = "Operator", root: str | None = None) -> Wire:
    """Let the log state what it holds, and return the bundle of the received shipment with all that."""
    log, size = story.log, len(story.log.statements)
    leaves = {key_of(log, *subject): canonical.digest(one) for subject, one in story.records.items()}
    stated = {"map": "state-map/1", "size": str(size), "root": root or part(leaves, "")}
    entry = log.state(signer, "state/1", stated)
    wire = log.bundle(story.shipped.id, without=[story.other.id, entry.digest])
    hashes = [
        merkle.leaf_hash(entry_bytes(one, utc_text(BEGINNING.replace(second=number))))
        for number, one in enumerate(log.statements)
    ]
    at = utc_text(BEGINNING.replace(second=size))
    envelope = {"envelope": entry.wire()["envelope"], "signature": entry.wire()["signature"]}
    bundled = {
        "position": size,
        "entry": {"v": "1", "at": at, **envelope},
        "parts": entry.wire()["parts"],
        "proof": [one.hex() for one in inclusion(hashes, size)],
    }
    (other,) = (one for one in log.statements if one.digest == story.other.id)
    takers = [story.shipped.id, story.other.id]
    records = [shown(story, leaves, *subject, takers=takers) for subject in sorted(story.records)]
    wire["state"] = {"entry": bundled, "records": records, "others": [interval(other)]}
    return wire


def shown(story: Told, leaves: dict[str, str], kind: str, identifier: str, takers: list[str]) -> Wire:
    """Return a record with its proof."""
    found = proof(leaves, key_of(story.log, kind, identifier))
    record: Any = story.records[kind, identifier]
    return {
        "subject": kind,
        "id": identifier,
        "record": record,
        "other": None,
        "siblings": found["siblings"],
        "takers": takers if kind == "lot" else None,
    }


@vector
def good_state() -> Vector:
    """Show that nothing was left out, no key revoked, and nothing handed on twice."""
    return written(bundle(told()), unknown=UNKNOWN)


@vector
def good_state_with_an_interval_hidden() -> Vector:
    """Leave open whether somebody else took the same goods."""
    wire = bundle(told())
    wire["state"]["others"] = []
    return written(wire, unknown={**UNKNOWN, "9": "takes-not-shown"})


@vector
def left_out_late_handling() -> Vector:
    """Hide what was added after the receipt."""
    story = told(late=True)
    wire = bundle(story)
    wire["statements"].pop()
    return written(wire, 9, "withheld-statement")


@vector
def left_out_second_hand_over() -> Vector:
    """Hand the same goods on twice."""
    return written(bundle(told(twice=True)), 9, "lot-handed-on-twice")


@vector
def left_out_taker() -> Vector:
    """List one taker less than the log counts."""
    wire = bundle(told())
    next(one for one in wire["state"]["records"] if one["subject"] == "lot")["takers"].pop()
    wire["state"]["others"] = []
    return written(wire, 9, "taker-list")


@vector
def state_said_absent() -> Vector:
    """Claim that the log doesn't hold the shipment."""
    wire = bundle(told())
    wire["state"]["records"][-1]["record"] = None
    return written(wire, 9, "map-proof")


@vector
def state_of_another_root() -> Vector:
    """Sign another root than the records have."""
    return written(bundle(told(), root="11" * 32), 9, "map-proof")


@vector
def state_by_the_farm() -> Vector:
    """Let somebody else than the log state what it holds."""
    return written(bundle(told(), signer="Farm"), 9, "state-signer")


@vector
def state_without_a_record() -> Vector:
    """Leave the state of the last subject out."""
    wire = bundle(told())
    wire["state"]["records"].pop()
    return written(wire, 9, "state-records")
