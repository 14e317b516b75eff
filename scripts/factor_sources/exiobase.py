"""Import factors derived from EXIOBASE 3 by the US EPA: 7 regions x 298 sectors, by gas, per USD of 2019."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from ledger.factor import UNSPECIFIED_CO2E
from scripts.factor_sources.epa import BEA_NAMES
from scripts.factor_sources.table import Row, Table, file_of, gases_text, plain, slug, total_text

GASES: Final = {
    "Carbon dioxide": "co2",
    "Methane": "ch4",
    "Nitrous oxide": "n2o",
    "Sulfur hexafluoride": "sf6",
    "HFCs and PFCs, unspecified": UNSPECIFIED_CO2E,
}
REGIONS: Final = {
    "APAC": "Asia and Pacific",
    "CA": "Canada",
    "CN": "China",
    "EU": "Europe",
    "JP": "Japan",
    "MX": "Mexico",
    "ROW": "Rest of the world",
}
AVERAGES: Final = ("APAC", "EU", "ROW")
NOTICE: Final = (
    "Derived by the US Environmental Protection Agency from EXIOBASE 3 (Stadler et al.), CC BY-SA 4.0. "
    "This table alone is passed on under CC BY-SA 4.0 with attribution; changes: gases gathered in one row, "
    "rounded to 18 decimals, summed under IPCC AR5, cluster size counted. It carries no land use change."
)


def build(sources: Path, gwp: Mapping[str, str], names: Mapping[str, str]) -> Table:
    """Build the fallback for gaps that are known by spend only.

    `names` are words for the BEA codes, taken from the titles of their NAICS codes.
    """
    path = file_of(
        sources, ("exiobase_import_factors", "Regional_detail_import_factors_exiobase_2019_17sch.csv")
    )
    flows: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            in_co2e = line["Unit"] == "kg CO2e"
            if in_co2e != (GASES[line["Flowable"]] == UNSPECIFIED_CO2E) or line["PriceType"] != "Basic":
                message = f"unexpected unit or price type in {line}"
                raise ValueError(message)
            flows[line["Region"], line["Sector"]][GASES[line["Flowable"]]] = plain(line["FlowAmount"])
    built = Table(
        "import_factors.csv",
        "exiobase-import",
        "Spend on imports, by region and sector",
        SHARED,
        NOTICE,
        (path.name,),
    )
    values = {key: total_text(gases, {**gwp, UNSPECIFIED_CO2E: "1"}) for key, gases in flows.items()}
    group = {(region, sector): _group(region, sector, values) for region, sector in flows}
    clusters = Counter((region, group[region, sector]) for region, sector in flows)
    for (region, sector), gases in flows.items():
        value = values[region, sector]
        words = BEA_NAMES.get(sector) or names.get(sector, f"sector {sector}")
        row = _row(region, sector, words, gases, clusters[region, group[region, sector]])
        built.rows.append(row | {"value": value})
    return built


SHARED: Final[Row] = {
    "dataset": "exiobase-import",
    "dataset_version": "EPA import factors 2019 from EXIOBASE 3, BEA 2017 schema",
    "source": "US EPA, import emission factors derived from EXIOBASE 3, multi-regional, upstream included",
    "licence": "CC-BY-SA-4.0",
    "per": "USD",
    "currency": "USD",
    "currency_year": "2019",
    "price_type": "basic",
    "data_year": "2019",
    "basis": "gases",
    "gwp": "AR5",
    "channel": "fossil",
    "stage": "operation",
    "evidence": "spend",
}


def _group(region: str, sector: str, values: Mapping[tuple[str, str], str]) -> str:
    """Return what sectors built from the same EXIOBASE sector have in common: their value.

    A region of several countries weighs them by sector, which hides it; there, the values of China tell.
    """
    return values["CN" if region in AVERAGES else region, sector]


def _row(region: str, sector: str, words: str, gases: Row, cluster: int) -> Row:
    covers = ["no_land_use_change", "margins_not_included", "gas_origin_not_stated", "hfc_pfc_gwp_not_stated"]
    if cluster > 1:
        covers.append("clustered")
    if not any(Decimal(kg) for kg in gases.values()):
        covers.append("zero_in_source")
    return {
        "id": slug("exiobase-import", region, sector),
        "name": f"{REGIONS[region]}: {words}"[:400],
        "gases": gases_text(gases),
        "region": region,
        "sector": sector,
        "covers": ";".join(covers),
        "cluster_size": str(cluster),
    }
