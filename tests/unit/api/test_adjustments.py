"""Adjustments over HTTP: what is open, and what became of the rest."""

from __future__ import annotations

from tests.adjusted import UNIT_MG, Chain, answer, metered
from tests.served import Served


def test_adjustments_are_listed_for_both_sides_and_read_one_by_one(here: Served) -> None:
    chain = Chain(world=here.world)
    corrected = chain.correct(add=(metered(30),))
    page = here.client.get("/v1/adjustments", params={"party": chain.packhouse.id, "open": "true"}).json()
    (found,) = page["adjustments"]
    assert (found["cause"], found["from"], found["to"]) == (
        corrected.digest,
        chain.grower.id,
        chain.packhouse.id,
    )
    assert found["open"] == {"fossil.measured": str(20 * UNIT_MG)}
    assert here.client.get(f"/v1/adjustments/{found['id']}").json() == found
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    assert here.client.get("/v1/adjustments", params={"party": chain.grower.id, "open": "true"}).json() == {
        "adjustments": [],
        "next": None,
    }
    (whole,) = here.client.get("/v1/adjustments", params={"party": chain.grower.id}).json()["adjustments"]
    assert whole["accepted"] == found["open"]
    first = here.client.get("/v1/adjustments", params={"limit": "1"}).json()
    rest = here.client.get("/v1/adjustments", params={"after": first["next"]}).json()
    assert len(first["adjustments"]) == len(rest["adjustments"]) == 1


def test_adjustments_are_for_their_parties_only(members: Served) -> None:
    chain = Chain(world=members.world)
    corrected = chain.correct(add=(metered(30),))
    identifier = f"{corrected.digest}.{chain.first}"
    for path in ("", f"?party={chain.grower.id}", f"/{identifier}"):
        assert members.client.get(f"/v1/adjustments{path}").status_code == 404
    assert members.client.get(f"/v1/adjustments/{'0' * 64}.{'0' * 64}").status_code == 404
