"""What the demo found: a row per shipment, the anchors, and both as one JSON object and as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final

from rich.console import Console
from rich.table import Table

from ledger.errors import LedgerError
from ledger.quantities import decimal_text
from ledger.verification import Report

_MODES: Final = ("air", "sea", "rail", "inland_waterway", "road")
"""A journey is named after the first of these that any of its legs is."""

COLUMNS: Final = (
    *("product", "mode", "status", "kg", "kg CO2e\nper kg"),
    *("primary", "flagged", "tiers", "gaps", "verdict"),
)


@dataclass(eq=False)
class FiguresDifferError(LedgerError):
    """The server's page and the verifier disagree on a passport."""

    passport: str
    field: str
    served: str
    verified: str
    sentence: ClassVar[str] = (
        "Passport {passport}: the server says {field} {served}, the bundle {verified}. Run `passport audit`."
    )


def shipment_row(
    document: Mapping[str, Any], report: Report, *, bundle: Path, anchored: bool
) -> dict[str, Any]:
    """Return one shipment's row: figures of the verified bundle, compared with the served document.

    Raises:
        FiguresDifferError: the two disagree.
    """
    figures = report.figures
    row: dict[str, Any] = {
        "passport_id": document["id"],
        "product": document["goods"]["product"],
        "mode": journey_mode(document["stops"]),
        "status": document["status"],
        "quantity_kg": decimal_text(Decimal(document["goods"]["quantity"]).scaleb(-6)),
        "kgco2e_per_kg_gross": document["per_unit"]["gross"],
        "kgco2e_per_kg_net": document["per_unit"]["net"],
        "primary_share": document["primary_share"],
        "flagged_share": document["flagged_share"],
        "gwp": "+".join(share["name"] for share in document["gwp"]),
        "tiers": document["tiers"],
        "gaps": document["gaps"],
        "verified": report.ok and anchored,
        "bundle": shown_path(bundle),
    }
    if figures is not None:
        verified = {
            "kgco2e_per_kg_gross": figures.gross_kg_per_unit,
            "kgco2e_per_kg_net": figures.net_kg_per_unit,
            "primary_share": figures.primary_share,
            "status": figures.status,
            "gaps": len(figures.gaps),
            "tiers": figures.tiers,
        }
        for field, value in verified.items():
            if row[field] != value:
                raise FiguresDifferError(str(document["id"]), field, str(row[field]), str(value))
    return row


def journey_mode(stops: Sequence[Mapping[str, Any]]) -> str:
    """Return how goods travelled for the most part: by air, sea, rail, water or road."""
    modes = {stop["mode"] for stop in stops}
    return next((mode for mode in _MODES if mode in modes), "none")


def anchor_rows(anchors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the anchors with the statements that each was the first to cover."""
    rows, before = [], 0
    for anchor in anchors:
        row = {name: anchor[name] for name in ("chain_id", "transaction", "block", "gas")}
        rows.append({**row, "statements": anchor["size"] - before})
        before = anchor["size"]
    return rows


def shown_path(path: Path) -> str:
    """Return a path relative to where the command runs, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()


def print_tables(result: Mapping[str, Any], console: Console) -> None:
    """Print what people want to see: the shipments, the anchors, and the sums."""
    shipments = _table("Shipments from the packhouse to the importer")
    for name in COLUMNS:
        shipments.add_column(name, no_wrap=name != "product")
    for row in result["shipments"]:
        shipments.add_row(
            row["product"],
            row["mode"],
            row["status"],
            row["quantity_kg"],
            f"{Decimal(row['kgco2e_per_kg_gross']):.3f}",
            _percent(row["primary_share"]),
            _percent(row["flagged_share"]),
            str(row["tiers"]),
            str(row["gaps"]),
            "good" if row["verified"] else "BAD",
        )
    console.print(shipments)
    anchors = _table("Anchors")
    for name in ("chain", "block", "transaction", "statements", "gas", "gas per statement"):
        anchors.add_column(name)
    for row in result["anchors"]:
        per_statement = f"{row['gas'] / row['statements']:.0f}" if row["statements"] else "-"
        anchors.add_row(
            str(row["chain_id"]),
            str(row["block"]),
            row["transaction"][:12] + "…",
            str(row["statements"]),
            str(row["gas"]),
            per_statement,
        )
    console.print(anchors)
    sums = result["conservation"]
    console.print(f"Recorded {sums['recorded_mg']} mg, accounted for {sums['accounted_mg']} mg.")
    console.print("Tampering was detected." if result["tamper_detected"] else "TAMPERING WAS NOT DETECTED.")


def _table(title: str) -> Table:
    """Return a table that fits into a terminal of 80 columns."""
    return Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))


def _percent(share: str | None) -> str:
    return "-" if share is None else f"{Decimal(share):.1%}"
