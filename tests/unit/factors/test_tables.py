"""The shipped tables say what their sources say."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from ledger.factor import UNSPECIFIED_CO2E, factor_digest, value_under
from ledger.factors.activities import activity_factors
from ledger.factors.gwp import gwp_table
from ledger.factors.library import TABLES, FactorLibrary, read_rows

LIBRARY = FactorLibrary.shipped()
FREIGHT = "desnz-2025.freight."


def value(factor_id: str) -> Decimal:
    return Decimal(LIBRARY.get(factor_id).value)


def rounded(factor_id: str) -> str:
    return str(value(factor_id).quantize(Decimal("0.001")))


@pytest.mark.parametrize(
    ("way", "ttw", "wtt"),
    [
        ("cargo-ship.container-ship.average.t-km", "0.01612", "0.00365"),
        ("cargo-ship.container-ship.8000-plus-teu.t-km", "0.01266", "0.00287"),
        ("rail.freight-train.t-km", "0.02779", "0.00691"),
        ("hgv.all-hgvs.average-laden.t-km", "0.10163", "0.02359"),
        ("hgv-refrigerated.all-artics.average-laden.t-km", "0.0902", "0.02114"),
        ("freight-flights.long-haul-to-from-uk.without-rf.t-km", "0.5313", "0.13516"),
    ],
)
def test_freight_is_as_published_tank_to_wheel_and_well_to_tank_apart(way: str, ttw: str, wtt: str) -> None:
    operation, provision = LIBRARY.get(f"{FREIGHT}{way}.ttw"), LIBRARY.get(f"{FREIGHT}{way}.wtt")
    assert (operation.value, provision.value) == (ttw, wtt)
    assert (operation.stage, provision.stage) == ("operation", "energy_provision")
    assert (operation.per, operation.data_year) == ("t.km", 2025)


def test_air_freight_is_the_aircraft_channel_without_radiative_forcing() -> None:
    way = f"{FREIGHT}freight-flights.long-haul-to-from-uk"
    without, with_rf = LIBRARY.get(f"{way}.without-rf.t-km.ttw"), LIBRARY.get(f"{way}.with-rf.t-km.ttw")
    assert without.channel == "aircraft"
    assert "no_radiative_forcing" in without.covers
    assert with_rf.value == "0.89939"
    assert "radiative_forcing_included" in with_rf.covers


def test_the_refrigerated_ship_of_desnz_lies_below_its_container_average() -> None:
    reefer = value(f"{FREIGHT}cargo-ship.refrigerated-cargo.all-dwt.t-km.ttw")
    assert reefer < value(f"{FREIGHT}cargo-ship.container-ship.average.t-km.ttw")


def test_lost_dashes_are_dashes_again() -> None:
    names = [LIBRARY.get(factor_id).name for factor_id in LIBRARY.ids("desnz-2025")]
    assert not [name for name in names if "\ufffd" in name]
    assert LIBRARY.get(f"{FREIGHT}cargo-ship.container-ship.5000-7999-teu.t-km.ttw").value == "0.01681"


def test_fuels_burnt_are_of_2024_and_their_supply_of_2025() -> None:
    burnt, supplied = (
        LIBRARY.get("desnz-2024.fuel.diesel-100-mineral-diesel.l"),
        LIBRARY.get("desnz-2025.fuel.diesel-100-mineral-diesel.l.wtt"),
    )
    assert (burnt.value, burnt.data_year, burnt.stage) == ("2.66155", 2024, "operation")
    assert (supplied.value, supplied.data_year, supplied.stage) == ("0.62409", 2025, "energy_provision")
    assert burnt.gases is not None
    assert Decimal(burnt.gases["n2o"]) * 265 == pytest.approx(Decimal("0.03308"), abs=Decimal("1e-9"))


def test_desnz_is_published_as_co2e_and_says_where_its_gases_do_not_add_up() -> None:
    factors = [LIBRARY.get(i) for dataset in ("desnz-2024", "desnz-2025") for i in LIBRARY.ids(dataset)]
    assert {factor.basis for factor in factors} == {"total"}
    flagged = [factor for factor in factors if "gases_do_not_add_up" in factor.covers]
    assert 50 < len(flagged) < len([factor for factor in factors if factor.gases])


@pytest.mark.parametrize(
    ("naics", "published"),
    [("111339", "0.488"), ("325311", "1.137"), ("493120", "0.244"), ("322211", "0.479")],
)
def test_us_spend_factors_are_as_published_with_margins(naics: str, published: str) -> None:
    with_margins = LIBRARY.get(f"epa-supply-chain.{naics}.with-margins")
    assert with_margins.value == published
    assert (with_margins.currency, with_margins.currency_year, with_margins.price_type) == (
        "USD",
        2022,
        "purchaser",
    )
    without = value(f"epa-supply-chain.{naics}.without-margins")
    assert without <= Decimal(published)


def test_the_us_table_has_1016_codes_with_and_without_margins() -> None:
    assert len(LIBRARY.ids("epa-supply-chain")) == 2 * 1016


@pytest.mark.parametrize(("sector", "known"), [("111300", "0.441"), ("325310", "1.251")])
def test_import_factors_of_china_are_as_known(sector: str, known: str) -> None:
    factor = LIBRARY.get(f"exiobase-import.cn.{sector}")
    assert rounded(factor.id) == known
    assert (factor.currency_year, factor.price_type, factor.gwp) == (2019, "basic", "AR5")
    assert "no_land_use_change" in factor.covers


def test_298_sectors_of_a_country_hold_some_92_values_and_say_so() -> None:
    by_region: dict[str, list[str]] = defaultdict(list)
    for factor_id in LIBRARY.ids("exiobase-import"):
        by_region[LIBRARY.get(factor_id).region].append(LIBRARY.get(factor_id).value)
    assert sum(map(len, by_region.values())) == 7 * 298 - 5
    for region in ("CN", "CA", "JP", "MX"):
        assert 90 <= len(set(by_region[region])) <= 96
        counted = Counter(by_region[region])
        factors = [LIBRARY.get(i) for i in LIBRARY.ids("exiobase-import") if f".{region.lower()}." in i]
        assert all(factor.cluster_size == counted[factor.value] for factor in factors)


def test_a_cluster_is_the_same_in_a_region_of_several_countries() -> None:
    of_china, of_europe = (LIBRARY.get(f"exiobase-import.{region}.325320") for region in ("cn", "eu"))
    assert of_china.cluster_size == of_europe.cluster_size == 14


def test_unspecified_fluorinated_gases_are_co2e_already() -> None:
    factor = LIBRARY.get("exiobase-import.cn.111300")
    assert factor.gases is not None
    table = {**gwp_table("AR5"), UNSPECIFIED_CO2E: "1"}
    assert sum(Decimal(kg) * Decimal(table[gas]) for gas, kg in factor.gases.items()) == Decimal(factor.value)


def test_every_value_made_of_gases_is_their_sum() -> None:
    for factor_id in LIBRARY.ids():
        factor = LIBRARY.get(factor_id)
        if factor.basis == "gases":
            table = {**gwp_table(factor.gwp), UNSPECIFIED_CO2E: "1"}
            total = sum(Decimal(kg) * Decimal(table[gas]) for gas, kg in (factor.gases or {}).items())
            assert total == Decimal(factor.value), factor_id


def test_every_record_has_the_digest_of_its_row() -> None:
    digests = [factor_digest(LIBRARY.get(factor_id)) for factor_id in LIBRARY.ids()]
    assert len(set(digests)) == len(digests)
    assert LIBRARY.by_digest(digests[0]).id == LIBRARY.ids()[0]


@pytest.mark.parametrize(
    ("area", "known"), [("cn-gd", "0.4419"), ("cn", "0.5306"), ("cn-grid-south", "0.4042")]
)
def test_china_grid_2023_is_co2_of_generation_only(area: str, known: str) -> None:
    factor = LIBRARY.get(f"china-grid.{area}.2023")
    assert factor.value == known
    assert {"co2_only", "upstream_not_covered"} <= set(factor.covers)
    assert "2025 No. 47" in factor.source


def test_provincial_values_before_2023_are_marked_second_hand() -> None:
    for factor_id in LIBRARY.ids("china-grid"):
        factor = LIBRARY.get(factor_id)
        is_province = factor.region.startswith("CN-") and "grid" not in factor.region
        assert ("second_hand" in factor.covers) == (is_province and factor.data_year < 2023)


@pytest.mark.parametrize("missing", ["cn-xz", "cn-hk", "cn-mo", "cn-tw"])
def test_places_without_a_published_grid_factor_have_none(missing: str) -> None:
    assert f"china-grid.{missing}.2023" not in LIBRARY.ids()


@pytest.mark.parametrize(
    ("gas", "gwp", "known"),
    [
        ("r-404a", "AR4", "3921.6"),
        ("r-404a", "AR5", "3942.8"),
        ("r-404a", "AR6", "4728"),
        ("r-410a", "AR5", "1923.5"),
        ("r-134a", "AR5", "1300"),
        ("r-507a", "AR6", "4775"),
        ("r-452a", "AR5", "1945.1"),
    ],
)
def test_refrigerants_are_kilograms_co2e_per_kilogram(gas: str, gwp: str, known: str) -> None:
    factor = LIBRARY.get(f"refrigerant.{gas}.{gwp.lower()}")
    assert (factor.value, factor.per, factor.gwp) == (known, "kg", gwp)


def test_a_blend_restated_from_ar5_to_ar6_is_the_ar6_record() -> None:
    blend = LIBRARY.get("refrigerant.r-404a.ar5")
    assert value_under(blend, "AR6", gwp_table("AR6")).value == value("refrigerant.r-404a.ar6")


def test_a_lost_tonne_of_food_is_700_kg_landfilled_and_9_composted() -> None:
    waste = "desnz-2025.waste.organic-food-and-drink-waste"
    assert value(f"{waste}.landfill.t").quantize(Decimal("0.1")) == Decimal("700.3")
    assert value(f"{waste}.composting.t").quantize(Decimal("0.01")) == Decimal("8.98")


def test_every_activity_leads_to_a_factor_of_its_stage() -> None:
    assert len(activity_factors()) > 60
    for activity in activity_factors():
        assert LIBRARY.get(activity.factor).stage == activity.stage
        assert activity.name
        assert activity.name_zh


def test_no_activity_books_radiative_forcing() -> None:
    for activity in activity_factors():
        assert "radiative_forcing_included" not in LIBRARY.get(activity.factor).covers


def test_the_exiobase_table_stands_alone_under_its_licence() -> None:
    notices = {entry.name: entry for entry in LIBRARY.datasets()}
    assert notices["exiobase-import"].licence == "CC-BY-SA-4.0"
    assert {LIBRARY.get(i).licence for i in LIBRARY.ids("exiobase-import")} == {"CC-BY-SA-4.0"}
    text = (TABLES / "NOTICES.md").read_text("utf-8")
    for entry in notices.values():
        assert entry.notice in text
        assert entry.factors == len(LIBRARY.ids(entry.name))


def test_no_country_has_two_regions_and_china_is_its_own() -> None:
    rows = list(read_rows(TABLES / "regions.csv"))
    regions = {row["country"]: row["region"] for row in rows}
    assert len(rows) == len(regions) > 240
    assert (regions["CN"], regions["NL"], regions["VN"], regions["ZA"]) == ("CN", "EU", "APAC", "ROW")
