"""How a shipment was shared is kept alike in every store, and an audit makes it again."""

from __future__ import annotations

from ledger.audit import audit
from ledger.identifiers import lot_id
from ledger.in_memory import InMemoryStore
from tests.builders import World, kg, own, take
from tests.contract_of.conftest import Store


def test_a_shipment_is_kept_with_its_terms_and_what_became_of_it(store: Store) -> None:
    world = World(store)
    maker, buyer = world.register("Maker", "supplier"), world.register("Buyer", "buyer")
    lot = world.produce(maker, "tea", kg(10), lines=(own(1001),))
    body = {"take": take(lot, kg(10)), "consignee": buyer.id, "terms": {"incoterm": "CIP"}}
    shipment = world.state(maker, "dispatch/1", body).digest
    quantities = {"accepted": str(kg(5)), "returned": str(kg(3)), "lost": str(kg(2))}
    wish = {"takes_over": {"shipment": shipment}, "quantities": quantities}
    made = world.state(buyer, "receipt/1", wish)
    world.correct(maker, lot.partition(".")[0], add=(own(11),))
    with store.read() as view:
        found = view.shipment(shipment)
        assert found is not None
        assert (found.incoterm, found.accepted, found.returned, found.lost) == ("CIP", kg(5), kg(3), kg(2))
        assert [part.name for part in found.parts()] == ["accepted", "returned", "lost"]
        held = [view.lot(lot_id(made.digest, number)) for number in (0, 1)]
        assert [one.holder for one in held if one] == [buyer.id, maker.id]
        assert view.balance(found.parts()[2].account) == {slot: 201 for slot, _ in found.total.items()}
        assert audit(view, InMemoryStore(), None).findings == []
