"""The ledger in memory: for tests, for trying things out, and as scratch for an audit.

Rows carry the version of the commit that wrote them, so a reader keeps seeing the version at which it
began while the one writer goes on.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, Final

from ledger.accounts import Account, Transfer
from ledger.identity import Organization
from ledger.in_memory_state import InMemoryState, InMemoryStateKeeping
from ledger.in_memory_tables import Tables
from ledger.interfaces import Anchor, Logged, LogTerms, Movement, SignedCheckpoint
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.signed import Statement
from ledger.storing import (
    DuplicateStatementError,
    LedgerLockedError,
    LogHereAlreadyError,
    LogNotOpenError,
    LogOrderError,
    about_organization,
    changed_balances,
    corrected_by,
    lots_taken,
    parties_of,
    postings,
)
from ledger.versioned import Layer

HERE: Final = "the ledger in memory"


class InMemoryView(InMemoryState):
    """The ledger as it was when the reader began; what a reader keeps, only it sees (a draft's preview)."""

    def __init__(self, tables: Tables, version: int) -> None:
        self._singles = Layer(tables.singles, version)
        self._log = Layer(tables.log, version)
        self._positions = Layer(tables.positions, version)
        self._client_ids = Layer(tables.client_ids, version)
        self._tiles = Layer(tables.tiles, version)
        self._checkpoints = Layer(tables.checkpoints, version)
        self._organizations = Layer(tables.organizations, version)
        self._key_owners = Layer(tables.key_owners, version)
        self._lots = Layer(tables.lots, version)
        self._shipments = Layer(tables.shipments, version)
        self._gaps = Layer(tables.gaps, version)
        self._accounts = Layer(tables.accounts, version)
        self._movements = Layer(tables.movements, version)
        self._corrections = Layer(tables.corrections, version)
        self._identities = Layer(tables.identities, version)
        self._takers = Layer(tables.takers, version)
        self._offers = Layer(tables.offers, version)
        self._state_pages = Layer(tables.state_pages, version)
        self._state_records = Layer(tables.state_records, version)
        self._state_changes = Layer(tables.state_changes, version)

    def terms(self) -> LogTerms:
        """Return the log's terms.

        Raises:
            LogNotOpenError: no log was opened here.
        """
        found: LogTerms | None = self._singles.get("terms")
        if found is None:
            raise LogNotOpenError(HERE)
        return found

    def size(self) -> int:
        """Return the number of entries."""
        return int(self._singles.get("size") or 0)

    def organization(self, identifier: str) -> Organization | None:
        """Return an organization, or None where it is not registered."""
        return self._organizations.get(identifier)

    def key_owner(self, address: str) -> str | None:
        """Return the organization that a key belongs or belonged to."""
        return self._key_owners.get(address)

    def lot(self, identifier: str) -> Lot | None:
        """Return a lot as it stands."""
        return self._lots.get(identifier)

    def shipment(self, identifier: str) -> Shipment | None:
        """Return a shipment as it stands."""
        return self._shipments.get(identifier)

    def position(self, digest: str) -> int | None:
        """Return the place of a logged statement."""
        return self._positions.get(digest)

    def takers(self, lot: str) -> list[Statement]:
        """Return the logged statements that took intervals of a lot, in log order."""
        return [row.statement for row in self._all_at(self._takers.get(lot))]

    def offer(self, identifier: str) -> Offer | None:
        """Return an adjustment that is or was offered, by its id."""
        return self._offers.get(identifier)

    def offers(self, party: str | None = None, after: str = "", limit: int = 100) -> list[Offer]:
        """Return adjustments by id, a page at a time; `party` is who offers or is offered."""
        rows = (o for _, o in self._offers.in_order(after) if party in (None, o.sender, o.receiver))
        return list(islice(rows, limit))

    def offers_on(self, goods: str) -> list[Offer]:
        """Return all adjustments on a shipment or lot, by id."""
        return [offer for _, offer in self._offers.in_order() if offer.on == goods]

    def gap(self, issuer: str, key: str) -> str | None:
        """Return the statement that used this gap key of this issuer."""
        return self._gaps.get((issuer, key))

    def gaps(self) -> Iterator[tuple[str, str, str]]:
        """Return issuer, key and statement of every gap, in that order."""
        return ((*key, statement) for key, statement in self._gaps.in_order())

    def logged(self, digest: str) -> Logged | None:
        """Return a statement with its place, by its digest."""
        return self._at(self._positions.get(digest))

    def statement(self, digest: str) -> Statement | None:
        """Return a logged statement."""
        found = self.logged(digest)
        return None if found is None else found.statement

    def logged_as(self, issuer: str, identifier: str) -> Logged | None:
        """Return a statement by issuer (as in the envelope) and the client's id."""
        return self._at(self._client_ids.get((issuer, identifier)))

    def corrections(self, digest: str) -> list[Statement]:
        """Return the logged corrections of a statement, in log order."""
        return [row.statement for row in self._all_at(self._corrections.get(digest))]

    def identity_statements(self, organization: str) -> list[Logged]:
        """Return registration, key statements and role attestations of an organization, in log order."""
        return self._all_at(self._identities.get(organization))

    def entries(self, start: int, end: int) -> Iterator[Logged]:
        """Return the entries [start, end) in log order."""
        return iter(self._all_at(range(start, min(end, self.size()))))

    def tile(self, level: int, index: int) -> bytes | None:
        """Return a tile of the tree: up to 256 hashes of 32 bytes (C2SP tlog-tiles)."""
        return self._tiles.get((level, index))

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint | None:
        """Return the newest checkpoint, or the newest of a size."""
        kept = [known for known in self.checkpoints() if size in (None, known.size)]
        return max(reversed(kept), key=lambda known: known.size, default=None)

    def checkpoints(self) -> Iterator[SignedCheckpoint]:
        """Return all checkpoints, oldest first."""
        return (row for _, row in self._checkpoints.in_order())

    def organizations(self, after: str = "", limit: int = 100) -> list[Organization]:
        """Return organizations by id, a page at a time."""
        return [row for _, row in islice(self._organizations.in_order(after), limit)]

    def lots(self, holder: str | None = None, after: str = "", limit: int = 100) -> list[Lot]:
        """Return lots by id, a page at a time."""
        rows = (lot for _, lot in self._lots.in_order(after) if holder in (None, lot.holder))
        return list(islice(rows, limit))

    def shipments(self, party: str | None = None, after: str = "", limit: int = 100) -> list[Shipment]:
        """Return shipments by id, a page at a time; `party` is sender, consignee or handler."""
        rows = (
            row for _, row in self._shipments.in_order(after) if party is None or party in parties_of(row)
        )
        return list(islice(rows, limit))

    def balance(self, account: Account) -> dict[int, int]:
        """Return an account's balance in mg by slot; empty where it has none. Sources are negative."""
        return dict(self._accounts.get(account) or {})

    def balances(self) -> Iterator[tuple[Account, dict[int, int]]]:
        """Return all accounts that hold something, in account order (kind, organization, ref)."""
        return ((account, dict(held)) for account, held in self._accounts.in_order() if held)

    def movements(
        self, organization: str | None = None, first: date | None = None, last: date | None = None
    ) -> Iterator[Movement]:
        """Return postings in log order; of one organization's accounts, whose period ends within dates."""
        for _, movement in self._movements.in_order():
            mine = (movement.source.organization, movement.target.organization)
            if organization is not None and organization not in mine:
                continue
            for logged in self._all_at((movement.position,)):
                ended = date.fromisoformat(logged.statement.body.occurred.end)
                if (first is None or ended >= first) and (last is None or ended <= last):
                    yield movement

    def anchors(self) -> list[Anchor]:
        """Return the anchors that are known, of all chains, the smallest checkpoint first."""
        return sorted(self._singles.get("anchors") or (), key=lambda anchor: anchor.size)

    def keep_organization(self, organization: Organization) -> None:
        """Keep an organization, new or changed, with its keys."""
        self._organizations.set(organization.id, organization)
        self._note(organization.id)
        for key in organization.keys:
            self._key_owners.set(key.address, organization.id)

    def keep_lot(self, lot: Lot) -> None:
        """Keep a lot, new or changed."""
        self._lots.set(lot.id, lot)
        self._note(lot.id)

    def keep_shipment(self, shipment: Shipment) -> None:
        """Keep a shipment, new or changed."""
        self._shipments.set(shipment.id, shipment)
        self._note(shipment.id)

    def keep_offer(self, offer: Offer) -> None:
        """Keep an adjustment that is offered, answered, or needed no answer."""
        self._offers.set(offer.id, offer)
        self._note(offer.on)

    def keep_gap(self, issuer: str, key: str, statement: str) -> None:
        """Remember that a statement used this gap key."""
        self._gaps.set((issuer, key), statement)

    def _at(self, position: int | None) -> Logged | None:
        return None if position is None else self._log.get(position)

    def _all_at(self, positions: Iterable[int] | None) -> list[Logged]:
        found = (self._log.get(position) for position in positions or ())
        return [logged for logged in found if logged is not None]


class InMemoryWriter(InMemoryView, InMemoryStateKeeping):
    """The one writer: it sees its own changes at once, everybody else after the commit."""

    def open(self, terms: LogTerms) -> None:
        """Write the terms of a new log.

        Raises:
            LogHereAlreadyError: a log was opened here before.
        """
        held: LogTerms | None = self._singles.get("terms")
        if held is not None:
            raise LogHereAlreadyError(held.log_id, terms.log_id)
        self._singles.set("terms", terms)

    def preload(self, statements: Sequence[Statement]) -> None:
        """Do nothing: everything is in memory."""

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
        if position != self.size():
            raise LogOrderError(position, self.size())
        if self._positions.get(statement.digest) is not None or self._client_ids.get(client) is not None:
            raise DuplicateStatementError(statement.digest, *client)
        changed = changed_balances(transfers, self.balance)
        self._log.set(position, logged)
        self._singles.set("size", position + 1)
        self._positions.set(statement.digest, position)
        self._client_ids.set(client, position)
        self._refer(statement, position)
        for account, held in changed.items():
            self._accounts.set(account, held)
        for movement in postings(position, transfers):
            self._movements.set((position, movement.number), movement)

    def _refer(self, statement: Statement, position: int) -> None:
        corrected, organization = corrected_by(statement), about_organization(statement)
        if corrected is not None:
            self._corrections.set(corrected, (*(self._corrections.get(corrected) or ()), position))
        if organization is not None:
            self._identities.set(organization, (*(self._identities.get(organization) or ()), position))
        for lot in lots_taken(statement):
            self._takers.set(lot, (*(self._takers.get(lot) or ()), position))
            self._note(lot)

    def keep_tile(self, level: int, index: int, hashes: bytes) -> None:
        """Keep a tile, new or grown."""
        self._tiles.set((level, index), hashes)

    def keep_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Keep a published checkpoint."""
        self._checkpoints.set(sum(1 for _ in self._checkpoints.in_order()), checkpoint)

    def keep_anchor(self, anchor: Anchor) -> None:
        """Keep an anchor; the same one again changes nothing."""
        known = self.anchors()
        if anchor not in known:
            self._singles.set("anchors", (*known, anchor))

    def keep_erased(self, statement: Statement) -> None:
        """Keep a logged statement without the parts that were erased."""
        position = self._positions.get(statement.digest)
        logged = None if position is None else self._log.get(position)
        if position is not None and logged is not None:
            self._log.set(position, replace(logged, statement=statement))

    def forget_anchors(self, chain_id: int, contract: str) -> None:
        """Forget a chain's anchors, because the chain lost them."""
        kept = [a for a in self.anchors() if (a.chain_id, a.contract) != (chain_id, contract)]
        self._singles.set("anchors", tuple(kept))

    def drop_projections(self) -> None:
        """Drop the books; statements, tree, checkpoints and anchors stay."""
        books: tuple[Layer[Any, Any], ...] = (
            *(self._organizations, self._key_owners, self._lots, self._shipments, self._gaps),
            *(self._accounts, self._movements, self._corrections, self._identities),
            *(self._takers, self._offers),
            *(self._state_pages, self._state_records, self._state_changes),
        )
        for layer in books:
            layer.clear()
        self._singles.set("state_head", None)

    def commit(self, version: int, oldest: int) -> None:
        """Show the changes to everybody who begins from now on."""
        for layer in vars(self).values():
            layer.commit(version, oldest)


class InMemoryStore:
    """A ledger that ends with the program."""

    def __init__(self, *, wait_s: float = 30.0) -> None:
        self._tables = Tables()
        self._version = 0
        self._reading: Counter[int] = Counter()
        self._wait_s = wait_s
        self._writing = threading.Lock()
        self._state = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[InMemoryView]:
        """Open a consistent snapshot."""
        with self._state:
            version = self._version
            self._reading[version] += 1
        try:
            yield InMemoryView(self._tables, version)
        finally:
            with self._state:
                self._reading[version] -= 1
                self._reading += Counter()

    @contextmanager
    def write(self) -> Iterator[InMemoryWriter]:
        """Open the one writer; commits at the end, rolls everything back on an error.

        Raises:
            LedgerLockedError: another writer didn't end in time.
        """
        if not self._writing.acquire(timeout=self._wait_s):
            raise LedgerLockedError(HERE, self._wait_s)
        try:
            writer = InMemoryWriter(self._tables, self._version)
            yield writer
            with self._state:
                version = self._version + 1
                writer.commit(version, min(self._reading, default=version))
                self._version = version
        finally:
            self._writing.release()
