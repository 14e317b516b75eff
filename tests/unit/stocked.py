"""Goods in stock that others handle: named by the holder, or not."""

from __future__ import annotations

import secrets

from ledger.identifiers import lot_id
from scripts.vectors.handmade_log import burnt
from tests.builders import World, kg, output
from tests.unit.refusals import as_stated, plain


def stocked(world: World) -> tuple[str, str]:
    """Let a store and a carrier handle one lot whose holder names them, and claim on another.

    Return both lots. A third went to a buyer that refused it, so the carrier still handles it.
    """
    farm, buyer = world.register("Fruit farm", "farmer"), world.register("Fruit buyer", "buyer")
    store, carrier = world.register("Cold store", "supplier"), world.register("Reefer carrier", "carrier")
    made = world.production(farm, (output("lychee", kg(10)),), lines=(burnt(100),))
    named = {"ref": secrets.token_hex(16), "handlers": [store.id, carrier.id]}
    again = as_stated(world, farm, "production/1", plain(made) | named)
    world.post(again)
    mine, other = lot_id(again.digest, 0), lot_id(made.digest, 0)
    for party in (store, carrier):
        world.handle(party, (burnt(3),), lot=mine)
        world.handle(party, (burnt(4),), lot=other)
    way = world.dispatch(farm, other, kg(4), to=buyer, handlers=(carrier,))
    world.handle(carrier, (burnt(5),), lot=world.receive(buyer, way, accepted=False))
    return mine, other
