"""What the core needs from the world, by structure: the technology packages answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol

from ledger.accounts import Account, Transfer
from ledger.factor import Factor
from ledger.identity import Organization
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.signed import Statement
from ledger.state_interfaces import StateHead, StateView, Subject

LOCAL_CHAIN_ID: Final = 31337
"""The chain id of anvil and Hardhat, which no public chain has."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint written to the chain: log size and root, and where it can be read again.

    `gas` is what the transaction used; `root` has 32 bytes; `transaction` is 0x and 64 hex digits.
    """

    chain_id: int
    contract: str
    log_address: str
    size: int
    root: bytes
    transaction: str
    block: int
    gas: int

    @property
    def local(self) -> bool:
        """Whether it is on a chain that this machine runs for itself: it shows the mechanism, no more."""
        return self.chain_id == LOCAL_CHAIN_ID


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """How the chain is now: whether it answers, and whether the anchoring address can pay."""

    reachable: bool
    chain_id: int | None
    contract: str | None
    log_address: str
    balance_wei: int | None
    funded: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AnchorCost:
    """What the transaction of an anchor cost its payer: gas, and wei for each unit of it."""

    gas: int
    wei_each: int


class AnchorHistory(Protocol):
    """Where a log's anchors can be read again."""

    def history(self) -> list[Anchor]:
        """Return the log's anchors, oldest first, read from the chain's events."""
        ...


class AnchorChain(Protocol):
    """An EVM chain that keeps the newest checkpoint of this log."""

    def anchor(self, size: int, root: bytes) -> Anchor:
        """Write a checkpoint and wait until it is confirmed; the same one again answers as before."""
        ...

    def newest(self) -> Anchor | None:
        """Return this log's newest anchor."""
        ...

    def history(self) -> list[Anchor]:
        """Return this log's anchors, oldest first, read again from the chain's events."""
        ...

    def status(self) -> ChainStatus:
        """Return how the chain is now, never raising because it is away."""
        ...

    def cost(self, anchor: Anchor) -> AnchorCost | None:
        """Return what an anchor cost, None where the chain doesn't tell."""
        ...


@dataclass(frozen=True, slots=True)
class LogTerms:
    """What never changes in a log: its id, origin, keys, preferred GWP set and accreditors."""

    log_id: str
    origin: str
    ed25519: str
    secp256k1: str
    gwp: str
    accreditors: tuple[str, ...]


class BooksView(Protocol):
    """What the booking rules read and keep; one writer sees its own changes at once."""

    def terms(self) -> LogTerms:
        """Return the log's terms."""
        ...

    def organization(self, identifier: str) -> Organization | None:
        """Return an organization, or None where it is not registered."""
        ...

    def key_owner(self, address: str) -> str | None:
        """Return the organization that a key belongs or belonged to."""
        ...

    def lot(self, identifier: str) -> Lot | None:
        """Return a lot as it stands."""
        ...

    def shipment(self, identifier: str) -> Shipment | None:
        """Return a shipment as it stands."""
        ...

    def statement(self, digest: str) -> Statement | None:
        """Return a logged statement."""
        ...

    def corrections(self, digest: str) -> list[Statement]:
        """Return its logged corrections, and reversals and impairments of its removals, in log order."""
        ...

    def position(self, digest: str) -> int | None:
        """Return the place of a logged statement."""
        ...

    def takers(self, lot: str) -> list[Statement]:
        """Return the logged statements that took intervals of a lot, in log order."""
        ...

    def offer(self, identifier: str) -> Offer | None:
        """Return an adjustment that is or was offered, by its id."""
        ...

    def gap(self, issuer: str, key: str) -> str | None:
        """Return the statement that used this gap key of this issuer."""
        ...

    def keep_organization(self, organization: Organization) -> None:
        """Keep an organization, new or changed, with its keys."""
        ...

    def keep_lot(self, lot: Lot) -> None:
        """Keep a lot, new or changed."""
        ...

    def keep_shipment(self, shipment: Shipment) -> None:
        """Keep a shipment, new or changed."""
        ...

    def keep_offer(self, offer: Offer) -> None:
        """Keep an adjustment that is offered, answered, or needed no answer."""
        ...

    def keep_gap(self, issuer: str, key: str, statement: str) -> None:
        """Remember that a statement used this gap key."""
        ...


@dataclass(frozen=True, slots=True)
class Logged:
    """A statement with its place in the log: position from 0, the operator's time, the leaf's bytes."""

    position: int
    at: str
    statement: Statement
    entry: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint of the log as the signed note that was published."""

    size: int
    root: bytes
    note: str
    at: str


class Movement(NamedTuple):
    """One posting: milligrams of one component moved between two accounts by a logged statement."""

    position: int
    number: int
    source: Account
    target: Account
    slot: int
    mg: int


class LedgerView(BooksView, StateView, Protocol):
    """A consistent view of the whole ledger: log, statements, books."""

    def size(self) -> int:
        """Return the number of entries."""
        ...

    def logged(self, digest: str) -> Logged | None:
        """Return a statement with its place, by its digest."""
        ...

    def logged_as(self, issuer: str, identifier: str) -> Logged | None:
        """Return a statement by issuer (as in the envelope) and the client's id."""
        ...

    def entries(self, start: int, end: int) -> Iterator[Logged]:
        """Return the entries [start, end) in log order."""
        ...

    def identity_statements(self, organization: str) -> list[Logged]:
        """Return registration, key statements and role attestations of an organization, in log order."""
        ...

    def tile(self, level: int, index: int) -> bytes | None:
        """Return a tile of the tree: up to 256 hashes of 32 bytes (C2SP tlog-tiles)."""
        ...

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint | None:
        """Return the newest checkpoint, or the newest of a size."""
        ...

    def checkpoints(self) -> Iterator[SignedCheckpoint]:
        """Return all checkpoints, oldest first."""
        ...

    def organizations(self, after: str = "", limit: int = 100) -> list[Organization]:
        """Return organizations by id, a page at a time."""
        ...

    def lots(self, holder: str | None = None, after: str = "", limit: int = 100) -> list[Lot]:
        """Return lots by id, a page at a time."""
        ...

    def shipments(self, party: str | None = None, after: str = "", limit: int = 100) -> list[Shipment]:
        """Return shipments by id, a page at a time; `party` is sender, consignee or handler."""
        ...

    def offers(self, party: str | None = None, after: str = "", limit: int = 100) -> list[Offer]:
        """Return adjustments by id, a page at a time; `party` is who offers or is offered."""
        ...

    def offers_on(self, goods: str) -> list[Offer]:
        """Return all adjustments on a shipment or lot, by id."""
        ...

    def balance(self, account: Account) -> dict[int, int]:
        """Return an account's balance in mg by slot; empty where it has none. Sources are negative."""
        ...

    def balances(self) -> Iterator[tuple[Account, dict[int, int]]]:
        """Return all accounts with their balances, in account order (kind, organization, ref)."""
        ...

    def movements(
        self, organization: str | None = None, first: date | None = None, last: date | None = None
    ) -> Iterator[Movement]:
        """Return postings in log order; of one organization's accounts, whose period ends within dates."""
        ...

    def anchors(self) -> list[Anchor]:
        """Return the anchors that are known, of all chains, the smallest checkpoint first."""
        ...


class LedgerWriter(LedgerView, Protocol):
    """The one writer: everything that it does is there after commit, or nothing."""

    def open(self, terms: LogTerms) -> None:
        """Write the terms of a new log."""
        ...

    def preload(self, statements: Sequence[Statement]) -> None:
        """Read at once what booking these statements will ask for."""
        ...

    def append(self, logged: Logged, transfers: Sequence[Transfer]) -> None:
        """Append a statement with its leaf and post what it moves."""
        ...

    def keep_tile(self, level: int, index: int, hashes: bytes) -> None:
        """Keep a tile, new or grown."""
        ...

    def keep_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Keep a published checkpoint."""
        ...

    def state_changes(self) -> Sequence[Subject] | None:
        """Return what changed since the newest state entry, or since the map was begun, each once.

        None where there is no map: then nothing is noted.
        """
        ...

    def keep_state_pages(self, pages: Mapping[bytes, bytes]) -> None:
        """Keep pages of the state map, new or changed."""
        ...

    def keep_state_records(self, records: Mapping[bytes, bytes]) -> None:
        """Keep records under their keys of the state map, new or changed."""
        ...

    def keep_state_head(self, head: StateHead) -> None:
        """Keep the state entry that the map is as of; what changed before counts no more.

        Position 0 begins a map: from then on changes are noted, and readers have none yet.
        """
        ...

    def keep_anchor(self, anchor: Anchor) -> None:
        """Keep an anchor; the same one again changes nothing."""
        ...

    def forget_anchors(self, chain_id: int, contract: str) -> None:
        """Forget a chain's anchors, because the chain lost them."""
        ...


class LedgerStore(Protocol):
    """Where the ledger lives. `read` is a snapshot; `write` is exclusive and all or nothing."""

    def read(self) -> AbstractContextManager[LedgerView]:
        """Open a consistent snapshot."""
        ...

    def write(self) -> AbstractContextManager[LedgerWriter]:
        """Open the one writer; commits at the end, rolls everything back on an error."""
        ...


class Clock(Protocol):
    """The operator's clock."""

    def now(self) -> datetime:
        """Return the time in UTC, with its zone."""
        ...


class FactorSource(Protocol):
    """Where factors are found, and what a kilogram of each gas is worth."""

    def by_digest(self, digest: str) -> Factor:
        """Return the factor whose record has this digest; a named error where there is none."""
        ...

    def gwp_table(self, gwp: str) -> Mapping[str, str]:
        """Return kg CO2e per kg of each gas under one GWP set."""
        ...
