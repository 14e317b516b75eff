"""Grid electricity of countries other than China, from the package `codecarbon`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Final

from scripts.factor_sources.table import Row, Table, file_of, plain, slug

COUNTRIES: Final = {
    "ARE": "AE", "AUS": "AU", "AUT": "AT", "BEL": "BE", "BGR": "BG", "BRA": "BR", "CAN": "CA", "CHE": "CH",
    "CYP": "CY", "CZE": "CZ", "DEU": "DE", "DNK": "DK", "ESP": "ES", "EST": "EE", "FIN": "FI", "FRA": "FR",
    "GBR": "GB", "GRC": "GR", "HRV": "HR", "HUN": "HU", "IDN": "ID", "IND": "IN", "IRL": "IE", "ISR": "IL",
    "ITA": "IT", "JPN": "JP", "KHM": "KH", "KOR": "KR", "LAO": "LA", "LTU": "LT", "LUX": "LU", "LVA": "LV",
    "MDG": "MG", "MEX": "MX", "MLT": "MT", "MMR": "MM", "MYS": "MY", "NLD": "NL", "NOR": "NO", "NZL": "NZ",
    "PHL": "PH", "POL": "PL", "PRT": "PT", "ROU": "RO", "SAU": "SA", "SGP": "SG", "SVK": "SK", "SVN": "SI",
    "SWE": "SE", "THA": "TH", "TUR": "TR", "USA": "US", "VNM": "VN", "ZAF": "ZA",
}  # fmt: skip
"""The countries that ship, from three letters to two (ISO 3166-1)."""


def build(package: Path) -> Table:
    """Build grid electricity by country; the system boundary is not stated by the package."""
    path = file_of(package, ("codecarbon", "data", "private_infra", "global_energy_mix.json"))
    version = next(package.glob("codecarbon-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    mixes = json.loads(path.read_text("utf-8"))
    built = Table(
        "world_grid.csv",
        "world-grid",
        "Grid electricity by country",
        {
            "dataset": "world-grid",
            "dataset_version": f"codecarbon {version}",
            "source": "Package codecarbon, global energy mix by country",
            "licence": "MIT",
            "per": "kWh",
            "basis": "total",
            "gwp": "AR5",
            "sector": "electricity",
            "channel": "fossil",
            "stage": "energy_provision",
            "evidence": "secondary",
            "covers": "second_hand;boundary_not_stated;gwp_not_stated",
        },
        "Carbon intensity of electricity by country as carried by the package codecarbon (MIT licence).",
        (path.name,),
    )
    for code, country in COUNTRIES.items():
        mix = mixes[code]
        built.rows.append(_row(country, mix["country_name"], str(mix["year"]), str(mix["carbon_intensity"])))
    return built


def _row(country: str, name: str, year: str, grams: str) -> Row:
    return {
        "id": slug("world-grid", country, year),
        "name": f"Grid electricity, {name}, {year}",
        "value": plain(Decimal(grams).scaleb(-3), 9),
        "data_year": year,
        "region": country,
    }
