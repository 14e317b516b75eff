"""Lots over HTTP: who handles them, and what others claim."""

from __future__ import annotations

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


def test_a_lot_and_its_claims_are_for_its_holder_only(members: Served) -> None:
    _, claimed = stocked(members.world)
    with members.wired.store.read() as view:
        lot = view.lot(claimed)
        assert lot is not None
        known = {one.name: one.id for one in view.organizations(limit=100)}
    assert lot.holder == known["Fruit farm"]
    assert members.client.get(f"/v1/lots/{claimed}").status_code == 404
