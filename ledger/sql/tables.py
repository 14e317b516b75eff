"""The tables: what is kept for ever (log, statement, checkpoint), and what follows from it.

Rows are never domain objects (a `table=True` model validates nothing): `rows.py` converts and checks.
All integers are 64 bits; tables are STRICT on SQLite, texts sort by code point on both databases, so
that pages come in the same order. An index is here only where a question needs it.

`posting` and `booked` have no foreign keys: they are written with the statement that they come from, in
one transaction, thousands at a time, and the audit derives them again.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
STRICT: Final = {"sqlite_strict": True}
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
WHOLE: Final = BigInteger().with_variant(Integer, "sqlite")
TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
BYTES: Final = LargeBinary()


def _whole(*more: Any, key: bool = False) -> Any:
    return Field(sa_column=Column(WHOLE, *more, primary_key=key, autoincrement=False, nullable=False))


def _text(*more: Any, key: bool = False, unique: bool = False) -> Any:
    # A unique primary key would be indexed twice.
    return Field(sa_column=Column(TEXT, *more, primary_key=key, unique=unique or None, nullable=False))


def _bytes() -> Any:
    return Field(sa_column=Column(BYTES, nullable=False))


class Row(SQLModel):
    """A row of this ledger's schema."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class LogRow(Row, table=True):
    """The log's terms; one row, never changed."""

    __tablename__ = "log"
    __table_args__ = STRICT
    only: int = _whole(key=True)
    log_id: str = _text()
    origin: str = _text()
    ed25519: str = _text()
    secp256k1: str = _text()
    gwp: str = _text()
    accreditors: str = _text()


class StatementRow(Row, table=True):
    """A statement at its place in the log; never changed.

    `entry` is the leaf's bytes, `parts` the canonical JSON of the body's parts; `issuer` is as in the
    envelope, `occurred_end` the last civil date of its period.
    """

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("client_id", "issuer"), STRICT)
    position: int = _whole(key=True)
    digest: str = _text(unique=True)
    issuer: str = _text()
    client_id: str = _text()
    kind: str = _text()
    at: str = _text()
    occurred_end: str = _text()
    entry: bytes = _bytes()
    leaf_hash: bytes = _bytes()
    parts: bytes = _bytes()


class CheckpointRow(Row, table=True):
    """A published checkpoint; never changed."""

    __tablename__ = "checkpoint"
    __table_args__ = (Index(None, "size"), STRICT)
    number: int = _whole(key=True)
    size: int = _whole()
    root: bytes = _bytes()
    note: str = _text()
    at: str = _text()


class AnchorRow(Row, table=True):
    """A checkpoint on a chain, as its events showed it."""

    __tablename__ = "anchor"
    __table_args__ = STRICT
    number: int = _whole(key=True)
    chain_id: int = _whole()
    contract: str = _text()
    log_address: str = _text()
    size: int = _whole()
    root: bytes = _bytes()
    transaction: str = _text()
    block: int = _whole()
    gas: int = _whole()


class TileRow(Row, table=True):
    """A tile of the tree: up to 256 hashes."""

    __tablename__ = "tile"
    __table_args__ = STRICT
    level: int = _whole(key=True)
    number: int = _whole(key=True)
    hashes: bytes = _bytes()


class CorrectionRow(Row, table=True):
    """Which entry corrects which statement."""

    __tablename__ = "correction"
    __table_args__ = CLUSTERED
    corrects: str = _text(key=True)
    position: int = _whole(ForeignKey("statement.position"), key=True)


class TakerRow(Row, table=True):
    """Which entry took intervals of which lot."""

    __tablename__ = "taker"
    __table_args__ = CLUSTERED
    lot: str = _text(key=True)
    position: int = _whole(ForeignKey("statement.position"), key=True)


class OfferRow(Row, table=True):
    """An adjustment that is or was offered; its four differences are packed vectors."""

    __tablename__ = "offer"
    __table_args__ = (
        Index(None, "sender", "id"),
        Index(None, "receiver", "id"),
        Index(None, "goods"),
        STRICT,
    )
    id: str = _text(key=True)
    sender: str = _text()
    receiver: str = _text()
    goods: str = _text()
    late: int = _whole()
    open: bytes = _bytes()
    accepted: bytes = _bytes()
    automatic: bytes = _bytes()
    refused: bytes = _bytes()
    answers: str = _text()


class IdentityRow(Row, table=True):
    """Which entry is about whose identity: registration, keys, roles."""

    __tablename__ = "identity"
    __table_args__ = CLUSTERED
    organization: str = _text(key=True)
    position: int = _whole(ForeignKey("statement.position"), key=True)


class OrganizationRow(Row, table=True):
    """An organization as the log knows it, packed."""

    __tablename__ = "organization"
    __table_args__ = STRICT
    id: str = _text(key=True)
    state: bytes = _bytes()


class KeyRow(Row, table=True):
    """Whose key it is or was."""

    __tablename__ = "signing_key"
    __table_args__ = STRICT
    address: str = _text(key=True)
    organization: str = _text(ForeignKey("organization.id"))


class LotRow(Row, table=True):
    """A lot as it stands; `total` and `given` are packed vectors, `changes` started its segments."""

    __tablename__ = "lot"
    __table_args__ = (Index(None, "holder", "id"), STRICT)
    id: str = _text(key=True)
    holder: str = _text()
    product: str = _text()
    unit: str = _text()
    total: bytes = _bytes()
    quantity: int = _whole()
    taken: int = _whole()
    began: str = _text()
    made: str = _text()
    original_quantity: int = _whole()
    given: bytes = _bytes()
    changes: bytes = _bytes()
    batch: str = _text()
    began_zone: str = _text()
    handlers: str = _text()
    claimed: str = _text()
    kept_as: str = _text()
    late: bytes = _bytes()


class ShipmentRow(Row, table=True):
    """A shipment as it stands; handlings and claims are packed."""

    __tablename__ = "shipment"
    __table_args__ = STRICT
    id: str = _text(key=True)
    lot: str = _text()
    sender: str = _text()
    consignee: str = _text()
    handlers: str = _text()
    product: str = _text()
    unit: str = _text()
    quantity: int = _whole()
    dispatched: bytes = _bytes()
    total: bytes = _bytes()
    sent_end: str = _text()
    status: str = _text()
    handlings: bytes = _bytes()
    claimed: bytes = _bytes()
    answered_by: str = _text()
    batch: str = _text()
    sent_zone: str = _text()
    incoterm: str = _text()
    returned: int = _whole()
    lost: int = _whole()


class PartyRow(Row, table=True):
    """Who has to do with a shipment: sender, consignee, handlers."""

    __tablename__ = "party"
    __table_args__ = CLUSTERED
    organization: str = _text(key=True)
    shipment: str = _text(ForeignKey("shipment.id"), key=True)


class GapRow(Row, table=True):
    """The statement that used a gap key."""

    __tablename__ = "gap"
    __table_args__ = CLUSTERED
    issuer: str = _text(key=True)
    key: str = _text(key=True)
    statement: str = _text()


class AccountRow(Row, table=True):
    """An account and its balance, a packed vector."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("ref", "organization", "kind"), STRICT)
    id: int = _whole(key=True)
    kind: str = _text()
    organization: str = _text()
    ref: str = _text()
    balance: bytes = _bytes()


class PostingRow(Row, table=True):
    """Milligrams of one component moved from one account to another by one statement."""

    __tablename__ = "posting"
    __table_args__ = CLUSTERED
    position: int = _whole(key=True)
    number: int = _whole(key=True)
    source: int = _whole()
    target: int = _whole()
    slot: int = _whole()
    mg: int = _whole()


class BookedRow(Row, table=True):
    """Which entries are in whose books, by the end of their period."""

    __tablename__ = "booked"
    __table_args__ = CLUSTERED
    organization: str = _text(key=True)
    occurred_end: str = _text(key=True)
    position: int = _whole(key=True)


class ChallengeRow(Row, table=True):
    """A sign-in challenge that was answered, until its time is over; in seconds of Unix time."""

    __tablename__ = "challenge"
    __table_args__ = (Index(None, "expires_s"), STRICT)
    nonce: str = _text(key=True)
    expires_s: int = _whole()


class WaitingRow(Row, table=True):
    """Statements that wait to be booked, as they came; those with a problem were set aside."""

    __tablename__ = "waiting_statements"
    __table_args__ = STRICT
    number: int = _whole(key=True)
    statements: bytes = _bytes()
    set_aside_at: str = _text()
    problem: str = _text()
    reason: str = _text()


def table_of(row: type[Row]) -> Table:
    """Return the table of a row class."""
    return Row.metadata.tables[str(row.__tablename__)]


LOG: Final = table_of(LogRow)
STATEMENT: Final = table_of(StatementRow)
CHECKPOINT: Final = table_of(CheckpointRow)
ANCHOR: Final = table_of(AnchorRow)
TILE: Final = table_of(TileRow)
CORRECTION: Final = table_of(CorrectionRow)
IDENTITY: Final = table_of(IdentityRow)
TAKER: Final = table_of(TakerRow)
OFFER: Final = table_of(OfferRow)
ORGANIZATION: Final = table_of(OrganizationRow)
KEY: Final = table_of(KeyRow)
LOT: Final = table_of(LotRow)
SHIPMENT: Final = table_of(ShipmentRow)
PARTY: Final = table_of(PartyRow)
GAP: Final = table_of(GapRow)
ACCOUNT: Final = table_of(AccountRow)
POSTING: Final = table_of(PostingRow)
BOOKED: Final = table_of(BookedRow)
CHALLENGE: Final = table_of(ChallengeRow)
WAITING_STATEMENTS: Final = table_of(WaitingRow)

PROJECTIONS: Final = (
    *(TAKER, OFFER, CORRECTION, IDENTITY, KEY, ORGANIZATION, LOT, PARTY, SHIPMENT, GAP),
    *(POSTING, BOOKED, ACCOUNT),
)
"""What follows from the statements, in an order in which it can be dropped."""
APPEND_ONLY: Final = (LOG, STATEMENT, CHECKPOINT)
