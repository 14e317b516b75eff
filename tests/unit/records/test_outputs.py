"""What came out of a production, and how a company's files say it is shared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.records.errors import FractionRecordError, NeededCellError, RecordChoiceError, RecordUnitError
from ledger.records.outputs import NeedlessCellError
from tests.unit.records.making import SEASON, intents, refusals

OUTPUTS = "production,batch,product,quantity,unit,"
PRICED = (
    "production,from,to,policy,currency,prices_from,prices_to,basis_source\n"
    "P-1,2025-01-01,2025-06-17,economic/1,{currency},2025-01-01,2025-05-31,{source}\n"
)
HEATED = "production,from,to,policy,basis_source\nP-1,2025-01-01,2025-06-17,energy/1,Own laboratory\n"


def priced(currency: str = "CNY", source: str = "") -> str:
    return PRICED.format(currency=currency, source=source)


def policy(folder: Path, outputs: str, productions: str = SEASON["productions.csv"]) -> Any:
    files = {"productions.csv": productions, "outputs.csv": OUTPUTS + outputs}
    (made,) = intents(folder, files)
    assert all("weight" not in one["balance"] for one in made.body["outputs"])
    return made.body["policy"]


def problems(folder: Path, outputs: str, productions: str = SEASON["productions.csv"]) -> list[Any]:
    return refusals(folder, {"productions.csv": productions, "outputs.csv": OUTPUTS + outputs})


def test_products_share_by_mass_and_culls_carry_nothing(tmp_path: Path) -> None:
    rows = "role\nP-1,A,Lychee,4500,kg,\nP-1,B,Culls,500,kg,waste\nP-1,C,Wood,500,kg,残余物\n"
    without = [{"output": "1", "because": "waste"}, {"output": "2", "because": "residue"}]
    assert policy(tmp_path, rows) == {
        "id": "cut-off/1",
        "inputs": {"cut_off": {"outputs": without, "others": "mass/1"}},
    }
    assert policy(tmp_path, "role\nP-1,A,Lychee,4500,kg,product\n") == {"id": "mass/1"}


def test_outputs_say_what_they_are_and_only_waste_scrap_and_residues_carry_nothing(tmp_path: Path) -> None:
    rows = (
        "role\nP-1,A,Lychee,4500,kg,\nP-1,B,Wine in cask,5,kg,in_process\nP-1,C,Hail,9,kg,非正常损耗\n"
        "P-1,D,Young trees,9,kg,资产\nP-1,E,Peel,9,kg,by_product\nP-1,F,Wire,9,kg,scrap\n"
    )
    files = {"productions.csv": SEASON["productions.csv"], "outputs.csv": OUTPUTS + rows}
    (made,) = intents(tmp_path, files)
    kinds = [one["balance"].get("kind") for one in made.body["outputs"]]
    assert kinds == [None, "in_process", "abnormal_loss", "asset", "by_product", "scrap"]
    cut_off = made.body["policy"]["inputs"]["cut_off"]
    assert cut_off == {"outputs": [{"output": "5", "because": "scrap"}], "others": "mass/1"}


@pytest.mark.parametrize(
    ("currency", "quantity", "price", "expected"),
    [
        ("CNY", "4500,kg", "8.5", "850"),
        ("CNY", "4.5,t", "8500", "850"),
        ("CNY", "4500,g", "0.0085", "850"),
        ("JPY", "4500,kg", "8.5", "8.5"),
        ("CNY", "5000,piece", "3", "300"),
    ],
)
def test_a_price_per_unit_of_the_quantity_becomes_one_per_kilogram_or_piece(
    tmp_path: Path, currency: str, quantity: str, price: str, expected: str
) -> None:
    found = policy(tmp_path, f"price\nP-1,A,Goods,{quantity},{price}\n", priced(currency, "Sales journal"))
    values = found["inputs"]["values"]
    assert values["outputs"] == [{"output": "0", "price": expected}]
    assert (values["currency"], values["source"]) == (currency, "Sales journal")


def test_waste_needs_no_price_where_products_share_by_value(tmp_path: Path) -> None:
    rows = "revenue,role\nP-1,A,Lychee,4500,kg,100.5,\nP-1,B,Culls,500,kg,,scrap\n"
    found = policy(tmp_path, rows, priced())
    assert (found["id"], found["inputs"]["cut_off"]["others"]) == ("cut-off/1", "economic/1")
    assert found["inputs"]["values"]["outputs"] == [{"output": "0", "revenue": "10050"}]


def test_energy_is_given_whole_or_by_heating_value(tmp_path: Path) -> None:
    rows = "energy_mj,lhv_mj_per_kg\nP-1,A,Oil,500,kg,18500,\nP-1,B,Cake,500,kg,,17.25\n"
    assert policy(tmp_path, rows, HEATED) == {
        "id": "energy/1",
        "inputs": {
            "energy": {
                "source": "Own laboratory",
                "outputs": [
                    {"output": "0", "joules": "18500000000"},
                    {"output": "1", "lower_heating_value": "17.25"},
                ],
            }
        },
    }


def test_sharing_by_value_needs_every_products_value_and_the_prices_period(tmp_path: Path) -> None:
    (error,) = problems(tmp_path, "price\nP-1,A,Carton,5000,piece,\n", priced())
    assert (type(error), error.column, error.activity) == (NeededCellError, "revenue", "economic/1")
    bare = SEASON["productions.csv"].replace("mass/1", "economic/1")
    (error,) = problems(tmp_path, "revenue\nP-1,A,Carton,5000,piece,5\n", bare)
    assert (type(error), error.column) == (NeededCellError, "currency")


@pytest.mark.parametrize(
    ("outputs", "productions", "column"),
    [
        ("revenue\nP-1,A,Lychee,4500,kg,5\n", SEASON["productions.csv"], "revenue"),
        ("price\nP-1,A,Lychee,4500,kg,5\n", HEATED, "price"),
        ("role\nP-1,A,Lychee,4500,kg,\n", HEATED.replace("energy/1", "mass/1"), "basis_source"),
    ],
)
def test_a_cell_that_the_policy_does_not_compute_with_is_refused(
    tmp_path: Path, outputs: str, productions: str, column: str
) -> None:
    (error,) = problems(tmp_path, outputs, productions)
    assert (type(error), error.column) == (NeedlessCellError, column)
    assert "doesn't compute with" in str(error)


def test_amounts_have_a_smallest_unit_and_roles_and_units_are_known(tmp_path: Path) -> None:
    (error,) = problems(tmp_path, "revenue\nP-1,A,Carton,5000,piece,0.005\n", priced())
    assert (type(error), error.column) == (FractionRecordError, "revenue")
    (error,) = problems(tmp_path, "role\nP-1,A,Lychee,4500,kg,rubbish\n")
    assert (type(error), error.column) == (RecordChoiceError, "role")
    (error,) = problems(tmp_path, "price\nP-1,A,Juice,4500,L,5\n", priced())
    assert (type(error), error.column) == (RecordUnitError, "unit")
