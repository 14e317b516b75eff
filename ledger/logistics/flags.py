"""What a passport flags on the lines of a leg, whatever their signer says: weak, yet not wrong.

- `distance_actual`, `distance_planned`: tonne-kilometres that count a distance which ISO 14083 does not
  take for transport activity (it takes the shortest feasible one or the great circle).
- `air_not_great_circle`: a flight's factor contains the uplift for the way really flown (8 % in DESNZ's), so
  it goes with the great circle; any other distance may count it twice.
- `well_to_tank_missing`: fuel or tonne-kilometres from tank to wheel, without their way from well to tank.
- `may_overlap`: a reefer's cooling beside an average factor, which contains some reefer power already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ledger.factor import UnknownUnitError, unit_dimension
from ledger.lines import Line
from ledger.logistics.forms import COOLING
from ledger.signed import Statement
from ledger.statements import HandlingBody, Leg

ACTUAL, PLANNED = "distance_actual", "distance_planned"
AIR: Final = "air_not_great_circle"
WELL_TO_TANK: Final = "well_to_tank_missing"
OVERLAP: Final = "may_overlap"
FLAGS: Final = (ACTUAL, PLANNED, AIR, WELL_TO_TANK, OVERLAP)
_BURNT: Final = re.compile(r"_burnt\Z")


def leg_flags(statements: Iterable[Statement]) -> dict[tuple[str, int], tuple[str, ...]]:
    """Return the flags of the lines of legs, by statement and line number; lines without any are left out."""
    found = {}
    for statement in statements:
        if isinstance(statement.body, HandlingBody) and statement.body.leg is not None:
            for number, flags in flags_of(statement.body.leg, statement.body.lines).items():
                found[statement.digest, number] = flags
    return found


def flags_of(leg: Leg, lines: Sequence[Line]) -> Mapping[int, tuple[str, ...]]:
    """Return the flags of a leg's lines by number."""
    found: dict[int, tuple[str, ...]] = {}
    average = any(is_average_work(line) for line in lines)
    for number, line in enumerate(lines):
        flags = [
            *(distance_flags(leg) if is_work(line) else ()),
            *((WELL_TO_TANK,) if _lacks_well_to_tank(line, lines) else ()),
            *((OVERLAP,) if average and COOLING in line.source.tags.flags else ()),
        ]
        if flags:
            found[number] = tuple(flags)
    return found


def distance_flags(leg: Leg) -> tuple[str, ...]:
    """Return what is weak about a leg's distance as the measure of transport activity."""
    basis = leg.distance_basis
    by_basis = {"actual": (ACTUAL,), "planned": (PLANNED,)}.get(basis or "", ())
    return (*by_basis, AIR) if leg.mode == "air" and basis not in (None, "great_circle") else by_basis


def is_work(line: Line) -> bool:
    """Say whether a line counts transport work: t·km or TEU·km."""
    try:
        return unit_dimension(line.source.unit) in ("transport work", "container transport")
    except UnknownUnitError:
        return False


def is_average_work(line: Line) -> bool:
    """Say whether a line is transport work by somebody's average factor."""
    return is_work(line) and any(name.endswith(".secondary") for name in line.amount.components)


def _lacks_well_to_tank(line: Line, lines: Sequence[Line]) -> bool:
    """Say whether a line is fuel from tank to wheel, by a factor, without its way from well to tank."""
    source = line.source
    if source.tags.stage != "operation" or source.factor is None:
        return False
    if not is_work(line) and not _BURNT.search(source.activity):
        return False
    mate = (source.activity, source.quantity, source.unit)
    return not any(
        (one.source.activity, one.source.quantity, one.source.unit) == mate
        for one in lines
        if one.source.tags.stage == "energy_provision"
    )
