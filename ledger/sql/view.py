"""The ledger as one transaction sees it: rows by key are read once, lists straight from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, CursorResult, Row, Select, Table, and_, or_, select

from ledger.accounts import Account
from ledger.components import NAMES
from ledger.identity import Organization
from ledger.interfaces import Anchor, Logged, LogTerms, Movement, SignedCheckpoint
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.signed import Statement
from ledger.sql import questions
from ledger.sql.kept import CHUNK, Kept
from ledger.sql.rows import (
    account_of,
    anchor_of,
    balance_of,
    checkpoint_of,
    logged_of,
    lot_of,
    offer_of,
    organization_of,
    shipment_of,
    terms_of,
)
from ledger.sql.state import StateQuestions
from ledger.sql.tables import (
    ACCOUNT,
    ANCHOR,
    BOOKED,
    CHECKPOINT,
    GAP,
    LOT,
    OFFER,
    ORGANIZATION,
    PARTY,
    POSTING,
    SHIPMENT,
    STATEMENT,
)
from ledger.storing import CorruptRowError, LogNotOpenError

STREAM: Final = 1000
"""Rows that are fetched at once of a long answer."""
SOURCE: Final = ACCOUNT.alias("source")
TARGET: Final = ACCOUNT.alias("target")

V = TypeVar("V")


class SqlView(StateQuestions):
    """A consistent snapshot of the ledger.

    What a reader keeps is for its own questions by key only (a draft's preview); it is never written and
    isn't in the lists.
    """

    def __init__(self, connection: Connection, where: str) -> None:
        self._connection = connection
        self._where = where
        self._terms: LogTerms | None = None
        self._streams: list[CursorResult[Any]] = []
        # The first question fixes the snapshot.
        newest = connection.execute(questions.NEWEST_POSITION).scalar()
        self._size = 0 if newest is None else newest + 1
        self._organizations = Kept(self._by_id(questions.ORGANIZATIONS, organization_of))
        self._lots = Kept(self._by_id(questions.LOTS, lot_of))
        self._shipments = Kept(self._by_id(questions.SHIPMENTS, shipment_of))
        self._key_owners = Kept(self._load_key_owners)
        self._gaps = Kept(self._load_gaps)
        self._accounts = Kept(self._load_accounts)
        self._positions = Kept(self._load_positions)
        self._client_ids = Kept(self._load_client_ids)
        self._corrections = Kept(self._referring(questions.CORRECTIONS))
        self._identities = Kept(self._referring(questions.IDENTITIES))
        self._takers = Kept(self._referring(questions.TAKERS))
        self._offers = Kept(self._by_id(questions.OFFERS, offer_of))
        self._tiles = Kept(self._load_tiles)

    def terms(self) -> LogTerms:
        """Return the log's terms.

        Raises:
            LogNotOpenError: no log was opened here.
        """
        if self._terms is None:
            row = self._connection.execute(questions.TERMS).first()
            if row is None:
                raise LogNotOpenError(self._where)
            self._terms = terms_of(row)
        return self._terms

    def size(self) -> int:
        """Return the number of entries."""
        return self._size

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
        return [logged.statement for logged in self._all_at(self._takers.get(lot) or ())]

    def offer(self, identifier: str) -> Offer | None:
        """Return an adjustment that is or was offered, by its id."""
        return self._offers.get(identifier)

    def offers(self, party: str | None = None, after: str = "", limit: int = 100) -> list[Offer]:
        """Return adjustments by id, a page at a time; `party` is who offers or is offered."""
        question = select(OFFER)
        if party is not None:
            question = question.where(or_(OFFER.c.sender == party, OFFER.c.receiver == party))
        return [offer_of(row) for row in self._page(question, OFFER, after, limit)]

    def offers_on(self, goods: str) -> list[Offer]:
        """Return all adjustments on a shipment or lot, by id."""
        self._written()
        question = select(OFFER).where(OFFER.c.goods == goods).order_by(OFFER.c.id)
        return [offer_of(row) for row in self._rows(question)]

    def gap(self, issuer: str, key: str) -> str | None:
        """Return the statement that used this gap key of this issuer."""
        return self._gaps.get((issuer, key))

    def keep_organization(self, organization: Organization) -> None:
        """Keep an organization, new or changed, with its keys."""
        self._organizations.keep(organization.id, organization)
        for key in organization.keys:
            self._key_owners.keep(key.address, organization.id)

    def keep_lot(self, lot: Lot) -> None:
        """Keep a lot, new or changed."""
        self._lots.keep(lot.id, lot)

    def keep_shipment(self, shipment: Shipment) -> None:
        """Keep a shipment, new or changed."""
        self._shipments.keep(shipment.id, shipment)

    def keep_offer(self, offer: Offer) -> None:
        """Keep an adjustment that is offered, answered, or needed no answer."""
        self._offers.keep(offer.id, offer)

    def keep_gap(self, issuer: str, key: str, statement: str) -> None:
        """Remember that a statement used this gap key."""
        self._gaps.keep((issuer, key), statement)

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
        return [logged.statement for logged in self._all_at(self._corrections.get(digest) or ())]

    def identity_statements(self, organization: str) -> list[Logged]:
        """Return registration, key statements and role attestations of an organization, in log order."""
        return self._all_at(self._identities.get(organization) or ())

    def entries(self, start: int, end: int) -> Iterator[Logged]:
        """Return the entries [start, end) in log order."""
        chosen = and_(STATEMENT.c.position >= start, STATEMENT.c.position < end)
        rows = self._stream(select(STATEMENT).where(chosen).order_by(STATEMENT.c.position))
        return (logged_of(row) for row in rows)

    def tile(self, level: int, index: int) -> bytes | None:
        """Return a tile of the tree: up to 256 hashes of 32 bytes (C2SP tlog-tiles)."""
        return self._tiles.get((level, index))

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint | None:
        """Return the newest checkpoint, or the newest of a size."""
        question = questions.NEWEST_CHECKPOINT if size is None else questions.CHECKPOINT_OF_SIZE
        row = self._connection.execute(question, {} if size is None else {"size": size}).first()
        return None if row is None else checkpoint_of(row)

    def checkpoints(self) -> Iterator[SignedCheckpoint]:
        """Return all checkpoints, oldest first."""
        return map(checkpoint_of, self._stream(select(CHECKPOINT).order_by(CHECKPOINT.c.number)))

    def organizations(self, after: str = "", limit: int = 100) -> list[Organization]:
        """Return organizations by id, a page at a time."""
        return [organization_of(row) for row in self._page(select(ORGANIZATION), ORGANIZATION, after, limit)]

    def lots(self, holder: str | None = None, after: str = "", limit: int = 100) -> list[Lot]:
        """Return lots by id, a page at a time."""
        question = select(LOT) if holder is None else select(LOT).where(LOT.c.holder == holder)
        return [lot_of(row) for row in self._page(question, LOT, after, limit)]

    def shipments(self, party: str | None = None, after: str = "", limit: int = 100) -> list[Shipment]:
        """Return shipments by id, a page at a time; `party` is sender, consignee or handler."""
        question = select(SHIPMENT)
        if party is not None:
            mine = and_(PARTY.c.shipment == SHIPMENT.c.id, PARTY.c.organization == party)
            question = question.join(PARTY, mine)
        return [shipment_of(row) for row in self._page(question, SHIPMENT, after, limit)]

    def gaps(self) -> Iterator[tuple[str, str, str]]:
        """Return issuer, key and statement of every gap, in that order."""
        rows = self._stream(select(GAP).order_by(GAP.c.issuer, GAP.c.key))
        return ((row.issuer, row.key, row.statement) for row in rows)

    def balance(self, account: Account) -> dict[int, int]:
        """Return an account's balance in mg by slot; empty where it has none. Sources are negative."""
        known = self._accounts.get(account)
        return {} if known is None else dict(known[1])

    def balances(self) -> Iterator[tuple[Account, dict[int, int]]]:
        """Return all accounts that hold something, in account order (kind, organization, ref)."""
        order = (ACCOUNT.c.kind, ACCOUNT.c.organization, ACCOUNT.c.ref)
        rows = self._stream(select(ACCOUNT).where(ACCOUNT.c.balance != b"").order_by(*order))
        return ((account_of(row), balance_of(row)) for row in rows)

    def movements(
        self, organization: str | None = None, first: date | None = None, last: date | None = None
    ) -> Iterator[Movement]:
        """Return postings in log order; of one organization's accounts, whose period ends within dates."""
        question = (
            select(POSTING, *_named(SOURCE), *_named(TARGET))
            .join(SOURCE, SOURCE.c.id == POSTING.c.source)
            .join(TARGET, TARGET.c.id == POSTING.c.target)
            .order_by(POSTING.c.position, POSTING.c.number)
        )
        ended = STATEMENT.c.occurred_end
        if organization is not None:
            mine = and_(BOOKED.c.position == POSTING.c.position, BOOKED.c.organization == organization)
            either = or_(SOURCE.c.organization == organization, TARGET.c.organization == organization)
            question, ended = question.join(BOOKED, mine).where(either), BOOKED.c.occurred_end
        elif first is not None or last is not None:
            question = question.join(STATEMENT, STATEMENT.c.position == POSTING.c.position)
        if first is not None:
            question = question.where(ended >= first.isoformat())
        if last is not None:
            question = question.where(ended <= last.isoformat())
        return map(_movement, self._stream(question))

    def anchors(self) -> list[Anchor]:
        """Return the anchors that are known, of all chains, the smallest checkpoint first."""
        ordered = select(ANCHOR).order_by(ANCHOR.c.size, ANCHOR.c.number)
        return [anchor_of(row) for row in self._rows(ordered)]

    def close(self) -> None:
        """End the answers that nobody read to their end."""
        for stream in self._streams:
            stream.close()

    def _at(self, position: int | None) -> Logged | None:
        return None if position is None else next(iter(self._all_at((position,))), None)

    def _all_at(self, positions: Sequence[int]) -> list[Logged]:
        """Return the entries at these positions, which are in log order."""
        found: list[Logged] = []
        for start in range(0, len(positions), CHUNK):
            chunk = positions[start : start + CHUNK]
            found += [logged_of(row) for row in self._rows(questions.STATEMENTS_AT, keys=chunk)]
        return found

    def _written(self) -> None:
        """Bring changes into the tables before they are listed; a reader has none."""

    def _rows(self, question: Select[Any], **values: Sequence[Any]) -> Sequence[Row[Any]]:
        return self._connection.execute(question, values).all()

    def _stream(self, question: Select[Any]) -> Iterator[Row[Any]]:
        """Return a long answer without holding the whole of it."""
        self._written()
        result = self._connection.execute(question, execution_options={"yield_per": STREAM})
        self._streams.append(result)
        return iter(result)

    def _page(self, question: Select[Any], table: Table, after: str, limit: int) -> Sequence[Row[Any]]:
        self._written()
        return self._rows(question.where(table.c.id > after).order_by(table.c.id).limit(limit))

    def _by_id(
        self, question: Select[Any], convert: Callable[[Row[Any]], V]
    ) -> Callable[[Sequence[str]], Mapping[str, V]]:
        return lambda ids: {row.id: convert(row) for row in self._rows(question, keys=ids)}

    def _referring(self, question: Select[Any]) -> Callable[[Sequence[str]], Mapping[str, tuple[int, ...]]]:
        def load(keys: Sequence[str]) -> dict[str, tuple[int, ...]]:
            found: dict[str, tuple[int, ...]] = {}
            for row in self._rows(question, keys=keys):
                found[row.key] = (*found.get(row.key, ()), row.position)
            return found

        return load

    def _load_key_owners(self, addresses: Sequence[str]) -> dict[str, str]:
        return {row.address: row.organization for row in self._rows(questions.KEY_OWNERS, keys=addresses)}

    def _load_gaps(self, gaps: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        text = questions.gaps_text(len(gaps), self._connection.dialect)
        rows = self._connection.exec_driver_sql(text, tuple(chain.from_iterable(gaps)))
        return {(row.issuer, row.key): row.statement for row in rows}

    def _load_positions(self, digests: Sequence[str]) -> dict[str, int]:
        return {row.digest: row.position for row in self._rows(questions.POSITIONS, keys=digests)}

    def _load_client_ids(self, clients: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        rows = self._rows(questions.CLIENT_IDS, keys=_unique(identifier for _, identifier in clients))
        return {(row.issuer, row.client_id): row.position for row in rows}

    def _load_accounts(self, accounts: Sequence[Account]) -> dict[Account, tuple[int, dict[int, int]]]:
        refs = _unique(account.ref for account in accounts if account.ref)
        owners = _unique(account.organization for account in accounts if not account.ref)
        rows = [
            *(self._rows(questions.ACCOUNTS_WITH, keys=refs) if refs else ()),
            *(self._rows(questions.ACCOUNTS_OF, keys=owners) if owners else ()),
        ]
        return {account_of(row): (row.id, balance_of(row)) for row in rows}

    def _load_tiles(self, tiles: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        levels, numbers = _unique(level for level, _ in tiles), _unique(number for _, number in tiles)
        rows = self._rows(questions.TILES, levels=levels, keys=numbers)
        return {(row.level, row.number): row.hashes for row in rows}


def _unique(values: Iterable[V]) -> list[V]:
    return list(dict.fromkeys(values))


def _named(side: Any) -> tuple[Any, ...]:
    return tuple(side.c[name].label(f"{side.name}_{name}") for name in ("kind", "organization", "ref"))


def _movement(row: Row[Any]) -> Movement:
    source = Account(row.source_kind, row.source_organization, row.source_ref)
    target = Account(row.target_kind, row.target_organization, row.target_ref)
    if not 0 <= row.slot < len(NAMES):
        raise CorruptRowError(POSTING.name, f"{row.position}, {row.number}", f"component {row.slot}")
    return Movement(row.position, row.number, source, target, row.slot, row.mg)
