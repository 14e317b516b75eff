"""Statements about goods out of a company's records: bodies with takes as lot and quantity.

What follows from the books (intervals, liabilities, numbers) is filled in when the draft is made.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any, Final

from ledger.quantities import EXACT, decimal_text
from ledger.records.cells import SERVED, At, lot_quantity
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
from ledger.records.policies import Own
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
    own = Own()
    lines = _lines(row.production, joined, setting, own)
    lines += _removals(row.production, owner, joined, setting, own)
    inputs = _inputs(row.production, owner, joined, own)
    made = partial(policy, row, outputs, joined, own, lines)
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.start, row.end, zone),
        "inputs": inputs,
        "lines": lines,
        "outputs": _outputs(row, outputs, joined),
        "policy": joined.tried(row.production, made, {"id": row.policy}),
    }
    if row.note:
        body["note"] = row.note
    site = place(row.site, row.locode)
    if site:
        body["site"] = site
    gives = {Reference("record", owner, row.production).key: "{digest}"}
    for number, one in enumerate(outputs):
        gives[Reference("batch", owner, one.batch).key] = f"{{digest}}.{number}"
    gives.update(_estimates(row.production, owner, lines))
    counted = _counted_in(row.production, owner, joined)
    return Intent(row.at, owner, "production/1", row.production, row.end, body, gives, counted)


def handling(row: HandlingRow, owner: str, zone: str, joined: Joined, setting: Setting) -> Intent:
    """Return what carrying or handling emitted, for one delivery note or one batch in stock.

    Raises:
        HandledGoodsError: it names neither, or both.
        BareRecordError: it has no lines.
        RecordError: a line, input or the leg is refused.
    """
    if (row.delivery_note is None) == (row.batch is None):
        raise HandledGoodsError(*row.at.facts(row.handling))
    own = Own()
    lines = _lines(row.handling, joined, setting, own, row)
    lines += _removals(row.handling, owner, joined, setting, own)
    inputs = _inputs(row.handling, owner, joined, own)
    own.check_shared("no policy: what a handling emits falls to its goods")
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
        "inputs": inputs,
        "lines": lines,
        "leg": leg(row, own.used),
    }
    shared = share(row, own.used)
    if shared is not None:
        body["share"] = shared
    if row.note:
        body["note"] = row.note
    gives = {
        Reference("record", owner, row.handling).key: "{digest}",
        **_estimates(row.handling, owner, lines),
    }
    counted = _counted_in(row.handling, owner, joined)
    return Intent(row.at, owner, "handling/1", row.handling, row.end, body, gives, counted)


def correction(row: CorrectionRow, owner: str, zone: str, joined: Joined, setting: Setting) -> Intent:
    """Return a correction of a production or handling: purchases dropped by number, inputs, lines added.

    Raises:
        BareRecordError: it changes nothing.
        RecordError: a line or input is refused.
    """
    own = Own()
    dropped = [Reference("line", owner, f"{row.production}/{one}") for one in row.drop_purchases]
    change = {
        "drop_lines": dropped,
        "add_lines": _lines(row.correction, joined, setting, own)
        + _removals(row.correction, owner, joined, setting, own),
        "add_inputs": _inputs(row.correction, owner, joined, own),
    }
    own.check_shared("a correction, and what it adds is shared by all outputs")
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
    counted = _counted_in(row.correction, owner, joined)
    return Intent(row.at, owner, "correction/1", row.correction, row.day, body, gives, counted)


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
    counted = (_counted(row.at, owner, row.batch, row.quantity, row.unit),)
    return Intent(row.at, owner, "dispatch/1", row.delivery_note, row.day, body, gives, counted)


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
    counted = (_counted(row.at, owner, row.batch, row.quantity, row.unit),)
    return Intent(row.at, owner, "disposal/1", row.disposal, row.day, body, gives, counted)


def _estimates(record: str, owner: str, lines: list[Line]) -> dict[str, str]:
    """Return the numbers of a record's lines that fill gaps, by purchase: what a correction may drop."""
    gaps = {number: line["amount"].get("gap") for number, line in enumerate(lines)}
    return {
        Reference("line", owner, f"{record}/{gap['key']}").key: str(number)
        for number, gap in gaps.items()
        if gap is not None
    }


def _lines(
    record: str, joined: Joined, setting: Setting, own: Own, leg: HandlingRow | None = None
) -> list[Line]:
    """Return the lines of a record, activities first; each purchase covers one line only.

    To `own` it adds which lines each activity made, and what each row served alone.
    """
    lines: list[Line] = []
    for activity in joined.activities.get(record, []):
        nothing: list[Line] = []
        made = joined.tried(record, partial(_activity, activity, joined, setting, leg), nothing)
        own.used.append(Used(activity, dict(enumerate(made, start=len(lines)))))
        own.add(activity.serves, activity.at, lines=len(made))
        lines += made
    for purchase in joined.purchases.get(record, []):
        bought: list[Line] = []
        bought = joined.tried(record, partial(_purchase, purchase, joined, setting), bought)
        own.add(purchase.serves, purchase.at, lines=len(bought))
        lines += bought
    return lines


def _removals(record: str, owner: str, joined: Joined, setting: Setting, own: Own) -> list[Line]:
    """Return the removals of a record, after its other lines."""
    rows = joined.removals.get(record, [])
    for row in rows:
        own.add(row.serves, row.at, lines=1)
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


def _inputs(record: str, owner: str, joined: Joined, own: Own) -> list[dict[str, Any]]:
    rows: list[InputRow] = joined.inputs.get(record, [])
    for row in rows:
        own.add(row.serves, row.at, inputs=1)
    makers = [partial(_take, row.at, owner, row.batch, row.quantity, row.unit) for row in rows]
    return [joined.tried(record, make, {}) for make in makers]


def _take(at: At, owner: str, batch: str, quantity: Decimal, unit: str) -> dict[str, Any]:
    amount, _wire = lot_quantity(quantity, unit, at.under("quantity"), SERVED)
    return {"lot": _batch(owner, batch), "quantity": str(amount)}


def _counted_in(record: str, owner: str, joined: Joined) -> tuple[tuple[Reference, str], ...]:
    """Return in which unit a record counts each lot that it takes from; refused rows are told elsewhere."""
    rows = joined.inputs.get(record, [])
    nothing: tuple[Reference, str] = (Reference("batch", owner, ""), "")
    made = [partial(_counted, row.at, owner, row.batch, row.quantity, row.unit) for row in rows]
    return tuple(joined.tried(record, one, nothing) for one in made)


def _counted(at: At, owner: str, batch: str, quantity: Decimal, unit: str) -> tuple[Reference, str]:
    return _batch(owner, batch), lot_quantity(quantity, unit, at.under("quantity"), SERVED)[1]


def _batch(owner: str, batch: str) -> Reference:
    if batch.startswith(RETURNED):
        return Reference("returned", "", batch.removeprefix(RETURNED))
    return Reference("batch", owner, batch)


def _outputs(row: ProductionRow, outputs: list[OutputRow], joined: Joined) -> list[dict[str, Any]]:
    nothing: dict[str, Any] = {}
    return [joined.tried(row.production, partial(output, one), nothing) for one in outputs]
