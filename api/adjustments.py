"""Adjustments that wait for a company's answer: corrections and late handlings of goods that it took over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from api.company import Company
from api.short_names import MIN_PREFIX, Names, only
from api.stating import Drafted
from api.tables import Screen, Sheet, short
from ledger.acceptances import AcceptanceBody
from ledger.components import EMISSION_CHANNELS, Components
from ledger.errors import LedgerError
from ledger.quantities import kilograms_text

Plain = Mapping[str, Any]


@dataclass(eq=False)
class AcceptChoiceError(LedgerError):
    """It isn't said what is to be accepted, or two things are said at once."""

    sentence: ClassVar[str] = (
        "Say one of: passport accept OFFER, passport accept --list, or passport accept --standing FROM "
        "--limit '5 kg' --until DATE."
    )


def adjustments(company: Company, *, waiting: bool) -> list[Plain]:
    """Return the adjustments that are offered to a company; only those that wait for its answer, or all.

    Raises:
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
    """
    path = f"adjustments?party={company.organization}" + ("&open=true" if waiting else "")
    found = company.client.pages(path, "adjustments")
    return [one for one in found if one["to"] == company.organization]


def show_adjustments(offers: Iterable[Plain], names: Names, screen: Screen) -> None:
    """Print adjustments that wait for an answer, with the next step."""
    sheet = Sheet("Adjustments that wait for you", ("Offer", "From", "Goods", ">kg CO2e gross", ""))
    for one in offers:
        late = "late" if one["late"] else ""
        kilograms = signed_kilograms(_gross_mg(one["open"]))
        sheet.rows.append((_shown(one), names.called(one["from"]), short(one["on"]), kilograms, late))
    if not sheet.rows:
        screen.say("No adjustment waits for your answer.")
        return
    screen.show(sheet)
    screen.say("Take it over: passport accept OFFER; or send it back: passport accept OFFER --refuse REASON")


def _shown(offer: Plain) -> str:
    return f"{short(offer['cause'])}.{short(offer['target'])}"


def signed_kilograms(mg: int) -> str:
    """Write a difference in kg with its sign."""
    return f"{'+' if mg > 0 else ''}{kilograms_text(mg)}"


def _gross_mg(difference: Mapping[str, str]) -> int:
    """Return the gross of a difference whose amounts may have a minus sign, in mg."""
    return sum(int(mg) for name, mg in difference.items() if name.partition(".")[0] in EMISSION_CHANNELS)


@dataclass(frozen=True, slots=True)
class Answering:
    """The adjustment or claim that is answered: what caused it, and the hand-over that carries it."""

    cause: str
    target: str

    def body(self, refuse: str | None) -> dict[str, Any]:
        """Return the answer's part of the body; what is open is filled in from the books."""
        outcome = "accepted" if refuse is None else "refused"
        reason = {} if refuse is None else {"reason": refuse}
        return {"answer": {"cause": self.cause, "target": self.target, "outcome": outcome}, **reason}


def meant_adjustment(company: Company, given: str) -> Answering:
    """Return the adjustment that is meant by the beginning of its id, of its shipment or of a claim.

    Raises:
        AmbiguousNameError, UnknownNameError: several, or none.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
    """
    offers = {str(one["id"]): one for one in adjustments(company, waiting=True)}
    claims = {str(claim) for lot in company.names.lots() for claim in lot["claimed"]}
    claims |= {
        str(claim)
        for one in company.client.pages(f"passports?party={company.organization}", "passports")
        if one["consignee"] == company.organization
        for claim in one["claims"]
    }
    found = {name: _shown(one) for name, one in offers.items() if _means(given, one)}
    if len(given) >= MIN_PREFIX:
        found |= {f"{one}.{one}": f"claim {one[:20]}" for one in claims if one.startswith(given)}
    name = only("adjustment", given, found, "passport accept --list shows those that wait for you.")
    cause, _, target = name.partition(".")
    return Answering(cause, target)


def _means(given: str, offer: Plain) -> bool:
    """Say whether an offer is meant: by the beginnings of cause and target, of either, or of its goods."""
    cause, point, target = given.partition(".")
    if point:
        return bool(offer["cause"].startswith(cause) and offer["target"].startswith(target))
    ids = (offer["cause"], offer["target"], offer["on"])
    return len(given) >= MIN_PREFIX and any(one.startswith(given) for one in ids)


def look_at_answer(drafted: Drafted, screen: Screen) -> dict[str, Any]:
    """Show what is answered: by component, what is added and what is taken away."""
    body = drafted.statement.body
    if not isinstance(body, AcceptanceBody) or body.answer is None:
        return {}
    answer = body.answer
    up, down = Components.parse(answer.increase), Components.parse(answer.decrease)
    title = f"You answer: {answer.outcome}, in kg CO2e"
    sheet = Sheet(title, ("Component", ">Change"))
    sheet.rows += [(name, f"+{kilograms_text(int(mg))}") for name, mg in up.wire().items()]
    sheet.rows += [(name, f"-{kilograms_text(int(mg))}") for name, mg in down.wire().items()]
    gross = up.gross_mg() - down.gross_mg()
    sheet.rows.append(("gross", signed_kilograms(gross)))
    screen.show(sheet)
    return {"answer": answer.model_dump(), "gross_mg": str(gross)}
