"""What an organization handed on in a period as a study summary after ISO 14067, product by product.

The postings of its dispatches: what is still on its way is in it, and what came back or was adjusted later
stands in the E-liability statement. Each product in its declared unit; a markup for gaps is in no figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ledger.components import CHANNELS, EMISSION_CHANNELS, ESTIMATED, REMOVAL_CHANNELS, Components
from ledger.interfaces import LedgerView
from ledger.quantities import EXACT, MG_PER_KG, decimal_text
from ledger.reports.lot_ledger import logged_at
from ledger.reports.study import BOUNDARY, without_markup
from ledger.reports.tables import Heading, Report, Row, Table, Term
from ledger.reports.written import Names, period_facts
from ledger.shown import DECLARED_UNITS, PLACES, per_unit, rate_text, share_text
from ledger.statements import DispatchBody, Goods

BESIDE: Final = tuple(name for name in CHANNELS if name not in (*EMISSION_CHANNELS, *REMOVAL_CHANNELS))


@dataclass(slots=True)
class ProductStudy:
    """What was handed on of one product in one unit: how many shipments, how much, what they carried."""

    product: str
    unit: str
    shipments: int = 0
    quantity: int = 0
    carried: Components = field(default_factory=Components)


def product_studies(
    view: LedgerView, organization: str, first: date | None, last: date | None
) -> list[ProductStudy]:
    """Return what an organization handed on in a period, by product and unit, in the order of their names."""
    moved: dict[int, list[tuple[int, int]]] = {}
    for movement in view.movements(organization, first, last):
        if movement.source.kind == "lot" and movement.source.organization == organization:
            moved.setdefault(movement.position, []).append((movement.slot, movement.mg))
    found: dict[tuple[str, str], ProductStudy] = {}
    for logged in logged_at(view, sorted(moved)):
        body = logged.statement.body
        if not isinstance(body, DispatchBody) or not isinstance(body.goods, Goods):
            continue
        goods = body.goods
        study = found.setdefault((goods.product, goods.unit), ProductStudy(goods.product, goods.unit))
        study.shipments += 1
        study.quantity += int(goods.quantity)
        carried = Components.total_of(Components({slot: mg}) for slot, mg in moved[logged.position])
        study.carried += without_markup(carried)
    return [found[key] for key in sorted(found)]


def studies_report(
    view: LedgerView,
    organization: str,
    period: tuple[date | None, date | None],
    names: Names,
) -> Report:
    """Write the study summary of each product that an organization handed on in a period."""
    studies = product_studies(view, organization, *period)
    first, last = period
    return Report(
        name="studies",
        facts={**period_facts(organization, names, first, last), "boundary": BOUNDARY},
        tables=(_products(studies), _figures(studies)),
        main="studied",
        notes=("partial", "as_dispatched", "apart", "no_offsets", "markup_apart"),
    )


def _products(studies: list[ProductStudy]) -> Table:
    headings = (
        Heading("product", "text"),
        Heading("shipments", "text"),
        Heading("quantity", "text"),
        Heading("unit", "text"),
        Heading("gross"),
        Heading("gross_per_unit", "text"),
        Heading("net"),
        Heading("net_per_unit", "text"),
        Heading("estimated_share", "text"),
    )
    rows = []
    for one in studies:
        rate = per_unit(one.carried, one.quantity, one.unit)
        gross = one.carried.gross_mg()
        share = EXACT.divide(Decimal(one.carried.evidence_mg(*ESTIMATED)), Decimal(gross)) if gross else None
        cells = (
            one.product,
            str(one.shipments),
            _declared(one.quantity, one.unit),
            rate.unit,
            gross,
            rate.gross,
        )
        rows.append(Row((*cells, one.carried.net_mg(), rate.net, share_text(share))))
    gross, net = (
        sum(one.carried.gross_mg() for one in studies),
        sum(one.carried.net_mg() for one in studies),
    )
    total = (Term("line", "all_products"), "", "", "", gross, "", net, "", "")
    return Table("studied", headings, (*rows, Row(total, is_sum=True, adds_up=len(rows))))


def _declared(quantity: int, unit: str) -> str:
    """Write a quantity in the declared unit, with six places at most."""
    exact = Fraction(quantity) / (DECLARED_UNITS[unit][1] * MG_PER_KG)
    return decimal_text(Decimal(round(exact * 10**PLACES)).scaleb(-PLACES))


def _figures(studies: list[ProductStudy]) -> Table:
    """List emissions, removals and what stands beside them, kind by kind, each product in its unit."""
    headings = (
        Heading("product", "text"),
        Heading("what", "text"),
        Heading("amount"),
        Heading("per_unit", "text"),
    )
    rows = []
    for one in studies:
        for name in (*EMISSION_CHANNELS, *REMOVAL_CHANNELS, *BESIDE):
            mg = one.carried.channel_mg(name)
            if mg:
                rate = rate_text(mg, one.quantity, one.unit)
                rows.append(Row((one.product, Term("channel", name), mg, rate)))
    return Table("figures_by_product", headings, tuple(rows))
