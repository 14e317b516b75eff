"""What a leg, a stay and a shared vehicle may not say together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.handling import VehicleShareError
from ledger.logistics.checks import shared_quantity
from ledger.logistics.errors import (
    ActualDistanceTwiceError,
    ContractPeriodError,
    ContractVolumeError,
    CoolingLegError,
    DistanceBasisError,
    HubDistanceError,
    JourneyStayError,
    PlugPowerError,
    PowerMethodError,
    PowerReadingError,
    RunningFigureError,
    ShareBasisError,
    ShareWorkError,
    TransportLineError,
    VehicleQuantityError,
)
from ledger.logistics.forms import COOLING
from ledger.lots import ZeroQuantityError
from tests.builders import Line, kg
from tests.unit.logistics.legs import Plain, fuel, handled, journey, leg, line, power, told
from tests.unit.trade import Trade

CONTRACT = {
    "certificate": "GEC-2026-001 (example)",
    "volume_wh": "500000",
    "period": {"from": "2026-06-01", "to": "2026-06-30"},
    "cancelled_on": "2026-07-01",
}


@pytest.fixture
def trade() -> Trade:
    return Trade()


def diesel() -> tuple[Line, Line]:
    return fuel("4.5", 12, 3)


def plug(**facts: Any) -> Plain:
    return {"use": "reefer_plug", "lines": ["0"], **facts}


def stay(*uses: Plain, **facts: str) -> Plain:
    return leg("hub", stay={"uses": list(uses), **facts})


@pytest.mark.parametrize(
    ("stated", "missing"),
    [({"distance_m": "28000"}, "distance_basis"), ({"distance_basis": "shortest_feasible"}, "distance_m")],
)
def test_a_distance_goes_with_its_basis(trade: Trade, stated: Plain, missing: str) -> None:
    error = told(DistanceBasisError, trade, handled(trade, diesel(), leg(**stated)))
    assert (error.leg, error.missing) == ("leg", missing)


@pytest.mark.parametrize("field", ["mass_mg", "distance_m", "actual_m", "teu"])
def test_nothing_goes_nowhere_in_no_container(trade: Trade, field: str) -> None:
    statement = handled(trade, diesel(), {**journey(28000), field: "0"})
    assert told(ZeroQuantityError, trade, statement).field == f"leg/{field}"


def test_the_actual_distance_is_stated_once(trade: Trade) -> None:
    twice = journey(28000, "actual", actual_m="28000")
    assert told(ActualDistanceTwiceError, trade, handled(trade, diesel(), twice)).leg == "leg"


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"distance_m": "1", "distance_basis": "planned"}, "distance_m"),
        ({"distance_basis": "planned"}, "distance_basis"),
        ({"actual_m": "1"}, "actual_m"),
        ({"running": {"over": "trip", "load_factor": "0.5"}}, "running"),
        ({"category": {"id": "quay", "vehicle": "Lorry"}}, "category/vehicle"),
    ],
)
def test_a_hub_goes_nowhere(trade: Trade, stated: Plain, field: str) -> None:
    error = told(HubDistanceError, trade, handled(trade, diesel(), leg("hub", **stated)))
    assert error.field == field


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"stay": {"uses": [], "moves": "2"}}, "stay"),
        ({"category": {"id": "quay", "hub": "container_terminal"}}, "category/hub"),
    ],
)
def test_a_lorry_is_no_terminal(trade: Trade, stated: Plain, field: str) -> None:
    error = told(JourneyStayError, trade, handled(trade, diesel(), journey(28000, **stated)))
    assert (error.mode, error.field) == ("road", field)


def test_running_has_a_figure(trade: Trade) -> None:
    statement = handled(trade, diesel(), journey(28000, running={"over": "year"}))
    assert told(RunningFigureError, trade, statement).over == "year"


@pytest.mark.parametrize("stated", [{}, {"temperature": "ambient"}])
def test_only_a_refrigerated_leg_is_cooled(trade: Trade, stated: Plain) -> None:
    lines = (*diesel(), line("diesel_burnt", "1", "L", 2, flags=(COOLING,)))
    error = told(CoolingLegError, trade, handled(trade, lines, journey(28000, **stated)))
    assert (error.leg, error.line) == ("leg", 2)
    handled_well = handled(trade, lines, journey(28000, temperature="refrigerated"))
    assert trade.world.post(handled_well)


@pytest.mark.parametrize("lines", [["2"], ["0", "0"]])
def test_a_stay_names_lines_that_there_are_each_once(trade: Trade, lines: list[str]) -> None:
    use = {"use": "cranes", "lines": lines}
    error = told(TransportLineError, trade, handled(trade, diesel(), stay(use)))
    assert (error.line, error.count) == (int(lines[-1]), 2)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({}, "reading"),
        ({"reading": "nameplate"}, "seconds"),
        ({"reading": "nameplate", "seconds": "3600"}, "power_w"),
    ],
)
def test_plug_hours_say_how_their_power_is_known(trade: Trade, facts: Plain, missing: str) -> None:
    error = told(PowerReadingError, trade, handled(trade, [power("309.6", 5)], stay(plug(**facts))))
    assert error.missing == missing


def test_plug_hours_are_more_than_none(trade: Trade) -> None:
    use = plug(reading="nameplate", seconds="0", power_w="3600")
    error = told(ZeroQuantityError, trade, handled(trade, [power("309.6", 5)], stay(use)))
    assert error.field == "leg/stay/uses/reefer_plug/seconds"


def test_plug_energy_is_hours_times_nameplate_power(trade: Trade) -> None:
    use = plug(reading="nameplate", seconds=str(86 * 3600), power_w="3600")
    error = told(PlugPowerError, trade, handled(trade, [power("309.5", 5)], stay(use)))
    assert (error.line, error.stated, error.expected) == (0, "309.5 kWh", "309.6")
    assert told(PlugPowerError, trade, handled(trade, [line("ice", "1", "kg", 5)], stay(use))).line == 0
    assert trade.world.post(handled(trade, [power("309.6", 5)], stay(use)))


def test_a_metered_plug_needs_no_nameplate(trade: Trade) -> None:
    facts = {"moves": "4", "dwell_s": "345600", "waiting_s": "5400"}
    whole = stay(plug(reading="metered"), {"use": "yard_vehicles", "lines": ["1"]}, **facts)
    assert trade.world.post(handled(trade, [power("301.2", 5), diesel()[0]], whole))


def test_shore_power_is_booked_by_its_contract_or_by_the_grid(trade: Trade) -> None:
    shore = {"use": "shore_power", "lines": ["0"], "reading": "metered"}
    error = told(PowerMethodError, trade, handled(trade, [power("34", 5, "market")], stay(shore)))
    assert (error.stated, error.expected) == ("market", "location")
    contract = {**shore, "contract": CONTRACT}
    for method in ("location", None):
        error = told(PowerMethodError, trade, handled(trade, [power("34", 5, method)], stay(contract)))
        assert (error.stated, error.expected) == (method or "none", "market")
    assert trade.world.post(handled(trade, [power("34", 5, "market")], stay(contract)))


def test_a_contract_covers_its_volume(trade: Trade) -> None:
    contract = {"use": "shore_power", "lines": ["0"], "reading": "metered", "contract": CONTRACT}
    error = told(ContractVolumeError, trade, handled(trade, [power("500.1", 5, "market")], stay(contract)))
    assert (error.booked, error.covered) == ("500100", "500000")
    ice = line("ice", "7", "kg", 5, method="market")
    assert told(ContractVolumeError, trade, handled(trade, [ice], stay(contract))).booked == "7"


@pytest.mark.parametrize("period", [("2026-06-02", "2026-07-31"), ("2026-01-01", "2026-06-29")])
def test_a_contract_covers_its_period(trade: Trade, period: tuple[str, str]) -> None:
    evidence = {**CONTRACT, "period": {"from": period[0], "to": period[1]}}
    contract = {"use": "shore_power", "lines": ["0"], "reading": "metered", "contract": evidence}
    error = told(ContractPeriodError, trade, handled(trade, [power("34", 5, "market")], stay(contract)))
    assert error.period == f"{period[0]} to {period[1]}"


def share(own: str, total: str, **more: Any) -> Plain:
    lines = [{"line": str(number), "quantity": "30"} for number in range(2)]
    return {"own": own, "total": total, "basis": "tkm", "whole": lines, **more}


def test_a_part_load_carries_its_part_of_the_whole_vehicles_fuel(trade: Trade) -> None:
    load = journey(46000, mass=kg(744))
    assert trade.world.post(handled(trade, diesel(), load, share=share("34224", "228160")))
    error = told(VehicleQuantityError, trade, handled(trade, diesel(), load, share=share("34224", "230000")))
    assert (error.line, error.stated, error.whole, error.expected) == (0, "4.5", "30", "4.464")


def test_a_share_by_tonne_kilometres_is_mass_times_distance(trade: Trade) -> None:
    statement = handled(trade, diesel(), journey(46000, mass=kg(744)), share=share("34225", "228160"))
    error = told(ShareWorkError, trade, statement)
    assert (error.basis, error.own, error.expected) == ("tkm", 34225, 34224)


YARD: Plain = {"teu": "3", "stay": {"uses": [], "moves": "3", "dwell_s": "15"}}


@pytest.mark.parametrize(
    ("basis", "own", "total", "at"),
    [
        ("mass", "3000", "20000", leg(mass=3000)),
        ("teu_km", "15", "100", leg(teu="1.5", distance_m="10000", distance_basis="planned")),
        ("teu", "3", "20", leg("hub", **YARD)),
        ("teu_s", "45", "300", leg("hub", **YARD)),
        ("moves", "3", "20", leg("hub", **YARD)),
    ],
)
def test_a_vehicle_or_yard_is_shared_by_what_the_leg_states(
    trade: Trade, basis: str, own: str, total: str, at: Plain
) -> None:
    whole = [{"line": "0", "quantity": "30"}]
    lines = [line("diesel_burnt", "4.5", "L", 12)]
    part = share(own, total, basis=basis, whole=whole)
    assert trade.world.post(handled(trade, lines, at, share=part))
    error = told(ShareWorkError, trade, handled(trade, lines, at, share={**part, "own": "1"}))
    assert (error.basis, error.expected) == (basis, int(own))


@pytest.mark.parametrize(
    ("basis", "at", "missing"),
    [
        ("tkm", None, "leg"),
        ("tkm", leg(), "leg/distance_m"),
        ("teu_km", leg(), "leg/teu"),
        ("teu_s", leg("hub", teu="2"), "leg/stay/dwell_s"),
        ("moves", leg("hub", stay={"uses": []}), "leg/stay/moves"),
    ],
)
def test_nothing_is_shared_by_what_the_leg_leaves_open(
    trade: Trade, basis: str, at: Plain | None, missing: str
) -> None:
    statement = handled(trade, diesel(), at, share=share("15", "100", basis=basis))
    error = told(ShareBasisError, trade, statement)
    assert (error.basis, error.missing) == (basis, missing)


def test_a_share_names_lines_that_there_are(trade: Trade) -> None:
    strange = share("15", "100", basis="mass", whole=[{"line": "2", "quantity": "30"}])
    error = told(TransportLineError, trade, handled(trade, diesel(), leg(mass=15), share=strange))
    assert (error.field, error.line) == ("share/whole", 2)


def test_more_than_the_vehicle_is_nobodys_share(trade: Trade) -> None:
    error = told(
        VehicleShareError, trade, handled(trade, diesel(), None, share=share("5", "4", basis="mass"))
    )
    assert "5 of 4" in str(error)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=6), st.decimals("0.001", "1e6", places=3))
def test_what_customers_share_of_a_vehicle_is_all_of_it_but_for_rounding(
    parts: list[int], whole: Any
) -> None:
    text = format(whole.normalize(), "f")
    total = sum(parts)
    shares = [Decimal(shared_quantity(text, part, total)) for part in parts]
    assert abs(sum(shares) - whole) <= Decimal("5e-10") * len(parts)
