"""What a leg, a stay or a shared vehicle may not say: one class for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError


@dataclass(eq=False)
class DistanceBasisError(LedgerError):
    """A leg states a distance without its basis, or a basis without a distance."""

    leg: str
    missing: str
    sentence: ClassVar[str] = (
        "Leg {leg!r} lacks {missing}. State distance and basis together: shortest_feasible, great_circle, "
        "planned or actual."
    )


@dataclass(eq=False)
class ActualDistanceTwiceError(LedgerError):
    """A leg's distance is the actual one already, and the actual one is stated besides."""

    leg: str
    sentence: ClassVar[str] = (
        "Leg {leg!r} states the actual distance twice. Keep it in actual_m, and state in distance_m the "
        "shortest feasible one or the great circle, or leave actual_m out."
    )


@dataclass(eq=False)
class HubDistanceError(LedgerError):
    """A stay at a hub states what only a journey has."""

    leg: str
    field: str
    sentence: ClassVar[str] = "Leg {leg!r} is a stay at a hub, but states {field}. Leave it out."


@dataclass(eq=False)
class JourneyStayError(LedgerError):
    """A journey states what only a stay at a hub has."""

    leg: str
    mode: str
    field: str
    sentence: ClassVar[str] = "Leg {leg!r} goes by {mode}, but states {field} of a hub. Leave it out."


@dataclass(eq=False)
class RunningFigureError(LedgerError):
    """A leg says over what its running is averaged, but gives no figure."""

    leg: str
    over: str
    sentence: ClassVar[str] = (
        "Leg {leg!r} has running over a {over}, but neither load_factor nor empty_share. State one, or "
        "leave running out."
    )


@dataclass(eq=False)
class CoolingLegError(LedgerError):
    """A line books a reefer's cooling on a leg that is not refrigerated."""

    leg: str
    line: int
    sentence: ClassVar[str] = (
        "lines/{line} books cooling, but leg {leg!r} does not say temperature refrigerated. Correct one."
    )


@dataclass(eq=False)
class TransportLineError(LedgerError):
    """A leg or share names a line that the statement doesn't have, or names it twice."""

    field: str
    line: int
    count: int
    sentence: ClassVar[str] = (
        "{field} names line {line}; name one of the statement's {count} lines (0 is the first), each once."
    )


@dataclass(eq=False)
class PowerReadingError(LedgerError):
    """The use of power by nameplate lacks hours or power, or doesn't say how it is known."""

    leg: str
    use: str
    missing: str
    sentence: ClassVar[str] = (
        "Leg {leg!r}, {use}: {missing} is missing. Say reading metered, or nameplate with seconds and "
        "power_w."
    )


@dataclass(eq=False)
class PlugPowerError(LedgerError):
    """A line's energy is not plug hours times power."""

    line: int
    stated: str
    expected: str
    sentence: ClassVar[str] = "lines/{line} books {stated}, but plug time x power is {expected} kWh."


@dataclass(eq=False)
class PowerMethodError(LedgerError):
    """Power by contract is booked by location, or grid power by market."""

    line: int
    stated: str
    expected: str
    sentence: ClassVar[str] = (
        "lines/{line} says method {stated}, but its use of power is by {expected}: power under a contract "
        "is by market, from the grid by location."
    )


@dataclass(eq=False)
class ContractVolumeError(LedgerError):
    """More power is booked under a contract than its certificate covers."""

    line: int
    booked: str
    covered: str
    sentence: ClassVar[str] = (
        "lines/{line} books {booked} Wh, but the contract covers {covered} Wh. Book the rest by location."
    )


@dataclass(eq=False)
class ContractPeriodError(LedgerError):
    """A handling lies outside the period of its power contract."""

    leg: str
    occurred: str
    period: str
    sentence: ClassVar[str] = (
        "Leg {leg!r} occurred {occurred}, but its power contract is for {period}. Book by location."
    )


@dataclass(eq=False)
class ShareWorkError(LedgerError):
    """The own part of a share is not what the leg or stay says by its basis."""

    leg: str
    basis: str
    own: int
    expected: int
    sentence: ClassVar[str] = (
        "share/own is {own}, but leg {leg!r} comes to {expected} by {basis}. Correct one of them."
    )


@dataclass(eq=False)
class TripTotalError(LedgerError):
    """Two statements disagree about how much a trip carried in all."""

    trip: str
    stated: str
    before: str
    statement: str
    sentence: ClassVar[str] = (
        "share/total of trip {trip!r} is {stated}, but statement {statement} said {before}. State the same, "
        "or name another trip if it was another."
    )


@dataclass(eq=False)
class OverfullTripError(LedgerError):
    """The shares of one trip come to more than the vehicle carried."""

    trip: str
    carried: int
    total: int
    basis: str
    sentence: ClassVar[str] = (
        "The shares of trip {trip!r} come to {carried} by {basis}, of {total} in all. Correct share/own, or "
        "name another trip if it was another."
    )


@dataclass(eq=False)
class ShareBasisError(LedgerError):
    """A share is by something that the leg or stay doesn't state."""

    basis: str
    missing: str
    sentence: ClassVar[str] = (
        "share/basis is {basis}, but {missing} is missing. State it, or share by another."
    )


@dataclass(eq=False)
class VehicleQuantityError(LedgerError):
    """A line's quantity is not its share of what the whole vehicle used."""

    line: int
    stated: str
    whole: str
    expected: str
    sentence: ClassVar[str] = (
        "lines/{line} books {stated}, but {whole} of the whole vehicle x own / total is {expected}."
    )
