"""A figure under another GWP set is a report: what can't be computed again keeps its own and is named."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.closure import closure
from ledger.factor import Factor, factor_digest
from ledger.factors.gwp import gwp_table
from ledger.lines import Line as LineModel
from ledger.provenance import provenance
from ledger.restated_books import of_passport, of_period
from ledger.restating import (
    GAS_NOT_IN_SET,
    GASES_DO_NOT_ADD_UP,
    NO_GASES,
    NO_LINE,
    PART_AS_CO2E,
    PUBLISHED_AS_CO2E,
    REASONS,
    Restatement,
    Stated,
    UnderSet,
    restatement,
)
from tests.builders import Line, Party, World, bought, kg, output, own
from tests.removing import reverse


def factor(name: str, value: str, gases: dict[str, str] | None, basis: str = "gases") -> Factor:
    """Return a record with these gases in kg per litre, under AR5."""
    return Factor.model_validate(
        {
            "id": name,
            "name": name,
            "value": value,
            "per": "L",
            "gases": gases,
            "basis": basis,
            "gwp": "AR5",
            "source": "made up for tests",
            "dataset": "tests",
            "dataset_version": "1",
            "data_year": 2025,
            "region": "CN",
            "licence": "CC0",
            "channel": "fossil",
            "stage": "operation",
            "evidence": "calculated",
        }
    )


# AR5: 2 + 0.01 x 28 + 0.001 x 265 = 2.545; AR4: 25 and 298; AR6: 29.8 fossil, 27 other, 273.
FUEL = factor("fuel", "2.545", {"co2_fossil": "2", "ch4_fossil": "0.01", "n2o": "0.001"})
BIOGAS = factor("biogas", "0.28", {"ch4_biogenic": "0.01"})
UNDIVIDED = factor("undivided", "0.28", {"ch4": "0.01"})
MIXED = factor("mixed", "1.5", {"co2_fossil": "1", "unspecified_co2e": "0.5"})
TOTAL = factor("total", "2", {"co2_fossil": "2"}, "total")
BARE = factor("bare", "2", None, "total")
RECORDS = {factor_digest(one): one for one in (FUEL, BIOGAS, UNDIVIDED, MIXED, TOTAL, BARE)}


def burnt(record: Factor, litres: int, mg: int) -> Line:
    line = own(mg)
    line["source"] |= {"factor": factor_digest(record), "quantity": str(litres)}
    return line


def weighed(mg: int, gwp: str = "AR5", **gases_ug: int) -> Line:
    """Return a measured line that states its gas masses in micrograms."""
    line = own(mg, "fossil.measured")
    del line["source"]["factor"]
    line["amount"]["gwp"] = gwp
    if gases_ug:
        line["source"]["tags"] = {
            **line["source"]["tags"],
            "gases_ug": {gas: str(ug) for gas, ug in gases_ug.items()},
        }
    return line


def restated(*lines: Line, part: int = 1) -> Restatement:
    """Restate figures of which a `part`-th of each line is in it."""
    parts = []
    for number, wire in enumerate(lines):
        line = LineModel.model_validate(wire)
        gross = sum(int(mg) for mg in line.amount.components.values())
        parts.append(Stated("ab" * 32, number, line, gross // part))
    return restatement(parts, RECORDS.get, gwp_table)


def under(found: Restatement, gwp: str) -> UnderSet:
    return next(one for one in found.sets if one.gwp == gwp)


def test_gases_are_weighed_again_under_each_set() -> None:
    found = restated(burnt(FUEL, 1000, 2_545_000_000))
    assert {one.gwp: one.gross_mg for one in found.sets} == {
        "AR4": "2548000000",
        "AR5": "2545000000",
        "AR6": "2571000000",
    }
    assert all(one.restatable_share == "1.000000" for one in found.sets)
    assert under(found, "AR5").as_booked_mg == "2545000000"
    assert under(found, "AR6").restated_from_mg == "2545000000"
    assert found.gross_mg == "2545000000"
    assert found.reasons == {}


def test_fossil_and_other_methane_part_in_ar6() -> None:
    fossil = restated(weighed(28_000, ch4_fossil=1_000_000))
    other = restated(burnt(BIOGAS, 1000, 280_000_000))
    assert under(fossil, "AR6").gross_mg == "29800"
    assert under(other, "AR6").gross_mg == "270000000"


def test_a_part_of_a_line_is_restated_in_proportion() -> None:
    found = restated(burnt(FUEL, 1000, 2_545_000_000), part=5)
    assert under(found, "AR6").gross_mg == "514200000"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (burnt(UNDIVIDED, 1000, 280_000_000), GAS_NOT_IN_SET),
        (weighed(28_000, ch4=1_000_000), GAS_NOT_IN_SET),
        (burnt(MIXED, 1000, 1_500_000_000), PART_AS_CO2E),
        (weighed(1500, co2_fossil=1_000_000, unspecified_co2e=500_000), PART_AS_CO2E),
        (burnt(TOTAL, 1000, 2_000_000_000), PUBLISHED_AS_CO2E),
        (burnt(BARE, 1000, 2_000_000_000), PUBLISHED_AS_CO2E),
        (weighed(28_000), NO_GASES),
        (own(28_000), NO_GASES),
        (weighed(28_100, ch4_fossil=1_000_000), GASES_DO_NOT_ADD_UP),
    ],
)
def test_what_can_not_be_computed_again_keeps_its_own_set_and_is_named(line: Line, reason: str) -> None:
    found = restated(line, burnt(FUEL, 1000, 2_545_000_000))
    six = under(found, "AR6")
    (kept,) = six.kept
    assert (kept.reason, kept.gwp, kept.line, kept.activity) == (reason, "AR5", 0, "diesel")
    assert six.kept_by_gwp == {"AR5": kept.gross_mg}
    assert int(six.gross_mg) == 2_571_000_000 + int(kept.gross_mg)
    assert int(six.kept_mg) + int(six.restated_from_mg) + int(six.as_booked_mg) == int(found.gross_mg)
    assert found.reasons[reason] == REASONS[reason]


def test_ar4_has_a_value_for_methane_of_unknown_origin() -> None:
    assert under(restated(burnt(UNDIVIDED, 1000, 280_000_000)), "AR4").gross_mg == "250000000"


def test_a_line_already_in_the_set_stays_as_it_was_signed() -> None:
    found = restated(weighed(77, "AR6"))
    assert under(found, "AR6").as_booked_mg == "77"
    assert under(found, "AR5").kept_mg == "77"


def test_biogenic_co2_beside_the_gross_is_not_weighed_into_it() -> None:
    found = restated(weighed(28_000, ch4_biogenic=1_000_000, co2_biogenic=900_000))
    assert under(found, "AR6").gross_mg == "27000"


def test_masses_that_are_signed_to_the_microgram_may_be_off_by_half_of_one() -> None:
    found = restated(weighed(23, sf6=1))
    assert under(found, "AR4").restated_to_mg == "23"


def test_nothing_has_no_share() -> None:
    found = restated(own(5, "biogenic_co2_uptake.calculated"))
    nothing = restatement([], RECORDS.get, gwp_table)
    assert under(nothing, "AR6").restatable_share is None
    assert nothing.gross_mg == "0"
    assert found.sets[0].kept


class Company:
    """A company with a factor library's lines in real books."""

    def __init__(self) -> None:
        self.world = World()
        self.party: Party = self.world.register("Grower", "farmer")


@pytest.fixture
def company() -> Company:
    return Company()


def of(company: Company, **period: Any) -> Restatement:
    with company.world.store.read() as view:
        parts = of_period(view, company.party.id, **period)
    return restatement(parts, RECORDS.get, gwp_table)


def test_a_passport_is_restated_from_the_lines_behind_it(company: Company) -> None:
    world, grower = company.world, company.party
    lot = world.produce(
        grower,
        "lychee",
        kg(10),
        lines=(burnt(FUEL, 1000, 2_545_000_000), bought(kg(1)), own(9, "luc.measured")),
    )
    sent = world.dispatch(grower, lot, kg(5), to=None)
    with world.store.read() as view:
        found = provenance([one.statement for one in closure(view, sent)], sent, RECORDS.get)
    report = restatement(of_passport(found.origins), RECORDS.get, gwp_table)
    assert report.gross_mg == str(found.total.gross_mg())
    six = under(report, "AR6")
    assert six.restated_to_mg == "1285500000"
    assert [one.gross_mg for one in six.kept] == ["500000", "4"]
    assert six.restatable_share == "0.999607"


def test_a_period_is_restated_with_its_corrections_and_reversals(company: Company) -> None:
    world, grower = company.world, company.party
    lines = (
        burnt(FUEL, 1000, 2_545_000_000),
        own(kg(1), "land_removal.measured"),
        burnt(FUEL, 10, 25_450_000),
        own(kg(2), "biogenic_co2_uptake.measured"),
    )
    made = world.production(grower, (output("lychee", kg(10)),), lines=lines)
    world.correct(grower, made.digest, drop=(2,), add=(burnt(BIOGAS, 100, 28_000_000),))
    back = reverse(world, grower, made.digest, 700, line=1)
    report = of(company)
    assert report.gross_mg == str(2_545_000_000 + 28_000_000 + 700)
    six = under(report, "AR6")
    assert six.restated_to_mg == str(2_571_000_000 + 27_000_000)
    (kept,) = six.kept
    assert (kept.statement, kept.line, kept.gwp, kept.reason) == (back.digest, None, None, NO_LINE)
    assert six.kept_by_gwp == {"none": "700"}


def test_what_a_carrier_replaces_of_a_company_s_gaps_is_taken_out_again(company: Company) -> None:
    world, grower = company.world, company.party
    carrier, buyer = world.register("Carrier", "carrier"), world.register("Shop", "buyer")
    lot = world.produce(grower, "lychee", kg(10), lines=(burnt(FUEL, 1000, 2_545_000_000),))
    sent = world.dispatch(grower, lot, kg(10), to=buyer, handlers=(carrier,))
    world.handle(grower, (bought(3_000),), shipment=sent, leg="lorry")
    handled = world.handle(carrier, (burnt(FUEL, 1, 2_545_000),), shipment=sent, leg="lorry")
    report = of(company)
    assert report.gross_mg == "2545000000"
    kept = {(one.statement, one.reason): one.gross_mg for one in under(report, "AR6").kept}
    assert kept[handled.digest, NO_LINE] == "-3000"
    assert sorted(kept.values()) == ["-3000", "3000"]
    with world.store.read() as view:
        assert [part.gross_mg for part in of_period(view, carrier.id)] == [2_545_000]
