"""What came out of a production, and how a company's files say it is shared over that.

The policy of a production says how its products share; outputs whose role is waste, scrap or residue
carry nothing on, which makes it `cut-off/1` with that policy for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Final

from ledger.quantities import EXACT, decimal_text
from ledger.records.cells import GOODS, MINOR_DIGITS, SERVED, lot_quantity, scaled
from ledger.records.errors import NeededCellError, RecordError
from ledger.records.joined import Joined
from ledger.records.lines import Line
from ledger.records.policies import BEARING_CYCLE, SUBDIVISION, Own, bearing_cycle, subdivided
from ledger.records.rows import OutputRow, ProductionRow

PRODUCT: Final = "product"
ASSET: Final = "asset"
KINDS: Final = ("co_product", "by_product", "abnormal_loss", "in_process", ASSET)
"""Roles of outputs that share like a product."""
_PER_TRADED: Final = {"mg": 6, "g": 3, "kg": 0, "t": -3, "piece": 0}
"""Which power of ten a price per the row's unit is multiplied by, to be per kg (or piece)."""
_ENTRIES: Final = {"economic/1": ("revenue", "price"), "energy/1": ("energy_mj", "lhv_mj_per_kg")}
_HEADS: Final = {
    "economic/1": ("currency", "prices_from", "prices_to"),
    "energy/1": ("basis_source",),
}
_ALLOWED: Final = {"economic/1": {"currency", "prices_from", "prices_to", "basis_source"}}


@dataclass(eq=False)
class NeedlessCellError(RecordError):
    """A cell is filled that the policy doesn't compute with."""

    policy: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {policy} doesn't compute with {value!r}. "
        "Empty the cell or name another policy."
    )


def output(row: OutputRow) -> dict[str, Any]:
    """Return an output's balance and product; its weight follows from the policy.

    Raises:
        RecordError: the quantity is no quantity of goods, or the mass of a piece is not whole milligrams.
    """
    units = SERVED if row.role == ASSET else GOODS
    quantity, unit = lot_quantity(row.quantity, row.unit, row.at.under("quantity"), units)
    product: dict[str, str] = {"name": row.product, "batch": row.batch}
    if row.gtin:
        product["gtin"] = row.gtin
    if row.unit_mass_g is not None:
        mass = scaled(row.unit_mass_g, 1000, "mg", row.at.under("unit_mass_g"))
        product["unit_mass_mg"] = str(mass)
    balance = {"quantity": str(quantity), "unit": unit}
    if row.role in (*KINDS, "scrap"):
        balance["kind"] = str(row.role)
    return {"balance": balance, "product": product}


def _shares(row: OutputRow) -> bool:
    """Say whether an output carries a share: all do but waste, scrap and residues."""
    return row.role in (None, PRODUCT, *KINDS)


def policy(
    row: ProductionRow, outputs: Sequence[OutputRow], joined: Joined, own: Own, lines: Sequence[Line]
) -> dict[str, Any]:
    """Return the policy with what it computes with: prices, energy, seasons, who used what.

    `own` says which of the production's lines and inputs served one batch alone.

    Raises:
        RecordError: as the policy named refuses its cells.
    """
    _check_kinds(row)
    if row.policy == SUBDIVISION:
        return subdivided(row, outputs, own, _shared(row, row.common_by or "", outputs, joined))
    own.check_shared(row.policy)
    if row.policy == BEARING_CYCLE:
        taken, seasons = joined.inputs.get(row.production, []), joined.seasons.get(row.production, [])
        return bearing_cycle(row, outputs, taken, seasons, lines)
    return _shared(row, row.policy, outputs, joined)


_OF_KIND: Final = {
    "common_by": SUBDIVISION,
    "failed_below": BEARING_CYCLE,
    "brought_forward_kg": BEARING_CYCLE,
}
"""Cells of a production that one policy alone computes with."""


def _check_kinds(row: ProductionRow) -> None:
    """Check that cells of one policy alone are empty under others, and common_by is there where needed."""
    for column, known in _OF_KIND.items():
        value = getattr(row, column)
        if value is not None and row.policy != known:
            raise NeedlessCellError(*row.at.under(column).facts(value), row.policy)
    if row.policy == SUBDIVISION and row.common_by is None:
        raise NeededCellError(*row.at.under("common_by").facts(""), row.policy)


def _shared(
    row: ProductionRow, shared_by: str, outputs: Sequence[OutputRow], joined: Joined
) -> dict[str, Any]:
    """Return a policy by which everything, or what is common, is shared over the outputs.

    Raises:
        NeededCellError: the policy computes with a cell that is empty.
        NeedlessCellError: it doesn't compute with a cell that is filled.
        RecordError: an amount is not a whole number of its smallest unit.
    """
    _check_heads(row, shared_by)
    nothing: dict[str, str] = {}
    entries = [
        joined.tried(row.production, partial(_entry, row, shared_by, one, number), nothing)
        for number, one in enumerate(outputs)
        if _shares(one)
    ]
    inputs: dict[str, Any] = {}
    source = {"source": row.basis_source} if row.basis_source else {}
    if shared_by == "economic/1":
        averaged = {"from": row.prices_from, "to": row.prices_to}
        inputs["values"] = {"currency": row.currency, "averaged": averaged, "outputs": entries, **source}
    elif shared_by == "energy/1":
        inputs["energy"] = {"outputs": entries, **source}
    without = [
        {"output": str(number), "because": one.role} for number, one in enumerate(outputs) if not _shares(one)
    ]
    if without:
        cut_off = {"outputs": without, "others": shared_by}
        return {"id": "cut-off/1", "inputs": {**inputs, "cut_off": cut_off}}
    return {"id": shared_by, "inputs": inputs} if inputs else {"id": shared_by}


def _check_heads(row: ProductionRow, shared_by: str) -> None:
    """Check that a production has exactly those cells that its policy computes with."""
    needed = _HEADS.get(shared_by, ())
    for column in ("currency", "prices_from", "prices_to", "basis_source"):
        value = getattr(row, column)
        if value is None and column in needed:
            raise NeededCellError(*row.at.under(column).facts(""), shared_by)
        if value is not None and column not in (*needed, *_ALLOWED.get(shared_by, ())):
            raise NeedlessCellError(*row.at.under(column).facts(value), shared_by)


def _entry(row: ProductionRow, shared_by: str, one: OutputRow, number: int) -> dict[str, str]:
    """Return what a product's own row says to the policy."""
    choices = _ENTRIES.get(shared_by, ())
    for column in ("revenue", "price", "energy_mj", "lhv_mj_per_kg"):
        value = getattr(one, column)
        if value is not None and column not in choices:
            raise NeedlessCellError(*one.at.under(column).facts(value), shared_by)
    if choices and all(getattr(one, column) is None for column in choices):
        raise NeededCellError(*one.at.under(choices[0]).facts(""), shared_by)
    entry = {"output": str(number)}
    digits = MINOR_DIGITS[row.currency or "CNY"]
    if one.revenue is not None:
        entry["revenue"] = str(scaled(one.revenue, 10**digits, "minor units", one.at.under("revenue")))
    if one.price is not None:
        places = digits + _PER_TRADED.get(one.unit, 0)
        entry["price"] = decimal_text(EXACT.scaleb(one.price, Decimal(places)))
    if one.energy_mj is not None:
        entry["joules"] = str(scaled(one.energy_mj, 10**6, "J", one.at.under("energy_mj")))
    if one.lhv_mj_per_kg is not None:
        entry["lower_heating_value"] = decimal_text(one.lhv_mj_per_kg)
    return entry
