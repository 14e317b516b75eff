"""Productions and their corrections: inputs and own lines become output lots.

Per component, over pooled lines and inputs, by the policy's weights, largest remainder, ties by output
number (PROTOCOL, Sharing: a production).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ledger.accounts import Account, Transfer, from_sources, reversed_transfers
from ledger.allocation.sharing import Source, shares
from ledger.co_products import check_weights, corrected_shares, sources
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.interfaces import BooksView
from ledger.lots import Lot, ZeroQuantityError
from ledger.periods import first_day
from ledger.rules import check_handlers, keep_gaps, line_components, take
from ledger.signed import Statement
from ledger.statements import CorrectionBody, ProductionBody


@dataclass(eq=False)
class OutputNumberError(LedgerError):
    """Outputs are not numbered from 0 upwards."""

    field: str
    number: int
    expected: int
    sentence: ClassVar[str] = "{field} is {number}; outputs count from 0, so it must be {expected}."


@dataclass(eq=False)
class UnitMassError(LedgerError):
    """Goods are counted in pieces, and nobody says what a piece weighs."""

    field: str
    sentence: ClassVar[str] = (
        "{field} is missing or 0. Goods counted in pieces state the mass of one piece, in mg."
    )


@dataclass(eq=False)
class OutputLiabilityError(LedgerError):
    """An output's stated liability is not its share."""

    output: int
    stated: dict[str, str]
    expected: dict[str, str]
    sentence: ClassVar[str] = "Output {output} states {stated}, but its share is {expected}."


@dataclass(eq=False)
class NotCorrectableError(LedgerError):
    """The corrected statement is not a production of the issuer in this log."""

    corrects: str
    problem: str
    sentence: ClassVar[str] = "Statement {corrects} can't be corrected: {problem}."


@dataclass(eq=False)
class LotTouchedError(LedgerError):
    """Goods have left an output lot, so this version can't correct its production any more."""

    lot: str
    left: int
    original: int
    sentence: ClassVar[str] = (
        "Lot {lot} has {left} of {original} left. A production is corrected before its goods leave."
    )


@dataclass(eq=False)
class EmptyCorrectionError(LedgerError):
    """A correction that changes nothing."""

    corrects: str
    sentence: ClassVar[str] = (
        "The correction of {corrects} changes nothing. Drop a line, or add lines or inputs."
    )


@dataclass(eq=False)
class DroppedLineError(LedgerError):
    """A correction drops a line that isn't there (any more)."""

    line: int
    problem: str
    sentence: ClassVar[str] = "drop_lines: line {line} {problem}."


def production(statement: Statement, body: ProductionBody, view: BooksView) -> tuple[Transfer, ...]:
    """Pool own lines and taken inputs, share them over the outputs, make the lots.

    Raises:
        EvidenceError, GapFactorError, GapCoveredTwiceError: a line.
        UnknownPolicyError, PolicyInputUnusedError, PolicyWeightError: the policy.
        LedgerError: any rule of the policy about its inputs.
        OutputNumberError, OutputLiabilityError, ZeroQuantityError, UnitMassError: an output.
        UnknownOrganizationError, DuplicateHandlerError: the lots' handlers.
        LedgerError: any rule of takes.
    """
    issuer = statement.issuer
    in_process = Account("goods_in_process", issuer)
    vectors = line_components(body.lines)
    weights = check_weights(body)
    check_handlers(body.handlers, view)
    keep_gaps(view, issuer, body.lines, statement.digest)
    transfers: list[Transfer] = []
    for line, vector in zip(body.lines, vectors, strict=True):
        transfers += from_sources(vector, issuer, in_process, gap=line.amount.gap is not None)
    taken = []
    for signed in body.inputs:
        lot, carried, _quantity = take(view, issuer, signed, body.occurred)
        taken.append(carried)
        transfers.append(Transfer(Account("lot", issuer, lot.id), in_process, carried))
    for number, share in enumerate(production_shares(body, sources(vectors, taken), weights)):
        lot = _made(statement, body, number, share)
        view.keep_lot(lot)
        transfers.append(Transfer(in_process, Account("lot", issuer, lot.id), share))
    return tuple(transfers)


def production_shares(body: ProductionBody, pool: Sequence[Source], weights: list[int]) -> list[Components]:
    """Return what each output of a production carries, and check it against what is stated.

    Raises:
        NoWeightError: every weight is 0 although there is something to share.
        OutputNumberError: outputs are not numbered from 0.
        OutputLiabilityError: an output states another share.
    """
    found = shares(body.policy, pool, weights)
    for number, (output, share) in enumerate(zip(body.outputs, found, strict=True)):
        stated = output.balance
        if int(stated.no) != number:
            raise OutputNumberError(f"outputs/{number}/balance/no", int(stated.no), number)
        if Components.parse(stated.liability, f"outputs/{number}/balance/liability") != share:
            raise OutputLiabilityError(number, stated.liability, share.wire())
    return found


def _made(statement: Statement, body: ProductionBody, number: int, share: Components) -> Lot:
    output = body.outputs[number]
    quantity = int(output.balance.quantity)
    if quantity == 0:
        raise ZeroQuantityError(f"outputs/{number}/balance/quantity")
    if output.balance.unit == "piece" and output.product.unit_mass_mg in (None, "0"):
        raise UnitMassError(f"outputs/{number}/product/unit_mass_mg")
    return Lot(
        id=lot_id(statement.digest, number),
        holder=statement.issuer,
        product=output.product.name,
        unit=output.balance.unit,
        total=share,
        quantity=quantity,
        taken=0,
        began=first_day(body.occurred),
        made="production",
        original_quantity=quantity,
        batch=output.product.batch or "",
        handlers=body.handlers,
    )


def correction(statement: Statement, body: CorrectionBody, view: BooksView) -> tuple[Transfer, ...]:
    """Compute a production's split again and post the difference to its untouched output lots.

    Raises:
        NotCorrectableError: no production of the issuer's has this digest.
        EmptyCorrectionError: it changes nothing.
        LotTouchedError: something has left an output lot.
        DroppedLineError: a line is dropped that isn't there.
        LedgerError: any rule of lines and takes.
    """
    corrected = view.statement(body.corrects)
    if corrected is None or not isinstance(corrected.body, ProductionBody):
        raise NotCorrectableError(body.corrects, "no production in this log has this digest")
    if corrected.issuer != statement.issuer:
        raise NotCorrectableError(body.corrects, f"it was issued by {corrected.issuer}")
    change = body.change
    if not (change.drop_lines or change.add_lines or change.add_inputs):
        raise EmptyCorrectionError(body.corrects)
    issuer, production_body = statement.issuer, corrected.body
    in_process = Account("goods_in_process", issuer)
    earlier = [s.body for s in view.corrections(body.corrects) if isinstance(s.body, CorrectionBody)]
    transfers = _dropped(issuer, production_body, earlier, body)
    added = line_components(change.add_lines)
    keep_gaps(view, issuer, change.add_lines, statement.digest)
    for line, vector in zip(change.add_lines, added, strict=True):
        transfers += from_sources(vector, issuer, in_process, gap=line.amount.gap is not None)
    for signed in change.add_inputs:
        lot, carried, _quantity = take(view, issuer, signed, body.occurred)
        transfers.append(Transfer(Account("lot", issuer, lot.id), in_process, carried))
    before, after = (
        corrected_shares(production_body, earlier),
        corrected_shares(production_body, [*earlier, body]),
    )
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        transfers += _adjusted(statement, lot_id(body.corrects, number), new.difference(old), view)
    return tuple(transfers)


def _dropped(
    issuer: str, body: ProductionBody, earlier: Sequence[CorrectionBody], change: CorrectionBody
) -> list[Transfer]:
    """Return the reversals of the lines that a correction drops."""
    gone = {int(number) for past in earlier for number in past.change.drop_lines}
    transfers: list[Transfer] = []
    for text in change.change.drop_lines:
        number = int(text)
        if number >= len(body.lines):
            raise DroppedLineError(number, f"doesn't exist; the production has {len(body.lines)}")
        if number in gone:
            raise DroppedLineError(number, "was dropped before")
        gone.add(number)
        amount = body.lines[number].amount
        vector = Components.parse(amount.components)
        booked = from_sources(vector, issuer, Account("goods_in_process", issuer), gap=amount.gap is not None)
        transfers += reversed_transfers(booked)
    return transfers


def _adjusted(
    statement: Statement, identifier: str, difference: dict[int, int], view: BooksView
) -> list[Transfer]:
    """Keep an output lot's new balance and return the transfers of the difference, either way."""
    lot = view.lot(identifier)
    if lot is None or not lot.untouched():
        left, original = (lot.left, lot.original_quantity) if lot else (0, 0)
        raise LotTouchedError(identifier, left, original)
    up = Components({slot: mg for slot, mg in difference.items() if mg > 0})
    down = Components({slot: -mg for slot, mg in difference.items() if mg < 0})
    view.keep_lot(lot.changed(lot.balance() + up - down, statement.digest))
    in_process, held = Account("goods_in_process", lot.holder), Account("lot", lot.holder, lot.id)
    moves = [Transfer(in_process, held, up), Transfer(held, in_process, down)]
    return [move for move in moves if move.components]
