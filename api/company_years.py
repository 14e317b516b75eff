"""What a company handed on, year by year, from its books: the numerator of its intensity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from ledger.interfaces import LedgerView
from ledger.mrio.company import CompanyYear
from ledger.quantities import EXACT, MG_PER_KG
from ledger.reports.studies import product_studies


def company_years(
    view: LedgerView, organization: str, years: Sequence[int], revenue: Mapping[int, Decimal]
) -> list[CompanyYear]:
    """Return gross mg handed on, kilograms of goods, and the revenue that its user states, by calendar year.

    As dispatched: what came back or was adjusted later stands in the E-liability statement.
    """
    found = []
    for year in sorted(set(years)):
        studies = product_studies(view, organization, date(year, 1, 1), date(year, 12, 31))
        weighed = [one for one in studies if one.unit == "mg"]
        found.append(
            CompanyYear(
                year=year,
                gross_mg=sum(one.carried.gross_mg() for one in studies),
                weighed_mg=sum(one.carried.gross_mg() for one in weighed),
                kg_goods=EXACT.divide(Decimal(sum(one.quantity for one in weighed)), Decimal(MG_PER_KG)),
                revenue=revenue.get(year),
            )
        )
    return found
