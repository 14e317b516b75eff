"""Lines as the example scenario's companies state them: a fuel burnt, power by meter, a purchase by price.

How many there are of each, and which parts they have, follows the example in `scripts/scenarios/lychee`: the
median of its productions has 9 lines, 7 of them gaps, and of its handlings 2 lines.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any, Final

from ledger.components import Components
from ledger.factor import Factor, amount_mg, factor_digest, gas_masses_ug
from ledger.factors.library import FactorLibrary

GWP: Final = "AR5"
DIESEL: Final = "desnz-2024.fuel.diesel-100-mineral-diesel.l"
DIESEL_MADE: Final = "desnz-2025.fuel.diesel-100-mineral-diesel.l.wtt"
GRID: Final = "china-grid.cn-gd.2023"
CARTONS: Final = "epa-supply-chain.322211.with-margins"
ICE: Final = "epa-supply-chain.322212.with-margins"
METERS: Final = ("Cold rooms", "Sorting and packing line", "Blast freezer", "Offices and yard lights")
AMOUNTS: Final = range(300, 500)
BURNT: Final = {"scope": "1", "stage": "operation"}
SUPPLIED: Final = {"scope": "3", "category": "3", "stage": "energy_provision"}
POWER: Final = {"scope": "2", "stage": "energy_provision", "method": "location"}
BOUGHT: Final = {"scope": "3", "category": "1", "stage": "operation"}
SCORES: Final = {
    side: {
        "flow": "energy_materials",
        "reliability": "2",
        "completeness": completeness,
        "temporal": "1",
        "geographical": "1",
        "technological": "2",
    }
    for side, completeness in (("activity", "1"), ("fit", "2"))
}

Line = dict[str, Any]


def production_lines(key: str, drawn: random.Random) -> list[Line]:
    """Return 9 lines: diesel and its supply, four meters, a generator, two purchases by price."""
    diesel, generator, *metered, cartons, ice = (drawn.choice(AMOUNTS) for _ in range(8))
    return [
        fuel_burnt(diesel, "Forklifts and yard"),
        _gap(DIESEL_MADE, diesel, "L", f"{key}/wtt", "diesel_burnt", SUPPLIED, "Forklifts: well to tank"),
        *(
            _gap(GRID, used, "kWh", f"{key}/E{n}", "grid_electricity", POWER, METERS[n])
            for n, used in enumerate(metered)
        ),
        fuel_burnt(generator, "Generator at harvest"),
        _purchase(CARTONS, cartons, f"{key}/cartons", "Cartons, five layers"),
        _purchase(ICE, ice, f"{key}/trays", "Trays"),
    ]


def carriage_lines(key: str, drawn: random.Random) -> list[Line]:
    """Return the 2 lines of a lorry's trip: its diesel, and that diesel's supply."""
    used = drawn.choice(AMOUNTS)
    return [
        fuel_burnt(used, "Reefer lorry and its cooling unit"),
        _gap(DIESEL_MADE, used, "L", f"{key}/wtt", "diesel_burnt", SUPPLIED, "Reefer lorry: well to tank"),
    ]


def fuel_burnt(litres: int, text: str) -> Line:
    """Return the line of a company's own diesel."""
    return _line(DIESEL, litres, "L", "diesel_burnt", BURNT, text)


def sum_of(amounts: list[dict[str, Any]]) -> Components:
    """Return the components of some lines' amounts, added up."""
    return Components.total_of(Components.parse(amount["components"]) for amount in amounts)


def _purchase(factor: str, price: int, key: str, text: str) -> Line:
    line = _gap(factor, price, "USD", key, "purchase", BOUGHT, text)
    line["amount"]["components"] = {"fossil.spend": line["amount"]["components"].popitem()[1]}
    line["price"] = {
        "minor_units": str(price * 100),
        "currency": "USD",
        "year": "2022",
        "price_type": "purchaser",
        "vat_percent": "13",
    }
    return line


def _gap(  # noqa: PLR0913, PLR0917 - a line has these fields
    factor: str, quantity: int, unit: str, key: str, activity: str, tags: dict[str, str], text: str
) -> Line:
    line = _line(factor, quantity, unit, activity, tags, text)
    gap = {"key": key, "reason": "no_passport", "factor": line["source"]["factor"]}
    line["amount"]["gap"] = gap
    return line


def _line(  # noqa: PLR0913, PLR0917 - a line has these fields
    factor: str, quantity: int, unit: str, activity: str, tags: dict[str, str], text: str
) -> Line:
    digest, component, mg, gases = _amount(factor, quantity, unit)
    masses = {"gases_ug": dict(gases)} if gases else {}
    return {
        "amount": {"components": {component: mg}, "gwp": GWP},
        "source": {
            "activity": activity,
            "quantity": str(quantity),
            "unit": unit,
            "factor": digest,
            "tags": {**tags, **masses},
            "text": text,
        },
        "quality": SCORES,
    }


@cache
def _factor(identifier: str) -> tuple[Factor, str]:
    factor = FactorLibrary.shipped().get(identifier)
    return factor, factor_digest(factor)


@cache
def _amount(identifier: str, quantity: int, unit: str) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    factor, digest = _factor(identifier)
    component = f"{factor.channel}.{factor.evidence}"
    masses = gas_masses_ug(str(quantity), unit, factor) if factor.basis == "gases" else {}
    gases = tuple((gas, str(mass)) for gas, mass in masses.items() if mass)
    return digest, component, str(amount_mg(str(quantity), unit, factor)), gases
