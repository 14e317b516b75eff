"""UK government conversion factors (DESNZ): fuels of the 2024 workbook, the rest of the 2025 flat file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import openpyxl

from scripts.factor_sources.table import Row, Table, file_of, gases_text, plain, slug

FUELS_FILE: Final = "ghg-conversion-factors-2024-full_set__for_advanced_users__v1_1.xlsx"
FLAT_FILE: Final = "desnz-2025-flat.csv"
NOTICE: Final = (
    "Contains public sector information licensed under the Open Government Licence v3.0: UK Government GHG "
    "Conversion Factors for Company Reporting, Department for Energy Security and Net Zero, {year}."
)
UNITS: Final = {
    "tonnes": "t",
    "litres": "L",
    "kg": "kg",
    "cubic metres": "m3",
    "tonne.km": "t.km",
    "km": "km",
    "kWh": "kWh",
    "kWh (Net CV)": "kWh",
    "kWh (Gross CV)": "kWh",
}
_UNIT_WORDS: Final = {
    "kWh (Net CV)": "kwh-net",
    "kWh (Gross CV)": "kwh-gross",
    "tonnes": "t",
    "litres": "l",
    "cubic metres": "m3",
    "tonne.km": "t-km",
}
CO2E: Final = "kg CO2e"
_GAS_ROWS: Final = {
    "kg CO2e of CO2 per unit": ("co2_fossil", Decimal(1)),
    "kg CO2e of CH4 per unit": ("ch4_fossil", Decimal(28)),
    "kg CO2e of N2O per unit": ("n2o", Decimal(265)),
}
"""Gas rows of DESNZ are in CO2e under AR5; a gas's own mass is that divided by its GWP."""


def shared(year: str, version: str) -> Row:
    """Return what all rows of one DESNZ table share."""
    return {
        "dataset": f"desnz-{year}",
        "dataset_version": version,
        "source": f"DESNZ, UK Government GHG Conversion Factors for Company Reporting {year}",
        "licence": "OGL-UK-3.0",
        "basis": "total",
        "gwp": "AR5",
        "data_year": year,
        "region": "GB",
    }


def build_fuels(sources: Path) -> Table:
    """Build fuels burnt (scope 1), biomass burnt and refrigerants from the 2024 workbook."""
    path = file_of(sources, ("desnz", FUELS_FILE))
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    built = Table(
        "desnz_2024_fuels.csv",
        "desnz-2024",
        "Fuels burnt and refrigerants released",
        shared("2024", "2024 full set v1.1"),
        NOTICE.format(year=2024),
        (path.name,),
    )
    built.rows = [
        *_fuels(book["Fuels"]),
        *_biomass(book["Bioenergy"]),
        *_refrigerants(book["Refrigerant & other"]),
    ]
    book.close()
    return built


def _fuels(sheet: Any) -> Iterator[Row]:
    fuel = ""
    for cells in sheet.iter_rows(values_only=True):
        words = [cell for cell in cells if cell is not None and str(cell).strip()]
        at = next((i for i, word in enumerate(words) if word in UNITS), None)
        fuel = str(words[at - 1]).strip() if at else fuel
        if at is None or len(words) < at + 5:
            continue
        unit, (total, *gas_rows) = str(words[at]), [plain(number, 9) for number in words[at + 1 : at + 5]]
        keys = [f"kg CO2e of {gas} per unit" for gas in ("CO2", "CH4", "N2O")]
        yield burnt(fuel, unit, total, dict(zip(keys, gas_rows, strict=True)))


def burnt(fuel: str, unit: str, total: str, gas_rows: Row) -> Row:
    """Return the record of a fuel burnt, with its gases where they are published."""
    return _with_gases(
        {
            "id": slug("desnz-2024.fuel", fuel, _unit_words(unit)),
            "name": f"{fuel} burnt, per {unit}",
            "value": total,
            "per": UNITS[unit],
            "sector": "fuel",
            "channel": "fossil",
            "stage": "operation",
            "evidence": "calculated",
        },
        gas_rows,
        ["upstream_not_covered"],
    )


def _biomass(sheet: Any) -> Iterator[Row]:
    fuel, started = "", False
    for cells in sheet.iter_rows(values_only=True):
        words = [cell for cell in cells if cell is not None and str(cell).strip()]
        if words and words[0] == "Biomass":
            started, words = True, words[1:]
        if not started or len(words) not in {2, 3} or words[-2] not in UNITS:
            started = started and bool(words) and words[0] != "Activity"
            continue
        fuel = str(words[0]) if len(words) == 3 else fuel
        yield {
            "id": slug("desnz-2024.biomass", fuel, _unit_words(str(words[-2]))),
            "name": f"{fuel} burnt, CH4 and N2O, per {words[-2]}",
            "value": plain(words[-1], 9),
            "per": UNITS[str(words[-2])],
            "sector": "biomass",
            "channel": "biogenic_non_co2",
            "stage": "operation",
            "evidence": "calculated",
            "covers": "upstream_not_covered",
        }


def _refrigerants(sheet: Any) -> Iterator[Row]:
    for cells in sheet.iter_rows(values_only=True):
        words = [cell for cell in cells if cell is not None and str(cell).strip()]
        if "kg" not in words or words.index("kg") == 0 or not isinstance(words[-1], int | float):
            continue
        name = str(words[words.index("kg") - 1]).strip()
        yield {
            "id": slug("desnz-2024.released", name),
            "name": f"{name} released",
            "value": plain(words[-1], 9),
            "per": "kg",
            "sector": "refrigerant",
            "channel": "fossil",
            "stage": "operation",
            "evidence": "calculated",
        }


def lines_2025(sources: Path) -> list[Row]:
    """Read the 2025 flat file; a lost dash (U+FFFD) is written as an en dash again."""
    path = file_of(sources, ("desnz", FLAT_FILE))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{key: text.replace("\ufffd", "–").strip() for key, text in row.items()} for row in rows]


def build_2025(sources: Path) -> Table:
    """Build freight, well-to-tank, material use, waste, water and biogenic CO2 from the 2025 flat file."""
    built = Table(
        "desnz_2025.csv",
        "desnz-2025",
        "Freight, well-to-tank, materials, waste, water",
        shared("2025", "2025 flat file"),
        NOTICE.format(year=2025),
        (FLAT_FILE,),
    )
    groups: dict[tuple[str, ...], Row] = {}
    for line in lines_2025(sources):
        key = tuple(line[name] for name in ("Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM"))
        if line["GHG Conversion Factor 2025"] and line["UOM"] in UNITS and "Electric Vehicle" not in key[4]:
            groups.setdefault(key, {})[line["GHG/Unit"]] = plain(line["GHG Conversion Factor 2025"], 9)
    for key, values in groups.items():
        if row := _row_2025(key, values):
            built.rows.append(row)
    return built


def _row_2025(key: tuple[str, ...], values: Row) -> Row | None:
    level, *words, unit = key
    kind = KINDS.get(level)
    value = values.get(CO2E) or values.get("kg CO2e of CO2 per unit")
    if kind is None or value is None or (level == "Outside of scopes" and "lectric" in words[0]):
        return None
    told = [re.sub(r"^WTT- ", "", word) for word in words if word]
    stage = "wtt" if level.startswith("WTT") else "ttw" if level == "Freighting goods" else ""
    row = {
        "id": slug(f"desnz-2025.{kind.name}", *_id_words(level, told), _unit_words(unit), stage),
        "name": f"{kind.title}: {', '.join(told)}, per {unit}",
        "value": value,
        "per": UNITS[unit],
        "sector": kind.name,
        "channel": _channel(level, told),
        "stage": "energy_provision" if stage == "wtt" else "operation",
        "evidence": kind.evidence,
    }
    covers = list(kind.covers)
    if level == "Freighting goods" or told[:1] == ["freight flights"]:
        covers += _flight_covers(told, stage)
    return _with_gases(row, {k: v for k, v in values.items() if k in _GAS_ROWS}, covers)


@dataclass(frozen=True, slots=True)
class Kind:
    """What one first level of the flat file becomes: a word for ids, a title, how a line knows it."""

    name: str
    title: str
    evidence: str = "secondary"
    covers: tuple[str, ...] = ()


KINDS: Final = {
    "Freighting goods": Kind("freight", "Freight, tank to wheel", covers=("upstream_not_covered",)),
    "WTT- delivery vehs & freight": Kind("freight", "Freight, well to tank"),
    "WTT- fuels": Kind("fuel", "Fuel, well to tank"),
    "WTT- bioenergy": Kind("bioenergy", "Bioenergy, well to tank"),
    "Material use": Kind("material", "Material made", covers=("transport_to_site_included",)),
    "Waste disposal": Kind("waste", "Waste treated", covers=("transport_to_site_included",)),
    "Water supply": Kind("water", "Water"),
    "Water treatment": Kind("water", "Water"),
    "Outside of scopes": Kind("biogenic-co2", "Biogenic CO2 of burning", "calculated", ("co2_only",)),
}
"""The parts of the flat file that ship, by its first level."""


def _id_words(level: str, told: list[str]) -> list[str]:
    if level in {"Water supply", "Water treatment"}:
        return told[:1]
    # The group of a material or fuel is only a heading; its own name says it again.
    return told[1:] if level.startswith(("WTT- fuels", "Material", "Waste", "Outside", "WTT- bio")) else told


def _channel(level: str, told: list[str]) -> str:
    words = " ".join(told).lower()
    if level == "Outside of scopes":
        return "biogenic_co2_out"
    if level == "Freighting goods" and "flights" in words:
        return "aircraft"
    rots = any(word in words for word in ("organic", "paper", "wood", "books"))
    return "biogenic_non_co2" if level == "Waste disposal" and rots and "landfill" in words else "fossil"


def _flight_covers(told: list[str], stage: str) -> list[str]:
    if "flights" not in told[0].lower() or stage == "wtt":
        return []
    return ["radiative_forcing_included"] if told[-1] == "With RF" else ["no_radiative_forcing"]


def _with_gases(row: Row, gas_rows: Row, covers: list[str]) -> Row:
    if len(gas_rows) == len(_GAS_ROWS):
        gases = {}
        for key, co2e in gas_rows.items():
            gas, gwp = _GAS_ROWS[key]
            gases[gas] = plain(Decimal(co2e) / gwp, 12)
        row["gases"] = gases_text(gases)
        if sum(Decimal(co2e) for co2e in gas_rows.values()) != Decimal(row["value"]):
            covers = [*covers, "gases_do_not_add_up"]
    return row | {"covers": ";".join(covers)}


def _unit_words(unit: str) -> str:
    return _UNIT_WORDS.get(unit, unit.lower())
