"""GWP over 100 years: the PyPI package `globalwarmingpotentials` and a CSV of blends."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final

from ledger.quantities import decimal_text
from scripts.factor_sources.table import Row, Table, file_of, gases_text, plain, slug, total_text

SETS: Final = ("AR4", "AR5", "AR6")
GwpTable = dict[str, dict[str, str]]

# AR6 divides methane by origin (IPCC AR6 WG I, Table 7.15); the package has the undivided 27.9 only.
_METHANE: Final = {
    "ch4": {"AR4": "25", "AR5": "28"},
    "ch4_fossil": {"AR4": "25", "AR5": "28", "AR6": "29.8"},
    "ch4_biogenic": {"AR4": "25", "AR5": "28", "AR6": "27"},
}
_WANTED: Final = re.compile(r"(HFC|HCFC|CFC)\d+[a-z]*\Z|(N2O|SF6|NF3|CF4|C\d+F\d+|cC4F8)\Z")
_NAMES: Final = {"cC4F8": "c_c4f8"}
_SINGLE: Final = ("HFC-23", "HFC-32", "HFC-125", "HFC-134a", "HFC-143a", "HFC-152a", "HFC-227ea", "HFC-245fa")
_SINGLE_HCFC: Final = ("HCFC-22", "HCFC-123", "HCFC-124")


def gas_code(species: str) -> str:
    """Return the code of a gas: `HFC134a` is `hfc_134a`."""
    match = re.match(r"(HFC|HCFC|CFC)-?(\d+[a-z]*)\Z", species)
    return f"{match[1].lower()}_{match[2]}" if match else _NAMES.get(species, species.lower())


def gwp_table() -> GwpTable:
    """Return kg CO2e per kg of gas, by set and gas code."""
    table: GwpTable = {name: {"co2_fossil": "1", "co2_biogenic": "1", "co2": "1"} for name in SETS}
    text = files("globalwarmingpotentials").joinpath("globalwarmingpotentials.csv").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines):
        if _WANTED.match(row["Species"]):
            for name in SETS:
                if value := row[f"{name}GWP100"]:
                    table[name][gas_code(row["Species"])] = plain(value)
    for gas, values in _METHANE.items():
        for name, value in values.items():
            table[name][gas] = value
    return table


def build(sources: Path, table: GwpTable) -> Table:
    """Build the refrigerants: single gases and blends, a record per GWP set."""
    path = file_of(sources, ("refrigerants", "refrigerant_gwp100.csv"))
    built = Table(
        file="refrigerants.csv",
        dataset="refrigerants",
        title="Refrigerants released, GWP over 100 years",
        shared={
            "dataset": "refrigerants",
            "dataset_version": f"globalwarmingpotentials {version('globalwarmingpotentials')}",
            "licence": "CC0-1.0",
            "per": "kg",
            "region": "world",
            "channel": "fossil",
            "stage": "operation",
            "evidence": "calculated",
        },
        notice="GWP-100 of IPCC AR4, AR5, AR6 as collected in the package globalwarmingpotentials (CC0 1.0).",
        sources=(path.name, "globalwarmingpotentials.csv"),
    )
    for name in (*_SINGLE, *_SINGLE_HCFC):
        built.rows += _records(f"R-{name.split('-')[1]}", {gas_code(name): "1"}, table, f" ({name})")
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["composition"]:
                built.rows += _blend(line, table)
    return built


def _blend(line: dict[str, str], table: GwpTable) -> list[Row]:
    name, composition = line["refrigerant"], line["composition"]
    shares = {}
    for part in composition.split(";"):
        percent, gas = part.strip().split("% ")
        shares[gas_code(gas)] = decimal_text(Decimal(percent).scaleb(-2))
    unknown = [gas for gas in shares if gas not in table["AR5"]]
    if unknown:
        return [
            _record(name, gwp, f" ({composition})")
            | {"value": plain(line[gwp]), "basis": "total", "gwp": gwp, "data_year": _year(gwp)}
            for gwp in SETS
        ]
    for gwp in SETS:
        if abs(Decimal(total_text(shares, table[gwp])) - Decimal(line[gwp])) > Decimal("0.06"):
            message = f"{name}: the {gwp} value of the CSV is not the sum of its parts"
            raise ValueError(message)
    return _records(name, shares, table, f" ({composition})")


def _records(name: str, shares: dict[str, str], table: GwpTable, remark: str) -> list[Row]:
    return [
        _record(name, gwp, remark)
        | {
            "value": total_text(shares, table[gwp]),
            "gases": gases_text(shares),
            "basis": "gases",
            "gwp": gwp,
            "data_year": _year(gwp),
        }
        for gwp in SETS
    ]


def _record(name: str, gwp: str, remark: str) -> Row:
    return {
        "id": slug("refrigerant", name, gwp),
        "name": f"Refrigerant {name}{remark}, released, {gwp}",
        "name_zh": f"制冷剂 {name} 泄漏（{gwp}）",
        "source": f"IPCC {gwp}, GWP over 100 years, by way of the package globalwarmingpotentials",
        "sector": "refrigerant",
    }


def _year(gwp: str) -> str:
    return {"AR4": "2007", "AR5": "2013", "AR6": "2021"}[gwp]


GWP_NOTICE: Final = """## gwp.csv: global warming potentials over 100 years

- from the package globalwarmingpotentials (CC0 1.0), which collects IPCC AR4, AR5 and AR6
- AR5 counts all methane with 28, as the tables here do; AR6 needs it divided by origin: fossil 29.8,
  other 27.0 (IPCC AR6 WG I, Table 7.15, read in public code that quotes it), so undivided methane has no
  AR6 value here
"""
