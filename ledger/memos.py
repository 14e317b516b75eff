"""What stands beside the footprint and is never part of it: carbon in goods, land, effects of flying.

A line may state a memo (PROTOCOL, Values: memo). It reaches a passport in the proportion in which the
line's milligrams reach it, and is summed by kind; no kind is ever added to another, nor to CO2e.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ledger.lines import Line
from ledger.origins import Origin
from ledger.quantities import decimal_text, kilograms_text
from ledger.shown import PLACES, Shown, rate_text

LAND: Final = "land_m2_year"
KINDS: Final = (
    "carbon_fossil_mg",
    "carbon_biogenic_mg",
    "carbon_recycled_mg",
    "carbon_packaging_mg",
    LAND,
    "indirect_luc_mg",
    "radiative_forcing_mg",
)
"""Kinds of memos: carbon in mg C, occupied land in m2·year, the last two in mg CO2e."""
_MILLIONTHS: Final = 10**6
_FINE: Final = 10**30


class MemoShown(Shown):
    """One kind of memo of a passport: whole mg (m2·year with six places), and per declared unit.

    `per_unit` is in kg C, m2·year or kg CO2e per declared unit, six places.
    """

    kind: str
    amount: str
    per_unit: str


def stated(line: Line) -> dict[str, Decimal]:
    """Return what a line states beside its milligrams, by kind, in the unit that the kind names."""
    if line.memo is None:
        return {}
    carbon = line.memo.carbon_mg
    amounts = (
        *(
            (None,) * 4
            if carbon is None
            else (carbon.fossil, carbon.biogenic, carbon.recycled, carbon.packaging)
        ),
        line.memo.land_m2_year,
        line.memo.indirect_luc_mg,
        line.memo.radiative_forcing_mg,
    )
    return {kind: Decimal(text) for kind, text in zip(KINDS, amounts, strict=True) if text is not None}


def reaching(origin: Origin) -> dict[str, Fraction]:
    """Return the part of a line's memo that reaches the passport, by kind; nothing where no milligram does.

    part = memo x (mg of the line that reach) / (mg of the line), each mg over all components of the line
    without sign, so that a line of removals or uptake brings its memo too. Where it has no end it is
    exact to 30 decimal places, half to even, the finest that a decimal here is written with: sums over
    ten thousand statements would else have denominators without limit.
    """
    part = Fraction(sum(origin.reaches.values()), sum(origin.own.values()))
    if not part:
        return {}
    found = stated(origin.line)
    return {kind: Fraction(round(Fraction(amount) * part * _FINE), _FINE) for kind, amount in found.items()}


def memo_sums(origins: Iterable[Origin]) -> dict[str, Fraction]:
    """Add up by kind what reaches a passport; a kind that no line states which reaches it is not there."""
    found: dict[str, Fraction] = {}
    for origin in origins:
        if origin.line.memo is not None:
            for kind, amount in reaching(origin).items():
                found[kind] = found.get(kind, Fraction(0)) + amount
    return {kind: found[kind] for kind in KINDS if kind in found}


def memos_shown(sums: Mapping[str, Fraction], quantity: int, unit: str) -> tuple[MemoShown, ...]:
    """Return a passport's memos as they are shown, each rounded once, half to even.

    `quantity` is that of the goods in the lot's `unit`.
    """
    return tuple(
        MemoShown(
            kind=kind,
            amount=amount_text(kind, amount),
            # Land has no milligrams: millionths of m2·year stand to m2·year as milligrams to kilograms.
            per_unit=rate_text(amount * (_MILLIONTHS if kind == LAND else 1), quantity, unit),
        )
        for kind, amount in sums.items()
    )


def amount_text(kind: str, amount: Fraction) -> str:
    """Write an amount of a kind of memo: whole milligrams, land with six places; half to even."""
    return kilograms_text(round(amount * _MILLIONTHS), PLACES) if kind == LAND else str(round(amount))


def stated_texts(line: Line) -> dict[str, str]:
    """Return a line's memo by kind, as it was signed."""
    return {kind: decimal_text(amount) for kind, amount in stated(line).items()}


def reaching_texts(origin: Origin) -> dict[str, str]:
    """Return what of a line's memo reaches the passport by kind, for reading: rounded line by line."""
    return {kind: amount_text(kind, amount) for kind, amount in reaching(origin).items()}
