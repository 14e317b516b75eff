"""What the passport page shows of the transport chain: legs and stays in order, with their emissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from api.ui.language import Writing
from ledger.logistics.shown import PER_MASS, LegShown, TransportElementShown
from ledger.passport import Passport
from ledger.provenance_document import ProvenanceDocument


@dataclass(frozen=True, slots=True)
class TransportRow:
    """One leg or stay: who, which, how; amounts in words; `muted` where it was only claimed."""

    leg: str
    who: str
    how: str
    cells: tuple[str, ...]
    flags: tuple[str, ...] = ()
    muted: bool = False


def transport_rows(passport: Passport, graph: ProvenanceDocument, write: Writing) -> list[TransportRow]:
    """Return the chain's legs in the order of the way, then what is claimed and not taken over.

    Cells are TTW, WTT, WTW in kg as signed, the intensity, and the share of this passport.
    """
    rows = [_row(element, write) for element in graph.transport.elements]
    for stop in passport.stops:
        if not stop.taken_over:
            claimed = ("", "", write.kilograms(stop.added.gross_mg), "", write("transport.claimed"))
            name = stop.party.name or stop.party.id
            rows.append(TransportRow(stop.leg or write("mode.other"), name, "", claimed, muted=True))
    return rows


def _row(element: TransportElementShown, write: Writing) -> TransportRow:
    leg = element.leg
    how = [*(_how(leg, write) if leg else ()), *_work(element, write), *_within(element, write)]
    return TransportRow(
        leg=leg.key if leg else write("mode.other"),
        who=element.party.name or element.party.id,
        how=" · ".join([*how, write(f"transport.target.{element.target}")]),
        cells=(
            write.kilograms(element.ttw_mg),
            write.kilograms(element.wtt_mg),
            write.kilograms(element.wtw_mg),
            _intensity(element, write),
            write.percent(element.share),
        ),
        flags=tuple(write.named("flag", flag) for flag in element.flags),
    )


def _how(leg: LegShown, write: Writing) -> Iterator[str]:
    """Say how: mode, category, distance by its basis, driven kilometres, load, cold, stay."""
    yield write(f"mode.{leg.mode}")
    if leg.category is not None:
        yield leg.category.id
    if leg.distance_m is not None:
        kilometres = write.exact(Decimal(leg.distance_m).scaleb(-3))
        yield write("transport.distance", km=kilometres, basis=write(f"transport.basis.{leg.distance_basis}"))
    if leg.actual_m is not None:
        yield write("transport.actual", km=write.exact(Decimal(leg.actual_m).scaleb(-3)))
    if leg.running is not None and leg.running.load_factor is not None:
        yield write("transport.load_factor", share=write.percent(leg.running.load_factor))
    if leg.running is not None and leg.running.empty_share is not None:
        yield write("transport.empty_share", share=write.percent(leg.running.empty_share))
    if leg.temperature is not None:
        yield write(f"transport.{leg.temperature}")
    if leg.teu is not None:
        yield f"{leg.teu} TEU"
    if leg.stay is not None and leg.stay.moves is not None:
        yield write("transport.moves", count=leg.stay.moves)
    if leg.stay is not None and leg.stay.waiting_s is not None:
        yield write("transport.waiting", hours=write.significant(_hours(leg.stay.waiting_s)))


def _work(element: TransportElementShown, write: Writing) -> list[str]:
    if element.work_kg_km is None:
        return []
    work = write.significant(format(Decimal(element.work_kg_km).scaleb(-3).normalize(), "f"))
    return [write("transport.work", work=work)]


def _within(element: TransportElementShown, write: Writing) -> Iterator[str]:
    """Name the parts of WTW that are cooling or came with a passport of their own, and what corrects it."""
    for part, mg in (("cooling", element.cooling_mg), ("taken", element.taken_mg)):
        if mg != "0":
            yield write(f"transport.{part}", amount=write.amount(mg))
    if element.corrections:
        yield write("transport.corrected", amount=write.amount(element.now_mg))


def _intensity(element: TransportElementShown, write: Writing) -> str:
    """Write the intensity; of hubs in kg a tonne, which is how they are spoken of."""
    if element.intensity is None:
        return ""
    if element.intensity_unit == PER_MASS:
        return f"{write.rate(format(Decimal(element.intensity).scaleb(-3), 'f'))} kg/t"
    return f"{write.rate(element.intensity)} {element.intensity_unit}"


def _hours(seconds: str) -> str:
    return format(Decimal(seconds) / 3600, "f")
