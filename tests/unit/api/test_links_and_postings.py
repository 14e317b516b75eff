"""The link of a passport, and what moved in and out of a lot: for whom they are, and what they say."""

from __future__ import annotations

from ledger.components import Components
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import kg
from tests.served import Served, refused


def test_a_passports_link_opens_it_for_whoever_has_it_and_is_given_to_its_parties_only(
    members: Served,
) -> None:
    world = members.world
    farm, packhouse, stranger = (world.register(f"Example {n}", "supplier") for n in range(3))
    lot = world.produce(farm, "荔枝", kg(4000), lines=(burnt(8),))
    shipment = world.dispatch(farm, lot, kg(1000), to=packhouse)
    path = f"/v1/passports/{shipment}/link"
    assert refused(members.client.get(path)) == (404, "not-visible")
    assert refused(members.client.get(path, headers=members.as_viewer(stranger))) == (404, "not-visible")
    for party in (farm, packhouse):
        address = members.client.get(path, headers=members.as_viewer(party)).json()["address"]
        secret = address.partition("s=")[2].partition("&")[0]
        assert members.client.get(f"/v1/passports/{shipment}?s={secret}").status_code == 200


def test_a_lots_postings_add_up_to_what_it_holds_and_are_for_its_holder(members: Served) -> None:
    world = members.world
    farm = world.register("Example Farm", "farmer")
    lot = world.produce(farm, "荔枝", kg(4000), lines=(burnt(8), supplied(4, "U-1")))
    world.dispose(farm, lot, kg(1000))
    world.dispatch(farm, lot, kg(500), to=None)
    path = f"/v1/lots/{lot}/postings"
    assert refused(members.client.get(path)) == (404, "not-visible")
    assert refused(members.client.get(f"/v1/lots/{'ab' * 32}.0/postings")) == (404, "not-visible")
    found = members.client.get(path, headers=members.as_viewer(farm)).json()
    assert found["lot"] == lot
    postings = found["postings"]
    assert [one["quantity"] for one in postings] == [None, str(kg(1000)), str(kg(500))]
    assert [one["account"]["kind"] for one in postings] == [
        "goods_in_process",
        "waste_sink",
        "outside_handed_on",
    ]
    names = {name for one in postings for name in one["components"]}
    left = {name: sum(int(one["components"].get(name, "0")) for one in postings) for name in names}
    shown = members.client.get(f"/v1/lots/{lot}", headers=members.as_viewer(farm)).json()
    assert {name: str(mg) for name, mg in left.items()} == shown["liability"]
    assert postings[-1]["gross_mg_after"] == str(Components.parse(shown["liability"]).gross_mg())
