"""Worlds whose passports can be bundled: every line is a quantity times a factor that has a record.

    world = World()
    story = play(world)
    raw = bundle_bytes(world, story.shipment)

`altered` changes a bundle as somebody could who has only its bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ledger import canonical, signing
from ledger.bundle import build, to_bytes
from ledger.identifiers import lot_id
from ledger.interfaces import Anchor
from ledger.signed import Statement
from ledger.verification import Report
from scripts.vectors.handmade_log import CHAIN_ID, CONTRACT, LIBRARY, burnt, supplied
from tests.builders import Party, World, kg, output


@dataclass(slots=True)
class Keys:
    """The organizations of a story with their keys, so that it can be played twice."""

    grower: bytes = field(default_factory=signing.new_private_key)
    packhouse: bytes = field(default_factory=signing.new_private_key)
    carrier: bytes = field(default_factory=signing.new_private_key)
    port: bytes = field(default_factory=signing.new_private_key)
    importer: bytes = field(default_factory=signing.new_private_key)


@dataclass(slots=True)
class Story:
    """What was played: a world, its parties, a received shipment, one still open and one to outside."""

    world: World
    parties: dict[str, Party]
    shipment: str
    open_shipment: str
    outside: str


def play(world: World, keys: Keys | None = None, litres: int = 480) -> Story:
    """Play a season: corrected harvest, carriage, packing, cold store, sale to an importer and outside."""
    keys = keys or Keys()
    grower = world.register("Grower", "farmer", key=keys.grower)
    packhouse = world.register("Packhouse", "supplier", key=keys.packhouse)
    carrier = world.register("Carrier", "carrier", key=keys.carrier)
    port = world.register("Port", "port", key=keys.port)
    importer = world.register("Importer", "buyer", key=keys.importer)
    outputs = (
        output("lychee", kg(3000), batch="L1"),
        output("lychee", kg(1500)),
        output("culls", kg(500), 0),
    )
    lines = (burnt(litres), supplied(640, "urea-1"), supplied(37, "carton-1"))
    harvest = world.production(grower, outputs, lines=lines)
    world.correct(grower, harvest.digest, drop=(2,), add=(supplied(31, "carton-2"),))
    first = lot_id(harvest.digest, 0)
    sent = world.dispatch(grower, first, kg(2900), to=packhouse, handlers=(carrier,))
    world.handle(carrier, (burnt(40),), shipment=sent, leg="lorry")
    unlisted = world.handle(port, (burnt(3),), shipment=sent)
    bulk = world.receive(packhouse, sent, claims=(unlisted,))
    packs = (output("packed lychee", kg(2850), batch="P1"),)
    packing = world.production(packhouse, packs, lines=(supplied(300, "ice-1"),), inputs=((bulk, kg(2900)),))
    packed = lot_id(packing.digest, 0)
    world.dispose(packhouse, packed, kg(17))
    world.handle(packhouse, (burnt(7),), lot=packed)
    outside = world.dispatch(packhouse, packed, kg(500), to=None)
    world.rotate(packhouse)
    shipment = world.dispatch(packhouse, packed, kg(1000), to=importer, handlers=(carrier, port))
    world.handle(carrier, (burnt(90),), shipment=shipment, leg="ship")
    world.receive(importer, shipment)
    open_shipment = world.dispatch(packhouse, packed, kg(700), to=importer, handlers=(carrier,))
    world.handle(carrier, (burnt(11),), shipment=open_shipment, leg="plane")
    parties = {one.name: one for one in (grower, packhouse, carrier, port, importer)}
    return Story(world, parties, shipment, open_shipment, outside)


class Rebuilt(World):
    """An empty world whose log has the keys and the first entry of another: its operator starts anew."""

    def __init__(self, model: World) -> None:
        self._model = model
        super().__init__()

    def _opening(self, origin: str) -> Statement:
        assert origin == self._model.signer.name
        accreditor = self._model.accreditor
        self.operator, self.signer = self._model.operator, self._model.signer
        self.accreditor = Party(accreditor.name, accreditor.roles, accreditor.key)
        return self._model.opening


def anchor(world: World, size: int | None = None) -> Anchor:
    """Anchor a checkpoint, the newest by default, on a chain that is only pretended."""
    with world.store.read() as view:
        found = view.checkpoint(size)
    assert found is not None
    made = Anchor(
        chain_id=CHAIN_ID,
        contract=CONTRACT,
        log_address=world.operator.address,
        size=found.size,
        root=found.root,
        transaction="0x" + "ab" * 32,
        block=7,
        gas=44_000,
    )
    with world.store.write() as writer:
        writer.keep_anchor(made)
    return made


def bundle_bytes(world: World, passport: str) -> bytes:
    """Return a passport's bundle."""
    with world.store.read() as view:
        return to_bytes(build(view, passport, LIBRARY.get))


def altered(raw: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a bundle after a change to its plain values, again in canonical form."""
    value = json.loads(raw)
    change(value)
    return canonical.encode(value)


def numbers(raw: bytes, kind: str) -> list[int]:
    """Return where in a bundle the statements of a kind are."""
    found = json.loads(raw)["statements"]
    return [n for n, one in enumerate(found) if one["entry"]["envelope"]["kind"] == kind]


@lru_cache(maxsize=1)
def played() -> tuple[Story, bytes]:
    """Return one season that is played once, with its anchored bundle."""
    story = play(World())
    anchor(story.world)
    return story, bundle_bytes(story.world, story.shipment)


def failure(report: Report) -> tuple[int, str]:
    """Return step and reason of the bad verdict."""
    bad = report.failure()
    assert bad is not None, report.verdicts
    return bad.step, bad.reason


def the_chain(_: Anchor) -> Anchor:
    """Return what the chain holds of the played log, whatever is stated."""
    with played()[0].world.store.read() as view:
        return view.anchors()[0]
