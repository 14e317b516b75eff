"""The journey of a shipment: suppliers behind the sender, sender, carriers and ports, consignee."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from api.ui import charts
from api.ui.charts import Frame, Stop
from api.ui.language import Writing
from ledger.passport import Passport
from ledger.provenance_document import ProvenanceDocument

NAMES_A_TIER: Final = 3


def stops(passport: Passport, graph: ProvenanceDocument, write: Writing) -> list[Stop]:
    """Return the stops in the order of the goods' way; what came in at each adds up to the figure.

    Tiers from the farthest to the second come first, one stop each; the sender stands for the rest of
    tier 1; each handling is a stop; one that was only claimed is muted and not part of the sum.
    """
    reaches = {node.statement: int(node.reaches.gross_mg) for node in graph.nodes}
    handled = {stop.statement: stop for stop in passport.stops if stop.taken_over}
    found = [_tier(graph, tier.tier, tier.reaches.gross_mg, write) for tier in reversed(graph.tiers[1:])]
    own = sum(
        mg
        for node in graph.nodes
        if node.tier == 1 and node.statement not in handled
        for mg in (reaches[node.statement],)
    )
    found.append(
        _stop("sender", passport.sender.name or passport.sender.id, write("journey.sender"), own, write)
    )
    for stop in passport.stops:
        mode = stop.mode or "other"
        ends = [place for place in (stop.origin, stop.destination) if place]
        way = " → ".join(dict.fromkeys(ends))
        note = write(f"mode.{mode}") + (f" · {way}" if way else "")
        name = stop.party.name or stop.party.id
        if stop.taken_over:
            found.append(_stop(mode, name, note, reaches.get(stop.statement, 0), write))
        else:
            value = write("journey.claimed")
            found.append(Stop(mode, name, note, value, muted=True))
    consignee = passport.consignee
    name = write("party.outside") if consignee is None else consignee.name or consignee.id
    note = f"{write('journey.consignee')} · {write(f'status.{passport.status}')}"
    total = f"= {write.amount(passport.footprint.gross_mg)}"
    found.append(Stop("consignee", name, note, total))
    return found


def drawing(found: list[Stop], write: Writing) -> Markup:
    """Draw the journey."""
    return charts.journey(Frame("journey", write("journey.title"), write("journey.desc")), found)


def _tier(graph: ProvenanceDocument, tier: int, gross_mg: str, write: Writing) -> Stop:
    names = dict.fromkeys(
        node.organization.name or node.organization.id for node in graph.nodes if node.tier == tier
    )
    listed = write.listed(list(names)[:NAMES_A_TIER]) + (" …" if len(names) > NAMES_A_TIER else "")
    return _stop("supplier", write("journey.tier", tier=tier), listed, int(gross_mg), write)


def _stop(icon: str, name: str, note: str, mg: int, write: Writing) -> Stop:
    return Stop(icon, name, note, f"+ {write.amount(mg)}")
