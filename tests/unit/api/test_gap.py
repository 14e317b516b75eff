"""What fills a gap, over HTTP, on the page and by command: shipped factors, imported tables, reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from api.gap_answers import answer
from api.gap_asked import query_of, read_price_index
from api.gap_tables import PROVINCES, NoTableRegionError
from ledger.factors.errors import (
    DeflatorYearError,
    MixedDeflatorError,
    NoDeflatorError,
    PriceIndexFileError,
    UnknownSectorError,
)
from ledger.factors.library import FactorLibrary
from ledger.forms import FieldFormError, MissingFieldError
from ledger.mrio.adapters.concordance import china_provinces
from ledger.mrio.checks import check
from ledger.mrio.errors import MixedCharacterisationError, UnknownMrioTableError, UnknownTableSectorError
from ledger.mrio.library import TableLibrary
from ledger.mrio.product_factor import MoneyUnitError, NegativeMultiplierError
from ledger.mrio.synthetic import synthetic_table
from ledger.mrio.table import Extension, Provenance, Table

LIBRARY = FactorLibrary.shipped()
ORIGIN = Provenance("A table of the tests, as if measured", "1.0", "CC-BY-4.0", "producer")
PAPER, FOOD = "Paper", "Food"
CARTON = {
    "item": "cartons",
    "region": "CN-GD",
    "year": "2024",
    "sector": "322211",
    "amount": "12,000",
    "currency": "CNY",
    "price_type": "purchaser",
    "vat": "excluded",
    "allow_undeflated": "1",
}


def made(**changes: Any) -> Table:
    table = synthetic_table(("Guangdong", "Hunan"), (PAPER, FOOD), name="provinces", year=2020)
    return replace(table, **{"provenance": ORIGIN, **changes})


def shelf(folder: Path, *tables: Table) -> TableLibrary:
    library = TableLibrary(folder)
    for table in tables:
        library.store.add(table, check(table))
    return library


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> TableLibrary:
    return shelf(tmp_path_factory.mktemp("real"), made())


def ask(tables: TableLibrary, **changes: str | None) -> Any:
    return answer(query_of({**CARTON, **changes}), LIBRARY, tables)


def test_a_carton_without_a_passport_has_value_interval_table_licence_steps_and_three_alternatives(
    tmp_path: Path,
) -> None:
    found = ask(TableLibrary(tmp_path))
    assert found.factor.id == "exiobase-import.cn.322210"
    assert [one.step for one in found.price_steps] == ["as_invoiced", "converted"]
    low, high = int(found.interval.low_mg), int(found.interval.high_mg)
    assert low < int(found.amount_mg) < high
    assert "judgement" in found.interval.judgement
    assert sum(part.share for part in found.interval.parts) == pytest.approx(1)
    assert (found.table.region, found.table.sector, found.table.year) == ("CN", "322210", 2019)
    assert (found.table.gwp, found.table.licence) == ("AR5", "CC-BY-SA-4.0")
    assert "EXIOBASE 3" in found.table.notice
    assert [one.region for one in found.alternatives] == ["APAC", "ROW", "US"]
    assert all(one.amount_mg and one.why_not for one in found.alternatives)
    assert found.behind.gases[0][0] == "co2"
    assert sum(share for _, share in found.behind.gases) == pytest.approx(1)
    assert "passport mrio import" in found.behind.why_none
    assert found.flags == ("margins_unknown", "undeflated", "nation_for_province")
    (match,) = found.matches
    assert (match.code, match.match) == ("322210", "part")


def test_a_made_up_table_answers_only_where_it_is_named_and_is_marked(tmp_path: Path) -> None:
    tables = shelf(tmp_path, replace(made(), provenance=replace(ORIGIN, synthetic=True)))
    found = ask(tables, table_sector=PAPER)
    assert found.factor.dataset == "exiobase-import"
    assert any("synthetic" in one.why_not for one in found.considered)
    assert found.behind.paths == ()
    named = ask(tables, table="provinces", table_sector=PAPER)
    assert named.table.synthetic
    assert "synthetic" in named.flags
    assert {one.why_not for one in named.alternatives} == {"Another table was asked for by its name."}


def test_a_province_of_an_imported_table_goes_before_the_nation(real: TableLibrary) -> None:
    found = ask(real, table_sector=PAPER)
    table = real.open("provinces")
    (head,) = real.tables()
    assert (found.table.digest, found.table.region, found.table.sector) == (head.digest, "Guangdong", PAPER)
    assert found.factor.dataset == head.digest
    solved = real.solved("provinces")
    wanted = solved.M[table.position("Guangdong", PAPER)] * 1000 / 10_000
    assert float(found.value) == pytest.approx(wanted)
    assert found.interval.method == "monte_carlo"
    assert int(found.interval.low_mg) < int(found.amount_mg) < int(found.interval.high_mg)
    assert found.behind.paths[0].sectors[0] == ("Guangdong", PAPER)
    assert found.behind.contributors
    assert not found.behind.other_table
    assert "co2_only" in found.flags
    assert found.alternatives[0].region == "CN"
    assert "farther from CN-GD than Guangdong" in found.alternatives[0].why_not


def test_the_nation_is_the_average_of_its_provinces_by_what_they_make(real: TableLibrary) -> None:
    found = ask(real, table_sector=PAPER, region="CN-HE", table="provinces")
    table, solved = real.open("provinces"), real.solved("provinces")
    at = [table.position(place, PAPER) for place in table.regions]
    weights = table.output[at] / table.output[at].sum()
    assert float(found.value) == pytest.approx(float(weights @ solved.M[at]) / 10)
    assert {"average_of_provinces", "nation_for_province"} <= set(found.flags)
    whole = ask(real, table_sector=PAPER, region="CN", table="provinces")
    assert "nation_for_province" not in whole.flags


def test_the_paths_of_another_table_are_shown_as_such(real: TableLibrary) -> None:
    found = ask(real, table_sector=PAPER, region="CN-HE")
    assert found.table.digest is not None  # 2020 is nearer than 2019
    older = ask(real, table_sector=PAPER, region="CN-HE", year="2018")
    assert older.factor.dataset == "exiobase-import"
    assert older.behind.other_table
    assert older.behind.paths
    assert "year 2020 is farther" in older.alternatives[0].why_not


def test_a_region_can_be_named_as_the_table_calls_it(real: TableLibrary) -> None:
    found = ask(real, table="provinces", table_sector=PAPER, table_region="Hunan")
    assert found.table.region == "Hunan"
    assert "region_fallback" in found.flags
    own = ask(real, table="provinces", table_sector=PAPER, table_region="Guangdong")
    assert "region_fallback" not in own.flags
    with pytest.raises(UnknownTableSectorError):
        ask(real, table="provinces", table_sector=PAPER, table_region="Atlantis")


def test_a_code_split_over_sectors_is_a_mix_of_them(real: TableLibrary) -> None:
    file = b"from,to,weight,match\n4819,Paper,0.75,split\n4819,Food,0.25,split\n"
    query = query_of({**CARTON, "sector": "4819", "table": "provinces"}, concordance=("own.csv", file))
    found = answer(query, LIBRARY, real)
    table, row = real.open("provinces"), real.solved("provinces").M
    wanted = 0.75 * row[table.position("Guangdong", PAPER)] + 0.25 * row[table.position("Guangdong", FOOD)]
    assert float(found.value) == pytest.approx(wanted / 10)
    assert [one.weight for one in found.matches] == ["0.75", "0.25"]
    assert found.interval is not None
    assert "concordance" in {part.code for part in found.interval.parts}


def test_of_a_split_code_the_largest_share_stands_for_all_in_shipped_tables(tmp_path: Path) -> None:
    file = b"from,to,weight,match\n4819,322210,0.75,split\n4819,322220,0.25,judgement\n"
    query = query_of({**CARTON, "sector": "4819"}, concordance=("own.csv", file))
    found = answer(query, LIBRARY, TableLibrary(tmp_path))
    assert found.table is not None
    assert found.table.sector == "322210"
    assert "sector_split" in found.flags


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda _: {"unit": "shells"}, MoneyUnitError),
        (lambda _: {"unit": "10,000 EUR"}, MoneyUnitError),
        (lambda _: {"unit": "0 CNY"}, MoneyUnitError),
        (lambda table: {"extensions": {"e": renamed(table, "CO2", "kWh")}}, MixedCharacterisationError),
        (lambda table: {"extensions": {"e": renamed(table, "dust", "t")}}, MixedCharacterisationError),
        (lambda table: {"extensions": {"e": renamed(table, "CO2", "t", -1)}}, NegativeMultiplierError),
    ],
)
def test_a_table_that_does_not_say_what_it_counts_gives_no_number(
    tmp_path: Path, change: Callable[[Table], dict[str, Any]], refusal: type[Exception]
) -> None:
    tables = shelf(tmp_path, made(**change(made())))
    with pytest.raises(refusal):
        ask(tables, table="provinces", table_sector=PAPER)
    assert ask(tables, table_sector=PAPER).factor.dataset == "exiobase-import"


def renamed(table: Table, row: str, unit: str, times: int = 1) -> Extension:
    emitted = pd.DataFrame(table.extensions["emissions"].F.to_numpy() * times, [row], table.labels)
    return Extension("e", emitted, pd.DataFrame({"unit": [unit]}, index=[row]))


@pytest.mark.parametrize(("row", "said", "gwp"), [("CO2e AR6", None, "AR6"), ("dust", "AR4", "AR4")])
def test_a_row_of_co2e_keeps_its_gwp_set_and_says_that_it_differs(
    tmp_path: Path, row: str, said: str | None, gwp: str
) -> None:
    tables = shelf(tmp_path, made(extensions={"e": renamed(made(), row, "t")}))
    found = ask(tables, table="provinces", table_sector=PAPER, counts_as=said)
    assert (found.table.gwp, found.gwp) == (gwp, gwp)
    assert "gwp_differs" in found.flags
    assert "co2_only" not in found.flags


def test_a_region_that_a_table_does_not_have_is_refused_by_name(real: TableLibrary) -> None:
    with pytest.raises(NoTableRegionError, match="NL"):
        ask(real, table="provinces", table_sector=PAPER, region="NL")
    with pytest.raises(UnknownMrioTableError):
        ask(real, table="none", table_sector=PAPER)


def test_wider_regions_of_a_table_are_flagged(tmp_path: Path) -> None:
    table = synthetic_table(("DE", "WA", "WW"), (PAPER, FOOD), name="world", year=2020)
    tables = shelf(tmp_path, replace(table, provenance=replace(ORIGIN, accepted=("balance",)), unit="M.CNY"))
    found = ask(tables, table="world", table_sector=PAPER)
    assert found.table.region == "WA"
    assert {"region_fallback", "checks_accepted"} <= set(found.flags)
    assert ask(tables, table="world", table_sector=PAPER, region="DE").table.region == "DE"
    assert ask(tables, table="world", table_sector=PAPER, region="BR").table.region == "WW"
    where = {one.region for one in ask(tables, table_sector=PAPER).alternatives}
    assert "WA" in where


def test_in_the_united_states_the_own_table_answers_and_others_stand_beside_it(tmp_path: Path) -> None:
    found = ask(TableLibrary(tmp_path), region="US", currency="USD", year="2022", allow_undeflated=None)
    assert found.factor.id == "epa-supply-chain.322211.with-margins"
    assert {one.region for one in found.alternatives} == {"APAC", "ROW"}
    assert all("No price index" in one.why_not or "index" in one.why_not for one in found.alternatives)


def test_physical_factors_and_passports_answer_first(tmp_path: Path) -> None:
    tables = TableLibrary(tmp_path)
    query = query_of(CARTON)
    diesel = {"code": "diesel_burnt", "quantity": "100", "unit": "L"}
    activity = type(query).model_validate({**query.model_dump(), "activity": diesel})
    found = answer(activity, LIBRARY, tables)
    assert (found.kind, found.table.dataset if found.table else "") == ("physical", "desnz-2024")
    assert found.interval is None
    soil = {"factor": "ipcc-2019.soil.ef1.wet.synthetic", "quantity": "100", "unit": "kg.N"}
    known = [one for one in LIBRARY.list("ipcc-2019") if one.uncertainty is not None]
    soil["factor"], soil["unit"] = known[0].id, known[0].per
    ranged = answer(
        type(query).model_validate({**query.model_dump(), "spend": None, "activity": soil}), LIBRARY, tables
    )
    assert ranged.interval is not None
    assert int(ranged.interval.low_mg) <= int(ranged.amount_mg) <= int(ranged.interval.high_mg)
    passport = {"passport": "ab" * 32, "kg_co2e": "1", "per": "kg", "quantity": "2", "unit": "kg"}
    held = answer(type(query).model_validate({**query.model_dump(), "candidate": passport}), LIBRARY, tables)
    assert (held.kind, held.amount_mg, held.behind) == ("passport", "2000000", None)
    unknown = {"code": "shoes", "quantity": "1", "unit": "kg"}
    spent = answer(type(query).model_validate({**query.model_dump(), "activity": unknown}), LIBRARY, tables)
    assert spent.kind == "mrio"


def test_a_sector_of_no_table_and_a_source_that_knows_nothing_are_refused(tmp_path: Path) -> None:
    tables = TableLibrary(tmp_path)
    with pytest.raises(UnknownSectorError):
        ask(tables, sector="999999")
    nothing = next(
        one for one in LIBRARY.list("exiobase-import", limit=200) if not Decimal(one.value) and one.sector
    )
    try:
        found = ask(tables, sector=nothing.sector, region="AU")
    except UnknownSectorError:
        return
    assert found.factor.id != nothing.id
    assert any("knows nothing" in one.why_not for one in found.considered)


INDEX = b"country,currency,sector,year,index,source\nCN,CNY,paper,2019,100,NBS\nCN,CNY,paper,2024,98.5,NBS\n"


def test_a_companys_own_price_index_deflates_to_the_year_of_each_table(tmp_path: Path) -> None:
    query = query_of({**CARTON, "allow_undeflated": None}, price_index=("ppi.csv", INDEX))
    found = answer(query, LIBRARY, TableLibrary(tmp_path))
    assert [one.step for one in found.price_steps] == ["as_invoiced", "deflated", "converted"]
    assert found.price_steps[1].source == "paper, CN: NBS"
    assert "undeflated" not in found.flags
    us = next(one for one in found.alternatives if one.region == "US")
    assert us.amount_mg is None
    assert "2022 is needed" in us.why_not


def test_a_price_index_that_lacks_a_year_or_comes_twice_is_refused(tmp_path: Path) -> None:
    tables = TableLibrary(tmp_path)
    query = query_of({**CARTON, "year": "2023"}, price_index=("ppi.csv", INDEX))
    with pytest.raises(DeflatorYearError, match="2023"):
        answer(query, LIBRARY, tables)
    one = {
        **dict.fromkeys(("country", "sector", "source"), "CN"),
        "currency": "CNY",
        "from_year": 2024,
        "to_year": 2019,
        "from_index": "1",
        "to_index": "1",
    }
    both = query_of(CARTON, price_index=("ppi.csv", INDEX)).model_dump()
    with pytest.raises(MixedDeflatorError):
        answer(type(query).model_validate({**both, "deflator": one}), LIBRARY, tables)
    with pytest.raises(NoDeflatorError):
        ask(tables, allow_undeflated=None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "0 rows"),
        (b"\xff", "can't be read"),
        (INDEX.replace(b"98.5", b""), "line 3: index is missing"),
        (INDEX.replace(b"CN,CNY,paper,2024", b"DE,CNY,paper,2024"), "line 3 is of another country"),
        (INDEX.replace(b"2024", b"2019"), "there twice"),
        (INDEX.replace(b"2024", b"last year"), "is no year"),
    ],
)
def test_a_file_of_prices_that_is_not_one_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(PriceIndexFileError, match=reason):
        read_price_index(content, "ppi.csv")


def test_what_is_typed_wrong_is_refused_by_field() -> None:
    with pytest.raises(FieldFormError, match="year"):
        query_of({**CARTON, "year": "last"})
    with pytest.raises(MissingFieldError, match="region"):
        query_of({**CARTON, "region": " "})


def test_every_province_of_the_tables_has_its_code() -> None:
    assert set(PROVINCES.values()) == set(china_provinces())
    named = {one.region: one.name for one in LIBRARY.list("china-grid", limit=200)}
    for code, name in PROVINCES.items():
        assert name in named.get(code, name)
