"""Step 8: the carbon adds up along the whole graph behind a passport, and what the passport carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, TypeAlias

from ledger.bundle import lines_of
from ledger.bundle_books import BundleBooks
from ledger.closure import takes
from ledger.components import IMPORTED, Components
from ledger.errors import LedgerError
from ledger.factor import Factor, amount_mg, value_under
from ledger.identifiers import lot_parts
from ledger.lines import Line
from ledger.lots import Shipment
from ledger.origins import trace
from ledger.shown import per_unit, share_text
from ledger.statements import CorrectionBody, ProductionBody
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import Contents

GwpTables: TypeAlias = Callable[[str], Mapping[str, str]]
"""Gives kg CO2e per kg by gas under a GWP set, to compute lines that were restated in another one."""

SHOWN_BESIDE: Final = "biogenic_co2_out"
"""A line may show it beside what its factor gives: it is in neither gross nor net."""


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
    """A line is booked as another kind of emission than its factor is of, or as better known."""

    statement: str
    line: str
    stated: str
    factor: str
    sentence: ClassVar[str] = (
        "{line} of statement {statement} is booked as {stated}, its factor is of {factor}."
    )


@dataclass(frozen=True, slots=True)
class GapShown:
    """An input without a passport: where it is booked, why, by which factor, its line's gross mg."""

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
    contents: Contents,
    books: BundleBooks,
    passport: str,
    factors: Mapping[str, Factor],
    gwp_tables: GwpTables | None = None,
) -> tuple[Finding, Figures]:
    """Book all goods of a bundle again, recompute every line, and return what the passport carries.

    1. every share of a production, every interval of a lot, every receipt and correction, by the rules
    of the books; 2. every line that names a factor. Where lines were restated in another GWP set and no
    tables are given, the finding is unknown.

    Raises:
        IntervalTakenTwiceError, SegmentTooLargeError, SegmentTooSmallError: what the bundle shows of one lot.
        LedgerError: any rule of `check_line`.
        LedgerError: any rule of `books.book`.
    """
    tally = _Tally()
    for placed in contents.placed:
        digest = placed.statement.digest
        if digest in contents.goods:
            books.take_in(placed.statement, placed.moment)
            for field, line in lines_of(placed.statement):
                tally.count(digest, field, line, factors, gwp_tables)
    shipment = books.shipment(passport)
    assert shipment is not None  # noqa: S101 - the passport is a dispatch and was booked
    reason = "ok" if shipment.answered_by else "good-for-handlings-shown"
    detail = (
        f"{len(contents.goods)} statements about goods add up to the milligram in every component; {tally}"
    )
    if not shipment.answered_by:
        detail += " No receipt closes the list of handlings, so later ones may be missing."
    if books.loose_segments:
        detail += f" The start of {books.loose_segments} segments could only be limited, not computed."
    weightless = _weightless(contents)
    if weightless:
        reason = "no-share-by-policy"
        detail += f" By their makers' policy these carry no share: {', '.join(weightless)}."
    figures = _figures(contents, shipment)
    if tally.restated:
        detail += f" {tally.restated} lines were restated in another GWP set, whose tables are not at hand."
        return Finding("unknown", "restated-not-computed", detail), figures
    return Finding("good", reason, detail), figures


@dataclass(slots=True)
class _Tally:
    """How many lines were seen, computed again, restated, or claim a factor that they don't name."""

    lines: int = 0
    recomputed: int = 0
    restated: int = 0
    unnamed: int = 0

    def count(
        self, digest: str, field: str, line: Line, factors: Mapping[str, Factor], tables: GwpTables | None
    ) -> None:
        """Check a line and count it."""
        self.lines += 1
        if line.source.factor is not None:
            known = check_line(digest, field, line, factors[line.source.factor], tables)
            self.recomputed += known
            self.restated += not known
        elif any(name.endswith(".calculated") for name in line.amount.components):
            self.unnamed += 1

    def __str__(self) -> str:
        said = f"{self.recomputed} of {self.lines} lines were computed again as quantity x factor."
        if self.unnamed:
            said += f" {self.unnamed} lines are said to be calculated, by a factor that they don't name."
        return said


def _weightless(contents: Contents) -> tuple[str, ...]:
    """Return the lots behind a passport that got no share of what made them: others had all the weight."""
    found = []
    for lot in dict.fromkeys(
        take.lot for digest in contents.goods for take in takes(contents.statements[digest])
    ):
        maker, number = lot_parts(lot)
        body = contents.statements[maker].body
        if isinstance(body, ProductionBody) and any(int(one.balance.weight) for one in body.outputs):
            found += [lot] if not int(body.outputs[number].balance.weight) else []
    return tuple(found)


def check_line(
    digest: str, field: str, line: Line, factor: Factor, gwp_tables: GwpTables | None = None
) -> bool:
    """Check a line against the factor that it names; say whether its amount could be computed again.

    It can't be for a line that was restated from gas masses in another GWP set, without that set's table.

    Raises:
        FactorChannelError: the line is booked as another kind of emission than its factor is of, as several,
            or as better known.
        FactorGwpError: a factor published as CO2e only is said to be of another set than its own.
        LineAmountError: the amount is not quantity x factor.
        MixedGwpSetsError, UnknownGwpError: the factor can't be restated in the line's GWP set.
        UnknownUnitError, UnitMismatchError, AmountTooLargeError: the quantity.
    """
    own = f"{factor.channel}.{factor.evidence}"
    stated = 0
    for component, mg in line.amount.components.items():
        channel, _, evidence = component.partition(".")
        if evidence != factor.evidence and (evidence, factor.evidence) != ("measured", "calculated"):
            raise FactorChannelError(digest, field, component, own)
        if channel == factor.channel:
            stated += int(mg)
        elif channel != SHOWN_BESIDE:
            raise FactorChannelError(digest, field, component, own)
    value = None
    if factor.gwp != line.amount.gwp:
        if factor.basis != "gases":
            raise FactorGwpError(digest, field, line.amount.gwp, factor.gwp)
        if gwp_tables is None:
            return False
        value = value_under(factor, line.amount.gwp, gwp_tables(line.amount.gwp)).value
    expected = amount_mg(line.source.quantity, line.source.unit, factor, value)
    if stated != expected:
        raise LineAmountError(digest, field, stated, expected)
    return True


def _figures(contents: Contents, shipment: Shipment) -> Figures:
    total = shipment.total
    rate = per_unit(total, shipment.quantity, shipment.unit)
    lines = _counted_lines(contents)
    return Figures(
        product=shipment.product,
        status=shipment.status,
        quantity=shipment.quantity,
        unit=shipment.unit,
        declared_unit=rate.unit,
        gross_mg=total.gross_mg(),
        net_mg=total.net_mg(),
        gross_kg_per_unit=rate.gross,
        net_kg_per_unit=rate.net,
        primary_share=share_text(_primary_share(contents, shipment)),
        components=total.wire(),
        tiers=contents.tiers,
        statements=len(contents.placed),
        handlings=tuple(handled.statement for handled in shipment.handlings),
        gaps=tuple(gap for digest, field, line in lines for gap in _gap(contents, digest, field, line)),
        gwp=tuple(sorted({line.amount.gwp for _, _, line in lines})),
    )


def _primary_share(contents: Contents, shipment: Shipment) -> Decimal | None:
    """Return the primary share; the lines behind a passport are only asked where something is imported."""
    if shipment.total.evidence_mg(IMPORTED):
        return trace(tuple(contents.statements.values()), shipment.id).primary_share()
    return shipment.total.primary_share()


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
    mg = Components.parse(line.amount.components).gross_mg()
    issuer = contents.statements[digest].issuer
    return (GapShown(digest, issuer, field, gap.key, gap.reason, gap.factor, mg),)
