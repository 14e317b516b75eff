"""A figure under another GWP set: a report from the gas masses, never a change of what was signed.

Each line is computed again where its gases are known; a line that isn't keeps its own set and is named with
the reason. Methane counts as fossil or other where its mass says so; AR6 has no value for methane that
doesn't (PROTOCOL, Values: GWP). Only gross is restated: removals are CO2, of which a kilogram is one in every
set, and are shown where gross and net stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ledger.components import Components
from ledger.factor import (
    GWP_SETS,
    UNSPECIFIED_CO2E,
    Factor,
    MixedGwpSetsError,
    UnknownGwpError,
    amount_mg,
    value_under,
)
from ledger.line_factors import GwpTables
from ledger.lines import Line
from ledger.quantities import EXACT
from ledger.shown import Shown, share_text

FactorRecords = Callable[[str], Factor | None]
"""Gives the record of a factor by its digest, None where it isn't at hand."""
NO_GASES: Final = "no_gases"
PUBLISHED_AS_CO2E: Final = "published_as_co2e"
PART_AS_CO2E: Final = "part_as_co2e"
GAS_NOT_IN_SET: Final = "gas_not_in_set"
GASES_DO_NOT_ADD_UP: Final = "gases_do_not_add_up"
NO_LINE: Final = "no_line"
REASONS: Final = {
    NO_GASES: "The line names no factor and states no gas masses.",
    PUBLISHED_AS_CO2E: "The factor was published as CO2e.",
    PART_AS_CO2E: "A part of the gases is CO2e already.",
    GAS_NOT_IN_SET: "The set has no value for one of the gases, such as methane of an unknown origin in AR6.",
    GASES_DO_NOT_ADD_UP: "The gas masses don't give the figure that was signed, even under its own set.",
    NO_LINE: "No line stands behind it: a reversal, a replaced stand-in, an opening balance.",
}
"""Why a line keeps its own GWP set, as fixed codes with a sentence each."""
_BESIDE_GROSS: Final = "co2_biogenic"
_UG_PER_MG: Final = 1000


@dataclass(frozen=True, slots=True)
class Stated:
    """A part of a figure: gross mg CO2e and the line it comes from, None where no line stands behind it.

    `gross_mg` is what of the line is in the figure; negative where a correction took the line back.
    """

    statement: str
    number: int
    line: Line | None
    gross_mg: int


class KeptLine(Shown):
    """A part of a figure that keeps its own GWP set, and why (a code of `REASONS`)."""

    statement: str
    line: int | None
    activity: str | None
    gwp: str | None
    gross_mg: str
    reason: str


class UnderSet(Shown):
    """A figure under one GWP set, in mg CO2e.

    `gross_mg` is the sum of what was in the set already, what was computed again, and what keeps its own set.
    `as_booked_mg` and `restated_from_mg` are the booked figures of the first two; together they are
    `restatable_share` of the whole.
    """

    gwp: str
    gross_mg: str
    as_booked_mg: str
    restated_from_mg: str
    restated_to_mg: str
    kept_mg: str
    restatable_share: str | None
    kept_by_gwp: dict[str, str]
    kept: tuple[KeptLine, ...]


class Restatement(Shown):
    """A gross figure as it is booked, and under each GWP set; reasons are explained in words."""

    gross_mg: str
    sets: tuple[UnderSet, ...]
    reasons: dict[str, str]


def restatement(
    parts: Sequence[Stated], factors: FactorRecords, tables: GwpTables, sets: Iterable[str] = GWP_SETS
) -> Restatement:
    """Return a figure under each GWP set, from the gas masses of its lines.

    `parts` add up to the figure; `factors` gives records by digest; `tables` kg CO2e per kg of gas by set.
    Each line is rounded once, half to even; the same line under its own set stays as it was signed.
    """
    found = tuple(_under(gwp, parts, factors, tables) for gwp in sets)
    named = {one.reason for under in found for one in under.kept}
    return Restatement(
        gross_mg=str(sum(part.gross_mg for part in parts)),
        sets=found,
        reasons={code: text for code, text in REASONS.items() if code in named},
    )


def _under(gwp: str, parts: Sequence[Stated], factors: FactorRecords, tables: GwpTables) -> UnderSet:
    table = tables(gwp)
    same = before = after = 0
    kept: list[KeptLine] = []
    for part in parts:
        if not part.gross_mg:
            continue
        if part.line is not None and part.line.amount.gwp == gwp:
            same += part.gross_mg
            continue
        restated = _restated(part, gwp, factors, table, tables)
        if isinstance(restated, str):
            kept.append(_kept(part, restated))
        else:
            before += part.gross_mg
            after += restated
    return _summed(gwp, same, (before, after), kept)


def _summed(gwp: str, same: int, restated: tuple[int, int], kept: Sequence[KeptLine]) -> UnderSet:
    before, after = restated
    rest, by_set = 0, dict[str, int]()
    for one in kept:
        rest += int(one.gross_mg)
        name = one.gwp or "none"
        by_set[name] = by_set.get(name, 0) + int(one.gross_mg)
    booked = same + before + rest
    share = EXACT.divide(Decimal(same + before), Decimal(booked)) if booked else None
    return UnderSet(
        gwp=gwp,
        gross_mg=str(same + after + rest),
        as_booked_mg=str(same),
        restated_from_mg=str(before),
        restated_to_mg=str(after),
        kept_mg=str(rest),
        restatable_share=share_text(share),
        kept_by_gwp={name: str(mg) for name, mg in sorted(by_set.items())},
        kept=tuple(sorted(kept, key=lambda one: -abs(int(one.gross_mg)))),
    )


def _kept(part: Stated, reason: str) -> KeptLine:
    line = part.line
    return KeptLine(
        statement=part.statement,
        line=None if line is None else part.number,
        activity=None if line is None else line.source.activity,
        gwp=None if line is None else line.amount.gwp,
        gross_mg=str(part.gross_mg),
        reason=reason,
    )


def _restated(
    part: Stated, gwp: str, factors: FactorRecords, table: Mapping[str, str], tables: GwpTables
) -> int | str:
    """Return a part's mg under another set, or the reason why it keeps its own."""
    line = part.line
    if line is None:
        return NO_LINE
    record = factors(line.source.factor) if line.source.factor else None
    own = Components.parse(line.amount.components).gross_mg()
    whole: Fraction | int | str
    if record is not None:
        whole = _by_factor(line, record, gwp, table)
    else:
        whole = _by_masses(line, own, table, tables(line.amount.gwp))
    return whole if isinstance(whole, str) else round(Fraction(part.gross_mg) * whole / own)


def _by_factor(line: Line, record: Factor, gwp: str, table: Mapping[str, str]) -> int | str:
    """Return what a line's quantity times its factor's gases is under a set."""
    if record.basis == "total" or record.gases is None:
        return PUBLISHED_AS_CO2E
    try:
        value = value_under(record, gwp, table).value
    except MixedGwpSetsError:
        return PART_AS_CO2E
    except UnknownGwpError:
        return GAS_NOT_IN_SET
    return amount_mg(line.source.quantity, line.source.unit, record, value)


def _by_masses(line: Line, own: int, table: Mapping[str, str], signed: Mapping[str, str]) -> Fraction | str:
    """Return what the gas masses that a line states are under a set, if they give what was signed."""
    gases = {gas: int(ug) for gas, ug in (line.source.tags.gases_ug or {}).items() if ug != "0"}
    if not gases:
        return NO_GASES
    if UNSPECIFIED_CO2E in gases:
        return PART_AS_CO2E
    if not gases.keys() <= table.keys() or not gases.keys() <= signed.keys():
        return GAS_NOT_IN_SET
    without = {gas: ug for gas, ug in gases.items() if gas != _BESIDE_GROSS}
    for masses in (gases, without):
        # Each mass is signed to the microgram, so half of one, times its worth, may be missing.
        blur = 1 + sum(Fraction(signed[gas]) for gas in masses) / (2 * _UG_PER_MG)
        if abs(_worth(masses, signed) - own) <= blur:
            return _worth(masses, table)
    return GASES_DO_NOT_ADD_UP


def _worth(masses_ug: Mapping[str, int], table: Mapping[str, str]) -> Fraction:
    """Return gas masses in mg CO2e under a set."""
    return sum((ug * Fraction(table[gas]) for gas, ug in masses_ug.items()), Fraction(0)) / _UG_PER_MG
