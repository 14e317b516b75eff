"""Statements about goods out of a company's records: bodies with takes as lot and quantity.

What follows from the books (intervals, liabilities, numbers) is filled in when the draft is made.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any, Final

from ledger.quantities import EXACT, decimal_text
from ledger.records.cells import At, lot_quantity
from ledger.records.errors import (
    BareRecordError,
    HandledGoodsError,
    LegWorkError,
    NeededCellError,
)
from ledger.records.intents import Intent
from ledger.records.joined import Joined
from ledger.records.legs import Used, journey, leg, marked, share
from ledger.records.lines import Line, Setting, activity_lines, purchase_line
from ledger.records.organizations import occurred, place
from ledger.records.outputs import output, policy
from ledger.records.references import Reference
from ledger.records.removals import removal_lines
from ledger.records.rows import (
    ActivityRow,
    CorrectionRow,
    DispatchRow,
    DisposalRow,
    HandlingRow,
    InputRow,
    OutputRow,
    ProductionRow,
    PurchaseRow,
    ReceiptRow,
)

RETURNED: Final = "return:"
"""Before a delivery note: the goods that came back because its consignee refused them."""


def production(row: ProductionRow, owner: str, zone: str, joined: Joined, setting: Setting) -> Intent:
    """Return a production with its lines, inputs and outputs.

    Raises:
        BareRecordError: nothing came out of it.
        RecordError: a line, input or output is refused.
    """
    outputs = joined.outputs.get(row.production, [])
    if not outputs and not joined.is_partial(row.production):
        raise BareRecordError(*row.at.under("production").facts(row.production), "output")
    lines = _lines(row.production, joined, setting) + _removals(row.production, owner, joined, setting)
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.start, row.end, zone),
        "inputs": _inputs(row.production, owner, joined),
        "lines": lines,
        "outputs": _outputs(row, outputs, joined),
        "policy": joined.tried(row.production, partial(policy, row, outputs, joined), {"id": row.policy}),
    }
    if row.note:
        body["note"] = row.note
    site = place(row.site, row.locode)
    if site:
        body["site"] = site
    gives = {Reference("record", owner, row.production).key: "{digest}"}
    for number, made in enumerate(outputs):
        gives[Reference("batch", owner, made.batch).key] = f"{{digest}}.{number}"
    gives.update(_estimates(row.production, owner, lines))
    return Intent(row.at, owner, "production/1", row.production, row.end, body, gives)


def handling(row: HandlingRow, owner: str, zone: str, joined: Joined, setting: Setting) -> Intent:
    """Return what carrying or handling emitted, for one delivery note or one batch in stock.

    Raises:
        HandledGoodsError: it names neither, or both.
        BareRecordError: it has no lines.
        RecordError: a line, input or the leg is refused.
    """
    if (row.delivery_note is None) == (row.batch is None):
        raise HandledGoodsError(*row.at.facts(row.handling))
    used: list[Used] = []
    lines = _lines(row.handling, joined, setting, row, used)
    lines += _removals(row.handling, owner, joined, setting)
    if not lines and not joined.is_partial(row.handling):
        raise BareRecordError(*row.at.under("handling").facts(row.handling), "activity or purchase")
    target = (
        {"shipment": Reference("shipment", owner, row.delivery_note)}
        if row.delivery_note
        else {"lot": _batch(owner, row.batch or "")}
    )
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.start, row.end, zone),
        "target": target,
        "inputs": _inputs(row.handling, owner, joined),
        "lines": lines,
        "leg": leg(row, used),
    }
    shared = share(row, used)
    if shared is not None:
        body["share"] = shared
    if row.note:
        body["note"] = row.note
    gives = {
        Reference("record", owner, row.handling).key: "{digest}",
        **_estimates(row.handling, owner, lines),
    }
    return Intent(row.at, owner, "handling/1", row.handling, row.end, body, gives)


def correction(row: CorrectionRow, owner: str, zone: str, joined: Joined, setting: Setting) -> Intent:
    """Return a correction of a production or handling: purchases dropped by number, inputs, lines added.

    Raises:
        BareRecordError: it changes nothing.
        RecordError: a line or input is refused.
    """
    dropped = [Reference("line", owner, f"{row.production}/{one}") for one in row.drop_purchases]
    change = {
        "drop_lines": dropped,
        "add_lines": _lines(row.correction, joined, setting)
        + _removals(row.correction, owner, joined, setting),
        "add_inputs": _inputs(row.correction, owner, joined),
    }
    if not any(change.values()) and not joined.is_partial(row.correction):
        raise BareRecordError(
            *row.at.under("correction").facts(row.correction), "dropped purchase, input or activity"
        )
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "corrects": Reference("record", owner, row.production),
        "change": change,
    }
    if row.reason:
        body["reason"] = row.reason
    gives = {Reference("record", owner, row.correction).key: "{digest}"}
    return Intent(row.at, owner, "correction/1", row.correction, row.day, body, gives)


def dispatch(row: DispatchRow, owner: str, zone: str) -> Intent:
    """Return a hand-over: a quantity of a batch leaves for its consignee.

    Raises:
        RecordError: the quantity is no quantity of goods.
    """
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "take": _take(row.at, owner, row.batch, row.quantity, row.unit),
        "consignee": Reference("organization", owner, row.consignee),
        "handlers": [Reference("organization", owner, one) for one in row.carriers],
        "goods": {name: value for name, value in (("container", row.container), ("sscc", row.sscc)) if value},
    }
    if row.incoterm:
        body["terms"] = {"incoterm": row.incoterm}
    start, end = journey(row)
    if start and end:
        body["places"] = {"from": start, "to": end}
    gives = {Reference("shipment", owner, row.delivery_note).key: "{digest}"}
    return Intent(row.at, owner, "dispatch/1", row.delivery_note, row.day, body, gives)


def receipt(row: ReceiptRow, owner: str, zone: str) -> Intent:
    """Return the consignee's answer to a delivery note: accepted as a batch, refused, lost, or some of each.

    Raises:
        NeededCellError: goods are accepted without a batch number, refused or lost without a reason, or
            shared without a unit.
        RecordError: a quantity is no quantity of goods.
    """
    accepted = row.outcome == "accepted"
    if accepted and row.batch is None:
        raise NeededCellError(*row.at.under("received_batch").facts(""), "an accepted delivery")
    if not accepted and row.reason is None:
        raise NeededCellError(*row.at.under("reason").facts(""), f"a {row.outcome} delivery")
    shipment = Reference("shipment", owner, row.delivery_note)
    claims = [Reference("record", owner, one) for one in row.accepts]
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "takes_over": {"shipment": shipment, **({"claims": claims} if claims else {})},
        "outcome": row.outcome,
    }
    if row.reason:
        body["reason"] = row.reason
    quantities = _shared(row)
    if quantities:
        body["quantities"] = quantities
    made = [Reference("batch", owner, row.batch or "")] if accepted else []
    if row.outcome == "refused" or "returned" in quantities:
        made.append(Reference("returned", "", row.delivery_note))
    gives = {one.key: f"{{digest}}.{number}" for number, one in enumerate(made)}
    return Intent(row.at, owner, "receipt/1", row.delivery_note, row.day, body, gives)


def _shared(row: ReceiptRow) -> dict[str, str]:
    """Return how much of a delivery was accepted, returned and lost, as far as the row says."""
    stated = {"accepted": row.accepted, "returned": row.returned, "lost": row.lost}
    amounts = {name: amount for name, amount in stated.items() if amount is not None}
    if amounts and row.unit is None:
        raise NeededCellError(*row.at.under("unit").facts(""), "a delivery of which some was kept")
    return {
        name: str(lot_quantity(amount, row.unit or "", row.at.under(name))[0])
        for name, amount in amounts.items()
    }


def disposal(row: DisposalRow, owner: str, zone: str) -> Intent:
    """Return goods that leave the books to consumers, as waste or for own use.

    Raises:
        RecordError: the quantity is no quantity of goods.
    """
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "take": _take(row.at, owner, row.batch, row.quantity, row.unit),
        "fate": row.fate,
    }
    if row.customer:
        body["customer"] = row.customer
    gives = {Reference("record", owner, f"disposal/{row.disposal}").key: "{digest}"}
    return Intent(row.at, owner, "disposal/1", row.disposal, row.day, body, gives)


def _estimates(record: str, owner: str, lines: list[Line]) -> dict[str, str]:
    """Return the numbers of a record's lines that fill gaps, by purchase: what a correction may drop."""
    gaps = {number: line["amount"].get("gap") for number, line in enumerate(lines)}
    return {
        Reference("line", owner, f"{record}/{gap['key']}").key: str(number)
        for number, gap in gaps.items()
        if gap is not None
    }


def _lines(
    record: str,
    joined: Joined,
    setting: Setting,
    leg: HandlingRow | None = None,
    used: list[Used] | None = None,
) -> list[Line]:
    """Return the lines of a record, activities first; each purchase covers one line only.

    To `used` it adds which lines each activity made.
    """
    lines: list[Line] = []
    for activity in joined.activities.get(record, []):
        nothing: list[Line] = []
        made = joined.tried(record, partial(_activity, activity, joined, setting, leg), nothing)
        if used is not None:
            used.append(Used(activity, dict(enumerate(made, start=len(lines)))))
        lines += made
    for purchase in joined.purchases.get(record, []):
        lines += joined.tried(record, partial(_purchase, purchase, joined, setting), [])
    return lines


def _removals(record: str, owner: str, joined: Joined, setting: Setting) -> list[Line]:
    """Return the removals of a record, after its other lines."""
    rows = joined.removals.get(record, [])
    nothing: list[Line] = []
    return joined.tried(record, partial(removal_lines, rows, owner, setting.gwp), nothing)


def _activity(row: ActivityRow, joined: Joined, setting: Setting, leg: HandlingRow | None) -> list[Line]:
    if leg is not None and row.unit == "t.km":
        _check_work(row.at, row.quantity, leg)
    made = marked(row, activity_lines(row, setting), leg)
    if row.footprint_kg is not None:
        joined.claim("purchase", row.purchase or "", row.at.under("purchase"))
    for line in made:
        if "gap" in line["amount"]:
            joined.claim("purchase", line["amount"]["gap"]["key"], row.at.under("purchase"))
    return made


def _purchase(row: PurchaseRow, joined: Joined, setting: Setting) -> list[Line]:
    joined.claim("purchase", row.purchase, row.at.under("purchase"))
    return [purchase_line(row, setting)]


def _check_work(at: At, work: Decimal, leg: HandlingRow) -> None:
    """Check that transport work is the leg's load times its distance."""
    if leg.distance_km is None:
        raise NeededCellError(*leg.at.under("distance_km").facts(""), "a leg with t.km")
    expected = EXACT.multiply(leg.load_kg, leg.distance_km).scaleb(-3)
    if work != expected:
        raise LegWorkError(*at.under("quantity").facts(work), decimal_text(expected))


def _inputs(record: str, owner: str, joined: Joined) -> list[dict[str, Any]]:
    rows: list[InputRow] = joined.inputs.get(record, [])
    makers = [partial(_take, row.at, owner, row.batch, row.quantity, row.unit) for row in rows]
    return [joined.tried(record, make, {}) for make in makers]


def _take(at: At, owner: str, batch: str, quantity: Decimal, unit: str) -> dict[str, Any]:
    amount, _wire = lot_quantity(quantity, unit, at.under("quantity"))
    return {"lot": _batch(owner, batch), "quantity": str(amount)}


def _batch(owner: str, batch: str) -> Reference:
    if batch.startswith(RETURNED):
        return Reference("returned", "", batch.removeprefix(RETURNED))
    return Reference("batch", owner, batch)


def _outputs(row: ProductionRow, outputs: list[OutputRow], joined: Joined) -> list[dict[str, Any]]:
    nothing: dict[str, Any] = {}
    return [joined.tried(row.production, partial(output, one), nothing) for one in outputs]
