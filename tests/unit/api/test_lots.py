"""Lots over HTTP: who handles them, and what others claim."""

from __future__ import annotations

from tests.served import Served
from tests.unit.stocked import stocked


def test_a_lot_shows_who_claims_to_have_handled_it_without_being_named(here: Served) -> None:
    named, claimed = stocked(here.world)
    lot = here.client.get(f"/v1/lots/{named}").json()
    assert (len(lot["handlers"]), lot["claims"], lot["gross_mg"]) == (2, [], "106")
    lot = here.client.get(f"/v1/lots/{claimed}").json()
    assert (lot["handlers"], lot["gross_mg"]) == ([], "60")
    assert lot["claimed"] == [claim["statement"] for claim in lot["claims"]]
    for claim in lot["claims"]:
        signed = here.world.logged(claim["statement"]).statement
        assert claim == {
            "statement": signed.digest,
            "handler": signed.issuer,
            "components": {"fossil.calculated": "4"},
            "gross_mg": "4",
            "taken_over": False,
        }
    assert len(lot["claims"]) == 2
