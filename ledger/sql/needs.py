"""What booking a batch will ask the books for, so that it can be read with a handful of questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from ledger.accounts import Account, AccountKind
from ledger.booked_lines import gap_keys
from ledger.closure import parties, takes
from ledger.identifiers import lot_id
from ledger.production import KEPT_AS
from ledger.signed import Statement
from ledger.stated import OpeningBody
from ledger.statements import (
    DispatchBody,
    HandlingBody,
    KeyBody,
    ProductionBody,
    ReceiptBody,
    RegistrationBody,
)

WITHOUT_REF: Final = tuple(kind for kind in get_args(AccountKind) if kind not in ("lot", "shipment"))


@dataclass(frozen=True, slots=True)
class Needs:
    """The rows that will be asked for, each once, in the order of the statements."""

    organizations: dict[str, None] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    lots: dict[str, None] = field(default_factory=dict)
    shipments: dict[str, None] = field(default_factory=dict)
    gaps: dict[tuple[str, str], None] = field(default_factory=dict)
    accounts: dict[Account, None] = field(default_factory=dict)
    made: dict[Account, None] = field(default_factory=dict)
    """Accounts of what the statements make themselves."""


def needs_of(statements: Sequence[Statement]) -> Needs:
    """Return what booking these statements will ask for, as far as they name it themselves."""
    needs = Needs()
    for statement in statements:
        issuer = statement.issuer
        needs.organizations[issuer] = None
        for party in parties(statement):
            needs.organizations[party] = None
        for taken in takes(statement):
            needs.lots[taken.lot] = None
            needs.accounts[Account("lot", issuer, taken.lot)] = None
        for key in gap_keys(statement):
            needs.gaps[issuer, key] = None
        _of_its_kind(statement, needs)
    for issuer in {statement.issuer: None for statement in statements}:
        needs.accounts.update(dict.fromkeys(Account(kind, issuer) for kind in WITHOUT_REF))
    return needs


def _of_its_kind(statement: Statement, needs: Needs) -> None:
    issuer = statement.issuer
    match statement.body:
        case RegistrationBody() as body:
            needs.keys[body.key.address] = None
        case KeyBody() as body:
            needs.keys[body.key.address] = None
        case ProductionBody() as body:
            needs.made.update(dict.fromkeys(made_accounts(statement, body)))
        case OpeningBody() as body:
            opened = (lot_id(statement.digest, number) for number in range(len(body.lots)))
            needs.made.update(dict.fromkeys(Account("lot", issuer, lot) for lot in opened))
        case HandlingBody() as body if body.target.shipment is not None:
            needs.shipments[body.target.shipment] = None
        case HandlingBody() as body if body.target.lot is not None:
            needs.lots[body.target.lot] = None
            needs.accounts[Account("lot", issuer, body.target.lot)] = None
        case DispatchBody():
            needs.made[Account("shipment", issuer, statement.digest)] = None
        case ReceiptBody() as body:
            needs.shipments[body.takes_over.shipment] = None
            arrived = (lot_id(statement.digest, number) for number in range(len(body.lots())))
            needs.made.update(dict.fromkeys(Account("lot", issuer, lot) for lot in arrived))
        case _:
            pass


def made_accounts(statement: Statement, body: ProductionBody) -> Iterator[Account]:
    """Return the accounts of what a production makes."""
    for number, output in enumerate(body.outputs):
        kind = KEPT_AS.get(output.balance.kind or "", "lot")
        yield Account(kind, statement.issuer, lot_id(statement.digest, number))
