"""Global warming potentials over 100 years by gas, IPCC AR4, AR5 and AR6."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from ledger.factor import GWP_SETS
from ledger.factors.errors import UnknownGwpSetError
from ledger.factors.library import TABLES, read_rows


@lru_cache(maxsize=len(GWP_SETS))
def gwp_table(gwp: str) -> Mapping[str, str]:
    """Return kg CO2e per kg of each gas under one GWP set.

    AR5 counts all methane alike; AR6 has values for fossil and other methane only, so a factor with
    undivided methane can't be restated in it.

    Raises:
        UnknownGwpSetError: the set is not AR4, AR5 or AR6.
        FactorTableError: the shipped table can't be read.
    """
    if gwp not in GWP_SETS:
        raise UnknownGwpSetError(gwp[:20])
    return MappingProxyType({row["gas"]: row[gwp] for row in read_rows(TABLES / "gwp.csv") if row[gwp]})
