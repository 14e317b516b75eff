"""What the vectors of bundles are made from: two short stories, and ways to change what they give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ledger import canonical, signing
from ledger.components import Components
from ledger.log import merkle
from ledger.lots import Lot
from ledger.signed import Statement
from scripts.vectors.handmade_log import KG, HandmadeLog, Shipped, Wire, burnt, private_key, supplied

OPEN: Final = {"8": "good-for-handlings-shown", "9": "no-state-entries"}


@dataclass(slots=True)
class Vector:
    """A bundle's bytes, what the verifier is told, and what it must say."""

    raw: bytes
    step: int | None = None
    reason: str | None = None
    log_key: str | None = None
    chain: Wire | None = None
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Story:
    """A farm, its harvest, and a shipment of 300 of 1,000 kg to somebody outside."""

    log: HandmadeLog
    harvest: Lot
    shipped: Shipped

    def bundle(self, **more: Any) -> Wire:
        """Return the passport's bundle."""
        return self.log.bundle(self.shipped.id, **more)


VECTORS: Final[dict[str, Callable[[], Vector]]] = {}


def vector(make: Callable[[], Vector]) -> Callable[[], Vector]:
    """Add a vector under the function's name."""
    VECTORS[make.__name__.replace("_", "-")] = make
    return make


def short(**changes: Any) -> Story:
    """Play the short story, with changes to the bodies of production and dispatch."""
    log = HandmadeLog()
    log.register("Farm", "farmer")
    lines = changes.get("lines") or (burnt(480), supplied(640, "urea-1"))
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=lines, change=changes.get("production"))
    if "between" in changes:
        harvest = changes["between"](log, harvest)
    more = {name: changes[name] for name in ("signer", "log") if name in changes}
    shipped = log.dispatch("Farm", harvest, 300 * KG, "outside", change=changes.get("dispatch"), **more)
    return Story(log, harvest, shipped)


def carried(*, attested: bool = True, receipt: Any = None) -> tuple[Story, Statement]:
    """Play the story with a carrier, and a shop that accepts the shipment; return the handling too."""
    log = HandmadeLog()
    log.register("Farm", "farmer")
    log.register("Carrier", "carrier")
    log.register("Shop", "buyer")
    if attested:
        log.attest("Carrier", "carrier")
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480), supplied(640, "urea-1")))
    shipped = log.dispatch("Farm", harvest, 300 * KG, "Shop", handlers=("Carrier",))
    handling = log.handle("Carrier", (burnt(9),), {"shipment": shipped.id}, "lorry")
    log.receive(shipped, [handling], receipt)
    return Story(log, harvest, shipped), handling


def written(wire: Wire, step: int | None = None, reason: str | None = None, **more: Any) -> Vector:
    """Return the vector of a bundle in canonical form."""
    return Vector(canonical.encode(wire), step, reason, **more)


def changed(step: int, reason: str, change: Callable[[Wire], object], **more: Any) -> Vector:
    """Return the vector of the short story's bundle after a change to its plain values."""
    wire = short().bundle(anchored=True)
    change(wire)
    return written(wire, step, reason, **more)


def envelope_of(wire: Wire, number: int) -> Wire:
    """Return the envelope of a bundled statement."""
    found: Wire = wire["statements"][number]["entry"]["envelope"]
    return found


def signed_again(wire: Wire, number: int, name: str = "Farm") -> None:
    """Sign a bundled statement again, after a change."""
    entry = wire["statements"][number]["entry"]
    entry["signature"] = dict(signing.sign(entry["envelope"], private_key(name)))


def cold_store(log: HandmadeLog, harvest: Lot) -> Lot:
    """Let others take 100 kg before a handling of the lot, and 50 kg after it."""
    left = replace(harvest, taken=100 * KG)
    handling = log.handle("Farm", (burnt(3),), {"lot": harvest.id})
    after = left.changed(handling.digest, Components.of("fossil.calculated", 7_500_000))
    return replace(after, taken=50 * KG)


def anchored_later() -> tuple[Story, Wire]:
    """Return a bundle whose anchor is of a larger log, with the proof that it only grew."""
    story = short()
    wire = story.bundle()
    leaves = [merkle.leaf_hash(canonical.encode(one["entry"])) for one in wire["statements"]]
    old = len(leaves)
    leaves += [merkle.leaf_hash(b"a later entry"), merkle.leaf_hash(b"another")]

    def node(level: int, index: int) -> bytes:
        return merkle.root_of(leaves[index << level : (index + 1) << level])

    wire["anchor"] = HandmadeLog.anchor(len(leaves), merkle.root_of(leaves))
    wire["anchor"]["consistency"] = [one.hex() for one in merkle.consistency_proof(old, len(leaves), node)]
    return story, wire


def chain_of(wire: Wire, **differing: Any) -> Wire:
    """Return what a chain says of a bundle's anchor."""
    names = ("chain_id", "contract", "log_address", "size", "root", "transaction", "block")
    return {**{name: wire["anchor"][name] for name in names}, **differing}


def root_of(wire: Wire) -> bytes:
    """Return the root over a bundle that holds the whole log."""
    return merkle.root_of(merkle.leaf_hash(canonical.encode(one["entry"])) for one in wire["statements"])
