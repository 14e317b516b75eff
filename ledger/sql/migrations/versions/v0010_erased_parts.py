"""Personal parts can be erased: of a logged statement only its parts may change, and only to erased ones."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FIXED = "position, digest, issuer, client_id, kind, at, occurred_end, entry, leaf_hash"
"""The columns of a statement that never change."""
MARK = '{"erased":"'


def upgrade() -> None:
    """Let `parts` alone be updated, to a body of which some part was erased."""
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgresql()


def _on_sqlite() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'table statement is append-only'); END"
    op.execute("DROP TRIGGER statement_no_update")
    op.execute(f"CREATE TRIGGER statement_no_update BEFORE UPDATE OF {FIXED} ON statement {refuse}")
    erased = f"instr(NEW.parts, CAST('{MARK}' AS BLOB)) = 0"
    op.execute(
        "CREATE TRIGGER statement_parts_only_erased BEFORE UPDATE OF parts ON statement "
        f"WHEN {erased} {refuse}"
    )


def _on_postgresql() -> None:
    refuse = "EXECUTE FUNCTION refuse_change()"
    op.execute("DROP TRIGGER statement_append_only ON statement")
    for name, change in (("append_only", "DELETE OR TRUNCATE"), ("no_update", f"UPDATE OF {FIXED}")):
        op.execute(
            f"CREATE TRIGGER statement_{name} BEFORE {change} ON statement FOR EACH STATEMENT {refuse}"
        )
    erased = f"position('{MARK}'::bytea in NEW.parts) = 0"
    op.execute(
        "CREATE TRIGGER statement_parts_only_erased BEFORE UPDATE OF parts ON statement "
        f"FOR EACH ROW WHEN ({erased}) {refuse}"
    )
