"""Removals with their reserves, and restatements, through the API: reports that change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from api.restatements import KEPT_SHOWN, show_removals, show_restatement
from api.tables import Screen
from ledger.restating import REASONS
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import JUNE, Line, kg, output, own
from tests.removing import impair, reverse
from tests.served import Served, refused


def measured(mg: int, component: str) -> Line:
    line = own(mg, component)
    del line["source"]["factor"]
    return line


class Season:
    """A grower with removals in two months, of which some went back."""

    def __init__(self, here: Served) -> None:
        self.here, self.world = here, here.world
        self.grower = self.world.register("Grower", "farmer")
        lines = (burnt(4), measured(kg(9), "land_removal.measured"), supplied(2, "urea-1"))
        self.made = self.world.production(self.grower, (output("lychee", kg(10)),), lines=lines).digest
        may = {**JUNE, "from": "2026-05-01", "to": "2026-05-31"}
        first = {
            "occurred": may,
            "outputs": [output("wood", kg(1))],
            "lines": [measured(kg(1), "tech_removal.measured"), measured(5, "biogenic_co2_uptake.measured")],
            "policy": {"id": "mass/1"},
        }
        self.earlier = self.world.state(self.grower, "production/1", first).digest
        self.gone = self.world.production(
            self.grower, (output("wood", kg(1)),), lines=(measured(7, "land_removal.measured"),)
        ).digest
        self.world.correct(self.grower, self.gone, drop=(0,), add=(measured(3, "land_removal.measured"),))
        self.back = reverse(self.world, self.grower, self.made, kg(4), line=1).digest
        self.lower = impair(self.world, self.grower, self.made, line=1, reserve="0.1").digest
        self.sent = self.world.dispatch(self.grower, f"{self.made}.0", kg(5), to=None)

    def get(self, path: str, **query: str) -> Any:
        answer = self.here.client.get(f"/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def season(here: Served) -> Season:
    return Season(here)


def test_removals_are_listed_with_what_went_back_and_what_is_held_for_the_rest(season: Season) -> None:
    found = season.get(f"organizations/{season.grower.id}/removals")
    assert found["organization"] == season.grower.id
    assert found["removed_mg"] == str(kg(10) + 3)
    assert found["gone_back_mg"] == str(kg(4))
    assert found["stored_mg"] == str(kg(6) + 3)
    assert found["reserve_mg"] == str(500_000 + 200_000 + 1)
    made, earlier, corrected = found["removals"]
    assert (made["statement"], made["line"]) == (season.made, 1)
    assert (made["removed_mg"], made["gone_back_mg"], made["stored_mg"]) == (
        str(kg(9)),
        str(kg(4)),
        str(kg(5)),
    )
    assert (made["reserve"], made["reserve_mg"]) == ("0.1", "500000")
    assert (made["reversals"], made["impairments"]) == ([season.back], [season.lower])
    assert (earlier["statement"], earlier["first"], earlier["last"]) == (
        season.earlier,
        "2026-05-01",
        "2026-05-31",
    )
    assert (corrected["removed_mg"], corrected["permanence_years"]) == ("3", "30")


def test_a_period_has_its_own_removals_only(season: Season) -> None:
    path = f"organizations/{season.grower.id}/removals"
    found = season.get(path, **{"from": "2026-05-01", "to": "2026-05-31"})
    assert [one["statement"] for one in found["removals"]] == [season.earlier]
    assert season.get(path, to="2026-04-30")["removals"] == []


def test_a_passport_and_a_period_are_restated(season: Season) -> None:
    passport = season.get(f"passports/{season.sent}/restatement")
    books = season.get(f"organizations/{season.grower.id}/restatement")
    whole = 4 * 2_500_000 + 2 * 1_251_000
    assert passport["gross_mg"] == str(whole // 2)
    assert books["gross_mg"] == str(whole + kg(4))
    for found in (passport, books):
        assert [one["gwp"] for one in found["sets"]] == ["AR4", "AR5", "AR6"]
        assert {one["reason"] for one in found["sets"][2]["kept"]} <= REASONS.keys()
    assert passport["sets"][1]["kept"] == []
    assert passport["sets"][2]["kept_by_gwp"] == {"AR5": str(whole // 2)}


@pytest.mark.parametrize("report", ["removals", "restatement"])
def test_books_are_for_whom_they_are_and_periods_have_an_order(here: Served, report: str) -> None:
    nobody = here.client.get(f"/v1/organizations/org_{'a' * 32}/{report}")
    assert refused(nobody) == (404, "not-visible")
    path = f"/v1/organizations/{here.world.accreditor.id}/{report}?from=2026-02-01&to=2026-01-01"
    assert refused(here.client.get(path)) == (422, "date-order")


@pytest.mark.parametrize("report", ["removals", "restatement"])
def test_members_see_their_own_reports_only(members: Served, report: str) -> None:
    season = Season(members)
    path = f"/v1/organizations/{season.grower.id}/{report}"
    assert refused(members.client.get(path)) == (404, "not-visible")
    assert members.client.get(path, headers=members.as_viewer(season.grower)).status_code == 200


def test_nobody_restates_what_is_not_there(here: Served) -> None:
    assert refused(here.client.get(f"/v1/passports/{'0' * 64}/restatement")) == (404, "not-visible")


def test_the_terminal_shows_every_set_and_why_something_keeps_its_own(
    season: Season, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    found = season.get(f"organizations/{season.grower.id}/restatement")
    show_restatement(found, Screen())
    text = capsys.readouterr().out
    assert "As booked 16.502000 kg CO2e gross" in text
    assert "Not restated under AR6" in text
    assert REASONS["published_as_co2e"] in text
    assert "Nothing that was signed changes" in text
    many = {**found["sets"][2], "kept": found["sets"][2]["kept"] * KEPT_SHOWN}
    show_restatement({**found, "sets": [many]}, Screen())
    assert f"the largest {KEPT_SHOWN} of {3 * KEPT_SHOWN}" in capsys.readouterr().out


def test_the_terminal_shows_each_removal_and_the_sums(
    season: Season, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    found = season.get(f"organizations/{season.grower.id}/removals")
    found["removals"][0] |= {"permanence_years": None, "permanence_class": "temporary"}
    show_removals(found, Screen())
    text = capsys.readouterr().out
    for part in ("above_ground_biomass", "30 years", "temporary", "10.000003", "0.700001"):
        assert part in text


def test_a_lot_shows_net_only_beside_how_its_removals_are_kept_as_its_passport_will(season: Season) -> None:
    lot = f"{season.made}.0"
    (listed,) = (one for one in season.get("lots", holder=season.grower.id)["lots"] if one["id"] == lot)
    assert (listed["removals_mg"], listed["net_mg"]) == (str(kg(9) // 2), None)
    shown = season.get(f"lots/{lot}")
    rest = season.world.dispatch(season.grower, lot, kg(5), to=None)
    passport = season.get(f"passports/{rest}")
    assert (shown["net_mg"], shown["removals_mg"]) == (
        passport["footprint"]["net_mg"],
        passport["footprint"]["removals_mg"],
    )
    assert shown["removals"] == passport["removals"]
    (kept,) = shown["removals"]
    assert (kept["gone_back_mg"], kept["reserve"], kept["owner_name"]) == (str(kg(4)), "0.1", "Grower")
    empty = season.get(f"lots/{lot}")
    assert (empty["removals"], empty["net_mg"]) == ([], "0")


def test_a_lot_with_more_behind_it_than_a_passport_may_carry_shows_no_net(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.closure.MAX_STATEMENTS", 2)
    shown = season.get(f"lots/{season.made}.0")
    assert (shown["removals"], shown["net_mg"]) == (None, None)
    assert shown["removals_mg"] == str(kg(9) // 2)
