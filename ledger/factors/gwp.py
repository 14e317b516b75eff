"""Global warming potentials over 100 years by gas, IPCC AR4, AR5 and AR6."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.factors.library import FactorLibrary


def gwp_table(gwp: str) -> Mapping[str, str]:
    """Return kg CO2e per kg of each gas under one GWP set, as shipped.

    Raises:
        UnknownGwpSetError: the set is not AR4, AR5 or AR6.
        FactorTableError: the shipped table can't be read.
    """
    return FactorLibrary.shipped().gwp_table(gwp)
