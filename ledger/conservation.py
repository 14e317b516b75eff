"""Step 8: the carbon adds up along the whole graph behind a passport, and what the passport carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ledger.adjustments_shown import Adjusted, adjusted
from ledger.bundle import lines_of
from ledger.bundle_books import BundleBooks
from ledger.closure import takes
from ledger.co_products import counted_lines
from ledger.components import IMPORTED, Components
from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.identifiers import lot_parts
from ledger.line_factors import GwpTables, LineCheck
from ledger.lines import Line
from ledger.lots import Shipment
from ledger.offers import Offer
from ledger.origins import trace
from ledger.removals_behind import RemovalShown, removals_shown, standings
from ledger.shown import per_unit, share_text
from ledger.signed import Statement
from ledger.stand_ins import HIDDEN, HiddenBody, HiddenLine
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody
from ledger.uncertainty import Uncertainty, line_spread, uncertainty
from ledger.uncertainty_shown import UncertaintyShown, uncertainty_shown
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import PARTS_HIDDEN, Contents, Placed


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
class HiddenShown:
    """A statement that hides what it books: by whom, of which kind, what it hands on where that is shown."""

    statement: str
    issuer: str
    kind: str
    parts: int
    gross_mg: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a passport carries: dispatch and handlings accepted, whole and per declared unit.

    `quantity` is in the lot's `unit`; the kilograms are texts with six places, `primary_share` is a
    share of gross or None where gross is 0. The net stands beside the `removals` that make it.
    The figure is what was handed on; `adjusted` says what became of it since. `hidden` are the statements
    behind it of which a booked part is hidden: tiers, statements, gaps and GWP sets are those shown.
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
    adjusted: Adjusted | None
    removals: tuple[RemovalShown, ...]
    primary_share: str | None
    uncertainty: UncertaintyShown
    components: dict[str, str]
    tiers: int
    statements: int
    handlings: tuple[str, ...]
    gaps: tuple[GapShown, ...]
    gwp: tuple[str, ...]
    hidden: tuple[HiddenShown, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values: amounts as decimal strings, counts as whole numbers."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        for name in ("quantity", "gross_mg", "net_mg"):
            plain[name] = str(plain[name])
        for name in ("handlings", "gwp"):
            plain[name] = list(plain[name])
        gaps = [{name: getattr(gap, name) for name in gap.__slots__} for gap in self.gaps]
        plain["gaps"] = [{**gap, "mg": str(gap["mg"])} for gap in gaps]
        plain["hidden"] = [{name: getattr(one, name) for name in one.__slots__} for one in self.hidden]
        plain["adjusted"] = None if self.adjusted is None else self.adjusted.model_dump(mode="json")
        plain["uncertainty"] = self.uncertainty.model_dump()
        plain["removals"] = [removal.model_dump(mode="json") for removal in self.removals]
        return plain


def check_conservation(
    contents: Contents,
    books: BundleBooks,
    passport: str,
    factors: Mapping[str, Factor],
    gwp_tables: GwpTables | None = None,
) -> tuple[Finding, Figures | None]:
    """Book all goods of a bundle again, recompute every line, and return what the passport carries.

    1. every share of a production, every interval of a lot, every receipt and correction, by the rules
    of the books; 2. every line that names a factor. Where a factor is of another GWP set than the log
    prefers and no tables are given, the finding is unknown. So it is where a rule is broken by a statement
    that hides something booked, or may, or that rests on such a one; then there are no figures.

    Raises:
        IntervalTakenTwiceError, SegmentTooLargeError, SegmentTooSmallError: what the bundle shows of one lot.
        LedgerError: any rule of `LineCheck.check`.
        LedgerError: any rule of `books.book`.
    """
    tally = _Tally(LineCheck(books.terms().gwp, factors.__getitem__, gwp_tables))
    unbooked = 0
    for placed in contents.placed:
        digest = placed.statement.digest
        if digest in contents.goods:
            unbooked += not _booked(contents, books, placed)
            for field, line in lines_of(placed.statement):
                tally.count(digest, field, line)
    if unbooked:
        detail = f"{unbooked} statements can't be booked again without parts that are hidden; {tally}"
        return Finding("unknown", PARTS_HIDDEN, detail), None
    shipment = books.shipment(passport)
    assert shipment is not None  # noqa: S101 - the passport is a dispatch and was booked
    reason = "ok" if shipment.answered_by else "good-for-handlings-shown"
    shown = len(contents.goods) - len(contents.hidden_goods())
    detail = f"{shown} statements about goods add up to the milligram in every component; {tally}"
    if not shipment.answered_by:
        detail += " No receipt closes the list of handlings, so later ones may be missing."
    if books.loose_segments:
        detail += f" The start of {books.loose_segments} segments could only be limited, not computed."
    weightless = _weightless(contents)
    if weightless:
        reason = "no-share-by-policy"
        detail += f" By their makers' policy these carry no share: {', '.join(weightless)}."
    offers = books.offers_on(passport)
    if offers:
        taken = sum(1 for offer in offers if offer.settled())
        detail += f" {len(offers)} adjustments since it was handed on, {taken} of them taken over."
    figures = _figures(contents, as_handed_on(contents, shipment, offers), factors, offers)
    if tally.restated:
        detail += (
            f" {tally.restated} lines have gases of another GWP set than the log prefers, "
            "whose tables are not at hand."
        )
        return Finding("unknown", "restated-not-computed", detail), figures
    return Finding("good", reason, detail), figures


def _booked(contents: Contents, books: BundleBooks, placed: Placed) -> bool:
    """Book a statement again; say whether it could be, as far as that may be due to what is hidden.

    Raises:
        LedgerError: a rule is broken, and nothing that is hidden can be the cause.
    """
    try:
        books.take_in(placed.statement, placed.moment)
    except LedgerError:
        if not contents.may_be_hidden(placed.statement.digest):
            raise
        return False
    return True


@dataclass(slots=True)
class _Tally:
    """How many lines were seen, computed again, or need tables of another GWP set for that."""

    check: LineCheck
    lines: int = 0
    recomputed: int = 0
    restated: int = 0
    hidden: int = 0

    def count(self, digest: str, field: str, line: Line) -> None:
        """Check a line and count it."""
        self.lines += 1
        if isinstance(line, HiddenLine):
            self.hidden += 1
            return
        known = self.check.check(digest, field, line)
        self.recomputed += known and line.source.factor is not None
        self.restated += not known

    def __str__(self) -> str:
        said = f"{self.recomputed} of {self.lines} lines were computed again as quantity x factor."
        return f"{said} What {self.hidden} were computed from is hidden." if self.hidden else said


def _weightless(contents: Contents) -> tuple[str, ...]:
    """Return the lots behind a passport that got no share of what made them: others had all the weight."""
    found = []
    for lot in dict.fromkeys(
        take.lot for digest in contents.goods for take in takes(contents.statements[digest])
    ):
        maker, number = lot_parts(lot)
        body = contents.statements[maker].body
        if isinstance(body, ProductionBody) and any(int(one.balance.weight) for one in body.outputs):
            balance = body.outputs[number].balance
            found += [lot] if not int(balance.weight) and not balance.liability else []
    return tuple(found)


def as_handed_on(contents: Contents, shipment: Shipment, offers: Sequence[Offer]) -> Shipment:
    """Return the shipment with what was handed on and taken over with it, before any adjustment."""
    if not offers:
        return shipment
    return replace(shipment, total=trace(tuple(contents.statements.values()), shipment.id).total)


def _figures(
    contents: Contents, shipment: Shipment, factors: Mapping[str, Factor], offers: Sequence[Offer]
) -> Figures:
    total = shipment.total
    rate = per_unit(total, shipment.quantity, shipment.unit)
    lines = _counted_lines(contents, offers)
    hidden = tuple(_hidden(statement) for statement in contents.hidden_goods())
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
        adjusted=adjusted(total, offers, shipment.quantity, shipment.unit),
        removals=_removals(contents, shipment),
        primary_share=share_text(_primary_share(contents, shipment)),
        uncertainty=uncertainty_shown(
            _uncertainty(contents, shipment, [line for _, _, line in lines], factors),
            shipment.quantity,
            shipment.unit,
        ),
        components=total.wire(),
        tiers=contents.tiers,
        statements=len(contents.placed),
        handlings=tuple(handled.statement for handled in shipment.handlings),
        gaps=tuple(gap for digest, field, line in lines for gap in _gap(contents, digest, field, line)),
        gwp=tuple(sorted({line.amount.gwp for _, _, line in lines})) + ((HIDDEN,) if hidden else ()),
        hidden=hidden,
    )


def _hidden(statement: Statement) -> HiddenShown:
    body = statement.body
    handed = body.liability if isinstance(body, HiddenBody) else None
    gross = None if handed is None else str(Components.parse(handed, "liability").gross_mg())
    return HiddenShown(statement.digest, statement.issuer, statement.kind, len(statement.hidden), gross)


def _removals(contents: Contents, shipment: Shipment) -> tuple[RemovalShown, ...]:
    """Return the removals in the net figure; the way back to them is only walked where there are any."""
    if not shipment.total.removals_mg():
        return ()
    statements = tuple(contents.statements.values())
    origins = trace(statements, shipment.id).origins
    return removals_shown(origins, standings(origins, statements), {})


def _primary_share(contents: Contents, shipment: Shipment) -> Decimal | None:
    """Return the primary share; the lines behind a passport are only asked where something is imported."""
    if shipment.total.evidence_mg(IMPORTED):
        return trace(tuple(contents.statements.values()), shipment.id).primary_share()
    return shipment.total.primary_share()


def _uncertainty(
    contents: Contents, shipment: Shipment, lines: Sequence[Line], factors: Mapping[str, Factor]
) -> Uncertainty:
    """Return the interval; the way back to the lines is only walked where one of them states anything."""
    if all(line_spread(line, factors.get).stated == "nothing" for line in lines):
        return Uncertainty(None, None, whole_mg=0, part_mg=0, nothing_mg=shipment.total.gross_mg())
    origins = trace(tuple(contents.statements.values()), shipment.id).origins
    return uncertainty(origins, factors.get)


def _counted_lines(contents: Contents, offers: Sequence[Offer]) -> list[tuple[str, str, Line]]:
    """Return all lines that count: not those that a correction dropped whose adjustment was taken over."""
    ignored = {offer.cause for offer in offers if not offer.settled()}
    changes: dict[str, list[tuple[str, CorrectionBody]]] = {}
    for digest, statement in contents.statements.items():
        body = statement.body
        if isinstance(body, CorrectionBody) and digest not in ignored:
            changes.setdefault(body.corrects, []).append((digest, body))
    dropped = set(ignored)
    for maker, corrections in changes.items():
        made = contents.statements[maker].body
        assert isinstance(made, ProductionBody | HandlingBody)  # noqa: S101 - the books have checked it
        there = {(digest, number) for digest, number, _ in counted_lines(maker, made, corrections)}
        whole = {(digest, number) for digest, number, _ in counted_lines(maker, made, [])}
        whole |= {(digest, n) for digest, body in corrections for n in range(len(body.change.add_lines))}
        dropped |= {_place(maker, digest, number) for digest, number in whole - there}
    return [
        (digest, field, line)
        for digest, statement in contents.statements.items()
        for field, line in lines_of(statement)
        if digest not in dropped and f"{digest}/{field}" not in dropped
    ]


def _place(maker: str, digest: str, number: int) -> str:
    return f"{digest}/lines/{number}" if digest == maker else f"{digest}/change/add_lines/{number}"


def _gap(contents: Contents, digest: str, field: str, line: Line) -> tuple[GapShown, ...]:
    gap = line.amount.gap
    if gap is None:
        return ()
    mg = Components.parse(line.amount.components).gross_mg()
    issuer = contents.statements[digest].issuer
    return (GapShown(digest, issuer, field, gap.key, gap.reason, gap.factor, mg),)
