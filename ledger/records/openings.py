"""Opening balances out of a company's records: the goods that were there before its books began.

Rows of one opening number are one statement. What a lot carries stands in rows of its own, one for each kind
of emission and each way in which it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from ledger.components import BIOGENIC_CHANNELS, EMISSION_CHANNELS, IMPORTED
from ledger.quantities import MG_PER_KG, decimal_text
from ledger.records import cells
from ledger.records.book_rows import OpeningAmountRow, OpeningRow
from ledger.records.cells import lot_quantity, one_of, scaled
from ledger.records.columns import BATCH, DAY, GTIN, QUANTITY, UNIT, Column, words
from ledger.records.errors import BareRecordError, NeededCellError, RecordError
from ledger.records.intents import Intent
from ledger.records.joined import Joined
from ledger.records.line_columns import GWP
from ledger.records.organizations import occurred
from ledger.records.references import Reference

_CHANNEL: Final = one_of(words((*EMISSION_CHANNELS, *BIOGENIC_CHANNELS)))
_KNOWN_BY: Final = one_of(
    words(
        ("measured", "calculated", "imported", "secondary", "spend"),
        {"实测": "measured", "计算": "calculated", "外来": "imported", "次级": "secondary", "支出": "spend"},
    )
)
_DOCUMENT: Final = cells.matching(
    r"[0-9a-f]{64}", "write the SHA-256 of the file, 64 lower-case hex digits, as sha256sum prints it"
)
OPENING: Final = (
    Column("opening", "期初单号", "opening", cells.reference),
    DAY,
    BATCH,
    Column("product", "产品", "product", cells.plain_text),
    QUANTITY,
    UNIT,
    Column("gwp", "GWP版本", "gwp", GWP),
    Column("evidence", "依据", "evidence", cells.note),
    Column("document", "文件摘要", "document", _DOCUMENT, needed=False),
    Column("primary_share", "原始数据占比", "primary_share", cells.share, needed=False),
    GTIN,
    Column("unit_mass_g", "单件克重", "unit_mass_g", cells.positive, needed=False),
)
OPENING_AMOUNT: Final = (
    BATCH,
    Column("channel", "排放类型", "channel", _CHANNEL),
    Column("known_by", "数据来源", "known_by", _KNOWN_BY),
    Column("carried_kg", "期初千克", "carried_kg", cells.positive),
)


@dataclass(eq=False)
class OpeningDateError(RecordError):
    """Lots of one opening are of different days."""

    first: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value}, but this opening is of {first}. Give all its lots one date."
    )


@dataclass(eq=False)
class RepeatedAmountError(RecordError):
    """An opening lot states the same component twice."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} stands in an earlier row of this batch. Add the two up."
    )


@dataclass(eq=False)
class NeedlessShareError(RecordError):
    """A primary share is stated of what comes from no other system."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value} is said of imported figures only, and this batch has none. "
        "Empty the cell."
    )


def opening(row: OpeningRow, owner: str, zone: str, joined: Joined) -> Intent | None:
    """Return the opening of which a row is the first lot; None for its other lots.

    Raises:
        OpeningDateError: its lots are of different days.
        RecordError: a lot is refused.
    """
    lots = joined.openings[row.opening]
    if lots[0] is not row:
        if row.day != lots[0].day:
            raise OpeningDateError(*row.at.under("date").facts(row.day), lots[0].day)
        return None
    nothing: dict[str, Any] = {}
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "lots": [joined.tried(row.opening, partial(_lot, one, joined), nothing) for one in lots],
    }
    gives = {Reference("record", owner, row.opening).key: "{digest}"}
    for number, one in enumerate(lots):
        gives[Reference("batch", owner, one.batch).key] = f"{{digest}}.{number}"
    return Intent(row.at, owner, "opening/1", row.opening, row.day, body, gives)


def _lot(row: OpeningRow, joined: Joined) -> dict[str, Any]:
    quantity, unit = lot_quantity(row.quantity, row.unit, row.at.under("quantity"))
    amounts = joined.opening_amounts.get(row.batch, [])
    if not amounts and not joined.is_partial(row.batch):
        raise BareRecordError(*row.at.under("batch").facts(row.batch), "opening amount")
    balance = {"quantity": str(quantity), "unit": unit, "liability": _liability(amounts), "gwp": row.gwp}
    imported = any(one.known_by == IMPORTED for one in amounts)
    if imported and row.primary_share is None:
        raise NeededCellError(*row.at.under("primary_share").facts(""), "an imported figure")
    if row.primary_share is not None:
        if not imported and not joined.is_partial(row.batch):
            raise NeedlessShareError(*row.at.under("primary_share").facts(row.primary_share))
        balance["primary_share"] = decimal_text(row.primary_share)
    product = {"name": row.product, "batch": row.batch, **({"gtin": row.gtin} if row.gtin else {})}
    if unit == "piece" and row.unit_mass_g is None:
        raise NeededCellError(*row.at.under("unit_mass_g").facts(""), "a lot in pieces")
    if row.unit_mass_g is not None:
        product["unit_mass_mg"] = str(scaled(row.unit_mass_g, 1000, "mg", row.at.under("unit_mass_g")))
    evidence = {"text": row.evidence, **({"document": row.document} if row.document else {})}
    return {"balance": balance, "product": product, "evidence": evidence}


def _liability(amounts: Sequence[OpeningAmountRow]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in amounts:
        component = f"{row.channel}.{row.known_by}"
        if component in found:
            raise RepeatedAmountError(*row.at.under("channel").facts(component))
        found[component] = str(scaled(row.carried_kg, MG_PER_KG, "mg", row.at.under("carried_kg")))
    return found
