"""A shipment before it is taken over: its passport, checked on this machine, and who claims to add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from api.client import ServerRefusedError
from api.company import Company
from api.short_names import among
from api.stating import Drafted
from api.tables import Screen, Sheet, short
from api.typed_amounts import quantity_text, typed_quantity
from ledger.bundle import opened
from ledger.components import Components
from ledger.disclosure_bodies import Disclosed
from ledger.errors import LedgerError
from ledger.factors.gwp import gwp_table
from ledger.quantities import kilograms_text
from ledger.records.errors import counted
from ledger.statements import ReceiptBody
from ledger.verification import Report, verify
from ledger.verification_steps.disclosures import commitment

OUTCOMES: Final = {"accepted": "accepted", "returned": "refused", "lost": "lost"}
"""By the first part that there is: what a receipt's outcome is then."""


@dataclass(eq=False)
class BadPassportError(LedgerError):
    """The passport of goods that are to be taken over does not hold."""

    passport: str
    step: int
    problem: str
    sentence: ClassVar[str] = (
        "Passport {passport} does not hold: step {step}, {problem}. Ask the sender, or refuse the goods with "
        "--refuse REASON."
    )


@dataclass(eq=False)
class RefusedClaimsError(LedgerError):
    """Goods are refused, and yet somebody's handling of them is to be accepted or handlers are named."""

    sentence: ClassVar[str] = (
        "Goods that are refused go back as they came. Leave --claims, --all-claims and --handler out."
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver means: a reason to refuse, or the claims it accepts and who handles its goods.

    `accepted` and `lost` are typed quantities where the shipment is shared; the rest goes back.
    """

    refuse: str | None
    claims: tuple[str, ...]
    handlers: tuple[str, ...]
    all_claims: bool = False
    accepted: str | None = None
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class Arriving:
    """A passport of goods that arrive, and the report of its check; None where it can't be checked yet.

    `disclosed` is what its receiver commits to: all that the checked bundle shows.
    """

    document: dict[str, Any]
    report: Report | None
    disclosed: Disclosed | None = None

    @property
    def claims(self) -> list[str]:
        """The handlings that nobody listed, which the receiver may accept."""
        return [stop["statement"] for stop in self.document["stops"] if not stop["taken_over"]]

    def look(self, drafted: Drafted, screen: Screen) -> dict[str, Any]:
        """Show what the passport says, and return it as plain values."""
        found = self.document
        goods, rate = found["goods"], found["per_unit"]
        sheet = Sheet("What the passport says", ("", ""))
        quantity = quantity_text(int(goods["quantity"]), goods["unit"])
        sheet.rows += [
            ("Goods", f"{goods['product']}: {quantity}"),
            ("From", f"{found['sender']['name']} ({short(found['sender']['id'])})"),
            ("Footprint", f"{rate['gross']} kg CO2e per {rate['unit']} gross, {rate['net']} net"),
            ("Primary share", found["primary_share"] or "none"),
            ("Behind it", f"{counted(found['tiers'], 'tier')}, {counted(found['gaps'], 'gap')}"),
            ("Checked here", _checked(self.report)),
        ]
        for stop in found["stops"]:
            added = kilograms_text(int(stop["added"]["gross_mg"]))
            word = "Handled by" if stop["taken_over"] else f"Claimed, {stop['statement'][:12]}"
            sheet.rows.append((word, f"{stop['party']['name']}: {added} kg"))
        body = drafted.statement.body
        if isinstance(body, ReceiptBody) and body.quantities is not None:
            for name, part in body.quantities.stated():
                carried = kilograms_text(Components.parse(part.liability).gross_mg())
                amount = quantity_text(int(part.quantity), goods["unit"])
                sheet.rows.append((f"Your answer, {name}", f"{amount} with {carried} kg CO2e"))
        elif isinstance(body, ReceiptBody):
            sheet.rows.append(("Your answer", f"{body.outcome}{f': {body.reason}' if body.reason else ''}"))
        screen.show(sheet)
        verdicts = None if self.report is None else [v["value"] for v in self.report.as_json()["verdicts"]]
        return {"passport": found, "checked": verdicts}


def _checked(report: Report | None) -> str:
    if report is None:
        return "not yet: it is under no checkpoint so far"
    values = [verdict.value for verdict in report.verdicts]
    return f"{values.count('good')} steps good, {values.count('unknown')} unknown, {values.count('bad')} bad"


def read_passport(company: Company, given: str) -> Arriving:
    """Return the passport of a shipment that is meant, checked on this machine from its bundle.

    Raises:
        AmbiguousNameError, UnknownNameError: which shipment.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
    """
    identifier = company.names.shipment(given)
    document = company.client.passport(identifier)
    try:
        bundle = company.client.bundle(identifier)
    except ServerRefusedError as error:
        if error.problem != "pending-passport":
            raise
        return Arriving(document, None)
    report = verify(bundle, trusted_log_key=company.log.verifier_key, gwp_tables=gwp_table)
    return Arriving(document, report, commitment(opened(bundle)) if report.ok else None)


def answer(arriving: Arriving, wanted: Answer) -> dict[str, Any]:
    """Return the receipt's body: accepted as its passport says, refused, lost, or shared among these.

    Raises:
        BadPassportError: it is to be accepted, but a step of its check is bad.
        RefusedClaimsError: it is refused, and yet claims or handlers are accepted.
        TypedQuantityError, TypedUnitError, TypedTooFineError: how much is accepted or lost.
        AmbiguousNameError, UnknownNameError: which claim.
    """
    identifier = str(arriving.document["id"])
    parts = _parts(arriving.document["goods"], wanted)
    outcome = OUTCOMES[next(iter(parts))]
    if outcome == "accepted":
        _check_good(identifier, arriving.report)
    elif wanted.claims or wanted.all_claims or wanted.handlers:
        raise RefusedClaimsError
    claims: Sequence[str] = arriving.claims
    if not wanted.all_claims:
        claims = [among("claim", one, arriving.claims) for one in wanted.claims]
    takes_over = {"shipment": identifier, **({"claims": list(claims)} if claims else {})}
    body: dict[str, Any] = {"takes_over": takes_over, "outcome": outcome}
    if len(parts) > 1 or sum(parts.values()) != int(arriving.document["goods"]["quantity"]):
        body["quantities"] = {name: str(quantity) for name, quantity in parts.items()}
    if arriving.disclosed is not None:
        body["disclosed"] = arriving.disclosed.model_dump()
    if wanted.handlers:
        body["handlers"] = list(wanted.handlers)
    if wanted.refuse is not None:
        body["reason"] = wanted.refuse
    return body


def _parts(goods: Mapping[str, Any], wanted: Answer) -> dict[str, int]:
    """Return how much is accepted, goes back and was lost, in the shipment's unit; parts of nothing left out.

    More than was shipped is left for the ledger to refuse, which names both numbers.
    """
    whole, unit = int(goods["quantity"]), str(goods["unit"])
    lost = 0 if wanted.lost is None else typed_quantity(wanted.lost, unit, whole)
    if wanted.accepted is not None:
        accepted = typed_quantity(wanted.accepted, unit, whole)
    else:
        accepted = max(whole - lost, 0) if wanted.refuse is None else 0
    parts = {"accepted": accepted, "returned": max(whole - lost - accepted, 0), "lost": lost}
    return {name: quantity for name, quantity in parts.items() if quantity}


def _check_good(identifier: str, report: Report | None) -> None:
    if report is not None and report.passport != identifier:
        raise BadPassportError(identifier, 1, f"its bundle is of passport {report.passport}")
    for verdict in report.verdicts if report else ():
        if verdict.value == "bad":
            raise BadPassportError(identifier, verdict.step, f"{verdict.name}: {verdict.detail}")
