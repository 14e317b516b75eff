"""Booking removals honestly: whose they are, what went back of them, and what is still expected of them.

Only removals of the own product system count (PROTOCOL, Values: net): whoever signs one owns it, has
measured or calculated it, and says how it is kept. What was bought elsewhere can't be stated at all. A
reversal is an emission of whoever removed; goods that were handed on keep the figure of their dispatch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from ledger.accounts import Account, Transfer
from ledger.closure import lines_stated
from ledger.components import CHANNELS, NAMES, PRIMARY, REMOVAL_CHANNELS, SLOTS, Components
from ledger.errors import LedgerError
from ledger.interfaces import BooksView
from ledger.lines import Line
from ledger.periods import first_day
from ledger.removals import Permanence, Removal
from ledger.reversal_bodies import ImpairmentBody, RemovalLine, ReversalBody
from ledger.rules import check_not_before
from ledger.signed import Statement
from ledger.statements import CorrectionBody

GOES_BACK_AS: Final = {
    "land_removal": "land_biogenic_co2",
    "tech_removal": "fossil",
    "ccs_capture": "fossil",
}
"""By channel of a removal, the channel of its reversal.

Stock that is lost on land is what `land_biogenic_co2` means. For the other two there is no biogenic stock to
lose: what leaks from a store is booked as any CO2 that a plant lets out, so that it can't hide from gross.
"""
REMOVALS: Final = frozenset(
    slot for slot, name in enumerate(NAMES) if name.split(".", maxsplit=1)[0] in REMOVAL_CHANNELS
)
"""The component slots that take carbon out of the air."""


@dataclass(eq=False)
class RemovalNotStatedError(LedgerError):
    """A line removes carbon, but doesn't say how that is kept."""

    field: str
    component: str
    sentence: ClassVar[str] = (
        "{field} is missing, but the line removes {component}. State pool, monitoring, permanence, reserve "
        "and owner of the removal."
    )


@dataclass(eq=False)
class NoRemovalError(LedgerError):
    """A line says how a removal is kept, but removes nothing; uptake by crops is no removal."""

    field: str
    components: str
    sentence: ClassVar[str] = "{field}: the line has {components} only, no removal. Leave {field} out."


@dataclass(eq=False)
class RemovalOwnerError(LedgerError):
    """A removal belongs to somebody else than who signs it."""

    field: str
    owner: str
    issuer: str
    sentence: ClassVar[str] = (
        "{field} is {owner}, but {issuer} signs. Only own removals of the same product system count; a "
        "bought credit never does."
    )


@dataclass(eq=False)
class RemovalEvidenceError(LedgerError):
    """A removal is neither measured nor calculated by who signs it."""

    field: str
    component: str
    sentence: ClassVar[str] = (
        "{field}: {component} is not the signer's own. A removal is measured or calculated by its owner; "
        "somebody else's comes with the goods, or not at all."
    )


@dataclass(eq=False)
class PermanenceError(LedgerError):
    """A permanence in neither years nor a class, or in both."""

    field: str
    given: int
    sentence: ClassVar[str] = "{field} states {given} of years and class. State exactly one of them."


@dataclass(eq=False)
class UnknownRemovalError(LedgerError):
    """What is reversed or impaired is no removal in this log."""

    statement: str
    line: str
    problem: str
    sentence: ClassVar[str] = "Line {line} of statement {statement} is no removal to speak of: {problem}."


@dataclass(eq=False)
class NotRemoverError(LedgerError):
    """A removal is reversed or impaired by somebody else than who stated it."""

    statement: str
    remover: str
    issuer: str
    sentence: ClassVar[str] = (
        "The removal of statement {statement} was stated by {remover}, not by {issuer}. Only {remover} can "
        "reverse or impair it."
    )


@dataclass(eq=False)
class OverReversedError(LedgerError):
    """More of a removal goes back than is still stored."""

    component: str
    stored: int
    asked: int
    sentence: ClassVar[str] = (
        "amount: of {component} {stored} mg are still stored by this line, but {asked} mg go back. "
        "State less."
    )


@dataclass(eq=False)
class NotImpairedError(LedgerError):
    """An impairment that writes nothing down."""

    field: str
    stands: str
    stated: str
    sentence: ClassVar[str] = (
        "{field}: {stated} is not below {stands}, which stands now. An impairment only writes down; leave "
        "out what stays."
    )


@dataclass(eq=False)
class ReversedLineError(LedgerError):
    """A correction drops a removal of which something went back already."""

    line: int
    reversal: str
    sentence: ClassVar[str] = (
        "drop_lines: line {line} is a removal that statement {reversal} reverses. Reverse what is left of it "
        "instead."
    )


def removed_by(line: Line) -> Components:
    """Return what a line takes out of the air, in mg by component."""
    stated = Components.parse(line.amount.components, "line")
    return Components({slot: mg for slot, mg in stated.items() if slot in REMOVALS})


def check_removals(statement: Statement) -> None:
    """Check that a statement's lines say of each removal whose it is and how it is kept.

    Raises:
        RemovalNotStatedError, NoRemovalError: a removal without its terms, or terms without a removal.
        PermanenceError: its permanence is not one thing.
        RemovalOwnerError, RemovalEvidenceError: somebody else's removal.
        UnknownComponentError, AmountFormError, AmountTooLargeError, ZeroComponentError: an amount.
    """
    folder = "change/add_lines" if isinstance(statement.body, CorrectionBody) else "lines"
    for number, line in enumerate(lines_stated(statement)):
        if line.removal is not None or any(SLOTS.get(name) in REMOVALS for name in line.amount.components):
            _check_line(f"{folder}/{number}", line, statement.issuer)


def check_not_reversed(statement: Statement, view: BooksView) -> None:
    """Check that no correction drops a removal of which something went back.

    Raises:
        ReversedLineError: it does.
    """
    if isinstance(statement.body, CorrectionBody) and statement.body.change.drop_lines:
        gone = {int(number) for number in statement.body.change.drop_lines}
        for later in view.corrections(statement.body.corrects):
            if isinstance(later.body, ReversalBody) and int(later.body.reverses.line) in gone:
                raise ReversedLineError(int(later.body.reverses.line), later.digest)


def _check_line(field: str, line: Line, issuer: str) -> None:
    if line.removal is None:
        name = next(name for name in line.amount.components if SLOTS.get(name) in REMOVALS)
        raise RemovalNotStatedError(f"{field}/removal", name)
    removed = removed_by(line)
    if not removed:
        raise NoRemovalError(f"{field}/removal", ", ".join(line.amount.components))
    for slot in removed:
        if NAMES[slot].split(".")[1] not in PRIMARY:
            raise RemovalEvidenceError(f"{field}/amount", NAMES[slot])
    _check_permanence(f"{field}/removal/permanence", line.removal.permanence)
    if line.removal.owner != issuer:
        raise RemovalOwnerError(f"{field}/removal/owner", line.removal.owner, issuer)


def _check_permanence(field: str, stated: Permanence) -> None:
    given = (stated.years is not None) + (stated.lasting is not None)
    if given != 1:
        raise PermanenceError(field, given)


@dataclass(frozen=True, slots=True)
class Standing:
    """A removal as it stands: what was removed, what of it went back, what is expected of the rest.

    `removed` and `gone_back` are in mg by the removal's components; `reversals` and `impairments` are the
    statements about it, in log order.
    """

    removed: Components
    gone_back: Components
    permanence: Permanence
    reserve: str
    reversals: tuple[str, ...] = ()
    impairments: tuple[str, ...] = ()

    def stored(self) -> Components:
        """Return what is still stored."""
        return self.removed - self.gone_back


def standing(number: int, line: Line, terms: Removal, later: Iterable[Statement]) -> Standing:
    """Return how a removal stands after what was stated about its statement later, in log order."""
    permanence, reserve = terms.permanence, terms.reserve
    gone: list[Components] = []
    reversals, impairments = [], []
    for statement in later:
        match statement.body:
            case ReversalBody() as body if int(body.reverses.line) == number:
                gone.append(Components.parse(body.amount.components, "amount/components"))
                reversals.append(statement.digest)
            case ImpairmentBody() as body if int(body.impairs.line) == number:
                permanence = body.expectation.permanence or permanence
                reserve = body.expectation.reserve or reserve
                impairments.append(statement.digest)
            case _:
                pass
    went = Components.total_of(gone)
    return Standing(removed_by(line), went, permanence, reserve, tuple(reversals), tuple(impairments))


def reversal(statement: Statement, body: ReversalBody, view: BooksView) -> tuple[Transfer, ...]:
    """Book carbon that went back: an emission of whoever removed it, lost and handed on with no goods.

    Raises:
        UnknownRemovalError, NotRemoverError: there is no such removal, or it is somebody else's.
        TooEarlyError: it ends before the removal begins.
        OverReversedError: more goes back than is stored.
        UnknownComponentError, ZeroComponentError, AmountFormError, AmountTooLargeError: the amount.
    """
    amount = Components.parse(body.amount.components, "amount/components")
    stored = _standing(statement, body.reverses, view).stored()
    for slot, mg in amount.items():
        if mg > stored[slot]:
            raise OverReversedError(NAMES[slot], stored[slot], mg)
    emitted = gone_back_as(amount, body.amount.evidence)
    lost = Account("abnormal_loss", statement.issuer)
    in_process = Account("goods_in_process", statement.issuer)
    air = Account("environment", statement.issuer)
    return (Transfer(air, in_process, emitted), Transfer(in_process, lost, emitted))


def gone_back_as(amount: Components, evidence: str) -> Components:
    """Return the emission that a reversal of removals is, in mg by component."""
    by_channel = {channel: amount.channel_mg(channel) for channel in CHANNELS if channel in GOES_BACK_AS}
    return Components.total_of(
        {SLOTS[f"{GOES_BACK_AS[channel]}.{evidence}"]: mg} for channel, mg in by_channel.items()
    )


def impairment(statement: Statement, body: ImpairmentBody, view: BooksView) -> tuple[Transfer, ...]:
    """Check that an impairment writes a removal's expectation down; it moves nothing.

    Raises:
        UnknownRemovalError, NotRemoverError: there is no such removal, or it is somebody else's.
        TooEarlyError: it ends before the removal begins.
        PermanenceError: the permanence is not one thing.
        NotImpairedError: it expects as much as stands already, more, or in another measure.
    """
    stands, stated = _standing(statement, body.impairs, view), body.expectation
    if stated.permanence is not None:
        _check_permanence("expectation/permanence", stated.permanence)
        if not stated.permanence.is_shorter_than(stands.permanence):
            before, now = stands.permanence.text(), stated.permanence.text()
            raise NotImpairedError("expectation/permanence", before, now)
    if stated.reserve is not None and Decimal(stated.reserve) >= Decimal(stands.reserve):
        raise NotImpairedError("expectation/reserve", stands.reserve, stated.reserve)
    return ()


def _standing(statement: Statement, named: RemovalLine, view: BooksView) -> Standing:
    """Return how the removal stands that a statement is about."""
    found = view.statement(named.statement)
    lines = () if found is None else lines_stated(found)
    if found is None or int(named.line) >= len(lines):
        raise UnknownRemovalError(named.statement, named.line, "this log has no such line")
    line = lines[int(named.line)]
    if line.removal is None:
        raise UnknownRemovalError(named.statement, named.line, "the line removes nothing")
    if found.issuer != statement.issuer:
        raise NotRemoverError(named.statement, found.issuer, statement.issuer)
    what = "the reversal" if isinstance(statement.body, ReversalBody) else "the impairment"
    check_not_before(what, statement.body.occurred, "the removal's beginning", first_day(found.body.occurred))
    later = view.corrections(named.statement)
    for one in later:
        if isinstance(one.body, CorrectionBody) and named.line in one.body.change.drop_lines:
            raise UnknownRemovalError(named.statement, named.line, f"correction {one.digest} dropped it")
    return standing(int(named.line), line, line.removal, later)
