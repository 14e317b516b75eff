"""The one writer: changes wait in memory and go to the tables in bulk, at the latest at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, delete, select, update

from ledger import canonical
from ledger.accounts import Account, Transfer
from ledger.alone import Checked
from ledger.erasing import kept_parts
from ledger.interfaces import Anchor, Logged, LogTerms, SignedCheckpoint
from ledger.signed import Statement
from ledger.sql.kept import Kept
from ledger.sql.needs import Needs, needs_of
from ledger.sql.packing import pack_organization, pack_vector
from ledger.sql.questions import insert_text, inserting, newest_number, upsert_text
from ledger.sql.rows import anchor_row, lot_row, offer_row, shipment_row, statement_row, terms_row
from ledger.sql.state import StateKeeping
from ledger.sql.tables import (
    ACCOUNT,
    ANCHOR,
    BOOKED,
    CHECKPOINT,
    CORRECTION,
    GAP,
    IDENTITY,
    KEY,
    LOG,
    LOT,
    OFFER,
    ORGANIZATION,
    PARTY,
    POSTING,
    PROJECTIONS,
    SHIPMENT,
    STATEMENT,
    TAKER,
    TILE,
)
from ledger.sql.view import SqlView
from ledger.storing import (
    DuplicateStatementError,
    LogHereAlreadyError,
    LogNotOpenError,
    LogOrderError,
    about_organization,
    changed_balances,
    corrected_by,
    lots_taken,
    parties_of,
)

WAITING: Final = 5000
"""Statements that may wait in memory before they go to the tables (never to the disk for good)."""

Rows = list[tuple[Any, ...]]
"""Rows to be written, their values in the order of their table's columns."""


class SqlWriter(SqlView, StateKeeping):
    """The one writer: it sees its own changes at once, everybody else after the commit."""

    def __init__(self, connection: Connection, where: str) -> None:
        super().__init__(connection, where)
        self._waiting: list[Logged] = []
        self._posted: Rows = []
        self._booked: Rows = []
        self._taken: dict[str, list[int]] = {}
        self._next_account: int | None = None
        self._noted, self._has_map = {}, None

    def open(self, terms: LogTerms) -> None:
        """Write the terms of a new log.

        Raises:
            LogHereAlreadyError: a log was opened here before.
        """
        try:
            held = self.terms()
        except LogNotOpenError:
            self._connection.execute(inserting(LOG), terms_row(terms))
        else:
            raise LogHereAlreadyError(held.log_id, terms.log_id)

    def preload(self, statements: Sequence[Statement]) -> None:
        """Read what booking these statements will ask for, in a handful of questions."""
        self._client_ids.expect((one.envelope.issuer, one.envelope.id) for one in statements)
        self._positions.expect(one.digest for one in statements)
        needs = needs_of(statements)
        self._accounts.expect(needs.made)
        self._expect(needs)

    def _expect(self, needs: Needs) -> None:
        """Read the rows of the books that will be asked for."""
        self._organizations.expect(needs.organizations)
        self._key_owners.expect(needs.keys)
        self._lots.expect(needs.lots)
        self._shipments.expect(needs.shipments)
        self._gaps.expect(needs.gaps)
        on_their_way = (self.shipment(identifier) for identifier in needs.shipments)
        self._accounts.expect(
            (*needs.accounts, *(Account("shipment", s.sender, s.id) for s in on_their_way if s))
        )

    def append(self, logged: Logged, transfers: Sequence[Transfer]) -> None:
        """Append a statement with its leaf and post what it moves.

        Raises:
            LogNotOpenError: no log was opened here.
            LogOrderError: its position is not the log's end.
            DuplicateStatementError: digest, or issuer and id, are in the log already.
            AmountTooLargeError, NegativeBalanceError: an account can't hold what would be in it.
        """
        self.terms()
        statement, position = logged.statement, logged.position
        client = (statement.envelope.issuer, statement.envelope.id)
        if position != self._size:
            raise LogOrderError(position, self._size)
        if self._positions.get(statement.digest) is not None or self._client_ids.get(client) is not None:
            raise DuplicateStatementError(statement.digest, *client)
        self._book(logged, transfers)
        self._waiting.append(logged)
        self._positions.keep(statement.digest, position)
        self._client_ids.keep(client, position)
        if len(self._waiting) >= WAITING:
            self._written()
            self._forget()

    def _book(self, logged: Logged, transfers: Sequence[Transfer]) -> None:
        """Post what the next statement moves, and remember what it refers to."""
        changed = changed_balances(transfers, self._held)
        self._size += 1
        self._refer(logged.statement, logged.position)
        numbers: dict[Account, int] = {}
        for account, held in changed.items():
            number = numbers[account] = self._number_of(account)
            self._accounts.keep(account, (number, held))
        self._post(transfers, numbers, logged.position, logged.statement.body.occurred.end)

    def _held(self, account: Account) -> dict[int, int]:
        """Return an account's balance as it is kept here; nobody changes it."""
        known = self._accounts.get(account)
        return {} if known is None else known[1]

    def keep_tile(self, level: int, index: int, hashes: bytes) -> None:
        """Keep a tile, new or grown."""
        self._tiles.keep((level, index), hashes)

    def keep_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Keep a published checkpoint."""
        row = {"size": checkpoint.size, "root": checkpoint.root, "note": checkpoint.note, "at": checkpoint.at}
        self._connection.execute(inserting(CHECKPOINT), {"number": self._next(CHECKPOINT), **row})

    def keep_anchor(self, anchor: Anchor) -> None:
        """Keep an anchor; the same one again changes nothing."""
        row = anchor_row(anchor)
        same = and_(*(ANCHOR.c[name] == value for name, value in row.items()))
        if self._connection.execute(select(ANCHOR.c.number).where(same)).first() is None:
            self._connection.execute(inserting(ANCHOR), {"number": self._next(ANCHOR), **row})

    def keep_erased(self, statement: Statement) -> None:
        """Keep a logged statement without the parts that were erased."""
        self._written()
        parts = canonical.encode(kept_parts(statement), known=True)
        chosen = STATEMENT.c.digest == statement.digest
        if self._connection.dialect.name == "sqlite":
            # Overwrites what was there, instead of leaving it in a free page of the file.
            self._connection.exec_driver_sql("PRAGMA secure_delete = ON")
        self._connection.execute(update(STATEMENT).where(chosen).values(parts=parts))
        self._forget()

    def forget_anchors(self, chain_id: int, contract: str) -> None:
        """Forget a chain's anchors, because the chain lost them."""
        chosen = and_(ANCHOR.c.chain_id == chain_id, ANCHOR.c.contract == contract)
        self._connection.execute(delete(ANCHOR).where(chosen))

    def drop_projections(self) -> None:
        """Drop the books; statements, tree, checkpoints and anchors stay."""
        self._written()
        self._forget()
        for table in PROJECTIONS:
            self._connection.execute(delete(table))
        self.drop_state()
        self._next_account = None

    def _post(
        self, transfers: Sequence[Transfer], numbers: Mapping[Account, int], position: int, occurred_end: str
    ) -> None:
        """Let the postings of one statement wait to be written, with whose books they are in."""
        organizations: dict[str, None] = {}
        number = 0
        for source, target, components in transfers:
            give, take = numbers[source], numbers[target]
            for slot, mg in components.items():
                self._posted.append((position, number, give, take, slot, mg))
                number += 1
            if components:
                organizations[source.organization] = organizations[target.organization] = None
        self._booked += [(organization, occurred_end, position) for organization in organizations]

    def _refer(self, statement: Statement, position: int) -> None:
        if not isinstance(statement, Checked):
            self._refer_to(corrected_by(statement), about_organization(statement), position)
        for lot in lots_taken(statement):
            self._taken.setdefault(lot, []).append(position)

    def _refer_to(self, corrected: str | None, organization: str | None, position: int) -> None:
        if corrected is not None:
            self._corrections.keep(corrected, (*(self._corrections.get(corrected) or ()), position))
        if organization is not None:
            self._identities.keep(organization, (*(self._identities.get(organization) or ()), position))

    def _number_of(self, account: Account) -> int:
        """Return an account's number; a new account begins empty."""
        known = self._accounts.get(account)
        if known is not None:
            return known[0]
        if self._next_account is None:
            self._next_account = self._next(ACCOUNT, "id")
        number, self._next_account = self._next_account, self._next_account + 1
        self._accounts.keep(account, (number, {}))
        return number

    def _next(self, table: Table, column: str = "number") -> int:
        newest = self._connection.execute(newest_number(table, column)).scalar()
        return 0 if newest is None else int(newest) + 1

    def finish(self) -> None:
        """Bring everything that waits into the tables, before the commit."""
        self._written()

    def takers(self, lot: str) -> list[Statement]:
        """Return the logged statements that took intervals of a lot, in log order."""
        positions = (*(self._takers.get(lot) or ()), *self._taken.get(lot, ()))
        return [logged.statement for logged in self._all_at(positions)]

    def waiting(self) -> list[Statement]:
        """Return the statements that are not in the tables yet."""
        return [logged.statement for logged in self._waiting]

    def _all_at(self, positions: Sequence[int]) -> list[Logged]:
        first = self._size - len(self._waiting)
        stored = super()._all_at([position for position in positions if position < first])
        return stored + [self._waiting[position - first] for position in positions if position >= first]

    def _written(self) -> None:
        """Bring all changes into the tables, each table with one bulk statement."""
        self._insert(STATEMENT, _placed(STATEMENT, map(statement_row, self._waiting)))
        self._waiting = []
        self._positions.changed()
        self._client_ids.changed()
        self._upsert(CORRECTION, _references(self._corrections.changed()))
        self._upsert(IDENTITY, _references(self._identities.changed()))
        self._write_organizations()
        self._write_goods()
        accounts = self._accounts.changed().items()
        self._upsert(ACCOUNT, [(number, *account, pack_vector(held)) for account, (number, held) in accounts])
        self._upsert(TILE, [(*at, hashes) for at, hashes in self._tiles.changed().items()])
        self._insert(POSTING, self._posted)
        self._upsert(BOOKED, self._booked)
        self._insert(TAKER, _references(self._taken))
        self._note(self._taken)
        self._write_noted()
        for lot in self._taken:
            self._takers.drop(lot)
        self._posted, self._booked, self._taken = [], [], {}

    def _write_organizations(self) -> None:
        changed = self._organizations.changed().values()
        self._note(row.id for row in changed)
        self._upsert(ORGANIZATION, [(row.id, pack_organization(row)) for row in changed])
        self._upsert(KEY, list(self._key_owners.changed().items()))

    def _write_goods(self) -> None:
        lots, offers = self._lots.changed().values(), self._offers.changed().values()
        self._upsert(LOT, _placed(LOT, map(lot_row, lots)))
        shipments = self._shipments.changed().values()
        self._note((lot.id for lot in lots), (one.id for one in shipments), (offer.on for offer in offers))
        self._upsert(SHIPMENT, _placed(SHIPMENT, map(shipment_row, shipments)))
        self._upsert(PARTY, [(party, one.id) for one in shipments for party in parties_of(one)])
        self._upsert(OFFER, _placed(OFFER, map(offer_row, offers)))
        self._upsert(GAP, [(*gap, made) for gap, made in self._gaps.changed().items()])

    def _insert(self, table: Table, rows: Rows) -> None:
        if rows:
            self._connection.exec_driver_sql(insert_text(table, self._connection.dialect), rows)

    def _upsert(self, table: Table, rows: Rows) -> None:
        """Insert rows, or change those that are there."""
        if rows:
            self._connection.exec_driver_sql(upsert_text(table, self._connection.dialect), rows)

    def _forget(self) -> None:
        """Forget what was read; everything is in the tables."""
        kept: tuple[Kept[Any, Any], ...] = (
            *(self._organizations, self._key_owners, self._lots, self._shipments, self._gaps),
            *(self._accounts, self._positions, self._client_ids, self._tiles),
            *(self._corrections, self._identities, self._takers, self._offers),
        )
        for rows in kept:
            rows.forget()


def _references(changed: Mapping[str, Sequence[int]]) -> Rows:
    return [(key, position) for key, positions in changed.items() for position in positions]


def _placed(table: Table, rows: Iterable[dict[str, Any]]) -> Rows:
    """Return rows with their values in the order of the table's columns."""
    return list(map(itemgetter(*table.c.keys()), rows))
