"""Step 8: the carbon adds up along the whole graph behind a passport, and what the passport carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, ClassVar, Final

from ledger.bundle import lines_of
from ledger.bundle_books import BundleBooks
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.factor import Factor, amount_mg
from ledger.lots import Shipment
from ledger.quantities import EXACT, MG_PER_KG
from ledger.statements import CorrectionBody, Line
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import Contents

DECLARED_UNITS: Final = {
    "mg": ("kg", 10**6),
    "mL": ("L", 10**3),
    "Wh": ("kWh", 10**3),
    "kg·km": ("t·km", 10**3),
}
"""The unit in which people speak of a product, and how many base units it is; others are their own."""


@dataclass(eq=False)
class LineAmountError(LedgerError):
    """A line's amount is not its quantity times its factor."""

    statement: str
    line: str
    stated: int
    expected: int
    sentence: ClassVar[str] = (
        "{line} of statement {statement} states {stated} mg, but quantity x factor is {expected} mg."
    )


@dataclass(eq=False)
class FactorGwpError(LedgerError):
    """A line and its factor speak of different GWP sets."""

    statement: str
    line: str
    stated: str
    factor: str
    sentence: ClassVar[str] = (
        "{line} of statement {statement} says GWP set {stated}, its factor is of {factor}."
    )


@dataclass(eq=False)
class FactorChannelError(LedgerError):
    """A line is booked as another kind of emission than its factor is of."""

    statement: str
    line: str
    stated: str
    factor: str
    sentence: ClassVar[str] = (
        "{line} of statement {statement} is booked as {stated}, its factor is of {factor}."
    )


@dataclass(frozen=True, slots=True)
class GapShown:
    """An input without a passport: where it is booked, why, by which factor, how many mg in its line."""

    statement: str
    issuer: str
    line: str
    key: str
    reason: str
    factor: str
    mg: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a passport carries: dispatch and handlings accepted, whole and per declared unit.

    `quantity` is in the lot's `unit`; the kilograms are texts with six places, `primary_share` is a
    share of gross or None where gross is 0.
    """

    product: str
    status: str
    quantity: int
    unit: str
    declared_unit: str
    gross_mg: int
    net_mg: int
    gross_kg_per_unit: str
    net_kg_per_unit: str
    primary_share: str | None
    components: dict[str, str]
    tiers: int
    statements: int
    handlings: tuple[str, ...]
    gaps: tuple[GapShown, ...]
    gwp: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values: amounts as decimal strings, counts as whole numbers."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        for name in ("quantity", "gross_mg", "net_mg"):
            plain[name] = str(plain[name])
        for name in ("handlings", "gwp"):
            plain[name] = list(plain[name])
        gaps = [{name: getattr(gap, name) for name in gap.__slots__} for gap in self.gaps]
        plain["gaps"] = [{**gap, "mg": str(gap["mg"])} for gap in gaps]
        return plain


def check_conservation(
    contents: Contents, books: BundleBooks, passport: str, factors: Mapping[str, Factor]
) -> tuple[Finding, Figures]:
    """Book all goods of a bundle again, recompute every line, and return what the passport carries.

    1. every share of a production, every interval of a lot, every receipt and correction, by the rules
    of the books; 2. every line of one component that names a factor.

    Raises:
        IntervalTakenTwiceError, SegmentTooLargeError: what the bundle shows of one lot.
        LedgerError: any rule of `check_line`.
        LedgerError: any rule of `books.book`.
    """
    recomputed = lines = 0
    for placed in contents.placed:
        digest = placed.statement.digest
        if digest in contents.goods:
            books.take_in(placed.statement, placed.moment)
            for field, line in lines_of(placed.statement):
                lines += 1
                if line.source.factor is not None:
                    recomputed += check_line(digest, field, line, factors[line.source.factor])
    shipment = books.shipment(passport)
    assert shipment is not None  # noqa: S101 - the passport is a dispatch and was booked
    reason = "ok" if shipment.answered_by else "good-for-handlings-shown"
    detail = (
        f"{len(contents.goods)} statements about goods add up to the milligram in every component; "
        f"{recomputed} of {lines} lines were computed again as quantity x factor."
    )
    if not shipment.answered_by:
        detail += " No receipt closes the list of handlings, so later ones may be missing."
    if books.loose_segments:
        detail += f" The start of {books.loose_segments} segments could only be limited, not computed."
    return Finding("good", reason, detail), _figures(contents, shipment)


def check_line(digest: str, field: str, line: Line, factor: Factor) -> int:
    """Check a line against the factor that it names; return 1 where it was recomputed, else 0.

    A line of several components, and one restated from gas masses into another GWP set, are not recomputed.

    Raises:
        FactorGwpError: a factor published as CO2e only is said to be of another set than its own.
        FactorChannelError: the line is booked as another kind of emission than its factor is of.
        LineAmountError: the amount is not quantity x factor.
        UnknownUnitError, UnitMismatchError, AmountTooLargeError: the quantity.
    """
    if factor.gwp != line.amount.gwp:
        if factor.basis == "gases":
            return 0
        raise FactorGwpError(digest, field, line.amount.gwp, factor.gwp)
    if len(line.amount.components) != 1:
        return 0
    ((component, amount),) = line.amount.components.items()
    channel = component.partition(".")[0]
    if channel != factor.channel:
        raise FactorChannelError(digest, field, channel, factor.channel)
    expected = amount_mg(line.source.quantity, line.source.unit, factor)
    if int(amount) != expected:
        raise LineAmountError(digest, field, int(amount), expected)
    return 1


def _figures(contents: Contents, shipment: Shipment) -> Figures:
    total = shipment.total
    declared, worth = DECLARED_UNITS.get(shipment.unit, (shipment.unit, 1))
    units = EXACT.divide(Decimal(shipment.quantity), Decimal(worth))
    share = total.primary_share()
    lines = _counted_lines(contents)
    return Figures(
        product=shipment.product,
        status=shipment.status,
        quantity=shipment.quantity,
        unit=shipment.unit,
        declared_unit=declared,
        gross_mg=total.gross_mg(),
        net_mg=total.net_mg(),
        gross_kg_per_unit=_kg_per(total.gross_mg(), units),
        net_kg_per_unit=_kg_per(total.net_mg(), units),
        primary_share=None if share is None else _six_places(share),
        components=total.wire(),
        tiers=contents.tiers,
        statements=len(contents.placed),
        handlings=tuple(handled.statement for handled in shipment.handlings),
        gaps=tuple(gap for digest, field, line in lines for gap in _gap(contents, digest, field, line)),
        gwp=tuple(sorted({line.amount.gwp for _, _, line in lines})),
    )


def _counted_lines(contents: Contents) -> list[tuple[str, str, Line]]:
    """Return all lines that still count: not those that a correction dropped."""
    dropped = set()
    for digest in contents.goods:
        body = contents.statements[digest].body
        if isinstance(body, CorrectionBody):
            dropped |= {(body.corrects, f"lines/{number}") for number in body.change.drop_lines}
    return [
        (digest, field, line)
        for digest, statement in contents.statements.items()
        for field, line in lines_of(statement)
        if (digest, field) not in dropped
    ]


def _gap(contents: Contents, digest: str, field: str, line: Line) -> tuple[GapShown, ...]:
    gap = line.amount.gap
    if gap is None:
        return ()
    mg = sum(Components.parse(line.amount.components).values())
    issuer = contents.statements[digest].issuer
    return (GapShown(digest, issuer, field, gap.key, gap.reason, gap.factor, mg),)


def _kg_per(milligrams: int, units: Decimal) -> str:
    return _six_places(EXACT.divide(EXACT.divide(Decimal(milligrams), Decimal(MG_PER_KG)), units))


def _six_places(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN, context=EXACT), "f")
