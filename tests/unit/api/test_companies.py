"""One company beside its sector over HTTP and at the terminal, from its own books."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.commands import asking
from scripts.vectors.handmade_log import burnt
from tests.builders import Party, kg
from tests.served import Served, served

PLACE = {"region": "Guangdong", "sector": "Agriculture, forestry, animal husbandry and fishery"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("companies")) as running:
        yield running


@pytest.fixture(scope="module")
def farm(here: Served) -> Party:
    farm = here.world.register("Farm", "farmer")
    lychee = here.world.produce(farm, "lychee", kg(3000), lines=(burnt(12),))
    here.world.dispatch(farm, lychee, kg(1000), to=None)
    return farm


def ask(here: Served, farm: Party, **asked: Any) -> tuple[int, dict[str, Any]]:
    query = {"organization": farm.id, "year": 2026, **PLACE, **asked}
    answer = here.client.get("/v1/mrio/tables/synthetic/company", params=query)
    return answer.status_code, answer.json()


def test_a_company_sees_how_much_where_and_how_fast(here: Served, farm: Party) -> None:
    path = {"rate_percent": 4.2, "base_year": 2026, "source": "our board"}
    status, found = ask(here, farm, revenue="20000", currency="CNY", **path)
    assert status == 200, found
    (only,) = found["years"]
    assert (only["kg_co2e"], only["kg_goods"], only["kg_per_kg"]) == ("10", "1000", "0.01")
    assert only["kg_per_money"] == "0.0005"
    assert found["standing"]["own"] == pytest.approx(0.005), "t per 10,000 CNY"
    assert found["standing"]["unit"] == "t per 10,000 CNY"
    assert found["path"][0]["above"] == 0
    assert set(found["flags"]) == {"undeflated", "co2_only"}
    assert found["table"]["provenance"]["synthetic"] is True


def test_without_revenue_only_its_own_years_are_compared(here: Served, farm: Party) -> None:
    status, found = ask(here, farm, measure="per_kg", against="years")
    assert status == 200
    assert found["standing"] is None
    assert found["years"][0]["kg_per_money"] is None


@pytest.mark.parametrize(
    ("asked", "status", "problem"),
    [
        ({}, 422, "revenue-missing"),
        ({"measure": "per_kg"}, 422, "mixed-intensity"),
        ({"revenue": "10", "currency": "EUR"}, 422, "revenue-currency"),
        ({"revenue": "ten"}, 422, "amount-form"),
        ({"year": 2025, "revenue": "10"}, 422, "nothing-handed-on"),
        ({"revenue": "10", "currency": "CNY", "sector": "Fishing"}, 404, "unknown-table-sector"),
        ({"revenue": "10", "currency": "CNY", "rate_percent": 4}, 422, "reduction-path"),
        ({"revenue": "10", "currency": "CNY", "rate_percent": 4, "base_year": 2026}, 422, "reduction-path"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    here: Served, farm: Party, asked: dict[str, Any], status: int, problem: str
) -> None:
    found, answer = ask(here, farm, **asked)
    assert (found, answer["type"].rpartition(":")[2]) == (status, problem)


def test_nobody_learns_of_a_company_that_is_not_there(here: Served, farm: Party) -> None:
    status, answer = ask(here, farm, organization="org_" + "a" * 32, revenue="1", currency="CNY")
    assert (status, answer["type"].rpartition(":")[2]) == (404, "not-visible")


class _Ledger:
    """Stands where the terminal's ledger does, and answers from the one in this process."""

    def __init__(self, here: Served, organization: str) -> None:
        self.here, self.organization, self.client = here, organization, self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, path: str) -> Any:
        answer = self.here.client.get(f"/v1/{path}")
        assert answer.status_code == 200
        return answer.json()


def test_the_terminal_shows_the_same(here: Served, farm: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "at_ledger", lambda *_: _Ledger(here, farm.id))
    words = ["mrio", "company", "--ledger", "http://here", "--year", "2026"]
    words += ["--region", PLACE["region"], "--sector", PLACE["sector"]]
    path = ["--rate-percent", "4.2", "--base-year", "2026", "--source", "our board"]
    money = ["--revenue", "20000", "--currency", "CNY"]
    shown = CliRunner().invoke(app, [*words, *money, *path])
    assert shown.exit_code == 0, shown.output
    assert "yours is 0.005 t per 10,000 CNY" in shown.output
    assert "The table counts CO2 only" in shown.output
    years = CliRunner().invoke(app, [*words, "--measure", "per_kg", "--against", "years", "--json"])
    assert '"standing": null' in years.output
    plain = CliRunner().invoke(app, [*words, "--measure", "per_kg", "--against", "years"])
    assert "0.01" in plain.output
    partial = CliRunner().invoke(app, [*words, *money, "--rate-percent", "4.2"])
    assert partial.exception is not None
