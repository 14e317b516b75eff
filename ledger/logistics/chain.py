"""The transport chain behind a passport: who carried or kept the goods, how far, at which emissions.

One element a handling, the farthest tier first, then in the order of days. An element's tank-to-wheel
(TTW) are its lines of operation, its well-to-tank (WTT) those of energy provision; together with what it
took over with its inputs they are well-to-wheel (WTW). Its intensity is WTW over transport activity, for
hubs over the mass that went through (ISO 14083). What reaches the passport is its part of the figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from ledger.body import Occurred
from ledger.co_products import as_signed, handled_now
from ledger.components import NOTHING, Components
from ledger.lines import Line
from ledger.logistics.checks import work_kg_km
from ledger.logistics.flags import distance_flags, leg_flags
from ledger.logistics.forms import COOLING, Share
from ledger.signed import Statement
from ledger.statements import CorrectionBody, HandlingBody, Leg

TRIP: Final = "trip_overfull"
"""Flags handlings of one trip whose shares come to more than the trip's total, or disagree about it."""


@dataclass(frozen=True, slots=True)
class TransportElement:
    """One handling behind a passport; its own amounts are whole mg CO2e gross, before any sharing.

    `taken_mg` came with inputs that have passports of their own; `cooling_mg` is the part of TTW and WTT that
    is booked as a reefer's cooling, apart from carriage. `work` is in kg·km. All are as signed at first;
    `now_mg` is WTW after the `corrections` that are known here.
    """

    statement: str
    organization: str
    tier: int
    occurred: Occurred
    target: Literal["shipment", "lot"]
    leg: Leg | None
    share: Share | None
    work: Fraction | None
    ttw_mg: int
    wtt_mg: int
    taken_mg: int
    cooling_mg: int
    now_mg: int
    reaches: Components
    corrections: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def wtw_mg(self) -> int:
        """Well-to-wheel: operation, energy provision, and what was taken over."""
        return self.ttw_mg + self.wtt_mg + self.taken_mg

    def intensity(self) -> Fraction | None:
        """Return g CO2e per t·km, for a hub per t; None where the statement doesn't say enough."""
        if self.leg is None:
            return None
        if self.leg.mode == "hub":
            return Fraction(self.wtw_mg * 10**6, int(self.leg.mass_mg))
        return None if self.work is None else Fraction(self.wtw_mg) / self.work


def transport_chain(
    statements: Sequence[Statement], tiers: Mapping[str, int], reaching: Mapping[str, Components]
) -> tuple[TransportElement, ...]:
    """Return the elements behind a passport, in the order in which the goods went.

    `statements` are its closure in log order, `tiers` those that carbon comes from or through with their
    tier, `reaching` what of each one's own lines reaches the passport.
    """
    flags = leg_flags(statements)
    corrections: dict[str, list[tuple[str, CorrectionBody]]] = {}
    for statement in statements:
        if isinstance(statement.body, CorrectionBody):
            corrections.setdefault(statement.body.corrects, []).append((statement.digest, statement.body))
    elements = []
    for statement in statements:
        if isinstance(statement.body, HandlingBody) and statement.digest in tiers:
            changes = corrections.get(statement.digest, [])
            one = _element(statement, statement.body, tiers[statement.digest], flags)
            elements.append(_corrected(one, statement.body, changes, reaching))
    overfull = _overfull(elements)
    marked = [replace(one, flags=(*one.flags, TRIP)) if _trip(one) in overfull else one for one in elements]
    return tuple(sorted(marked, key=lambda one: (-one.tier, one.occurred.start, one.occurred.end)))


def _element(
    statement: Statement,
    body: HandlingBody,
    tier: int,
    flags: Mapping[tuple[str, int], tuple[str, ...]],
) -> TransportElement:
    """Return an element as it was signed at first."""
    leg = body.leg
    marks = [*(distance_flags(leg) if leg else ())]
    for number in range(len(body.lines)):
        marks += flags.get((statement.digest, number), ())
    return TransportElement(
        statement=statement.digest,
        organization=statement.issuer,
        tier=tier,
        occurred=body.occurred,
        target="shipment" if body.target.shipment else "lot",
        leg=leg,
        share=body.share,
        work=work_kg_km(leg) if leg else None,
        ttw_mg=_gross(line for line in body.lines if line.source.tags.stage == "operation"),
        wtt_mg=_gross(line for line in body.lines if line.source.tags.stage == "energy_provision"),
        taken_mg=sum(Components.parse(taken.liability).gross_mg() for taken in body.inputs),
        cooling_mg=_gross(line for line in body.lines if COOLING in line.source.tags.flags),
        now_mg=0,
        reaches=NOTHING,
        corrections=(),
        flags=tuple(dict.fromkeys(marks)),
    )


def _corrected(
    one: TransportElement,
    body: HandlingBody,
    changes: Sequence[tuple[str, CorrectionBody]],
    reaching: Mapping[str, Components],
) -> TransportElement:
    """Return an element with what became of it since, and what of it reaches the passport."""
    corrections = tuple(digest for digest, _ in changes)
    now = handled_now(body, [change for _, change in changes], as_signed)
    reaches = Components.total_of(reaching.get(digest, NOTHING) for digest in (one.statement, *corrections))
    return replace(one, now_mg=now.gross_mg(), corrections=corrections, reaches=reaches)


def _gross(lines: Iterable[Line]) -> int:
    return sum(Components.parse(line.amount.components).gross_mg() for line in lines)


def _trip(element: TransportElement) -> tuple[str, str] | None:
    """Return whose trip an element is of, None where it names none."""
    if element.share is None or element.share.trip is None:
        return None
    return element.organization, element.share.trip


def _overfull(elements: Iterable[TransportElement]) -> set[tuple[str, str]]:
    """Return the trips whose shares, as far as they are known here, are more than their total."""
    shares: dict[tuple[str, str], list[Share]] = {}
    for element in elements:
        trip = _trip(element)
        if trip is not None and element.share is not None:
            shares.setdefault(trip, []).append(element.share)
    return {
        trip
        for trip, found in shares.items()
        if len({(one.total, one.basis) for one in found}) > 1
        or sum(int(one.own) for one in found) > int(found[0].total)
    }
