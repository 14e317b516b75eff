"""What a leg, a stay and a shared vehicle may say together; asked on booking and on verification.

A wrong form is refused, a weak one is only flagged (`flags.py`): ISO 14083 wants the shortest feasible
distance or the great circle for transport activity, yet a carrier who knows the odometer alone may say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ledger.factor import unit_dimension, unit_ratio
from ledger.lines import Line
from ledger.logistics.errors import (
    ActualDistanceTwiceError,
    ContractPeriodError,
    ContractVolumeError,
    CoolingLegError,
    DistanceBasisError,
    HubDistanceError,
    JourneyStayError,
    PlugPowerError,
    PowerMethodError,
    PowerReadingError,
    RunningFigureError,
    ShareBasisError,
    ShareWorkError,
    TransportLineError,
    VehicleQuantityError,
)
from ledger.logistics.forms import COOLING, Element, HubUse, Share, ShareBasis
from ledger.lots import ZeroQuantityError
from ledger.quantities import decimal_text
from ledger.statements import HandlingBody, Leg

PLACES: Final = 9
POWERED: Final = ("reefer_plug", "shore_power")
WH_PER_KWH: Final = 1000
_PARTS: Final[dict[ShareBasis, tuple[tuple[str, int], ...]]] = {
    "tkm": (("mass_mg", 10**6), ("distance_m", 10**3)),
    "mass": (("mass_mg", 1),),
    "teu_km": (("teu", 1), ("distance_m", 10**3)),
    "teu": (("teu", 1),),
    "teu_s": (("teu", 1), ("dwell_s", 1)),
    "moves": (("moves", 1),),
}
"""By basis: the fields whose product a share is of, and how many of each are one unit of it."""


def check_transport(body: HandlingBody) -> None:
    """Check what a handling says of its leg and of its part of a shared vehicle.

    1. masses, distances and times are above 0; 2. a distance has a basis; a hub has none, a journey no
    stay; 3. cooling is booked on a refrigerated leg only; 4. plugs: energy = time x power; power under a
    contract by market, within its volume and period; 5. each shared line = the whole x own / total.

    Raises:
        ZeroQuantityError: an amount is 0.
        DistanceBasisError, ActualDistanceTwiceError, HubDistanceError, JourneyStayError,
        RunningFigureError, CoolingLegError: the leg.
        TransportLineError, PowerReadingError, PlugPowerError, PowerMethodError, ContractVolumeError,
        ContractPeriodError: the stay.
        ShareBasisError, ShareWorkError, VehicleQuantityError: the share.
        UnknownUnitError: a line's unit.
    """
    if body.leg is not None:
        _check_amounts(body.leg)
        _check_distance(body.leg)
        _check_kind(body.leg)
        _check_cooling(body.leg, body.lines)
        _check_stay(body.leg, body)
    if body.share is not None:
        _check_share(body.share, body.leg, body.lines)


def work_kg_km(leg: Element) -> Fraction | None:
    """Return the transport activity of a leg in kg·km (mass x distance), None where it has no distance."""
    if leg.distance_m is None:
        return None
    return Fraction(int(leg.mass_mg) * int(leg.distance_m), 10**9)


def own_part(leg: Element, basis: ShareBasis) -> int:
    """Return what a leg or stay comes to by the basis of a share, rounded once, half to even.

    kg·km (tkm), mg (mass), TEU·km (teu_km), TEU (teu), TEU x s in the yard (teu_s), moves.

    Raises:
        ShareBasisError: it doesn't say enough.
    """
    part = Fraction(1)
    for field, divided_by in _PARTS[basis]:
        holder = leg.stay if field in ("dwell_s", "moves") else leg
        value: str | None = getattr(holder, field, None)
        if value is None:
            raise ShareBasisError(basis, f"leg/stay/{field}" if holder is not leg else f"leg/{field}")
        part *= Fraction(value) / divided_by
    return round(part)


def shared_quantity(whole: str, own: int, total: int) -> str:
    """Return a line's share of what the whole vehicle used: whole x own / total at nine places."""
    part = round(Fraction(whole) * own / total * 10**PLACES)
    return decimal_text(Decimal(part).scaleb(-PLACES))


def _check_amounts(leg: Leg) -> None:
    amounts = {"mass_mg": leg.mass_mg, "distance_m": leg.distance_m, "actual_m": leg.actual_m, "teu": leg.teu}
    for field, amount in amounts.items():
        if amount == "0":
            raise ZeroQuantityError(f"leg/{field}")


def _check_distance(leg: Leg) -> None:
    if leg.mode == "hub":
        for field in ("distance_m", "distance_basis", "actual_m"):
            if getattr(leg, field) is not None:
                raise HubDistanceError(leg.key, field)
    if (leg.distance_m is None) != (leg.distance_basis is None):
        raise DistanceBasisError(leg.key, "distance_m" if leg.distance_m is None else "distance_basis")
    if leg.distance_basis == "actual" and leg.actual_m is not None:
        raise ActualDistanceTwiceError(leg.key)


def _check_kind(leg: Leg) -> None:
    """Check that journeys state journeys' facts, and hubs hubs'."""
    category = leg.category
    if leg.mode == "hub":
        if leg.running is not None:
            raise HubDistanceError(leg.key, "running")
        if category is not None and category.vehicle is not None:
            raise HubDistanceError(leg.key, "category/vehicle")
    else:
        if leg.stay is not None:
            raise JourneyStayError(leg.key, leg.mode, "stay")
        if category is not None and category.hub is not None:
            raise JourneyStayError(leg.key, leg.mode, "category/hub")
    running = leg.running
    if running is not None and running.load_factor is None and running.empty_share is None:
        raise RunningFigureError(leg.key, running.over)


def _check_cooling(leg: Leg, lines: Sequence[Line]) -> None:
    if leg.temperature == "refrigerated":
        return
    for number, line in enumerate(lines):
        if COOLING in line.source.tags.flags:
            raise CoolingLegError(leg.key, number)


def _check_stay(leg: Leg, body: HandlingBody) -> None:
    uses = leg.stay.uses if leg.stay is not None else ()
    numbers = [int(number) for use in uses for number in use.lines]
    _check_lines("leg/stay/uses", numbers, len(body.lines))
    for use in uses:
        lines = [(int(number), body.lines[int(number)]) for number in use.lines]
        if use.use in POWERED:
            _check_reading(leg, use, lines)
        _check_supply(leg, use, body, lines)


def _check_lines(field: str, numbers: Iterable[int], count: int) -> None:
    seen: set[int] = set()
    for number in numbers:
        if number >= count or number in seen:
            raise TransportLineError(field, number, count)
        seen.add(number)


def _check_reading(leg: Leg, use: HubUse, lines: Sequence[tuple[int, Line]]) -> None:
    """Check how a plug's power is known: metered, or power x time, which each of its lines books."""
    if use.reading == "metered":
        return
    for field in ("reading", "seconds", "power_w"):
        value = getattr(use, field)
        if value is None:
            raise PowerReadingError(leg.key, use.use, field)
        if value == "0":
            raise ZeroQuantityError(f"leg/stay/uses/{use.use}/{field}")
    watt_seconds = int(use.seconds or 0) * int(use.power_w or 0)
    expected = Fraction(watt_seconds, 3600)
    for number, line in lines:
        if _watt_hours(line) != expected:
            stated = f"{line.source.quantity} {line.source.unit}"
            raise PlugPowerError(number, stated, _text(expected / WH_PER_KWH))


def _check_supply(leg: Leg, use: HubUse, body: HandlingBody, lines: Sequence[tuple[int, Line]]) -> None:
    """Check power by grid or contract: by location, or by market within volume and period."""
    contract = use.contract
    method = "location" if contract is None else "market"
    for number, line in lines:
        stated = line.source.tags.method
        # A line without a method is no power: diesel of yard trucks, refrigerant.
        if stated is None and contract is None:
            continue
        if stated != method:
            raise PowerMethodError(number, stated or "none", method)
    if contract is None:
        return
    for number, line in lines:
        booked = _watt_hours(line)
        if booked is None or booked > int(contract.volume_wh):
            amount = line.source.quantity if booked is None else _text(booked)
            raise ContractVolumeError(number, amount, contract.volume_wh)
    start, end = body.occurred.start, body.occurred.end
    if start < contract.period.start or end > contract.period.end:
        period = f"{contract.period.start} to {contract.period.end}"
        raise ContractPeriodError(leg.key, f"{start} to {end}", period)


def _check_share(share: Share, leg: Leg | None, lines: Sequence[Line]) -> None:
    own, total = int(share.own), int(share.total)
    if leg is None:
        raise ShareBasisError(share.basis, "leg")
    part = own_part(leg, share.basis)
    if own != part:
        raise ShareWorkError(leg.key, share.basis, own, part)
    _check_lines("share/whole", (int(one.line) for one in share.whole), len(lines))
    for one in share.whole:
        stated, expected = lines[int(one.line)].source.quantity, shared_quantity(one.quantity, own, total)
        if stated != expected:
            raise VehicleQuantityError(int(one.line), stated, one.quantity, expected)


def _watt_hours(line: Line) -> Fraction | None:
    if unit_dimension(line.source.unit) != "energy":
        return None
    return Fraction(line.source.quantity) * (unit_ratio(line.source.unit, "Wh") or 0)


def _text(amount: Fraction) -> str:
    return decimal_text(Decimal(round(amount * 10**PLACES)).scaleb(-PLACES))
