"""Answers to adjustments out of a company's records, and which ones it accepts from now on."""

from __future__ import annotations

from typing import Any, Final

from ledger.quantities import MG_PER_KG
from ledger.records import cells
from ledger.records.book_rows import AnswerRow, ReestimateRow, StandingRow
from ledger.records.cells import SERVED, lot_quantity, one_of, scaled
from ledger.records.columns import DAY, REASON, UNIT, Column, words
from ledger.records.errors import NeededCellError, RecordPeriodError
from ledger.records.intents import Intent
from ledger.records.organizations import occurred
from ledger.records.references import Reference

ANY: Final = "any"
_ANSWER: Final = one_of(
    words(
        ("accepted", "refused"),
        {"接受": "accepted", "拒绝": "refused"},
    )
)
ANSWER: Final = (
    Column("cause", "起因单号", "cause", cells.reference),
    Column("outcome", "结果", "outcome", _ANSWER),
    DAY,
    Column("delivery_note", "送货单号", "delivery_note", cells.reference, needed=False),
    Column("author", "更正方", "author", cells.reference, needed=False),
    REASON,
)
STANDING: Final = (
    Column("accepts_from", "接受来自", "sender", cells.reference),
    Column("limit_kg", "限额千克", "limit_kg", cells.positive),
    Column("valid_from", "有效期起", "valid_from", cells.day),
    Column("valid_to", "有效期止", "valid_to", cells.day),
    DAY,
    REASON,
)
REESTIMATE: Final = (
    Column("asset", "资产批号", "batch", cells.reference),
    Column("quantity_left", "剩余数量", "quantity_left", cells.positive),
    UNIT,
    DAY,
    REASON,
)


def answer(row: AnswerRow, owner: str, zone: str) -> Intent:
    """Return the answer to an adjustment; how large that is, the books fill in.

    Raises:
        NeededCellError: it is sent back, and nobody says why.
    """
    if row.outcome == "refused" and row.reason is None:
        raise NeededCellError(*row.at.under("reason").facts(""), "a refused adjustment")
    cause = Reference("record", row.author or owner, row.cause)
    target = cause if row.delivery_note is None else Reference("shipment", owner, row.delivery_note)
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "answer": {"cause": cause, "target": target, "outcome": row.outcome},
        **({"reason": row.reason} if row.reason else {}),
    }
    named = "/".join(filter(None, ("answer", row.author, row.cause, row.delivery_note)))
    gives = {Reference("record", owner, named).key: "{digest}"}
    return Intent(row.at, owner, "acceptance/1", row.cause, row.day, body, gives)


def standing_acceptance(row: StandingRow, owner: str, zone: str) -> Intent:
    """Return which adjustments are accepted by themselves from now on.

    Raises:
        RecordPeriodError: the validity ends before it begins.
        FractionRecordError, RecordRangeError: the limit.
    """
    if row.valid_to < row.valid_from:
        raise RecordPeriodError(*row.at.under("valid_to").facts(row.valid_to), row.valid_from)
    sender = ANY if row.sender == ANY else Reference("organization", "", row.sender)
    limit = scaled(row.limit_kg, MG_PER_KG, "mg", row.at.under("limit_kg"))
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "standing": {
            "from": sender,
            "limit_mg": str(limit),
            "validity": {"from": row.valid_from, "to": row.valid_to},
        },
        **({"reason": row.reason} if row.reason else {}),
    }
    gives = {Reference("record", owner, f"standing/{row.sender}/{row.valid_from}").key: "{digest}"}
    return Intent(row.at, owner, "acceptance/1", f"from {row.sender}", row.day, body, gives)


def reestimate(row: ReestimateRow, owner: str, zone: str) -> Intent:
    """Return what is left in an asset, estimated anew.

    Raises:
        RecordError: the quantity is no quantity of an asset.
    """
    left, unit = lot_quantity(row.quantity_left, row.unit, row.at.under("quantity_left"), SERVED)
    asset = Reference("batch", owner, row.batch)
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "asset": asset,
        "quantity_left": str(left),
        **({"reason": row.reason} if row.reason else {}),
    }
    gives = {Reference("record", owner, f"reestimate/{row.batch}/{row.day}").key: "{digest}"}
    return Intent(row.at, owner, "reestimate/1", row.batch, row.day, body, gives, ((asset, unit),))
