"""A verifier's opinions out of its records, and what it takes back."""

from __future__ import annotations

from typing import Any, Final

from ledger.records import cells
from ledger.records.book_rows import OpinionRow, WithdrawalRow
from ledger.records.cells import one_of
from ledger.records.columns import DAY, Column, words
from ledger.records.errors import NeededCellError, RecordPeriodError
from ledger.records.intents import Intent
from ledger.records.organizations import occurred
from ledger.records.references import Reference

WITHOUT_END: Final = "9999-12-31"
"""The last day of a withdrawal: what is taken back stays so."""
_LEVEL: Final = one_of(words(("limited", "reasonable"), {"有限保证": "limited", "合理保证": "reasonable"}))
_CONCLUSION: Final = one_of(
    words(
        ("unmodified", "modified", "adverse", "disclaimed"),
        {"无保留": "unmodified", "保留": "modified", "否定": "adverse", "无法表示": "disclaimed"},
    )
)
_ABOUT: Final = Column("about", "被核查机构", "subject", cells.reference)
_EVIDENCE: Final = Column("evidence", "依据", "evidence", cells.note, needed=False)

OPINION: Final = (
    Column("opinion", "意见单号", "opinion", cells.reference),
    _ABOUT,
    Column("standard", "标准", "standard", cells.plain_text),
    Column("scope", "范围", "scope", cells.note),
    Column("level", "保证等级", "level", _LEVEL),
    Column("conclusion", "结论", "conclusion", _CONCLUSION),
    Column("valid_from", "有效期起", "valid_from", cells.day),
    Column("valid_to", "有效期止", "valid_to", cells.day),
    DAY,
    Column("statements", "声明", "statements", cells.references, needed=False),
    Column("delivery_notes", "送货单号", "delivery_notes", cells.references, needed=False),
    Column("text", "说明", "text", cells.note, needed=False),
    _EVIDENCE,
)
WITHDRAWAL: Final = (
    Column("withdrawn", "撤回单号", "withdrawn", cells.reference),
    _ABOUT,
    Column("valid_from", "有效期起", "valid_from", cells.day),
    DAY,
    _EVIDENCE,
)


def opinion(row: OpinionRow, owner: str, zone: str) -> Intent:
    """Return a verifier's opinion on statements of a company.

    Raises:
        RecordPeriodError: the validity ends before it begins.
        NeededCellError: it is about no statement, or modified without saying in what.
    """
    if row.valid_to < row.valid_from:
        raise RecordPeriodError(*row.at.under("valid_to").facts(row.valid_to), row.valid_from)
    about = [Reference("record", row.subject, one) for one in row.statements]
    about += [Reference("shipment", row.subject, one) for one in row.delivery_notes]
    if not about:
        raise NeededCellError(*row.at.under("statements").facts(""), "an opinion without delivery_notes")
    if row.conclusion == "modified" and row.text is None:
        raise NeededCellError(*row.at.under("text").facts(""), "a modified conclusion")
    stated: dict[str, Any] = {
        "standard": row.standard,
        "scope": row.scope,
        "level": row.level,
        "conclusion": row.conclusion,
        "statements": about,
        **({"text": row.text} if row.text else {}),
    }
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "subject": Reference("organization", "", row.subject),
        "opinion": stated,
        "validity": {"from": row.valid_from, "to": row.valid_to},
        **({"evidence": row.evidence} if row.evidence else {}),
    }
    gives = {Reference("record", owner, row.opinion).key: "{digest}"}
    return Intent(row.at, owner, "attestation/1", row.opinion, row.day, body, gives)


def withdrawal(row: WithdrawalRow, owner: str, zone: str) -> Intent:
    """Return what takes an own opinion, or roles that were given, back from a day on; it stays so."""
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "subject": Reference("organization", "", row.subject),
        "withdraws": Reference("record", owner, row.withdrawn),
        "validity": {"from": row.valid_from, "to": WITHOUT_END},
        **({"evidence": row.evidence} if row.evidence else {}),
    }
    gives = {Reference("record", owner, f"withdrawal/{row.withdrawn}").key: "{digest}"}
    return Intent(row.at, owner, "attestation/1", row.withdrawn, row.day, body, gives)
