"""Electricity that was bought: by location or by market, one of them booked, and on what evidence.

Both methods are allowed, never both for the same books: an organization's accounting policy says which. A
market-based line names its contractual instrument; that covers the power booked, in volume and period.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

from ledger.alone import BookedLine
from ledger.body import Occurred
from ledger.errors import LedgerError
from ledger.instruments import Instrument
from ledger.interfaces import BooksView
from ledger.lines import Line

_WATT_HOURS: Final = {"Wh": 1, "kWh": 10**3, "MWh": 10**6, "GWh": 10**9}
_NEEDS: Final = {
    "certificate": ("volume_wh", "period", "registry", "cancellation"),
    "contract": ("volume_wh", "period"),
    "supplier_rate": ("volume_wh", "period"),
    "residual_mix": ("registry",),
}
"""What each kind of instrument states; for a residual mix the registry is who publishes it."""


@dataclass(eq=False)
class MissingInstrumentError(LedgerError):
    """Power is booked by its market, and nothing shows where it comes from."""

    field: str
    sentence: ClassVar[str] = (
        "{field} is missing: the line's method is market. Name the certificate, contract, supplier rate or "
        "residual mix, or book it by location."
    )


@dataclass(eq=False)
class NeedlessInstrumentError(LedgerError):
    """An instrument stands at a line that is not booked by market."""

    field: str
    method: str
    sentence: ClassVar[str] = "{field}: the line's method is {method}; only market has one. Remove it."


@dataclass(eq=False)
class InstrumentFieldError(LedgerError):
    """An instrument lacks what its kind is known by."""

    field: str
    kind: str
    sentence: ClassVar[str] = "{field} is missing: a {kind} states it. Add it."


@dataclass(eq=False)
class InstrumentVolumeError(LedgerError):
    """More power is booked on an instrument than it covers, or an amount that isn't power."""

    field: str
    booked: str
    volume_wh: str
    sentence: ClassVar[str] = (
        "{field} covers {volume_wh} Wh, but {booked} are booked. Split the line; the rest takes the "
        "residual mix."
    )


@dataclass(eq=False)
class InstrumentPeriodError(LedgerError):
    """Power is booked outside an instrument's period."""

    field: str
    occurred: str
    period: str
    sentence: ClassVar[str] = (
        "{field} covers {period}, but the power was used {occurred}. Correct one of them."
    )


@dataclass(eq=False)
class ElectricityMethodError(LedgerError):
    """Power is booked by another method than the organization's policy says."""

    field: str
    stated: str
    policy: str
    sentence: ClassVar[str] = (
        "{field} is {stated}, but the organization's accounting policy books electricity by {policy}. "
        "Book one method only, or state another policy first."
    )


def check_power(view: BooksView, issuer: str, lines: Sequence[BookedLine]) -> None:
    """Check that bought electricity is booked by the method of the organization's policy.

    Raises:
        ElectricityMethodError: it isn't.
    """
    organization = view.organization(issuer)
    if organization is None or not organization.policies:
        return
    policy = organization.policies[-1].electricity
    for number, line in enumerate(lines):
        if line.method not in (None, policy):
            raise ElectricityMethodError(f"lines/{number}/source/tags/method", str(line.method), policy)


def check_instruments(lines: Sequence[Line], occurred: Occurred, elsewhere: Collection[int] = ()) -> None:
    """Check what shows where bought electricity comes from; lines `elsewhere` have it in a hub's record.

    Raises:
        MissingInstrumentError, NeedlessInstrumentError: by market without an instrument, or the opposite.
        InstrumentFieldError, InstrumentVolumeError, InstrumentPeriodError: what the instrument covers.
    """
    for number, line in enumerate(lines):
        method = line.source.tags.method
        if line.instrument is not None and method != "market":
            raise NeedlessInstrumentError(_field(number), method or "none")
        if method == "market" and number not in elsewhere:
            if line.instrument is None:
                raise MissingInstrumentError(_field(number))
            _check_instrument(_field(number), line.instrument, line, occurred)


def _field(number: int) -> str:
    return f"lines/{number}/instrument"


def _check_instrument(field: str, instrument: Instrument, line: Line, occurred: Occurred) -> None:
    for name in _NEEDS[instrument.kind]:
        if getattr(instrument, name) is None:
            raise InstrumentFieldError(f"{field}/{name}", instrument.kind)
    source = line.source
    if instrument.volume_wh is not None:
        factor = _WATT_HOURS.get(source.unit)
        if factor is None or Fraction(source.quantity) * factor > int(instrument.volume_wh):
            raise InstrumentVolumeError(field, f"{source.quantity} {source.unit}", instrument.volume_wh)
    period = instrument.period
    if period is not None and (occurred.start < period.start or occurred.end > period.end):
        used = f"{occurred.start} to {occurred.end}"
        raise InstrumentPeriodError(field, used, f"{period.start} to {period.end}")
