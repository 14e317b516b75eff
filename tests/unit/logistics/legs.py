"""Lines, legs and handlings of carriers and ports, for the tests beside."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from ledger.errors import LedgerError
from ledger.factor import amount_mg, factor_digest
from ledger.factors.library import FactorLibrary
from ledger.signed import Statement
from tests.builders import FACTOR, Line, kg
from tests.unit.refusals import as_stated, refused
from tests.unit.trade import Trade

Plain = dict[str, Any]


def line(
    activity: str,
    quantity: str,
    unit: str,
    mg: int,
    *,
    stage: str = "operation",
    evidence: str = "calculated",
    factor: str | None = FACTOR,
    flags: Sequence[str] = (),
    method: str | None = None,
) -> Line:
    """Return a line of transport; an average (`secondary`) is a gap."""
    amount: Line = {"components": {f"fossil.{evidence}": str(mg)}, "gwp": "AR5"}
    if evidence == "secondary":
        amount["gap"] = {"key": secrets.token_hex(8), "reason": "no_passport", "factor": factor}
    tags: Line = {"scope": "3" if evidence == "secondary" else "1", "stage": stage}
    if flags:
        tags["flags"] = list(flags)
    if method:
        tags["method"] = method
    source: Line = {"activity": activity, "quantity": quantity, "unit": unit, "tags": tags}
    return {"amount": amount, "source": source if factor is None else {**source, "factor": factor}}


def of_table(factor_id: str, activity: str, quantity: str, unit: str) -> Line:
    """Return a line by a shipped factor."""
    factor = FactorLibrary.shipped().get(factor_id)
    mg = amount_mg(quantity, unit, factor)
    return line(
        activity,
        quantity,
        unit,
        mg,
        stage=factor.stage,
        evidence=factor.evidence,
        factor=factor_digest(factor),
    )


def fuel(litres: str, burnt_mg: int, made_mg: int) -> tuple[Line, Line]:
    """Return diesel burnt and its way from well to tank."""
    burnt = line("diesel_burnt", litres, "L", burnt_mg)
    return burnt, line("diesel_burnt", litres, "L", made_mg, stage="energy_provision", evidence="secondary")


def power(kwh: str, mg: int, method: str | None = "location") -> Line:
    """Return power that was used."""
    return line(
        "grid_electricity",
        kwh,
        "kWh",
        mg,
        stage="energy_provision",
        evidence="secondary",
        method=method,
    )


def leg(mode: str = "road", mass: int = kg(3000), **more: Any) -> Plain:
    """Return a leg with what else it says."""
    return {"key": more.pop("key", "leg"), "mode": mode, "mass_mg": str(mass), **more}


def journey(metres: int, basis: str = "shortest_feasible", **more: Any) -> Plain:
    """Return a leg by road over a distance."""
    return leg(distance_m=str(metres), distance_basis=basis, **more)


def handled(
    trade: Trade,
    lines: Sequence[Line],
    leg: Plain | None,
    *,
    shipment: str | None = None,
    share: Mapping[str, Any] | None = None,
) -> Statement:
    """Sign a handling of the carrier without posting it."""
    body: Plain = {
        "target": {"shipment": shipment or trade.send(trade.carrier, quantity=kg(50))},
        "lines": list(lines),
    }
    if leg is not None:
        body["leg"] = leg
    if share is not None:
        body["share"] = share
    return as_stated(trade.world, trade.carrier, "handling/1", body)


def told(error: type[LedgerError], trade: Trade, statement: Statement) -> Any:
    """Return the refusal that a statement meets."""
    return refused(trade.world, statement, error)
