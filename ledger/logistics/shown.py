"""The transport chain as it is shown: elements in order, with TTW, WTT, WTW, intensity and share."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from ledger.components import Components
from ledger.logistics.chain import TransportElement
from ledger.logistics.forms import HubUse, Share, Stay
from ledger.passport import Party, Period, party, period, place_text
from ledger.provenance import Provenance
from ledger.quantities import kilograms_text
from ledger.shown import PLACES, Figure, Shown, figure, share_text
from ledger.statements import Leg

PER_WORK: Final = "g/t·km"
PER_MASS: Final = "g/t"


class CategoryShown(Shown):
    """The transport or hub operation category."""

    id: str
    vehicle: str | None
    contract: str | None
    hub: str | None


class RunningShown(Shown):
    """How full and how often empty the vehicle ran, by the carrier's own figures."""

    over: str
    load_factor: str | None
    empty_share: str | None


class UseShown(Shown):
    """What a hub used for the goods: by which lines it is booked, how power is known, by which contract."""

    use: str
    lines: tuple[str, ...]
    reading: str | None
    seconds: str | None
    power_w: str | None
    certificate: str | None


class StayShown(Shown):
    """A stay at a hub: moves, seconds in the yard and spent waiting, what was used."""

    moves: str | None
    dwell_s: str | None
    waiting_s: str | None
    uses: tuple[UseShown, ...]


class LegShown(Shown):
    """A leg as it was signed."""

    key: str
    mode: str
    origin: str | None
    destination: str | None
    category: CategoryShown | None
    temperature: str | None
    mass_mg: str
    teu: str | None
    distance_m: str | None
    distance_basis: str | None
    actual_m: str | None
    running: RunningShown | None
    stay: StayShown | None


class VehicleShareShown(Shown):
    """The goods' part of a shared vehicle: own of total by a basis, and of which trip."""

    own: str
    total: str
    basis: str
    trip: str | None


class TransportElementShown(Shown):
    """One element: what was carried how far, its own emissions in mg, and the part that reaches the figure.

    Amounts are as signed at first; `now_mg` is WTW after the `corrections` in the passport's closure.
    `work_kg_km` is mass x distance and `intensity` WTW over it (for hubs over the mass), six places each;
    `share` is the part of the passport's gross as it was handed on.
    """

    statement: str
    party: Party
    tier: int
    occurred: Period
    target: str
    leg: LegShown | None
    vehicle_share: VehicleShareShown | None
    work_kg_km: str | None
    ttw_mg: str
    wtt_mg: str
    taken_mg: str
    wtw_mg: str
    cooling_mg: str
    now_mg: str
    intensity: str | None
    intensity_unit: str | None
    reaches: Figure
    share: str | None
    corrections: tuple[str, ...]
    flags: tuple[str, ...]


class TransportShown(Shown):
    """The transport chain behind a passport, in the order of the way, and what it brings into the figure."""

    elements: tuple[TransportElementShown, ...]
    reaches: Figure
    share: str | None


def transport_shown(found: Provenance) -> TransportShown:
    """Return a passport's transport chain as plain values."""
    total = Components.total_of(one.reaches for one in found.transport)
    return TransportShown(
        elements=tuple(_element(found, one) for one in found.transport),
        reaches=figure(total),
        share=share_text(found.share(total.gross_mg())),
    )


def _element(found: Provenance, one: TransportElement) -> TransportElementShown:
    intensity = one.intensity()
    hub = one.leg is not None and one.leg.mode == "hub"
    return TransportElementShown(
        statement=one.statement,
        party=party(found, one.organization),
        tier=one.tier,
        occurred=period(one.occurred),
        target=one.target,
        leg=None if one.leg is None else _leg(one.leg),
        vehicle_share=None if one.share is None else _vehicle(one.share),
        work_kg_km=None if one.work is None else _text(one.work),
        ttw_mg=str(one.ttw_mg),
        wtt_mg=str(one.wtt_mg),
        taken_mg=str(one.taken_mg),
        wtw_mg=str(one.wtw_mg),
        cooling_mg=str(one.cooling_mg),
        now_mg=str(one.now_mg),
        intensity=None if intensity is None else _text(intensity),
        intensity_unit=None if intensity is None else PER_MASS if hub else PER_WORK,
        reaches=figure(one.reaches),
        share=share_text(found.share(one.reaches.gross_mg())),
        corrections=one.corrections,
        flags=one.flags,
    )


def _leg(leg: Leg) -> LegShown:
    category, running = leg.category, leg.running
    return LegShown(
        key=leg.key,
        mode=leg.mode,
        origin=place_text(leg.origin),
        destination=place_text(leg.destination),
        category=None if category is None else CategoryShown(**category.model_dump()),
        temperature=leg.temperature,
        mass_mg=leg.mass_mg,
        teu=leg.teu,
        distance_m=leg.distance_m,
        distance_basis=leg.distance_basis,
        actual_m=leg.actual_m,
        running=None if running is None else RunningShown(**running.model_dump()),
        stay=None if leg.stay is None else _stay(leg.stay),
    )


def _stay(stay: Stay) -> StayShown:
    return StayShown(
        moves=stay.moves,
        dwell_s=stay.dwell_s,
        waiting_s=stay.waiting_s,
        uses=tuple(_use(use) for use in stay.uses),
    )


def _use(use: HubUse) -> UseShown:
    return UseShown(
        use=use.use,
        lines=use.lines,
        reading=use.reading,
        seconds=use.seconds,
        power_w=use.power_w,
        certificate=None if use.contract is None else use.contract.certificate,
    )


def _vehicle(share: Share) -> VehicleShareShown:
    return VehicleShareShown(own=share.own, total=share.total, basis=share.basis, trip=share.trip)


def _text(amount: Fraction) -> str:
    """Write an amount with six places, half to even."""
    return kilograms_text(round(amount * 10**PLACES), PLACES)
