"""Legs, hub stays and shared vehicles out of a company's records.

A part load states its own and the vehicle's tonne-kilometres, and what the whole vehicle used beside what
falls to the load: the one must follow from the other. Everything is as recorded; nothing is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final

from ledger.logistics.checks import POWERED, shared_quantity
from ledger.logistics.forms import COOLING
from ledger.quantities import EXACT, decimal_text
from ledger.records.cells import scaled
from ledger.records.errors import Findings, NeededCellError, RecordError
from ledger.records.lines import Line
from ledger.records.organizations import place
from ledger.records.power import hub_contract
from ledger.records.rows import ActivityRow, DispatchRow, HandlingRow, Row

_OF_LEG: Final = ("whole_quantity", "hub_use", "reading", "cooling")


@dataclass(eq=False)
class PartLoadRecordError(RecordError):
    """What falls to a part load is not its share of what the whole vehicle used."""

    whole: str
    expected: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value}, but the goods' part of the whole {whole} is {expected}. "
        "Correct the one that is wrong."
    )


@dataclass(eq=False)
class LegCellError(RecordError):
    """A row that belongs to no leg or stay says something of one."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} is said of handlings only. Empty the cell."
    )


@dataclass(eq=False)
class TripOverfullError(RecordError):
    """The loads of one trip come to more than its vehicle carried, or state different totals."""

    total: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: the loads of trip {value!r} come to more than its {total} t.km, or "
        "disagree about them. Correct own_tkm or total_tkm."
    )


@dataclass(frozen=True, slots=True)
class Used:
    """An activity and the lines that it made: their numbers and what they say."""

    row: ActivityRow
    lines: Mapping[int, Line]


def leg(row: HandlingRow, used: Sequence[Used]) -> dict[str, Any]:
    """Return the leg or stay of a handling.

    Raises:
        NeededCellError: a distance without its basis, running figures without what they are taken over, a
            plug without its reading.
        FractionRecordError, RecordRangeError: an amount is finer than its unit, or too large.
    """
    found: dict[str, Any] = {
        "key": row.leg,
        "mode": row.mode,
        "mass_mg": str(scaled(row.load_kg, 10**6, "mg", row.at.under("load_kg"))),
    }
    if row.distance_km is not None:
        _need(row, "distance_basis", "a distance")
        found["distance_m"] = str(scaled(row.distance_km, 1000, "m", row.at.under("distance_km")))
        found["distance_basis"] = row.distance_basis
    if row.actual_km is not None:
        found["actual_m"] = str(scaled(row.actual_km, 1000, "m", row.at.under("actual_km")))
    start, end = journey(row)
    parts = {
        "from": start,
        "to": end,
        "teu": row.teu and decimal_text(row.teu),
        "temperature": row.temperature,
        "category": _category(row),
        "running": _running(row),
        "stay": _stay(row, used),
    }
    return {**found, **{name: value for name, value in parts.items() if value}}


def journey(row: HandlingRow | DispatchRow) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return from where and to where, empty where that is not said."""
    return place(row.origin, row.origin_locode), place(row.destination, row.destination_locode)


def marked(row: ActivityRow, lines: Sequence[Line], leg: HandlingRow | None) -> list[Line]:
    """Return the lines of an activity, marked as cooling where the row says so.

    Raises:
        LegCellError: it belongs to no handling, but says what only a leg or stay has.
    """
    if leg is None:
        for column in _OF_LEG:
            if getattr(row, column) is not None:
                raise LegCellError(*row.at.under(column).facts(getattr(row, column)))
    if row.cooling is None:
        return list(lines)
    found = []
    for line in lines:
        tags = line["source"]["tags"]
        flags = [*tags.get("flags", ()), COOLING]
        found.append({**line, "source": {**line["source"], "tags": {**tags, "flags": flags}}})
    return found


def share(row: HandlingRow, used: Sequence[Used]) -> dict[str, Any] | None:
    """Return the part of a shared vehicle or hub, None where a handling states none.

    A vehicle that carried nothing else used what its lines say; a part load says what the whole used.

    Raises:
        NeededCellError: only one of own_tkm and total_tkm, or a part load that doesn't say what the whole
            vehicle used.
        PartLoadRecordError: what falls to it is not its share.
        FractionRecordError: transport work is finer than a kg·km.
    """
    if row.share_basis is not None or row.total_shared is not None:
        basis, own, total = _hub_part(row)
    elif row.own_tkm is None and row.total_tkm is None and row.trip is None:
        return None
    else:
        basis, own, total = "tkm", _work(row, "own_tkm"), _work(row, "total_tkm")
    whole: list[dict[str, str]] = []
    for one in used:
        if one.row.whole_quantity is not None or own == total:
            whole += [_whole(one.row, number, line, own, total) for number, line in one.lines.items()]
    if not whole and (own == total or not all(one.lines for one in used)):
        return None  # known by purchases only, or a row was refused already
    if not whole:
        at = used[0].row.at if used else row.at
        raise NeededCellError(*at.under("whole_quantity").facts(""), "a part load")
    found = {"own": str(own), "total": str(total), "basis": basis, "whole": whole}
    return {**found, **({"trip": row.trip} if row.trip else {})}


def check_trips(rows: Iterable[Row], findings: Findings) -> None:
    """Note the trips whose loads are more than their vehicle carried, at the row where that shows."""
    carried: dict[str, tuple[Decimal, Decimal]] = {}
    for row in rows:
        if not isinstance(row, HandlingRow) or row.trip is None or None in (row.own_tkm, row.total_tkm):
            continue
        own, total = row.own_tkm or Decimal(0), row.total_tkm or Decimal(0)
        before, first = carried.get(row.trip, (Decimal(0), total))
        now = EXACT.add(before, own)
        carried[row.trip] = (now, first)
        if now > first or total != first:
            facts = row.at.under("trip").facts(row.trip)
            findings.add(TripOverfullError(*facts, decimal_text(first)))


def _whole(row: ActivityRow, number: int, line: Line, own: int, total: int) -> dict[str, str]:
    stated = line["source"]["quantity"]
    if row.whole_quantity is None:
        return {"line": str(number), "quantity": stated}
    # A line may count the row's quantity in another unit: hours of a plug become kilowatt-hours.
    scale = Fraction(stated) / Fraction(row.quantity)
    exact = Fraction(row.whole_quantity) * scale
    whole = decimal_text(EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator)))
    if shared_quantity(whole, own, total) != stated:
        expected = shared_quantity(decimal_text(row.whole_quantity), own, total)
        facts = row.at.under("quantity").facts(row.quantity)
        raise PartLoadRecordError(*facts, decimal_text(row.whole_quantity), expected)
    return {"line": str(number), "quantity": whole}


def _category(row: HandlingRow) -> dict[str, str]:
    details = {"vehicle": row.vehicle, "contract": row.contract, "hub": row.hub_type}
    known = {name: value for name, value in details.items() if value is not None}
    if row.category is None:
        if known:
            _need(row, "category", "a vehicle, contract or hub type")
        return {}
    return {"id": row.category, **known}


def _running(row: HandlingRow) -> dict[str, str]:
    figures = {"load_factor": row.load_factor, "empty_share": row.empty_share}
    known = {name: decimal_text(value) for name, value in figures.items() if value is not None}
    if not known:
        return {}
    _need(row, "running_over", "a load factor or empty share")
    return {"over": row.running_over or "", **known}


def _stay(row: HandlingRow, used: Sequence[Used]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row.moves is not None:
        found["moves"] = str(row.moves)
    for field, hours in (("dwell_s", row.dwell_h), ("waiting_s", row.waiting_h)):
        if hours is not None:
            found[field] = str(scaled(hours, 3600, "s", row.at.under(field.replace("_s", "_h"))))
    uses = [_use(one) for one in used if one.row.hub_use is not None]
    return {**found, "uses": uses} if found or uses else {}


def _use(one: Used) -> dict[str, Any]:
    row = one.row
    found: dict[str, Any] = {"use": row.hub_use, "lines": [str(number) for number in one.lines]}
    if row.instrument is not None:
        found["contract"] = hub_contract(row)
    if row.hub_use not in POWERED:
        return found
    if row.reading is None:
        raise NeededCellError(*row.at.under("reading").facts(""), row.hub_use or "")
    found["reading"] = row.reading
    if row.unit == "h" and row.power_kw is not None:
        found["seconds"] = str(scaled(row.quantity, 3600, "s", row.at.under("quantity")))
        found["power_w"] = str(scaled(row.power_kw, 1000, "W", row.at.under("power_kw")))
    return found


def _hub_part(row: HandlingRow) -> tuple[str, int, int]:
    """Return the basis of a share at a hub, the goods' own part and that of all: from what the row says."""
    for column in ("share_basis", "total_shared"):
        _need(row, column, "a share of a hub")
    total = row.total_shared or 0
    if row.share_basis == "moves":
        _need(row, "moves", "a share by moves")
        return "moves", row.moves or 0, total
    _need(row, "teu", "a share by TEU")
    teu = row.teu or Decimal(0)
    if row.share_basis == "teu":
        return "teu", scaled(teu, 1, "TEU", row.at.under("teu")), total
    _need(row, "dwell_h", "a share by TEU and hours")
    hours = EXACT.multiply(teu, row.dwell_h or Decimal(0))
    return "teu_s", scaled(hours, 3600, "TEU·s", row.at.under("dwell_h")), total * 3600


def _work(row: HandlingRow, column: str) -> int:
    work: Decimal | None = getattr(row, column)
    if work is None:
        raise NeededCellError(*row.at.under(column).facts(""), "a share of the vehicle's work")
    return scaled(work, 1000, "kg·km", row.at.under(column))


def _need(row: HandlingRow, column: str, by: str) -> None:
    if getattr(row, column) is None:
        raise NeededCellError(*row.at.under(column).facts(""), by)
