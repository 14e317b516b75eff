from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.body import Occurred
from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.rules import (
    DateOrderError,
    EmptyMemoError,
    EvidenceError,
    FutureDateError,
    check_order,
    check_period,
)
from tests.builders import World, own
from tests.unit.refusals import as_stated, refused


def period(start: str, end: str) -> dict[str, str]:
    return {"from": start, "to": end, "zone": "Asia/Shanghai"}


def test_a_period_may_be_one_day_and_may_end_tomorrow() -> None:
    now = datetime(2026, 7, 1, 23, 59, tzinfo=UTC)
    check_period(validated(Occurred, period("2026-07-02", "2026-07-02")), now)
    check_order("2026-07-02", "2026-07-02", "validity")


def test_a_period_that_ends_before_it_begins_is_refused_with_both_dates() -> None:
    with pytest.raises(DateOrderError) as caught:
        check_period(
            validated(Occurred, period("2026-06-02", "2026-06-01")), datetime(2026, 7, 1, tzinfo=UTC)
        )
    assert (caught.value.start, caught.value.end) == ("2026-06-02", "2026-06-01")
    assert str(caught.value) == "occurred: from 2026-06-02 is after to 2026-06-01. Swap or correct the dates."


def test_nobody_signs_somebody_elses_emission_as_its_own() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    for component in ("fossil.calculated", "fossil.measured"):
        for scope in ("2", "3"):
            line = own(7, component)
            line["source"]["tags"]["scope"] = scope
            with pytest.raises(EvidenceError) as caught:
                world.produce(grower, "lychee", 5, lines=(line,))
            assert (caught.value.field, caught.value.component) == ("lines/0/amount", component)
            assert f"of scope {scope}" in str(caught.value)


def refused_line(world: World, line: dict[str, Any], kind: type[LedgerError]) -> str:
    grower = world.register("Grower", "farmer")
    with pytest.raises(kind) as caught:
        world.produce(grower, "lychee", 5, lines=(own(1, "fossil.measured"), line))
    return str(caught.value)


def test_what_was_calculated_names_its_factor_and_what_was_measured_needs_none() -> None:
    world = World()
    line = own(7, "fossil.calculated")
    del line["source"]["factor"]
    said = refused_line(world, line, EvidenceError)
    assert said.startswith("lines/1/amount: component fossil.calculated was calculated")
    meter = own(7, "fossil.measured")
    del meter["source"]["factor"]
    world.produce(world.register("Farm", "farmer"), "lychee", 5, lines=(meter,))


def test_a_footprint_from_another_system_and_no_other_line_states_its_primary_share() -> None:
    world = World()
    imported, measured = own(7, "fossil.imported"), own(7, "fossil.measured")
    del imported["amount"]["primary_share"]
    measured["amount"]["primary_share"] = "0.5"
    assert "states its primary_share; add it" in refused_line(world, imported, EvidenceError)
    assert "has no primary_share 0.5; leave it out" in refused_line(world, measured, EvidenceError)
    imported["amount"]["primary_share"] = "0.5"
    world.produce(world.register("Farm", "farmer"), "lychee", 5, lines=(imported,))


@pytest.mark.parametrize(("memo", "field"), [({}, ""), ({"carbon_mg": {}}, "/carbon_mg")])
def test_a_memo_that_says_nothing_is_refused(memo: dict[str, Any], field: str) -> None:
    line = {**own(7), "memo": memo}
    assert refused_line(World(), line, EmptyMemoError).startswith(f"lines/1/memo{field} is empty.")


def test_a_memo_of_one_field_is_enough() -> None:
    world = World()
    lines = ({**own(7), "memo": {"land_m2_year": "3"}}, {**own(7), "memo": {"carbon_mg": {"biogenic": "0"}}})
    world.produce(world.register("Farm", "farmer"), "lychee", 5, lines=lines)


def test_what_has_not_occurred_yet_is_not_booked() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    balance = {
        "no": "0",
        "quantity": "5",
        "unit": "mg",
        "weight": "5",
        "liability": {"fossil.calculated": "1"},
    }
    body = {
        "outputs": [{"balance": balance, "product": {"name": "lychee"}}],
        "lines": [own(1)],
        "policy": {"id": "mass/1"},
    }
    late = body | {"occurred": period("2026-06-01", "2026-07-03")}
    error = refused(world, as_stated(world, grower, "production/1", late), FutureDateError)
    assert error.occurred == "2026-07-03"
    assert error.at.startswith("2026-07-01T08:00")
    assert "Book what has occurred" in str(error)
    backwards = body | {"occurred": period("2026-06-02", "2026-06-01")}
    refused(world, as_stated(world, grower, "production/1", backwards), DateOrderError)
    world.post(
        as_stated(world, grower, "production/1", body | {"occurred": period("2026-06-01", "2026-07-02")})
    )
