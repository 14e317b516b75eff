"""A study summary of a shipment's goods after ISO 14067: what its reader needs to judge the figure.

Declared unit, emissions and removals by kind, each apart as the standard has them; how it is known; the GWP
sets; every gap; by which policy co-products were shared; data quality and interval. A partial footprint, from
the cradle to where the goods are handed over. A markup for gaps is in none of these figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.components import CHANNELS, EMISSION_CHANNELS, NAMES, REMOVAL_CHANNELS, Components
from ledger.lots import Shipment
from ledger.passport import Passport, passport
from ledger.provenance import Provenance
from ledger.reports.tables import Cell, Heading, Report, Row, Table, Term
from ledger.shown import rate_text, share_text

BOUNDARY: Final = "cradle_to_handover"


def without_markup(components: Components) -> Components:
    """Return a vector without what a policy of ours adds for gaps."""
    return Components({s: mg for s, mg in components.items() if not NAMES[s].endswith(".markup")})


def study_report(shipment: Shipment, found: Provenance, document: Passport | None = None) -> Report:
    """Write the study summary of a passport."""
    shown = document or passport(shipment, found)
    total = without_markup(shipment.total)
    facts = {
        "passport": shipment.id,
        "product": shipment.product,
        "name": shown.sender.name,
        "declared_unit": shown.per_unit.unit,
        "quantity": str(shipment.quantity),
        "unit": shipment.unit,
        "boundary": BOUNDARY,
        "from": shown.dispatched.first,
        "to": shown.dispatched.last,
    }
    return Report(
        name="study",
        facts=facts,
        tables=(
            _figures(total, shipment),
            Table("knowledge", (Heading("what", "text"), Heading("value", "text")), tuple(_knowledge(shown))),
            _shares(shown),
            _gaps(found, shipment),
            _policies(found),
            _flags(shown),
        ),
        main="figures",
        notes=("partial", "apart", "no_offsets", "markup_apart"),
    )


def _figures(total: Components, shipment: Shipment) -> Table:
    headings = (Heading("what", "text"), Heading("amount"), Heading("per_unit", "text"))

    def row(what: Term, mg: int, *, is_sum: bool = False, adds_up: int = 0) -> Row:
        per_unit = rate_text(mg, shipment.quantity, shipment.unit)
        return Row((what, mg, per_unit), is_sum=is_sum, adds_up=adds_up)

    emissions = [row(Term("channel", name), total.channel_mg(name)) for name in EMISSION_CHANNELS]
    removals = [row(Term("channel", name), total.channel_mg(name)) for name in REMOVAL_CHANNELS]
    beside = [name for name in CHANNELS if name not in (*EMISSION_CHANNELS, *REMOVAL_CHANNELS)]
    rows = (
        *emissions,
        row(Term("line", "gross"), total.gross_mg(), is_sum=True, adds_up=len(emissions)),
        *removals,
        row(Term("line", "net"), total.net_mg(), is_sum=True),
        *(row(Term("channel", name), total.channel_mg(name)) for name in beside),
    )
    return Table("figures", headings, rows)


def _knowledge(shown: Passport) -> Iterator[Row]:
    """Yield how the figure is known: shares, interval, scores."""

    def row(name: str, value: Cell) -> Row:
        return Row((Term("study", name), value))

    yield row("primary_share", shown.primary_share)
    yield row("estimated_share", shown.estimated_share)
    yield row("flagged_share", shown.flagged_share)
    yield row("restatable_share", shown.restatable_share)
    yield row("tiers", str(shown.tiers))
    interval = shown.uncertainty.gross
    yield row("interval", None if interval is None else f"{interval.low} – {interval.high}")
    yield row("interval_covered_share", shown.uncertainty.covered_share)
    for name, score in shown.data_quality:
        yield row(f"quality_{name}", score)


def _shares(shown: Passport) -> Table:
    headings = (Heading("gwp", "text"), Heading("amount"), Heading("share", "text"))
    return Table("gwp", headings, tuple(Row((one.name, int(one.gross_mg), one.share)) for one in shown.gwp))


def _gaps(found: Provenance, shipment: Shipment) -> Table:
    headings = (
        Heading("organization", "text"),
        Heading("activity", "text"),
        Heading("reason", "text"),
        Heading("gwp", "text"),
        Heading("amount"),
        Heading("per_unit", "text"),
        Heading("share", "text"),
        Heading("factor", "code"),
    )
    rows = []
    for gap in found.gaps:
        mg = without_markup(gap.reaches).gross_mg()
        rows.append(
            Row(
                (
                    found.names.get(gap.organization, gap.organization),
                    gap.text or Term("activity", gap.activity),
                    Term("reason", gap.reason),
                    gap.gwp,
                    mg,
                    rate_text(mg, shipment.quantity, shipment.unit),
                    share_text(found.share(mg)),
                    gap.factor,
                )
            )
        )
    return Table("gaps", headings, tuple(rows))


def _policies(found: Provenance) -> Table:
    """List by which policy each production behind the goods was shared, and what carries nothing by it."""
    headings = (
        Heading("organization", "text"),
        Heading("product", "text"),
        Heading("policy", "text"),
        Heading("outputs", "text"),
        Heading("without_burden", "text"),
        Heading("statement", "code"),
    )
    rows = []
    for node in found.nodes:
        if node.policy:
            free = [one.product.name for one in node.outputs if one.balance.weight == "0"]
            policy = Term("policy", node.policy.id)
            count = str(len(node.outputs))
            rows.append(Row((node.name, node.product, policy, count, ", ".join(free), node.statement)))
    return Table("policies", headings, tuple(rows))


def _flags(shown: Passport) -> Table:
    headings = (Heading("flag", "text"), Heading("amount"), Heading("share", "text"))
    rows = tuple(Row((Term("flag", one.name), int(one.gross_mg), one.share)) for one in shown.flags)
    return Table("flags", headings, rows)
