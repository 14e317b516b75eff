"""Power by contract out of a company's records: the instrument that shows where it comes from.

A row of grid power with an instrument is booked by market. What its emission is, the supplier or whoever
publishes the residual mix says (`footprint_kg`): no shipped factor knows a contract. At a hub the evidence
stands in the stay, elsewhere in the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final, get_args

from ledger.factor import unit_ratio
from ledger.factors.choose import GRID_ELECTRICITY
from ledger.instruments import Instrument
from ledger.quantities import decimal_text
from ledger.records import cells
from ledger.records.cells import one_of, scaled
from ledger.records.columns import Column, words
from ledger.records.errors import NeededCellError, RecordError, RecordPeriodError, RecordUnitError
from ledger.records.rows import ActivityRow

_KINDS: Final[tuple[str, ...]] = get_args(Instrument.model_fields["kind"].annotation)
_KIND: Final = one_of(
    words(
        _KINDS,
        {
            "绿证": "certificate",
            "合同": "contract",
            "供应商费率": "supplier_rate",
            "剩余组合": "residual_mix",
        },
    )
)
INSTRUMENT: Final = (
    Column("instrument", "电力凭证", "instrument", _KIND, needed=False),
    Column("instrument_kwh", "凭证电量", "instrument_kwh", cells.positive, needed=False),
    Column("instrument_from", "凭证期起", "instrument_from", cells.day, needed=False),
    Column("instrument_to", "凭证期止", "instrument_to", cells.day, needed=False),
    Column("registry", "登记机构", "registry", cells.plain_text, needed=False),
    Column("cancellation", "注销编号", "cancellation", cells.plain_text, needed=False),
    Column("cancelled_on", "注销日期", "cancelled_on", cells.day, needed=False),
)
"""The evidence of power that is booked by market."""
_NEEDS: Final = {
    "certificate": ("instrument_kwh", "instrument_from", "instrument_to", "registry", "cancellation"),
    "contract": ("instrument_kwh", "instrument_from", "instrument_to"),
    "supplier_rate": ("instrument_kwh", "instrument_from", "instrument_to"),
    "residual_mix": ("registry",),
}
_AT_HUB: Final = ("instrument_kwh", "instrument_from", "instrument_to", "cancellation", "cancelled_on")
_ENERGY: Final = ("kWh", "MWh", "Wh")
_DETAILS: Final = tuple(column.field for column in INSTRUMENT[1:])


@dataclass(eq=False)
class NeedlessInstrumentCellError(RecordError):
    """A cell of an instrument is filled where there is none, or where it is not kept."""

    problem: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r} {problem}. Empty the cell."


@dataclass(eq=False)
class InstrumentKwhError(RecordError):
    """More power is used on an instrument than it covers."""

    covered: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value} were used, but the instrument covers {covered} kWh. Put "
        "the rest into a row of its own, by the grid or the residual mix."
    )


def check_instrument(row: ActivityRow) -> None:
    """Check that a row has an instrument's cells where it is power by contract, and nowhere else.

    Raises:
        NeedlessInstrumentCellError: a cell is filled that has no place here.
        NeededCellError: the instrument, or what its power emits, lacks a cell.
        RecordPeriodError: its period ends before it begins.
    """
    if row.instrument is None:
        for column in _DETAILS:
            if getattr(row, column) is not None:
                raise NeededCellError(*row.at.under("instrument").facts(""), f"a row with {column}")
        return
    if row.activity != GRID_ELECTRICITY:
        problem = f"is evidence of {GRID_ELECTRICITY}, not of {row.activity}"
        raise NeedlessInstrumentCellError(*row.at.under("instrument").facts(row.instrument), problem)
    if row.hub_use is None and row.cancelled_on is not None:
        problem = "is kept for power at a hub; elsewhere the cancellation's number says it"
        raise NeedlessInstrumentCellError(*row.at.under("cancelled_on").facts(row.cancelled_on), problem)
    for column in (*(_AT_HUB if row.hub_use else _NEEDS[row.instrument]), "footprint_kg"):
        if getattr(row, column) is None:
            raise NeededCellError(*row.at.under(column).facts(""), f"power by {row.instrument}")
    start, end = row.instrument_from, row.instrument_to
    if start is not None and end is not None and end < start:
        raise RecordPeriodError(*row.at.under("instrument_to").facts(end), start)


def check_volume(row: ActivityRow, quantity: Decimal, unit: str) -> None:
    """Check that an instrument covers the power that is booked on it.

    Raises:
        RecordUnitError: power is counted in kWh, MWh, or hours of a known power.
        InstrumentKwhError: it covers less.
    """
    ratio = unit_ratio(unit, "kWh")
    if ratio is None or unit not in _ENERGY:
        raise RecordUnitError(*row.at.under("unit").facts(row.unit), ", ".join((*_ENERGY, "h")))
    if row.instrument_kwh is not None and Fraction(quantity) * ratio > Fraction(row.instrument_kwh):
        facts = row.at.under("quantity").facts(f"{decimal_text(quantity)} {unit}")
        raise InstrumentKwhError(*facts, decimal_text(row.instrument_kwh))


def instrument(row: ActivityRow) -> dict[str, Any]:
    """Return the instrument as a line keeps it, what is empty left out.

    Raises:
        FractionRecordError, RecordRangeError: its volume.
    """
    stated = {"kind": row.instrument, "registry": row.registry, "cancellation": row.cancellation}
    return {name: value for name, value in stated.items() if value is not None} | _covered(row)


def hub_contract(row: ActivityRow) -> dict[str, Any]:
    """Return the contract as a hub's stay keeps it.

    Raises:
        FractionRecordError, RecordRangeError: its volume.
    """
    return {"certificate": row.cancellation, "cancelled_on": row.cancelled_on, **_covered(row)}


def _covered(row: ActivityRow) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row.instrument_kwh is not None:
        found["volume_wh"] = str(scaled(row.instrument_kwh, 1000, "Wh", row.at.under("instrument_kwh")))
    if row.instrument_from is not None and row.instrument_to is not None:
        found["period"] = {"from": row.instrument_from, "to": row.instrument_to}
    return found
