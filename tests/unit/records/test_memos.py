"""Memos and footprints from other systems in record files, and what flying does beyond its CO2e."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from ledger.factors.library import FactorLibrary
from ledger.lines import Line
from ledger.records.errors import (
    FractionRecordError,
    NeededCellError,
    NegativeRecordError,
    RecordChoiceError,
    RecordError,
    RecordNumberError,
    RecordRangeError,
    RepeatedReferenceError,
    ZeroRecordError,
)
from ledger.records.memos import radiative_forcing_mg
from tests.unit.records.making import SEASON, lines, refusals

ACTIVITY = "activity,quantity,unit,purchase"
MEMO = (
    "carbon_fossil_kg,carbon_biogenic_kg,carbon_recycled_kg,carbon_packaging_kg,land_m2_year,indirect_luc_kg"
)
FOOTPRINT = f"{ACTIVITY},footprint_kg,channel,gwp,primary_share"
PURCHASE = "purchase,goods,sector,country,amount,currency,invoice_date,price_type,vat_percent"
WITH = "desnz-2025.freight.freight-flights.long-haul-to-from-uk.with-rf.t-km.ttw"
WITHOUT = "desnz-2025.freight.freight-flights.long-haul-to-from-uk.without-rf.t-km.ttw"


def test_a_record_states_carbon_land_and_indirect_effects_beside_its_first_line(tmp_path: Path) -> None:
    made, way = lines(tmp_path, f"{ACTIVITY},{MEMO}", "diesel_burnt,100,L,I-1,1.5,0,0.25,2,12.50,0.000001")
    assert made["memo"] == {
        "carbon_mg": {"fossil": "1500000", "biogenic": "0", "recycled": "250000", "packaging": "2000000"},
        "land_m2_year": "12.5",
        "indirect_luc_mg": "1",
    }
    assert Line.model_validate(made).memo is not None
    assert "memo" not in way


def test_a_purchase_states_a_memo_under_chinese_headers_too(tmp_path: Path) -> None:
    header = f"{PURCHASE},包装碳千克,占地平方米年"
    (line,) = lines(tmp_path, header, "B-1,Cartons,322210,CN,9620.00,CNY,2024-06-10,purchaser,13,4,0.3")
    assert line["memo"] == {"carbon_mg": {"packaging": "4000000"}, "land_m2_year": "0.3"}


def test_a_record_without_memo_cells_has_no_memo(tmp_path: Path) -> None:
    assert all("memo" not in line for line in lines(tmp_path, ACTIVITY, "diesel_burnt,100,L,I-1"))


def test_a_flight_has_what_it_does_beyond_its_co2e_from_the_shipped_factors(tmp_path: Path) -> None:
    flight, way = lines(tmp_path, ACTIVITY, "air_freight_long_haul,24129.6,t.km,AWB-1")
    library = FactorLibrary.shipped()
    beyond = Fraction(library.get(WITH).value) - Fraction(library.get(WITHOUT).value)
    assert flight["memo"] == {"radiative_forcing_mg": str(round(Fraction("24129.6") * beyond * 10**6))}
    assert flight["memo"] == {"radiative_forcing_mg": "8881864464"}
    booked = Fraction(flight["amount"]["components"]["aircraft.secondary"])
    both = booked + Fraction(flight["memo"]["radiative_forcing_mg"])
    assert both == Fraction("24129.6") * Fraction(library.get(WITH).value) * 10**6
    assert "memo" not in way


def test_a_flight_s_own_figure_counts_before_the_factor_s(tmp_path: Path) -> None:
    header = f"{ACTIVITY},radiative_forcing_kg,carbon_fossil_kg"
    flight, _ = lines(tmp_path, header, "air_freight_long_haul,10,t.km,AWB-1,2.5,")
    assert flight["memo"] == {"radiative_forcing_mg": "2500000"}
    other, _ = lines(tmp_path, header, "air_freight_long_haul,10,t.km,AWB-1,,1")
    assert other["memo"] == {"radiative_forcing_mg": "3680900", "carbon_mg": {"fossil": "1000000"}}


def test_only_factors_of_flying_have_something_beyond() -> None:
    library = FactorLibrary.shipped()
    ship = library.get("desnz-2024.fuel.diesel-100-mineral-diesel.l")
    assert radiative_forcing_mg(ship, "10", "L", library) is None
    flight = library.get(WITHOUT)
    unnamed = flight.model_copy(update={"id": "own.flight"})
    assert radiative_forcing_mg(unnamed, "10", "t.km", library) is None
    assert radiative_forcing_mg(flight, "10", "kg·km", library) == 3681


def test_a_footprint_from_another_system_keeps_its_kind_its_gwp_set_and_its_primary_share(
    tmp_path: Path,
) -> None:
    header = f"{FOOTPRINT},of_which,text"
    carton, freight = lines(
        tmp_path,
        header,
        "cartons_bought,500,piece,INV-7,320.5,fossil,AR6,0.60,packaging,Cartons by PACT exchange",
        "rail_freight_booked,800,t.km,INV-8,12,luc,AR5,1,,",
    )
    assert carton["amount"] == {
        "components": {"fossil.imported": "320500000"},
        "gwp": "AR6",
        "primary_share": "0.6",
    }
    assert carton["source"] == {
        "activity": "cartons_bought",
        "quantity": "500",
        "unit": "piece",
        "tags": {"scope": "3", "category": "1", "stage": "operation", "of_which": "packaging"},
        "text": "Cartons by PACT exchange",
    }
    assert freight["amount"]["primary_share"] == "1"
    assert freight["source"]["tags"]["category"] == "4"
    for line in (carton, freight):
        assert Line.model_validate(line).amount.gap is None


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("channel", "cartons_bought,500,piece,INV-7,320.5,,AR6,0.6"),
        ("gwp", "cartons_bought,500,piece,INV-7,320.5,fossil,,0.6"),
        ("primary_share", "cartons_bought,500,piece,INV-7,320.5,fossil,AR6,"),
        ("purchase", "cartons_bought,500,piece,,320.5,fossil,AR6,0.6"),
        ("footprint_kg", "diesel_burnt,500,L,INV-7,,fossil,,"),
        ("footprint_kg", "diesel_burnt,500,L,INV-7,,,AR5,"),
        ("footprint_kg", "diesel_burnt,500,L,INV-7,,,,0.6"),
    ],
)
def test_half_a_footprint_is_refused_with_the_cell_that_is_missing(
    tmp_path: Path, column: str, row: str
) -> None:
    text = f"record,{FOOTPRINT}\nP-1,{row}\n"
    (error,) = refusals(tmp_path, {**SEASON, "rows.csv": text})
    assert isinstance(error, NeededCellError)
    assert (error.file, error.row, error.column) == ("rows.csv", 2, column)


@pytest.mark.parametrize(
    ("column", "value", "refusal"),
    [
        ("primary_share", "1.01", RecordRangeError),
        ("primary_share", "60 %", RecordNumberError),
        ("primary_share", "-0.1", NegativeRecordError),
        ("footprint_kg", "0", ZeroRecordError),
        ("footprint_kg", "0.0000001", FractionRecordError),
        ("channel", "land_removal", RecordChoiceError),
        ("channel", "fossile", RecordChoiceError),
        ("gwp", "AR7", RecordChoiceError),
        ("carbon_fossil_kg", "-1", NegativeRecordError),
        ("carbon_packaging_kg", "0.0000001", FractionRecordError),
        ("land_m2_year", "1e3", RecordNumberError),
        ("indirect_luc_kg", "100000000001", RecordRangeError),
        ("radiative_forcing_kg", "NaN", RecordNumberError),
    ],
)
def test_a_cell_beside_the_amounts_is_refused_by_row_and_column(
    tmp_path: Path, column: str, value: str, refusal: type[RecordError]
) -> None:
    cells = {
        "footprint_kg": "320.5",
        "channel": "fossil",
        "gwp": "AR6",
        "primary_share": "0.6",
        column: value,
    }
    header = ",".join(["record", ACTIVITY, *cells])
    text = f"{header}\nP-1,cartons_bought,500,piece,INV-7,{','.join(cells.values())}\n"
    (error,) = refusals(tmp_path, {**SEASON, "rows.csv": text})
    assert isinstance(error, refusal)
    assert (error.row, error.column, error.value) == (2, column, value)


def test_one_purchase_is_covered_once_by_a_footprint_or_a_factor(tmp_path: Path) -> None:
    rows = ["cartons_bought,5,piece,I-7,3,fossil,AR6,0.6", "cartons_bought,5,piece,I-7,1,luc,AR6,0.6"]
    text = "\n".join([f"record,{FOOTPRINT}", *(f"P-1,{row}" for row in rows)]) + "\n"
    (error,) = refusals(tmp_path, {**SEASON, "rows.csv": text})
    assert isinstance(error, RepeatedReferenceError)
    assert error.column == "purchase"
