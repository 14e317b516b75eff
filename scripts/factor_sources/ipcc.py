"""IPCC 2019 Refinement, Volume 4, chapter 11: N2O of managed soils, CO2 of urea and lime; burnt prunings.

EF1, EF4 and EF5 by climate come from the package `bonsai-ipcc`. What it lacks was read in public models
that quote the tables; records that rest on it are marked second-hand:
the aggregated EF4 0.010 and FracGASF 0.11, FracGASM 0.21, FracLEACH 0.24 (wet) and 0 (dry), Table 11.3;
urea 0.20, limestone 0.12, dolomite 0.13 t C/t, sections 11.3 and 11.4; burning of crop residues, 2.7 g CH4
and 0.07 g N2O per kg dry matter, Table 2.5.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from scripts.factor_sources.table import Row, Table, file_of, gases_text, plain, slug, total_text

BOUNDS: Final = ("def", "min", "max")
CLIMATES: Final = ("wet", "dry", "aggregated")
FRAC_GAS: Final = {"synthetic": Fraction(11, 100), "organic": Fraction(21, 100)}
FRAC_LEACH: Final = {"wet": Fraction(24, 100), "dry": Fraction(0), "aggregated": Fraction(24, 100)}
EF4_AGGREGATED: Final = {"def": Fraction(10, 1000), "min": Fraction(2, 1000), "max": Fraction(18, 1000)}
N2O_PER_N: Final = Fraction(44, 28)
CO2_PER_C: Final = Fraction(44, 12)
CARBON: Final = {
    "urea": (Fraction(20, 100), "Urea applied to soil, CO2 of its carbon", "尿素施用的二氧化碳"),
    "limestone": (Fraction(12, 100), "Limestone applied to soil, CO2 of its carbon", "石灰石施用的二氧化碳"),
    "dolomite": (Fraction(13, 100), "Dolomite applied to soil, CO2 of its carbon", "白云石施用的二氧化碳"),
}
NOTICE: Final = (
    "Default factors of the 2019 Refinement to the 2006 IPCC Guidelines for National Greenhouse Gas "
    "Inventories, Volume 4, chapter 11 (and chapter 2 for burning); EF1, EF4 and EF5 as collected in the "
    "package bonsai-ipcc (MIT)."
)
SHARED: Final[Row] = {
    "dataset": "ipcc-2019",
    "dataset_version": "2019 Refinement, Volume 4",
    "licence": "IPCC default factors, cited",
    "basis": "gases",
    "gwp": "AR5",
    "data_year": "2019",
    "region": "world",
    "stage": "operation",
    "evidence": "calculated",
}


def build(package: Path, gwp: Mapping[str, str]) -> Table:
    """Build the soil factors per kg of nitrogen, and those of urea, lime and burnt prunings."""
    path = file_of(package, ("bonsai_ipcc", "data", "agriculture", "soils", "par_ef1.csv"))
    manure = path.parent.parent / "livestock_manure"
    ef1, ef4, ef5 = _read(path), _read(manure / "par_ef4.csv"), _read(manure / "par_ef5.csv")
    built = Table(
        "ipcc_soils.csv",
        "ipcc-2019",
        "Managed soils, urea, lime, burnt prunings",
        SHARED,
        NOTICE,
        ("par_ef1.csv", "par_ef4.csv", "par_ef5.csv"),
    )
    for kind in FRAC_GAS:
        for climate in CLIMATES:
            built.rows += _soil(kind, climate, (ef1, ef4, ef5), gwp)
    built.rows += [_carbon(name, gwp) for name in CARBON]
    built.rows.append(_burning(gwp))
    return built


Values = dict[tuple[str, ...], Fraction]


def _read(path: Path) -> Values:
    with path.open(encoding="utf-8", newline="") as file:
        keys = ("cultivation_type", "moisture_regime", "property")
        return {
            tuple(row[key] for key in keys if key in row): Fraction(row["value"])
            for row in csv.DictReader(file)
            if row["value"] != "inf"
        }


@dataclass(frozen=True, slots=True)
class _Way:
    """One way from nitrogen to N2O: its factor (default, low, high), the share of N that goes this way."""

    name: str
    words: str
    factors: list[Fraction]
    share: Fraction
    spread: str
    second_hand: bool


def _soil(
    kind: str, climate: str, tables: tuple[Values, Values, Values], gwp: Mapping[str, str]
) -> list[Row]:
    ef1_table, ef4_table, ef5 = tables
    moisture = "undefined" if climate == "aggregated" else climate
    named = (f"N_{kind}", moisture)
    input_type = named if (*named, "def") in ef1_table else ("N_unspec", moisture)
    ef1 = [ef1_table[(*input_type, bound)] for bound in BOUNDS]
    ef4 = [EF4_AGGREGATED[b] if climate == "aggregated" else ef4_table[climate, b] for b in BOUNDS]
    ways = (
        _Way("direct", "direct", ef1, Fraction(1), "EF1 (Table 11.1)", second_hand=False),
        _Way(
            "volatilised",
            "by way of NH3 and NOx",
            ef4,
            FRAC_GAS[kind],
            "EF4 alone (Table 11.3)",
            second_hand=True,
        ),
        _Way(
            "leached",
            "by way of leaching",
            [ef5[(bound,)] for bound in BOUNDS],
            FRAC_LEACH[climate],
            "EF5 alone (Table 11.3)",
            second_hand=True,
        ),
    )
    return [_soil_row(kind, climate, way, gwp) for way in ways]


def _soil_row(kind: str, climate: str, way: _Way, gwp: Mapping[str, str]) -> Row:
    mean, low, high = ({"n2o": plain_fraction(f * way.share * N2O_PER_N)} for f in way.factors)
    covers = [*(["second_hand"] if way.second_hand else []), "average_of_inputs", "soil_carbon_not_covered"]
    return {
        "id": slug("ipcc-2019.soil-n2o", kind, climate, way.name),
        "name": f"Soil N2O {way.words}, {kind} nitrogen, {climate} climate, per kg of nitrogen",
        "value": total_text(mean, gwp),
        "per": "kg.N",
        "gases": gases_text(mean),
        "source": "IPCC 2019 Refinement, Volume 4, chapter 11, Tables 11.1 and 11.3, Tier 1",
        "sector": "managed soils",
        "low": total_text(low, gwp),
        "high": total_text(high, gwp),
        "uncertainty_source": f"95 % range of {way.spread}, IPCC 2019",
        "channel": "land_fossil",
        "covers": ";".join(covers),
    }


def _carbon(name: str, gwp: Mapping[str, str]) -> Row:
    carbon, words, words_zh = CARBON[name]
    gases = {"co2_fossil": plain_fraction(carbon * CO2_PER_C)}
    return {
        "id": slug("ipcc-2019.soil-co2", name),
        "name": f"{words}, per kg of {name}",
        "name_zh": words_zh,
        "value": total_text(gases, gwp),
        "per": "kg",
        "gases": gases_text(gases),
        "source": "IPCC 2019 Refinement, Volume 4, chapter 11, sections 11.3 and 11.4, Tier 1",
        "sector": "managed soils",
        "channel": "land_fossil",
        "covers": "second_hand;upstream_not_covered",
    }


def _burning(gwp: Mapping[str, str]) -> Row:
    gases = {"ch4_biogenic": "0.0027", "n2o": "0.00007"}
    return {
        "id": "ipcc-2019.burning.prunings",
        "name": "Prunings or crop residues burnt in the open, CH4 and N2O, per kg of dry matter burnt",
        "name_zh": "露天焚烧修剪枝条（甲烷和氧化亚氮）",
        "value": total_text(gases, gwp),
        "per": "kg",
        "gases": gases_text(gases),
        "source": "IPCC Guidelines, Volume 4, chapter 2, Table 2.5, agricultural residues",
        "sector": "burning",
        "channel": "biogenic_non_co2",
        "covers": "second_hand",
    }


def plain_fraction(value: Fraction) -> str:
    """Write a fraction with at most 18 decimals, half to even."""
    return plain(Decimal(round(value * 10**18)).scaleb(-18))
