"""Opening balances: the goods that were there before an organization began its books.

Each lot states what it carries and what that rests on. Nobody here signed where it came from, so an opening
is an origin of its own: passports name it, and its estimates count as estimates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.accounts import Account, Transfer
from ledger.components import IMPORTED, MARKUP, NAMES, REMOVAL_CHANNELS, Components
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.interfaces import BooksView
from ledger.lines import LineAmount, LineSource, Tags, UnsignedLine
from ledger.lots import Lot, ZeroQuantityError
from ledger.periods import last_day
from ledger.production import OutputNumberError, UnitMassError
from ledger.rules import EvidenceError, check_handlers
from ledger.signed import Statement
from ledger.stated import OpeningBody, OpeningLot

OPENING: Final = "opening_balance"
"""The activity and flag of what an opening lot carries."""
_TEXT_SHOWN: Final = 200


@dataclass(eq=False)
class BooksBegunError(LedgerError):
    """Opening balances come after the organization has booked something else."""

    organization: str
    sentence: ClassVar[str] = (
        "{organization} has booked other statements about goods, so its books have begun. State opening "
        "balances before everything else, or record the goods as a production with their lines."
    )


def opening(statement: Statement, body: OpeningBody, view: BooksView) -> tuple[Transfer, ...]:
    """Make the lots that an organization holds as its books begin.

    Raises:
        UnknownOrganizationError, DuplicateHandlerError: the lots' handlers.
        BooksBegunError: something else about goods was booked before.
        OutputNumberError, ZeroQuantityError, UnitMassError: a lot's number, quantity, or mass of a piece.
        EvidenceError: a component that an opening can't carry, or a primary share where nothing is imported.
        UnknownComponentError, ZeroComponentError, AmountTooLargeError: a liability.
    """
    issuer = statement.issuer
    check_handlers(body.handlers, view)
    organization = view.organization(issuer)
    if organization is not None and organization.trades:
        raise BooksBegunError(issuer)
    source, transfers = Account("opening", issuer), []
    for number in range(len(body.lots)):
        lot = _opened(statement, body, number)
        view.keep_lot(lot)
        transfers.append(Transfer(source, Account("lot", issuer, lot.id), lot.total))
    return tuple(transfers)


def _opened(statement: Statement, body: OpeningBody, number: int) -> Lot:
    stated = body.lots[number]
    balance, field = stated.balance, f"lots/{number}/balance"
    if int(balance.no) != number:
        raise OutputNumberError(f"{field}/no", int(balance.no), number)
    quantity = int(balance.quantity)
    if quantity == 0:
        raise ZeroQuantityError(f"{field}/quantity")
    if balance.unit == "piece" and stated.product.unit_mass_mg in (None, "0"):
        raise UnitMassError(f"lots/{number}/product/unit_mass_mg")
    carried = _carried(field, stated)
    return Lot(
        id=lot_id(statement.digest, number),
        holder=statement.issuer,
        product=stated.product.name,
        unit=balance.unit,
        total=carried,
        quantity=quantity,
        taken=0,
        began=last_day(body.occurred),
        made="opening",
        original_quantity=quantity,
        given=carried,
        batch=stated.product.batch or "",
        handlers=body.handlers,
    )


def _carried(field: str, stated: OpeningLot) -> Components:
    vector = Components.parse(stated.balance.liability, f"{field}/liability")
    for slot in vector:
        if NAMES[slot].partition(".")[0] in REMOVAL_CHANNELS:
            problem = "is a removal, and an opening can't say how it is kept; leave it out"
            raise EvidenceError(field, NAMES[slot], problem)
    evidences = {NAMES[slot].partition(".")[2]: NAMES[slot] for slot in vector}
    if MARKUP in evidences:
        problem = "is a policy, not a balance that somebody can show; leave it out"
        raise EvidenceError(field, evidences[MARKUP], problem)
    share = stated.balance.primary_share
    if IMPORTED in evidences and share is None:
        problem = "comes from another system, so the lot states its primary_share; add it"
        raise EvidenceError(field, evidences[IMPORTED], problem)
    if IMPORTED not in evidences and share is not None:
        problem = f"is not imported, so it has no primary_share {share}; leave it out"
        raise EvidenceError(field, next(iter(evidences.values())), problem)
    return vector


def opening_lines(body: OpeningBody) -> tuple[UnsignedLine, ...]:
    """Return what each opening lot carries as a line, so that it can be traced and shown like any other."""
    return tuple(_line(lot) for lot in body.lots)


@dataclass(frozen=True, slots=True)
class OpenedLot:
    """An opening lot behind a passport: what it rests on, and what of it reaches the passport."""

    statement: str
    lot: str
    organization: str
    tier: int
    product: str
    evidence: str
    document: str | None
    reaches: Components


def opened_lots(
    statements: Iterable[Statement],
    tiers: Mapping[str, int],
    reached: Mapping[tuple[str, int], Components],
) -> tuple[OpenedLot, ...]:
    """Return the opening lots behind a passport, the largest gross first, by what reaches it of each."""
    found = []
    for statement in statements:
        for number, lot in enumerate(statement.body.lots if isinstance(statement.body, OpeningBody) else ()):
            reaches = reached.get((statement.digest, number))
            if reaches is not None:
                found.append(
                    OpenedLot(
                        statement=statement.digest,
                        lot=lot_id(statement.digest, number),
                        organization=statement.issuer,
                        tier=tiers[statement.digest],
                        product=lot.product.name,
                        evidence=lot.evidence.text,
                        document=lot.evidence.document,
                        reaches=reaches,
                    )
                )
    return tuple(sorted(found, key=lambda one: -one.reaches.gross_mg()))


def opened_goods(body: OpeningBody) -> tuple[str, int | None, str]:
    """Return the products, the quantity and the unit of an opening; no quantity where units differ."""
    products = dict.fromkeys(lot.product.name for lot in body.lots)
    units = {lot.balance.unit for lot in body.lots}
    quantity = sum(int(lot.balance.quantity) for lot in body.lots)
    return ", ".join(products), quantity if len(units) == 1 else None, min(units)


def _line(lot: OpeningLot) -> UnsignedLine:
    balance = lot.balance
    return UnsignedLine(
        reported_as=OPENING,
        amount=LineAmount(components=balance.liability, gwp=balance.gwp, primary_share=balance.primary_share),
        source=LineSource(
            activity=OPENING,
            quantity=balance.quantity,
            unit=balance.unit,
            tags=Tags(scope="3", stage="operation", flags=(OPENING,)),
            text=lot.evidence.text[:_TEXT_SHOWN],
        ),
    )
