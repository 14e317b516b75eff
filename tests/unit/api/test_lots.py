"""Lots over HTTP: who handles them, and what others claim."""

from __future__ import annotations

from scripts.vectors.handmade_log import burnt
from tests.builders import kg
from tests.served import Served
from tests.unit.stocked import stocked

LITRE_MG = 2_500_000


def test_a_lot_shows_who_claims_to_have_handled_it_without_being_named(here: Served) -> None:
    named, claimed = stocked(here.world)
    lot = here.client.get(f"/v1/lots/{named}").json()
    assert (len(lot["handlers"]), lot["claims"], lot["gross_mg"]) == (2, [], str(106 * LITRE_MG))
    lot = here.client.get(f"/v1/lots/{claimed}").json()
    assert (lot["handlers"], lot["gross_mg"]) == ([], str(60 * LITRE_MG))
    assert lot["claimed"] == [claim["statement"] for claim in lot["claims"]]
    for claim in lot["claims"]:
        signed = here.world.logged(claim["statement"]).statement
        assert claim == {
            "statement": signed.digest,
            "handler": signed.issuer,
            "components": {"fossil.calculated": str(4 * LITRE_MG)},
            "gross_mg": str(4 * LITRE_MG),
            "taken_over": False,
        }
    assert len(lot["claims"]) == 2


def test_a_claim_shows_what_its_corrections_made_of_it(here: Served) -> None:
    world = here.world
    farm, store = world.register("Fig farm", "farmer"), world.register("Fig store", "supplier")
    lot = world.produce(farm, "figs", kg(10), lines=(burnt(100),))
    claim = world.handle(store, (burnt(40), burnt(5)), lot=lot)
    world.correct(store, claim.digest, drop=(0,), add=(burnt(7), burnt(2)))
    (shown,) = here.client.get(f"/v1/lots/{lot}").json()["claims"]
    assert (shown["components"], shown["gross_mg"]) == (
        {"fossil.calculated": str(14 * LITRE_MG)},
        str(14 * LITRE_MG),
    )
    answer = {"answer": {"cause": claim.digest, "target": claim.digest, "outcome": "accepted"}}
    world.state(farm, "acceptance/1", answer)
    assert here.client.get(f"/v1/lots/{lot}").json()["gross_mg"] == str(114 * LITRE_MG)


def test_a_lot_and_its_claims_are_for_its_holder_only(members: Served) -> None:
    _, claimed = stocked(members.world)
    with members.wired.store.read() as view:
        lot = view.lot(claimed)
        assert lot is not None
        known = {one.name: one.id for one in view.organizations(limit=100)}
    assert lot.holder == known["Fruit farm"]
    assert members.client.get(f"/v1/lots/{claimed}").status_code == 404
