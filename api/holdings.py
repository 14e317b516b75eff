"""What a company holds, on a terminal: its lots, and of one lot where it came from and where it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.client import ServerRefusedError
from api.company import Company
from api.correcting import read_statement
from api.previews import component_rows
from api.short_names import Names
from api.tables import Screen, Sheet, short
from api.typed_amounts import quantity_text
from ledger.components import Components
from ledger.identifiers import lot_parts
from ledger.quantities import kilograms_text
from ledger.records.errors import counted
from ledger.shown import DECLARED_UNITS, rate_text
from ledger.signed import Statement
from ledger.statements import ProductionBody, ReceiptBody

NOT_VISIBLE: Final = 404
Plain = Mapping[str, Any]


def show_lots(lots: Iterable[Plain], screen: Screen) -> None:
    """Print lots as a table, with the next step where there are none."""
    sheet = Sheet("Your lots", ("Lot", "Product", "Batch", ">Left", ">kg CO2e", ">Claims"))
    for lot in lots:
        sheet.rows.append(
            (
                short(lot["id"]) + "." + lot["id"].partition(".")[2],
                lot["product"] + ("" if lot.get("kept_as", "lot") == "lot" else f" ({lot['kept_as']})"),
                lot["batch"] or "",
                quantity_text(int(lot["quantity_left"]), lot["unit"]),
                _rate(lot),
                str(len(lot["claimed"]) or ""),
            )
        )
    if not sheet.rows:
        screen.say(
            "No lots with goods. Receive a shipment: passport receive SHIPMENT; or state a production."
        )
        return
    screen.show(sheet)
    screen.say("kg CO2e: gross per kg, piece or other unit. Look closer: passport lot show LOT")


def _rate(lot: Plain) -> str:
    """Return the gross per declared unit of what is left, `–` where nothing is left to be per."""
    left, unit = int(lot["quantity_left"]), str(lot["unit"])
    if not left:
        return "–"
    return f"{rate_text(int(lot['gross_mg']), left, unit)}/{DECLARED_UNITS[unit][0]}"


@dataclass(frozen=True, slots=True)
class Holding:
    """One lot with all that is known of it.

    `made` is the statement that made it, `passport` that of the shipment it came with, if it came with one
    that may be seen.
    """

    lot: Plain
    postings: tuple[Plain, ...]
    made: Statement
    passport: Plain | None

    def plain(self) -> dict[str, Any]:
        """Return everything as plain values, for programs."""
        made = {"statement": self.made.digest, "kind": self.made.kind, "issuer": self.made.issuer}
        came = {"made_by": made, "postings": list(self.postings), "came_with": self.passport}
        return {**self.lot, "gross_per_unit": _rate(self.lot), **came}

    def show(self, screen: Screen, names: Names) -> None:
        """Print the lot: what it carries, what moved, what is claimed, what stands behind it."""
        lot = self.lot
        screen.say(f"Lot {lot['id']}", style="bold")
        batch = f", batch {lot['batch']}" if lot["batch"] else ""
        left = quantity_text(int(lot["quantity_left"]), lot["unit"])
        original = quantity_text(int(lot["quantity_original"]), lot["unit"])
        screen.say(f"{lot['product']}{batch}: {left} left of {original}")
        screen.say(f"kg CO2e gross: {_rate(lot)}")
        carried = Components.parse(lot["liability"])
        rows = list(component_rows(carried)) if carried else []
        screen.show(Sheet("What it carries, in kg CO2e", ("Component", ">kg"), [*rows]))
        screen.show(self._movements(names))
        if lot["handlers"]:
            screen.say("Handlers: " + ", ".join(names.called(one) for one in lot["handlers"]))
        for claim in lot["claims"]:
            kilograms = kilograms_text(int(claim["gross_mg"]))
            who = names.called(claim["handler"])
            screen.say(
                f"Claimed, not taken over: {who} says to have added {kilograms} kg ({claim['statement']})"
            )
        for line in self._behind():
            screen.say(line)

    def _movements(self, names: Names) -> Sheet:
        sheet = Sheet(
            "What moved, in kg CO2e gross", ("Day", "Statement", "Account", ">Goods", ">kg", ">Then there")
        )
        for one in self.postings:
            goods = f"−{quantity_text(int(one['quantity']), self.lot['unit'])}" if one["quantity"] else ""
            account = one["account"]["kind"].replace("_", " ")
            if one["issuer"] != self.lot["holder"]:
                account += f", {names.called(one['issuer'])}"
            sheet.rows.append(
                (
                    one["occurred"]["to"],
                    f"{one['kind'].partition('/')[0]} {short(one['statement'])}",
                    account,
                    goods,
                    kilograms_text(int(one["gross_mg"])),
                    kilograms_text(int(one["gross_mg_after"])),
                )
            )
        return sheet

    def _behind(self) -> Iterable[str]:
        body = self.made.body
        if isinstance(body, ProductionBody):
            gaps = sum(line.amount.gap is not None for line in body.lines)
            yield f"Made by production {self.made.digest}"
            yield (
                f"Behind it: {counted(len(body.lines), 'own line')} ({counted(gaps, 'gap')}) "
                f"and {counted(len(body.inputs), 'input')}, shared by {body.policy.id}"
            )
        if isinstance(body, ReceiptBody):
            yield f"Came with shipment {body.takes_over.shipment}"
        if self.passport is not None:
            found = self.passport
            sender = f"{found['sender']['name']} ({short(found['sender']['id'])})"
            size = f"{counted(found['tiers'], 'tier')}, {counted(found['gaps'], 'gap')}"
            yield f"Behind it: {sender}, {size}, primary share {found['primary_share'] or 'none'}"


def read_lot(company: Company, given: str) -> Holding:
    """Return the lot that is meant, with its postings, the statement that made it, and its passport.

    Raises:
        AmbiguousNameError, UnknownNameError: which lot.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        LedgerError: what the ledger gave is no signed statement.
    """
    identifier = str(company.names.lot(given)["id"])
    lot = company.client.read(f"lots/{identifier}")
    postings = company.client.read(f"lots/{identifier}/postings")["postings"]
    made = read_statement(company, lot_parts(identifier)[0])
    passport = None
    if isinstance(made.body, ReceiptBody):
        passport = _passport(company, made.body.takes_over.shipment)
    return Holding(lot, tuple(postings), made, passport)


def _passport(company: Company, shipment: str) -> Plain | None:
    try:
        return company.client.passport(shipment)
    except ServerRefusedError as error:
        if error.status != NOT_VISIBLE:
            raise
        return None
