"""A line that contradicts its factor is refused over HTTP; what was taken in stays so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.factors.library import FactorLibrary
from ledger.services import Ledger
from scripts.vectors.handmade_log import burnt
from tests.builders import Party
from tests.served import Served, refused, served
from tests.unit.api.refusing import Wire, harvest_body, unchanged


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("factors")) as running:
        yield running


@pytest.fixture(scope="module")
def farm(here: Served) -> Party:
    return here.world.register("Farm", "farmer")


@pytest.mark.parametrize(
    ("reason", "part", "changed"),
    [
        ("line-amount", "amount", {"components": {"fossil.calculated": "1"}}),
        ("factor-gwp", "amount", {"gwp": "AR6"}),
        ("factor-channel", "amount", {"components": {"luc.calculated": "2500000"}}),
        ("gas-mass", "source", {"tags": {"scope": "1", "stage": "operation", "gases_ug": {"n2o": "1"}}}),
        ("unit-mismatch", "source", {"unit": "kWh"}),
    ],
)
def test_a_line_that_contradicts_its_factor_is_refused_by_its_reason(
    here: Served, farm: Party, reason: str, part: str, changed: Wire
) -> None:
    line = burnt(1)
    line[part] |= changed
    good = here.world.sign(farm, "production/1", harvest_body(lines=[burnt(1)]))
    bad = here.world.sign(farm, "production/1", harvest_body(lines=[line]))
    with unchanged(here):
        answer = here.post([good, bad])
        assert refused(answer) == (422, reason)
        assert answer.json()["index"] == 1


def test_gases_that_a_meter_states_are_in_the_set_that_the_log_prefers(here: Served, farm: Party) -> None:
    line = burnt(1)
    del line["source"]["factor"]
    line["source"]["tags"]["gases_ug"] = {"n2o": "1000000"}
    line["amount"] = {"components": {"fossil.measured": "273"}, "gwp": "AR6"}
    statement = here.world.sign(farm, "production/1", harvest_body(lines=[line]))
    with unchanged(here):
        assert refused(here.post(statement)) == (422, "preferred-gwp")


def test_a_draft_whose_line_names_no_factor_or_an_empty_memo_is_refused(here: Served, farm: Party) -> None:
    unnamed, empty = burnt(1), {**burnt(1), "memo": {}}
    del unnamed["source"]["factor"]
    for line, reason in ((unnamed, "evidence"), (empty, "empty-memo")):
        asked = {"issuer": farm.id, "body": harvest_body(lines=[line])}
        assert refused(here.client.post("/v1/drafts/production/1", json=asked)) == (422, reason)


def test_a_statement_sent_again_after_its_factor_left_the_library_is_answered_as_before(
    here: Served, farm: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = (here.world.sign(farm, "production/1", harvest_body(lines=[burnt(2)])) for _ in range(2))
    taken = here.post(first)
    assert taken.status_code == 201
    before = here.wired.ledger
    without = Ledger(here.wired.store, before.signer, here.world.clock, FactorLibrary.shipped())
    monkeypatch.setattr(here.wired, "ledger", without)
    with unchanged(here):
        again = here.post(first)
        assert (again.status_code, again.json()) == (200, taken.json())
        assert refused(here.post(other)) == (404, "unknown-factor")
