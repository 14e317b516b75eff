"""The rules that a statement can break by itself: they need the log's id and time, and no books.

Whoever reads a log again may ask them in another process than the one that books. They are the same rules
then, asked once: what is found is kept with the statement (`alone.py`), and booking goes on from there.
"""

from __future__ import annotations

from datetime import datetime

from ledger.alone import Alone
from ledger.booked_lines import own_lines
from ledger.books import check_entry
from ledger.claims import check_claims
from ledger.co_products import check_weights
from ledger.handling import check_carriage
from ledger.reversing import check_removals
from ledger.signed import Statement
from ledger.statements import HandlingBody, ProductionBody


def alone(statement: Statement, at: datetime, log_id: str) -> Alone:
    """Ask every rule that a statement about goods can break by itself, and return what follows from it alone.

    Raises:
        NeutralityClaimError: goods are called neutral for the climate.
        LedgerError: any rule of `check_entry`, `check_removals`, `check_carriage`, `own_lines` and
            `check_weights`.
    """
    check_entry(statement, at, log_id)
    check_claims(statement)
    check_removals(statement)
    match statement.body:
        case ProductionBody() as body:
            return Alone(own_lines(statement, body), tuple(check_weights(body)))
        case HandlingBody() as body:
            check_carriage(body)
            return Alone(own_lines(statement, body))
        case _:
            return Alone()
