"""What may be said at all: dates, lines, takes, who holds what. Shared by the books of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from ledger.accounting import check_markups
from ledger.alone import BookedLine
from ledger.body import Occurred
from ledger.components import (
    EMISSION_CHANNELS,
    ESTIMATED,
    EVIDENCE_OF,
    MARKUP,
    NAMES,
    PRIMARY,
    SLOTS,
    Components,
)
from ledger.errors import LedgerError
from ledger.identity import UnknownOrganizationError
from ledger.interfaces import BooksView
from ledger.lines import Line, Memo, Take
from ledger.lots import Lot
from ledger.periods import CivilDay, last_day
from ledger.stand_ins import HiddenLine


@dataclass(eq=False)
class DateOrderError(LedgerError):
    """A period ends before it begins."""

    start: str
    end: str
    field: str = "occurred"
    sentence: ClassVar[str] = "{field}: from {start} is after to {end}. Swap or correct the dates."


@dataclass(eq=False)
class FutureDateError(LedgerError):
    """Something is said to have occurred in the future."""

    occurred: str
    zone: str
    at: str
    sentence: ClassVar[str] = (
        "occurred ends {occurred} ({zone}), which begins over a day after {at}. Book what has occurred."
    )


@dataclass(eq=False)
class TooEarlyError(LedgerError):
    """Something is said to have happened before what it depends on."""

    what: str
    date: str
    zone: str
    before: str
    before_date: str
    before_zone: str
    sentence: ClassVar[str] = (
        "{what} ends {date} ({zone}), before {before} on {before_date} ({before_zone}). Correct the date."
    )


@dataclass(eq=False)
class UnknownLotError(LedgerError):
    """No lot has this id."""

    lot: str
    sentence: ClassVar[str] = "There is no lot {lot} in this log. Check the id."


@dataclass(eq=False)
class NotHolderError(LedgerError):
    """A lot is used by somebody who doesn't hold it."""

    lot: str
    holder: str
    issuer: str
    sentence: ClassVar[str] = "Lot {lot} is held by {holder}, not by {issuer}. Only its holder may use it."


@dataclass(eq=False)
class EvidenceError(LedgerError):
    """A line's evidence contradicts its gap, scope, factor or primary share."""

    field: str
    component: str
    problem: str
    sentence: ClassVar[str] = "{field}: component {component} {problem}."


@dataclass(eq=False)
class EmptyMemoError(LedgerError):
    """What is shown beside a line shows nothing."""

    field: str
    sentence: ClassVar[str] = "{field} is empty. State at least one of its fields, or leave it out."


@dataclass(eq=False)
class GapFactorError(LedgerError):
    """A gap names another factor than its line's source."""

    field: str
    gap: str
    source: str
    sentence: ClassVar[str] = "{field}: the gap names factor {gap}, its source {source}. Name the same one."


@dataclass(eq=False)
class GapCoveredTwiceError(LedgerError):
    """A purchase is filled by two gaps."""

    key: str
    statement: str
    sentence: ClassVar[str] = (
        "Gap key {key!r} is used in statement {statement} already. A purchase is covered once."
    )


@dataclass(eq=False)
class StatedLiabilityError(LedgerError):
    """A stated liability is not what moves."""

    field: str
    stated: dict[str, str]
    expected: dict[str, str]
    sentence: ClassVar[str] = "{field} states {stated}, but {expected} moves. Take a fresh draft, sign it."


@dataclass(eq=False)
class DuplicateHandlerError(LedgerError):
    """A handler is named twice."""

    handler: str
    sentence: ClassVar[str] = "handlers: {handler} is named twice. Name each handler once."


def check_order(start: str, end: str, field: str) -> None:
    """Check that a period of civil dates doesn't end before it begins.

    Raises:
        DateOrderError: it does.
    """
    if start > end:
        raise DateOrderError(start, end, field)


def check_period(occurred: Occurred, at: datetime) -> None:
    """Check that a period has an order and has happened.

    It has, as soon as its last day has begun where it happened; a day is left for clocks that go wrong.

    Raises:
        DateOrderError: it ends before it begins.
        FutureDateError: its last day begins later than the log's time and one day.
    """
    check_order(occurred.start, occurred.end, "occurred")
    if last_day(occurred).begins() > at + timedelta(days=1):
        raise FutureDateError(occurred.end, occurred.zone, at.isoformat())


def check_not_before(what: str, occurred: Occurred, before: str, earliest: CivilDay) -> None:
    """Check that a statement's period doesn't end before the day of what it depends on.

    Moments are compared, each day in its zone: where both can be true the statement is not refused.

    Raises:
        TooEarlyError: the period is over when that day begins.
    """
    if last_day(occurred).ends() <= earliest.begins():
        raise TooEarlyError(what, occurred.end, occurred.zone, before, earliest.date, earliest.zone)


def check_handlers(handlers: Sequence[str], view: BooksView) -> None:
    """Check that whoever is named to handle goods is registered and named once.

    To name the holder itself is allowed and changes nothing.

    Raises:
        UnknownOrganizationError: a handler is not registered.
        DuplicateHandlerError: a handler is named twice.
    """
    named = set()
    for handler in handlers:
        if view.organization(handler) is None:
            raise UnknownOrganizationError(handler)
        if handler in named:
            raise DuplicateHandlerError(handler)
        named.add(handler)


def held_lot(view: BooksView, lot_id: str, issuer: str) -> Lot:
    """Return a lot that the issuer holds.

    Raises:
        UnknownLotError: there is none.
        NotHolderError: somebody else holds it.
    """
    lot = view.lot(lot_id)
    if lot is None:
        raise UnknownLotError(lot_id)
    if lot.holder != issuer:
        raise NotHolderError(lot_id, lot.holder, issuer)
    return lot


def take(view: BooksView, issuer: str, signed: Take, occurred: Occurred) -> tuple[Lot, Components, int]:
    """Take a signed interval of a held lot and keep the lot; return it, what it carries, the quantity.

    Raises:
        UnknownLotError, NotHolderError, TooEarlyError: whose lot, and when.
        StaleLotError, ZeroQuantityError, OverdrawnLotError, TakenLiabilityError: the interval.
    """
    lot = held_lot(view, signed.lot, issuer)
    check_not_before("the statement", occurred, "the lot's beginning", lot.began)
    after, carried, quantity = lot.take(signed)
    view.keep_lot(after)
    return after, carried, quantity


def line_components(lines: Sequence[Line]) -> list[Components]:
    """Return each line's vector, after checking its evidence and its memo.

    A line is a gap exactly when its evidence is secondary or spend, and only such a line may also have a
    markup of the same channel (`accounting.check_markups` says how large). Nobody signs
    somebody else's emission as its own: what is measured or calculated is of scope 1 (PROTOCOL, Booking).
    What is calculated names its factor; an imported footprint says which share of it is primary, and nothing
    else does (PROTOCOL, Values).

    Raises:
        EvidenceError: evidence contradicts gap, scope, factor or primary share.
        GapFactorError: gap and source name different factors.
        EmptyMemoError: a memo, or the carbon content in it, says nothing.
    """
    vectors = []
    for number, line in enumerate(lines):
        field = f"lines/{number}/amount"
        vector = Components.parse(line.amount.components, f"{field}/components")
        _check_evidence(field, line, vector)
        gap = line.amount.gap
        if gap is not None and line.source.factor != gap.factor:
            raise GapFactorError(field, gap.factor, line.source.factor or "none")
        if line.memo is not None:
            _check_memo(f"lines/{number}/memo", line.memo)
        vectors.append(vector)
    return vectors


def _check_evidence(field: str, line: Line, vector: Components) -> None:
    gapless, share = line.amount.gap is None, line.amount.primary_share
    name = ""
    for slot in vector:
        name = NAMES[slot]
        evidence = EVIDENCE_OF[slot]
        if evidence == MARKUP:
            _check_markup(field, name, vector)
        elif (evidence in ESTIMATED) == gapless:
            need = "stands for a supplier and needs a gap" if gapless else "can't have a gap"
            raise EvidenceError(field, name, need)
        shown = not isinstance(line, HiddenLine)
        if shown and evidence in PRIMARY and line.source.tags.scope != "1":
            bought = f"is of scope {line.source.tags.scope}, so somebody else's; only scope 1 is direct"
            raise EvidenceError(field, name, bought)
        if shown and evidence == "calculated" and line.source.factor is None:
            raise EvidenceError(field, name, "was calculated, so its source names the factor; name it")
        if evidence == "imported" and share is None:
            raise EvidenceError(
                field, name, "comes from another system, so it states its primary_share; add it"
            )
    if share is not None and not any(NAMES[slot].endswith(".imported") for slot in vector):
        raise EvidenceError(field, name, f"is not imported, so it has no primary_share {share}; leave it out")


def _check_markup(field: str, name: str, vector: Components) -> None:
    channel = name.split(".", maxsplit=1)[0]
    if channel not in EMISSION_CHANNELS:
        raise EvidenceError(field, name, "marks up what is no emission; leave it out")
    if not any(vector[SLOTS[f"{channel}.{kind}"]] for kind in ESTIMATED):
        raise EvidenceError(
            field, name, "marks up an estimate of its channel, and there is none; leave it out"
        )


def _check_memo(field: str, memo: Memo) -> None:
    if all(value is None for _, value in memo):
        raise EmptyMemoError(field)
    if memo.carbon_mg is not None and all(value is None for _, value in memo.carbon_mg):
        raise EmptyMemoError(f"{field}/carbon_mg")


def keep_gaps(view: BooksView, issuer: str, lines: Sequence[BookedLine], statement: str) -> None:
    """Remember the gap keys of a statement's lines, and check how their estimates are marked up.

    Raises:
        MarkupError: a markup is not the issuer's k times the estimate.
        GapCoveredTwiceError: the issuer used a key before.
    """
    check_markups(view, issuer, lines)
    for line in lines:
        key = line.gap
        if key is None:
            continue
        before = view.gap(issuer, key)
        if before is not None:
            raise GapCoveredTwiceError(key, before)
        view.keep_gap(issuer, key, statement)
