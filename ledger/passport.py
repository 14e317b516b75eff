"""The passport of a shipment as it is shown: goods, figure, how it is known, and what was checked.

The figure is what the dispatch handed on plus the handlings that were taken over; what somebody claims
to have added without being listed stands apart (PROTOCOL, Booking: handling).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Literal

from ledger.adjustments_shown import Adjusted, adjusted, version
from ledger.body import Occurred
from ledger.components import ESTIMATED, Components
from ledger.evidence_shown import OpinionShown, opinions_shown
from ledger.identity import Organization
from ledger.lots import Handled, Shipment, ShipmentStatus
from ledger.memos import MemoShown, memos_shown
from ledger.offers import Offer
from ledger.provenance import PRIMARY_SHARE_RULE, Provenance
from ledger.removals_behind import RemovalShown, removals_shown
from ledger.revoked import Distrusted
from ledger.revoked_shown import DistrustedShown, distrusted_shown
from ledger.shipment_parts import PartName
from ledger.shown import Figure, Pact, PerUnit, Share, Shown, figure, pact, per_unit, share_text
from ledger.statements import Goods, Leg, Place
from ledger.uncertainty_shown import (
    DataQualityShown,
    UncertaintyShown,
    data_quality_shown,
    uncertainty_shown,
)

OUTSIDE: Final = "outside"


class Party(Shown):
    """An organization as it registered itself, with the roles that an accreditor attests."""

    id: str
    name: str
    accredited_roles: tuple[str, ...]


class PassportGoods(Shown):
    """What can be compared with the goods themselves; `quantity` in `unit`, `quantity_kg` where known."""

    product: str
    quantity: str
    unit: str
    gtin: str | None
    batch: str | None
    sscc: str | None
    container: str | None


class Period(Shown):
    """From and to as civil dates, both included, in an IANA zone."""

    first: str
    last: str
    zone: str


class Stop(Shown):
    """A handling on the way: by whom, how, from where to where, what it added."""

    statement: str
    party: Party
    mode: str | None
    leg: str | None
    mass_mg: str | None
    distance_m: str | None
    origin: str | None
    destination: str | None
    added: Figure
    taken_over: bool


class VerdictShown(Shown):
    """One step of the verifier: good, bad or unknown, a fixed reason, and a sentence in plain words."""

    step: int
    name: str
    value: Literal["good", "bad", "unknown"]
    reason: str
    detail: str


class AnswerShown(Shown):
    """What the verifier answers to one of a reader's questions, for which size of the log, at what time."""

    question: str
    value: Literal["good", "bad", "unknown"]
    reason: str
    as_of: int | None
    at: str | None


class AnchorShown(Shown):
    """The checkpoint on a chain: where it can be read again; `local` when only this machine runs it."""

    chain_id: str
    contract: str
    transaction: str
    block: str
    size: str
    local: bool


class ArrivedShown(Shown):
    """How much of an answered shipment was accepted, returned or lost, in its unit; who bears a loss."""

    part: PartName
    quantity: str
    bearer: Party | None


LEFT_OUT_STEP = 9
"""Whether something else was left out can't be known from a bundle."""


class Checks(Shown):
    """What the verifier says of a passport as of a checkpoint (its size); pending while not anchored."""

    verdicts: tuple[VerdictShown, ...] = ()
    answers: tuple[AnswerShown, ...] = ()
    as_of: int | None = None
    origin: str = ""
    anchor: AnchorShown | None = None

    @property
    def value(self) -> Literal["good", "open", "bad", "unknown"]:
        """The whole in a word.

        Bad where a step is bad, good where all that a bundle can show is good, open where something of
        that is unknown (step 9 always is), unknown where nothing was checked.
        """
        values = {verdict.value for verdict in self.verdicts}
        if "bad" in values:
            return "bad"
        if "good" not in values:
            return "unknown"
        asked = {verdict.value for verdict in self.verdicts if verdict.step != LEFT_OUT_STEP}
        return "open" if "unknown" in asked else "good"

    @property
    def pending(self) -> bool:
        """Whether no anchor covers everything behind the passport yet."""
        waiting = {"not-anchored", "partly-anchored"}
        return self.anchor is None or any(verdict.reason in waiting for verdict in self.verdicts)


class Passport(Shown):
    """The passport of a shipment. Amounts are decimal strings, shares are parts of the gross figure."""

    id: str
    version: str
    status: ShipmentStatus
    arrived: tuple[ArrivedShown, ...]
    goods: PassportGoods
    sender: Party
    consignee: Party | None
    dispatched: Period
    origin: str | None
    destination: str | None
    footprint: Figure
    per_unit: PerUnit
    adjusted: Adjusted | None
    removals: tuple[RemovalShown, ...]
    removal_reversed: bool
    pact: Pact
    at_dispatch: Figure
    added: Figure
    claimed: Figure
    added_share: str | None
    added_is_flagged: bool
    memos: tuple[MemoShown, ...]
    primary_share: str | None
    primary_share_rule: str
    uncertainty: UncertaintyShown
    data_quality: DataQualityShown
    estimated_share: str | None
    opening_share: str | None
    markup_mg: str
    flagged_share: str | None
    flags: tuple[Share, ...]
    gwp: tuple[Share, ...]
    restatable_share: str | None
    tiers: int
    gaps: int
    stops: tuple[Stop, ...]
    answered_by: str | None
    distrusted: tuple[DistrustedShown, ...]
    opinions: tuple[OpinionShown, ...]
    checks: Checks


def passport(  # noqa: PLR0913 - what is shown beside the books, each by name
    shipment: Shipment,
    found: Provenance,
    checks: Checks | None = None,
    *,
    organization: Callable[[str], Organization | None] | None = None,
    offers: Sequence[Offer] = (),
    distrusted: Sequence[Distrusted] = (),
) -> Passport:
    """Return the passport of a shipment from the books, its provenance, and what was checked of it.

    The figure is what was handed on; `offers` are the adjustments of it. `distrusted`
    are the statements behind it by keys that are not trusted since. `organization` names those that the
    closure doesn't know: who claims a handling that nobody listed.
    """
    strangers = {claim.handler for claim in shipment.claimed} - found.names.keys()
    known = [organization(stranger) for stranger in strangers] if organization else []
    found = replace(found, names={**found.names, **{one.id: one.name for one in known if one}})
    dispatch = next(node for node in found.nodes if node.statement == shipment.id)
    total, quantity = found.total, shipment.quantity
    added, claimed = shipment.added(), Components.total_of(claim.components for claim in shipment.claimed)
    places = found.places
    return Passport(
        id=shipment.id,
        version=version(offers),
        status=shipment.status,
        arrived=_arrived(shipment, found),
        goods=_goods(found.goods),
        sender=party(found, shipment.sender),
        consignee=None if shipment.consignee == OUTSIDE else party(found, shipment.consignee),
        dispatched=period(dispatch.occurred),
        origin=place_text(places.origin if places else None),
        destination=place_text(places.destination if places else None),
        footprint=figure(total),
        per_unit=per_unit(total, quantity, shipment.unit),
        adjusted=adjusted(total, offers, quantity, shipment.unit),
        removals=removals_shown(found.origins, found.standings, found.names),
        removal_reversed=any(stands.reversals for stands in found.standings.values()),
        pact=pact(total, quantity, shipment.unit),
        at_dispatch=figure(shipment.dispatched),
        added=figure(added),
        claimed=figure(claimed),
        added_share=share_text(found.share(added.gross_mg())),
        added_is_flagged=shipment.beyond_a_fifth(),
        memos=memos_shown(found.memos(), quantity, shipment.unit),
        primary_share=share_text(found.primary_share()),
        primary_share_rule=PRIMARY_SHARE_RULE,
        uncertainty=uncertainty_shown(found.uncertainty, quantity, shipment.unit),
        data_quality=data_quality_shown(found.data_quality),
        estimated_share=share_text(found.share(total.evidence_mg(*ESTIMATED))),
        opening_share=share_text(found.share(sum(one.reaches.gross_mg() for one in found.openings))),
        markup_mg=str(total.markup_mg()),
        flagged_share=share_text(found.share(found.flagged_mg())),
        flags=shares(found, found.by_flag()),
        gwp=shares(found, found.by_gwp()),
        restatable_share=share_text(found.share(found.restatable_mg)),
        tiers=found.tiers,
        gaps=len(found.gaps),
        stops=_stops(shipment, found),
        answered_by=shipment.answered_by or None,
        distrusted=distrusted_shown(distrusted, found.names),
        opinions=opinions_shown(found.opinions, found.names),
        checks=checks or Checks(),
    )


def shares(found: Provenance, parts: dict[str, int]) -> tuple[Share, ...]:
    """Return named parts of the gross figure with their shares."""
    return tuple(
        Share(name=name, gross_mg=str(mg), share=share_text(found.share(mg))) for name, mg in parts.items()
    )


def party(found: Provenance, organization: str) -> Party:
    """Return an organization as the closure shows it."""
    return Party(
        id=organization,
        name=found.names.get(organization, ""),
        accredited_roles=found.accredited.get(organization, ()),
    )


def period(occurred: Occurred) -> Period:
    """Return when something occurred."""
    return Period(first=occurred.start, last=occurred.end, zone=occurred.zone)


def place_text(place: Place | None) -> str | None:
    """Return a place's name, with its UN/LOCODE where there is one."""
    if place is None:
        return None
    return f"{place.name} ({place.locode})" if place.locode else place.name


def _arrived(shipment: Shipment, found: Provenance) -> tuple[ArrivedShown, ...]:
    return tuple(
        ArrivedShown(
            part=part.name,
            quantity=str(part.end - part.start),
            bearer=party(found, part.account.organization) if part.name == "lost" else None,
        )
        for part in shipment.parts()
    )


def _goods(goods: Goods) -> PassportGoods:
    return PassportGoods(**goods.model_dump())


def _stops(shipment: Shipment, found: Provenance) -> tuple[Stop, ...]:
    legs = {node.statement: node.leg for node in found.nodes}
    taken = _each(shipment.handlings, found, legs, taken_over=True)
    return (*taken, *_each(shipment.claimed, found, legs, taken_over=False))


def _each(
    handlings: Sequence[Handled], found: Provenance, legs: dict[str, Leg | None], *, taken_over: bool
) -> tuple[Stop, ...]:
    stops = []
    for handled in handlings:
        leg = legs.get(handled.statement)
        stops.append(
            Stop(
                statement=handled.statement,
                party=party(found, handled.handler),
                mode=leg.mode if leg else None,
                leg=handled.leg or None,
                mass_mg=leg.mass_mg if leg else None,
                distance_m=leg.distance_m if leg else None,
                origin=place_text(leg.origin if leg else None),
                destination=place_text(leg.destination if leg else None),
                added=figure(handled.components),
                taken_over=taken_over,
            )
        )
    return tuple(stops)
