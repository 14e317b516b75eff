"""What one row says of a company's books: where they begin, what others vouch for, what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.records.cells import At
from ledger.wire import Gwp


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """A lot that was there before the books began, and what its figure rests on.

    `document` is the SHA-256 of the file that shows it.
    """

    at: At
    opening: str
    day: str
    batch: str
    product: str
    quantity: Decimal
    unit: str
    gwp: Gwp
    evidence: str
    document: str | None = None
    primary_share: Decimal | None = None
    gtin: str | None = None
    unit_mass_g: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OpeningAmountRow:
    """What an opening lot carries of one kind of emission, in kg CO2e, and how that is known."""

    at: At
    batch: str
    channel: str
    known_by: str
    carried_kg: Decimal


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """A verifier's conclusion about statements of a company.

    `statements` are digests, or the company's own numbers where its register is at hand; delivery notes name
    its dispatches.
    """

    at: At
    opinion: str
    subject: str
    standard: str
    scope: str
    level: str
    conclusion: str
    valid_from: str
    valid_to: str
    day: str
    statements: tuple[str, ...] = ()
    delivery_notes: tuple[str, ...] = ()
    text: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """An opinion, or roles, that whoever gave them takes back from a day on."""

    at: At
    withdrawn: str
    subject: str
    valid_from: str
    day: str
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class ReestimateRow:
    """How much life or output an asset still has in it, estimated anew."""

    at: At
    batch: str
    quantity_left: Decimal
    unit: str
    day: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An adjustment is accepted or refused.

    `cause` is the correction or late handling, by digest or by its author's number; without a delivery note
    it is a handling's claim itself that is answered.
    """

    at: At
    cause: str
    outcome: str
    day: str
    delivery_note: str | None = None
    author: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StandingRow:
    """Adjustments that are accepted by themselves: from whom, up to how many kg CO2e each, how long."""

    at: At
    sender: str
    limit_kg: Decimal
    valid_from: str
    valid_to: str
    day: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SeasonRow:
    """A season of a crop that bears in alternate years: what it emitted, and what it gave.

    Both may be empty for the season that the production itself is.
    """

    at: At
    record: str
    year: str
    emissions_kg: Decimal | None = None
    mass_kg: Decimal | None = None


BookRow = (
    OpeningRow
    | OpeningAmountRow
    | OpinionRow
    | WithdrawalRow
    | ReestimateRow
    | AnswerRow
    | StandingRow
    | SeasonRow
)
