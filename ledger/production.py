"""Productions: inputs and own lines become output lots.

Per component, over pooled lines and inputs, by the policy's weights, largest remainder, ties by output
number (PROTOCOL, Sharing: a production).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.accounts import Account, Transfer, from_sources
from ledger.allocation.sharing import Source, shares
from ledger.alone import Checked
from ledger.booked_lines import own_lines
from ledger.co_products import check_season, check_weights, sources
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.interfaces import BooksView
from ledger.lots import KeptAs, Lot, ZeroQuantityError
from ledger.periods import first_day
from ledger.purchased_power import check_power
from ledger.rules import check_handlers, keep_gaps, take
from ledger.signed import Statement
from ledger.statements import ProductionBody

KEPT_AS: Final[dict[str, KeptAs]] = {
    "in_process": "goods_in_process",
    "asset": "asset",
    "abnormal_loss": "abnormal_loss",
}
"""As what the books show an output that is more than goods in stock, by its kind."""


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


def production(statement: Statement, body: ProductionBody, view: BooksView) -> tuple[Transfer, ...]:
    """Pool own lines and taken inputs, share them over the outputs, make the lots.

    Raises:
        EvidenceError, GapFactorError, GapCoveredTwiceError: a line.
        LedgerError: any rule of `check_power` and `check_season`.
        UnknownPolicyError, PolicyInputUnusedError, PolicyWeightError: the policy.
        LedgerError: any rule of the policy about its inputs.
        OutputNumberError, OutputLiabilityError, ZeroQuantityError, UnitMassError: an output.
        UnknownOrganizationError, DuplicateHandlerError: the lots' handlers.
        LedgerError: any rule of takes.
    """
    issuer = statement.issuer
    in_process = Account("goods_in_process", issuer)
    lines = own_lines(statement, body)
    check_power(view, issuer, lines)
    weights = statement.alone.weights if isinstance(statement, Checked) else check_weights(body)
    check_handlers(body.handlers, view)
    keep_gaps(view, issuer, lines, statement.digest)
    transfers: list[Transfer] = []
    for line in lines:
        transfers += from_sources(line.components, issuer, in_process, gap=line.gap is not None)
    taken = []
    for signed in body.inputs:
        lot, carried, _quantity = take(view, issuer, signed, body.occurred)
        taken.append(carried)
        transfers.append(Transfer(lot.account, in_process, carried))
    pool = sources([line.components for line in lines], taken)
    check_season(body, pool)
    for number, share in enumerate(production_shares(body, pool, weights)):
        lot = _made(statement, body, number, share)
        view.keep_lot(lot)
        transfers.append(Transfer(in_process, lot.account, share))
    return tuple(transfers)


def production_shares(
    body: ProductionBody, pool: Sequence[Source], weights: Sequence[int]
) -> list[Components]:
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
        if not share.is_stated(stated.liability, f"outputs/{number}/balance/liability"):
            raise OutputLiabilityError(number, stated.liability, share.wire())
    return found


def _made(statement: Statement, body: ProductionBody, number: int, share: Components) -> Lot:
    output = body.outputs[number]
    quantity = int(output.balance.quantity)
    if quantity == 0:
        raise ZeroQuantityError(f"outputs/{number}/balance/quantity")
    kept_as = KEPT_AS.get(output.balance.kind or "", "lot")
    if output.balance.unit == "piece" and output.product.unit_mass_mg in (None, "0"):
        raise UnitMassError(f"outputs/{number}/product/unit_mass_mg")
    return Lot(
        id=lot_id(statement.digest, number),
        holder=statement.issuer,
        product=output.product.name,
        unit=output.balance.unit,
        total=share,
        quantity=quantity,
        taken=quantity if kept_as == "abnormal_loss" else 0,
        began=first_day(body.occurred),
        made="production",
        original_quantity=quantity,
        given=share,
        batch=output.product.batch or "",
        handlers=body.handlers,
        kept_as=kept_as,
    )
