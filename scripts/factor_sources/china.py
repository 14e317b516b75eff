"""China's average grid emission factors by province, region and nation, 2021 to 2023: CO2 of generation."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from scripts.factor_sources.table import Row, Table, file_of, plain, slug

YEARS: Final = ("2021", "2022", "2023")
REGION_CODES: Final = {
    "North China": "CN-grid-north",
    "Northeast": "CN-grid-northeast",
    "East China": "CN-grid-east",
    "Central China": "CN-grid-central",
    "Northwest": "CN-grid-northwest",
    "Southern": "CN-grid-south",
    "Southwest": "CN-grid-southwest",
    "National average": "CN",
}
SHARED: Final[Row] = {
    "dataset": "china-grid",
    "licence": "official publication of the government of China, cited",
    "per": "kWh",
    "basis": "gases",
    "gwp": "AR5",
    "sector": "electricity",
    "channel": "fossil",
    "stage": "energy_provision",
    "evidence": "secondary",
}
NOTICE: Final = (
    "Average CO2 emission factors of electricity, published by the Ministry of Ecology and Environment (MEE) "
    "and the National Bureau of Statistics (NBS) of China; 2023: Announcement 2025 No. 47. Generation only, "
    "CO2 only. Provincial values of 2021 and 2022 were read second-hand. Tibet, Hong Kong, Macao and Taiwan "
    "have no value."
)


def build(sources: Path) -> Table:
    """Build the grid factors of China."""
    provinces = file_of(sources, ("china_grid", "china_grid_average_factors.csv"))
    regions = file_of(sources, ("china_grid", "china_grid_region_national.csv"))
    built = Table(
        "china_grid.csv",
        "china-grid",
        "Grid electricity in China",
        SHARED,
        NOTICE,
        (provinces.name, regions.name),
    )
    with provinces.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            words = (line["name_en"], line["name_zh"])
            built.rows += [_row(line, line["iso3166_2"], words, year, province=True) for year in YEARS]
    with regions.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            code, words = REGION_CODES[line["area_en"]], (line["area_en"], line["area_zh"])
            built.rows += [_row(line, code, words, year, province=False) for year in YEARS]
    return built


def _row(line: dict[str, str], code: str, words: tuple[str, str], year: str, *, province: bool) -> Row:
    value = plain(line[f"kgCO2_per_kWh_{year}"])
    covers = ["co2_only", "upstream_not_covered"]
    if province and year != "2023":
        covers.append("second_hand")
    announced = "Announcement 2025 No. 47" if year == "2023" else f"average grid factors of {year}"
    return {
        "id": slug("china-grid", code, year),
        "name": f"Grid electricity, {words[0]}, {year}, generation, CO2 only",
        "name_zh": f"{words[1]}电力平均二氧化碳排放因子（{year}年）",
        "value": value,
        "gases": f"co2_fossil:{value}",
        "source": f"MEE and NBS of China, {announced}",
        "dataset_version": announced,
        "data_year": year,
        "region": code,
        "covers": ";".join(covers),
    }
