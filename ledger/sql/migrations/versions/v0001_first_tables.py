"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STRICT: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
APPEND_ONLY = ("log", "statement", "checkpoint")


def _whole(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, WHOLE, nullable=False, autoincrement=False) for name in names]


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _bytes(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=False) for name in names]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _reference(table: str, column: str, other: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{of}"], name=f"fk_{table}_{column}_{other}")


def upgrade() -> None:
    """Make all tables and the triggers that keep statements as they were written."""
    _log_tables()
    _identity_tables()
    _goods_tables()
    _books_tables()
    if op.get_bind().dialect.name == "postgresql":
        _append_only_on_postgresql()
    else:
        _append_only_on_sqlite()


def _log_tables() -> None:
    op.create_table(
        "log",
        *_whole("only"),
        *_text("log_id", "origin", "ed25519", "secp256k1", "gwp", "accreditors"),
        _key("log", "only"),
        **STRICT,
    )
    op.create_table(
        "statement",
        *_whole("position"),
        *_text("digest", "issuer", "client_id", "kind", "at", "occurred_end"),
        *_bytes("entry", "leaf_hash", "parts"),
        _key("statement", "position"),
        sa.UniqueConstraint("digest", name="uq_statement_digest"),
        sa.UniqueConstraint("client_id", "issuer", name="uq_statement_client_id_issuer"),
        **STRICT,
    )
    op.create_table(
        "checkpoint",
        *_whole("number", "size"),
        *_bytes("root"),
        *_text("note", "at"),
        _key("checkpoint", "number"),
        **STRICT,
    )
    op.create_index("ix_checkpoint_size", "checkpoint", ["size"])
    op.create_table(
        "anchor",
        *_whole("number", "chain_id"),
        *_text("contract", "log_address"),
        *_whole("size"),
        *_bytes("root"),
        *_text("transaction"),
        *_whole("block", "gas"),
        _key("anchor", "number"),
        **STRICT,
    )
    op.create_table(
        "tile",
        *_whole("level", "number"),
        *_bytes("hashes"),
        _key("tile", "level", "number"),
        **STRICT,
    )


def _identity_tables() -> None:
    op.create_table(
        "correction",
        *_text("corrects"),
        *_whole("position"),
        _key("correction", "corrects", "position"),
        _reference("correction", "position", "statement", "position"),
        **CLUSTERED,
    )
    op.create_table(
        "identity",
        *_text("organization"),
        *_whole("position"),
        _key("identity", "organization", "position"),
        _reference("identity", "position", "statement", "position"),
        **CLUSTERED,
    )
    op.create_table("organization", *_text("id"), *_bytes("state"), _key("organization", "id"), **STRICT)
    op.create_table(
        "signing_key",
        *_text("address", "organization"),
        _key("signing_key", "address"),
        _reference("signing_key", "organization", "organization", "id"),
        **STRICT,
    )


def _goods_tables() -> None:
    op.create_table(
        "lot",
        *_text("id", "holder", "product", "unit"),
        *_bytes("total"),
        *_whole("quantity", "taken"),
        *_text("began", "made"),
        *_whole("original_quantity"),
        *_text("basis", "batch"),
        _key("lot", "id"),
        **STRICT,
    )
    op.create_index("ix_lot_holder_id", "lot", ["holder", "id"])
    op.create_table(
        "shipment",
        *_text("id", "lot", "sender", "consignee", "handlers", "product", "unit"),
        *_whole("quantity"),
        *_bytes("dispatched", "total"),
        *_text("sent_end", "status"),
        *_bytes("handlings", "claimed"),
        *_text("answered_by", "batch"),
        _key("shipment", "id"),
        **STRICT,
    )
    op.create_table(
        "party",
        *_text("organization", "shipment"),
        _key("party", "organization", "shipment"),
        _reference("party", "shipment", "shipment", "id"),
        **CLUSTERED,
    )
    op.create_table(
        "gap", *_text("issuer", "key", "statement"), _key("gap", "issuer", "key"), **CLUSTERED
    )


def _books_tables() -> None:
    op.create_table(
        "account",
        *_whole("id"),
        *_text("kind", "organization", "ref"),
        *_bytes("balance"),
        _key("account", "id"),
        sa.UniqueConstraint("ref", "organization", "kind", name="uq_account_ref_organization_kind"),
        **STRICT,
    )
    op.create_table(
        "posting",
        *_whole("position", "number", "source", "target", "slot", "mg"),
        _key("posting", "position", "number"),
        **CLUSTERED,
    )
    op.create_table(
        "booked",
        *_text("organization", "occurred_end"),
        *_whole("position"),
        _key("booked", "organization", "occurred_end", "position"),
        **CLUSTERED,
    )


def _append_only_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
            )


def _append_only_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
