"""What the shipped tables say reaches a passport to the milligram: soil, freight, spend, waste.

Soil: IPCC 2019 refinement V4 ch. 11 with AR5. Freight and waste: DESNZ 2025. Spend: EPA supply-chain factors
v1.3 (USD 2022, with margins) and EXIOBASE-derived import factors (CN, USD 2019, basic prices).
"""

from __future__ import annotations

import secrets
from decimal import Decimal

import pytest

from ledger.closure import closure
from ledger.factor import factor_digest
from ledger.factors.library import FactorLibrary
from ledger.factors.soil import soil_n2o
from ledger.provenance import Provenance, provenance
from tests.builders import Line, World, kg, own

LIBRARY = FactorLibrary.shipped()
FREIGHT = "desnz-2025.freight."


@pytest.fixture
def world() -> World:
    return World(factors=LIBRARY)


def line(factor_id: str, quantity: str, unit: str, mg: int, scope: str = "3") -> Line:
    """Return a gap line of a shipped factor; the ledger checks that it is quantity x factor."""
    factor = LIBRARY.get(factor_id)
    digest = factor_digest(factor)
    return {
        "amount": {
            "components": {f"{factor.channel}.{factor.evidence}": str(mg)},
            "gwp": factor.gwp,
            "gap": {"key": secrets.token_hex(8), "reason": "no-passport", "factor": digest},
        },
        "source": {
            "activity": "worked_case",
            "quantity": quantity,
            "unit": unit,
            "factor": digest,
            "tags": {"scope": scope, "stage": factor.stage},
        },
    }


def carried(world: World, *lines: Line) -> Provenance:
    """Post the lines, sell all of the goods, and return what stands behind the passport."""
    party = world.register("Maker", "supplier")
    lot = world.produce(party, "goods", kg(1), lines=lines)
    sent = world.dispatch(party, lot, kg(1), to=None)
    with world.store.read() as view:
        statements = [one.statement for one in closure(view, sent)]
    return provenance(statements, sent, LIBRARY.by_digest)


@pytest.mark.parametrize(
    ("way", "tank_to_wheel", "well_to_tank"),
    [
        ("cargo-ship.container-ship.average.t-km", 16_120, 3_650),
        ("rail.freight-train.t-km", 27_790, 6_910),
        ("hgv.all-hgvs.average-laden.t-km", 101_630, 23_590),
        ("hgv-refrigerated.all-artics.average-laden.t-km", 90_200, 21_140),
        ("freight-flights.long-haul-to-from-uk.without-rf.t-km", 531_300, 135_160),
    ],
)
def test_a_tonne_kilometre_is_tank_to_wheel_and_well_to_tank_apart(
    world: World, way: str, tank_to_wheel: int, well_to_tank: int
) -> None:
    found = carried(
        world,
        line(f"{FREIGHT}{way}.ttw", "1", "t.km", tank_to_wheel),
        line(f"{FREIGHT}{way}.wtt", "1", "t.km", well_to_tank),
    )
    assert found.by_stage() == {"energy_provision": well_to_tank, "operation": tank_to_wheel}
    assert found.total.gross_mg() == tank_to_wheel + well_to_tank
    assert found.gap_mg() == found.total.gross_mg()


@pytest.mark.parametrize(
    ("naics", "mg_per_dollar"),
    [("111339", 488_000), ("325311", 1_137_000), ("493120", 244_000), ("322211", 479_000)],
)
def test_a_dollar_spent_in_2022_with_margins(world: World, naics: str, mg_per_dollar: int) -> None:
    found = carried(world, line(f"epa-supply-chain.{naics}.with-margins", "1", "USD", mg_per_dollar))
    assert found.total.gross_mg() == mg_per_dollar
    assert found.primary_share() == 0


@pytest.mark.parametrize(("sector", "kilograms"), [("111300", "0.441"), ("325310", "1.251")])
def test_a_dollar_s_worth_from_china_at_basic_prices(world: World, sector: str, kilograms: str) -> None:
    factor = LIBRARY.get(f"exiobase-import.cn.{sector}")
    exact = Decimal(factor.value).scaleb(6).to_integral_value()
    found = carried(world, line(factor.id, "1", "USD", int(exact)))
    assert round(Decimal(found.total.gross_mg()).scaleb(-6), 3) == Decimal(kilograms)


@pytest.mark.parametrize(("fate", "kilograms"), [("landfill", "700.3"), ("composting", "8.98")])
def test_a_lost_tonne_of_food(world: World, fate: str, kilograms: str) -> None:
    waste = next(one for one in LIBRARY.ids("desnz-2025") if one.endswith(f"{fate}.t") and "food" in one)
    exact = Decimal(LIBRARY.get(waste).value).scaleb(6).to_integral_value()
    found = carried(world, line(waste, "1", "t", int(exact)))
    places = len(kilograms.partition(".")[2])
    assert round(Decimal(found.total.gross_mg()).scaleb(-6), places) == Decimal(kilograms)


def test_100_kg_of_synthetic_nitrogen_in_a_wet_climate_are_land_emissions_of_the_farm(world: World) -> None:
    soil = soil_n2o("100", "wet")
    parts = (soil.direct_mg, soil.volatilised_mg, soil.leached_mg)
    lines = []
    for mg in parts:
        one = own(mg, "land_fossil.measured")
        del one["source"]["factor"]
        lines.append(one)
    found = carried(world, *lines)
    assert found.total.wire() == {"land_fossil.measured": "840352857"}
    assert [round(Decimal(mg).scaleb(-6), 1) for mg in parts] == [
        Decimal("666.3"),
        Decimal("64.1"),
        Decimal("109.9"),
    ]
    assert found.primary_share() == 1
