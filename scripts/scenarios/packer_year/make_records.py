"""Records of a packer's year, as its office would keep them: 50 products, 12 months, plain CSV files.

python scripts/scenarios/packer_year/make_records.py FOLDER     # one folder per company

All names, quantities, dates and prices are made up, drawn from a fixed seed: the same files each time.
"""

from __future__ import annotations

import csv
import random
import sys
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

YEAR: Final = 2025
SEED: Final = 2025
MONTHS: Final = range(1, 13)
ZONE: Final = "Asia/Shanghai"
FRUITS: Final = (
    ("LY", "Lychee"),
    ("LO", "Longan"),
    ("MA", "Mango"),
    ("PI", "Pineapple"),
    ("GU", "Guava"),
    ("DR", "Dragon fruit"),
    ("BA", "Banana"),
    ("PA", "Papaya"),
    ("PF", "Passion fruit"),
    ("ST", "Starfruit"),
)
GROWN: Final = ("LY", "LO", "MA")
"""Fruits of which a part comes from the orchard, with a passport; the rest is bought outside."""
FROM_ORCHARD_KG: Final = 6000
LISTED: Final = 2
"""Products of each form that the retailer lists."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which fruit is sold: what it yields of the fruit, and what making it uses in a month."""

    code: str
    words: str
    yield_percent: int
    power_kwh: int
    lpg_litres: int
    cartons_cny: int
    policy: str
    keeps: bool


FORMS: Final = (
    Form("FRE", "fresh, 5 kg cartons", 92, 14000, 0, 9000, "mass/1", keeps=False),
    Form("FRZ", "frozen, 10 kg cartons", 84, 38000, 0, 6500, "mass/1", keeps=True),
    Form("DRY", "dried, 1 kg pouches", 18, 9000, 5200, 4200, "mass/1", keeps=True),
    Form("PUR", "puree, 20 kg drums", 71, 16000, 2100, 7800, "mass/1", keeps=True),
    Form("GIF", "gift boxes, 2 kg", 88, 5200, 0, 15500, "economic/1", keeps=False),
)

Cells = dict[str, object]


@dataclass
class Files:
    """The record files of one company: rows by form, written with the columns that they use."""

    rows: dict[str, list[Cells]] = field(default_factory=dict)

    def add(self, form: str, **cells: object) -> None:
        """Add a row to a form's file."""
        self.rows.setdefault(form, []).append(cells)

    def write(self, folder: Path) -> None:
        """Write one CSV file per form."""
        folder.mkdir(parents=True)
        for form, rows in self.rows.items():
            columns = list(dict.fromkeys(name for row in rows for name in row))
            with (folder / f"{form}.csv").open("w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


@dataclass(frozen=True, slots=True)
class Batch:
    """A month's batch of one product, and how many kilograms were made."""

    code: str
    month: int
    kilograms: int


class PackerYear:
    """One year of an orchard, a packer and a retailer, or its first months."""

    def __init__(self, months: int = len(MONTHS)) -> None:
        self._months = months
        self._drawn = random.Random(SEED)  # noqa: S311 - the same year each time; nothing is secret
        self.orchard, self.packer, self.retailer = Files(), Files(), Files()
        self._sent: dict[str, int] = {}
        self._introduce()
        for month in MONTHS[:months]:
            self._grow(month)
            for form in FORMS:
                made = self._pack(form, month)
                self._sell(form, made)
            self._deliver(month)

    def write(self, folder: Path) -> None:
        """Write the folders of the three companies."""
        self.orchard.write(folder / "orchard")
        self.packer.write(folder / "packer")
        self.retailer.write(folder / "retailer")

    def _introduce(self) -> None:
        companies = (
            (self.orchard, "orchard", "Example Orchard of three fruits (example)", "farmer"),
            (self.packer, "packer", "Example Packer of fifty products (example)", "supplier"),
            (self.retailer, "retailer", "Example Retailer (example)", "buyer"),
        )
        for files, reference, name, role in companies:
            cells = {"organization": reference, "name": name, "roles": role}
            files.add("organizations", **cells, date=f"{YEAR}-01-01", timezone=ZONE)

    def _near(self, amount: int, percent: int = 15) -> int:
        """Return an amount that is so many percent more or less."""
        return amount * (100 + self._drawn.randint(-percent, percent)) // 100

    def _grow(self, month: int) -> None:
        """State a month of the orchard, and what it sends to the packer."""
        record, (first, last) = f"GROW-{month:02}", _ends(month)
        cells = {"production": record, "from": first, "to": last, "policy": "mass/1"}
        self.orchard.add("productions", **cells, site="Orchard, Conghua")
        for activity, quantity, unit in (
            ("diesel_burnt", self._near(900), "L"),
            ("water_supplied", self._near(2600), "m3"),
        ):
            used = {"activity": activity, "quantity": quantity, "unit": unit, "text": f"Orchard, {first[:7]}"}
            self.orchard.add("activities", record=record, **used, purchase=f"O-{activity[:5]}-{month:02}")
        self._power(self.orchard, record, self._near(4200), month, f"O-E-{month:02}")
        self._buy(self.orchard, record, f"O-FERT-{month:02}", "Fertiliser", 325310, self._near(21000), month)
        for code in GROWN:
            batch, note = f"O-{code}-{month:02}", f"O-DN-{code}-{month:02}"
            product = {"product": f"{_fruit(code)}, harvested", "quantity": FROM_ORCHARD_KG, "unit": "kg"}
            self.orchard.add("outputs", production=record, batch=batch, **product)
            sent = {"batch": batch, "quantity": FROM_ORCHARD_KG, "unit": "kg", "consignee": "packer"}
            self.orchard.add("dispatches", delivery_note=note, **sent, date=last)
            received = {"outcome": "accepted", "date": last, "received_batch": f"IN-{code}-{month:02}"}
            self.packer.add("receipts", delivery_note=note, **received)

    def _pack(self, form: Form, month: int) -> list[Batch]:
        """State a month of one form: what was used and bought, and ten products with what was cut away."""
        record, (first, last) = f"{form.code}-{month:02}", _ends(month)
        cells: Cells = {"production": record, "from": first, "to": last, "policy": form.policy}
        if form.policy == "economic/1":
            year = {"prices_from": f"{YEAR}-01-01", "prices_to": f"{YEAR}-12-31"}
            cells |= {"currency": "CNY", **year, "basis_source": "Own price list"}
        self.packer.add("productions", **cells, site="Packhouse, Conghua")
        self._use(form, record, month)
        made, waste = [], 0
        for code, fruit in FRUITS:
            weighed_in = self._near(2000, 40)
            if code in GROWN:
                used = {"used_batch": f"IN-{code}-{month:02}", "quantity": FROM_ORCHARD_KG // len(FORMS)}
                self.packer.add("inputs", record=record, **used, unit="kg")
                weighed_in = FROM_ORCHARD_KG // len(FORMS)
            else:
                bought = self._near(weighed_in * 6, 10)
                self._buy(self.packer, record, f"{record}-{code}", f"{fruit}, raw", 111300, bought, month)
            batch = Batch(f"{form.code}-{code}-{month:02}", month, weighed_in * form.yield_percent // 100)
            waste += (weighed_in - batch.kilograms) * 4 // 5
            price = {"price": self._drawn.randint(18, 60)} if form.policy == "economic/1" else {}
            product = {"product": f"{fruit}, {form.words}", "quantity": batch.kilograms, "unit": "kg"}
            self.packer.add("outputs", production=record, batch=batch.code, **product, **price)
            made.append(batch)
        cut = {"product": f"Peel and culls, {form.words}", "quantity": waste, "unit": "kg", "role": "waste"}
        self.packer.add("outputs", production=record, batch=f"{record}-CUT", **cut)
        self._dispose(f"W-{record}", f"{record}-CUT", waste, "waste", last)
        return made

    def _use(self, form: Form, record: str, month: int) -> None:
        """State what a form's line used in a month: power, fuels, refrigerant, packaging by price."""
        self._power(self.packer, record, self._near(form.power_kwh), month, f"{record}-E")
        fuels = [("diesel_burnt", 260, "Forklifts"), ("lpg_burnt", form.lpg_litres, "Dryers and boiler")]
        for activity, litres, text in fuels:
            if litres:
                used = {"activity": activity, "quantity": self._near(litres), "unit": "L", "text": text}
                self.packer.add("activities", record=record, **used, purchase=f"{record}-{activity[:3]}")
        if form.code == "FRZ" and month % 3 == 0:
            topped_up = {"activity": "refrigerant_r404a_released", "quantity": "1.5", "unit": "kg"}
            self.packer.add("activities", record=record, **topped_up, text="Refrigerant topped up")
        spent = self._near(form.cartons_cny)
        self._buy(self.packer, record, f"{record}-PACK", "Cartons and liners", 322210, spent, month)

    def _sell(self, form: Form, made: Sequence[Batch]) -> None:
        """Sell a month's batches outside and to the retailer; frozen, dried and puree also a month later."""
        for number, batch in enumerate(made):
            left, (_, last) = batch.kilograms, _ends(batch.month)
            parts = [("A", self._near(60 if form.keeps else 80, 10), last)]
            if form.keeps and batch.month < self._months:
                parts.append(("B", 20, f"{YEAR}-{batch.month + 1:02}-15"))
            for letter, percent, day in parts:
                kilograms = min(left, batch.kilograms * percent // 100)
                self._dispatch(f"{batch.code}{letter}", batch, kilograms, "outside", day)
                left -= kilograms
            if number < LISTED:
                kilograms = left // 2
                self._dispatch(f"{batch.code}R", batch, kilograms, "retailer", last)
                left -= kilograms
            if number == len(made) - 1:
                self._dispose(f"S-{batch.code}", batch.code, left // 4, "waste", last)
            elif number == len(made) - 2:
                self._dispose(f"C-{batch.code}", batch.code, left // 4, "own_use", last)

    def _deliver(self, month: int) -> None:
        """Bring the month's goods to the retailer, who sells them; one shipment a quarter is refused."""
        _, last = _ends(month)
        for form in FORMS:
            for number, (code, _) in enumerate(FRUITS[:LISTED]):
                note, batch = f"{form.code}-{code}-{month:02}R", f"R-{form.code}-{code}-{month:02}"
                if number == 0:
                    self._carry(note, last)
                if form.code == "FRE" and number == 1 and month % 3 == 0:
                    refused = {"outcome": "refused", "date": last, "reason": "Pulp too warm on arrival"}
                    self.retailer.add("receipts", delivery_note=note, **refused)
                    self._dispose(f"W-{note}", f"return:{note}", self._sent[note], "waste", last)
                    continue
                received = {"outcome": "accepted", "date": last, "received_batch": batch}
                self.retailer.add("receipts", delivery_note=note, **received)
                sold = {"batch": batch, "quantity": self._sent[note] * 9 // 10, "unit": "kg"}
                counter = {"fate": "consumer", "date": last, "customer": "Own shops"}
                self.retailer.add("disposals", disposal=f"SOLD-{batch}", **sold, **counter)

    def _carry(self, note: str, day: str) -> None:
        """State the own lorry's trip with one shipment."""
        trip = {"handling": f"T-{note}", "delivery_note": note, "leg": "packer-retailer", "mode": "road"}
        load = {"load_kg": self._sent[note], "from": day, "to": day, "distance_km": 62}
        self.packer.add("handlings", **trip, **load, distance_basis="actual")
        fuel = {"activity": "diesel_burnt", "quantity": self._near(14), "unit": "L"}
        self.packer.add("activities", record=f"T-{note}", **fuel, purchase=f"T-{note}-D", text="Own lorry")

    def _dispatch(self, note: str, batch: Batch, kilograms: int, consignee: str, day: str) -> None:
        carriers = {"carriers": "packer"} if consignee == "retailer" else {}
        self._sent[note] = kilograms
        sent = {"batch": batch.code, "quantity": kilograms, "unit": "kg", "consignee": consignee}
        self.packer.add("dispatches", delivery_note=note, **sent, date=day, incoterm="DAP", **carriers)

    def _dispose(self, number: str, batch: str, kilograms: int, fate: str, day: str) -> None:
        left = {"batch": batch, "quantity": kilograms, "unit": "kg", "fate": fate, "date": day}
        self.packer.add("disposals", disposal=number, **left)

    def _power(self, files: Files, record: str, kilowatt_hours: int, month: int, purchase: str) -> None:
        bill = {"quantity": kilowatt_hours, "unit": "kWh", "purchase": purchase, "region": "CN-GD"}
        files.add(
            "activities", record=record, activity="grid_electricity", **bill, month=f"{YEAR}-{month:02}"
        )

    def _buy(  # noqa: PLR0913, PLR0917 - an invoice says as much
        self, files: Files, record: str, purchase: str, goods: str, sector: int, cny: int, month: int
    ) -> None:
        invoice = {
            "goods": goods,
            "sector": sector,
            "country": "CN",
            "amount": f"{cny}.00",
            "currency": "CNY",
        }
        dated = {"invoice_date": f"{YEAR}-{month:02}-05", "price_type": "purchaser", "vat_percent": 9}
        files.add("purchases", record=record, purchase=purchase, **invoice, **dated)


def _ends(month: int) -> tuple[str, str]:
    """Return the first and the last day of a month."""
    last = monthrange(YEAR, month)[1]
    return date(YEAR, month, 1).isoformat(), date(YEAR, month, last).isoformat()


def _fruit(code: str) -> str:
    return dict(FRUITS)[code]


def main(arguments: Iterable[str]) -> None:
    """Write the records into a new folder."""
    (folder,) = arguments
    PackerYear().write(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
