"""EPA Supply Chain GHG Emission Factors: 1,016 NAICS codes, v1.3.0 by gas and in CO2e, v1.2 in CO2e.

v1.2 is shipped beside its successor, so that what moved can be shown; it is marked as superseded.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ledger.factor import UNSPECIFIED_CO2E
from scripts.factor_sources.table import Row, Table, file_of, gases_text, plain, slug

GASES: Final = {
    "Carbon dioxide": "co2",
    "Methane": "ch4",
    "Nitrous oxide": "n2o",
    "Sulfur hexafluoride": "sf6",
    "Nitrogen trifluoride": "nf3",
    "Carbon tetrafluoride": "cf4",
    "Hexafluoroethane": "c2f6",
    "Perfluoropropane": "c3f8",
    "Perfluorobutane": "c4f10",
    "Perfluorohexane": "c6f14",
    "Perfluorocyclobutane": "c_c4f8",
    "HFCs and PFCs, unspecified": UNSPECIFIED_CO2E,
}
BEA_NAMES: Final = {
    "221100": "Electric power generation, transmission and distribution",
    "S00102": "Other federal government enterprises",
    "S00402": "Used and secondhand goods",
}
"""Words for the three BEA codes that no NAICS code of the EPA's table leads to."""
_WITH: Final = "Supply Chain Emission Factors with Margins"
_WITHOUT: Final = "Supply Chain Emission Factors without Margins"
SHARED: Final[Row] = {
    "dataset": "epa-supply-chain",
    "dataset_version": "1.3.0",
    "source": "US EPA, Supply Chain Greenhouse Gas Emission Factors v1.3.0 by NAICS-2017",
    "licence": "US public domain",
    "per": "USD",
    "currency": "USD",
    "currency_year": "2022",
    "price_type": "purchaser",
    "data_year": "2022",
    "region": "US",
    "basis": "total",
    "gwp": "AR5",
    "channel": "fossil",
    "stage": "operation",
    "evidence": "spend",
}


BEFORE: Final[Row] = {
    **SHARED,
    "dataset": "epa-supply-chain-v1.2",
    "dataset_version": "1.2",
    "source": "US EPA, Supply Chain Greenhouse Gas Emission Factors v1.2 by NAICS-2017",
    "currency_year": "2021",
    "data_year": "2019",
    "gwp": "AR4",
}
NOTICE_BEFORE: Final = (
    "US EPA Supply Chain GHG Emission Factors v1.2; a work of the US government, public domain. Superseded "
    "by v1.3.0. Its GWP set (AR4) and data year (2019) were read in a catalogue entry that quotes the EPA's "
    "abstract; its file names neither."
)


def build_before(sources: Path) -> Table:
    """Build the US table of version 1.2, which its successor replaces."""
    name = "SupplyChainGHGEmissionFactors_v1.2_NAICS_CO2e_USD2021.csv"
    path = file_of(sources, ("epa_supply_chain", name))
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    built = Table(
        "epa_supply_chain_v1_2.csv",
        "epa-supply-chain-v1.2",
        "Spend in the United States, by NAICS code, v1.2",
        BEFORE,
        NOTICE_BEFORE,
        (path.name,),
        superseded_by="epa-supply-chain",
    )
    clusters = Counter(line["Reference USEEIO Code"] for line in lines)
    for line in lines:
        if line["Unit"] != "kg CO2e/2021 USD, purchaser price":
            message = f"unexpected unit in {line}"
            raise ValueError(message)
        code, title = line["NAICS Code 2017"], line["NAICS Title 2017"]
        named = {"2017 NAICS Code": code, "2017 NAICS Title": title, **line}
        size = clusters[line["Reference USEEIO Code"]]
        built.rows += [_row(named, column, None, size) for column in (_WITH, _WITHOUT)]
    return built


def build(sources: Path) -> tuple[Table, dict[str, str]]:
    """Build the US table; return it with words for the BEA codes."""
    folder = "epa_supply_chain"
    total_path = file_of(sources, (folder, "SupplyChainGHGEmissionFactors_v1.3.0_NAICS_CO2e_USD2022.csv"))
    gas_path = file_of(sources, (folder, "SupplyChainGHGEmissionFactors_v1.3.0_NAICS_byGHG_USD2022.csv"))
    gases = _gases(gas_path)
    with total_path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    built = Table(
        "epa_supply_chain.csv",
        "epa-supply-chain",
        "Spend in the United States, by NAICS code",
        SHARED,
        "US EPA Supply Chain GHG Emission Factors v1.3.0; a work of the US government, public domain.",
        (total_path.name, gas_path.name),
    )
    clusters = Counter(line["Reference USEEIO Code"] for line in lines)
    titles: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        titles[line["Reference USEEIO Code"]].append(line["2017 NAICS Title"])
        size = clusters[line["Reference USEEIO Code"]]
        built.rows += [_row(line, column, gases, size) for column in (_WITH, _WITHOUT)]
    return built, {code: _words(names) for code, names in titles.items()}


def _row(line: dict[str, str], column: str, gases: Mapping[tuple[str, str], Row] | None, size: int) -> Row:
    naics, with_margins = line["2017 NAICS Code"], column == _WITH
    title, with_or_without = line["2017 NAICS Title"].strip(), "with" if with_margins else "without"
    covers = ["margins_included" if with_margins else "margins_not_included"]
    covers += [] if gases is None else ["gases_do_not_add_up"]
    covers += ["gas_origin_not_stated", *(["clustered"] if size > 1 else [])]
    dataset = SHARED["dataset"] if gases is not None else BEFORE["dataset"]
    return {
        "id": slug(dataset, naics, f"{with_or_without}-margins"),
        "name": f"{title}, United States, {with_or_without} margins",
        "value": plain(line[column]),
        "gases": gases_text(gases[naics, column]) if gases is not None else "",
        "sector": naics,
        "covers": ";".join(covers),
        "cluster_size": str(size),
        "also": line["Reference USEEIO Code"],
    }


def _gases(path: Path) -> dict[tuple[str, str], Row]:
    gases: dict[tuple[str, str], Row] = defaultdict(dict)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            name = line["GHG"]
            code = GASES.get(name) or name.lower().replace("-", "_")
            if line["Unit"].startswith("kg CO2e") is not (code == UNSPECIFIED_CO2E):
                message = f"unexpected unit in {line}"
                raise ValueError(message)
            for column in (_WITH, _WITHOUT):
                gases[line["2017 NAICS Code"], column][code] = plain(line[column])
    return gases


def _words(titles: list[str]) -> str:
    shown = "; ".join(title.strip() for title in titles[:3])
    return f"{shown} and {len(titles) - 3} more" if len(titles) > 3 else shown
