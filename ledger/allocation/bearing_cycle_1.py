"""bearing-cycle/1: a crop of alternate years may defer part of an off-year to the next on-year.

charge = min(balance, r x kg), r = sum of emissions / sum of kg over 3 seasons or more, this one the last;
balance = this season's own emissions + what was brought forward. What stays is deferred to the next season,
at most this season's own emissions; nothing is ever taken from a season to come. In a year that gives less
than a stated part of the average, that is abnormal loss and not deferred (DOMAIN, An orchard as an asset).

Weights, in mg CO2e gross: the crop's outputs have the charge, by mass; the output that is deferred, or lost,
has the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ledger.allocation.errors import (
    PolicyInputMissingError,
    PolicyInputNumberError,
    PolicyInputSumError,
    PolicySeasonError,
    PolicyUnitError,
)
from ledger.allocation.given import Made, Rule
from ledger.allocation.inputs import BearingCycle, PolicyInputs
from ledger.quantities import EXACT, largest_remainder

ID: Final = "bearing-cycle/1"
FIELD: Final = "policy/inputs/bearing_cycle"
MIN_SEASONS: Final = 3


@dataclass(frozen=True, slots=True)
class Season:
    """What a season emitted and what its crop is charged: actual beside smoothed, in mg CO2e gross and mg.

    `failed` says that it gave so little that the rest is lost and not deferred.
    """

    emissions_mg: int
    brought_forward_mg: int
    mass_mg: int
    charge_mg: int
    failed: bool

    @property
    def rest_mg(self) -> int:
        """What is deferred or lost."""
        return self.emissions_mg + self.brought_forward_mg - self.charge_mg

    def actual(self) -> Decimal:
        """Return this season's own emissions per mass, kg CO2e/kg."""
        return EXACT.divide(Decimal(self.emissions_mg), Decimal(self.mass_mg))

    def smoothed(self) -> Decimal:
        """Return what the crop is charged per mass, kg CO2e/kg."""
        return EXACT.divide(Decimal(self.charge_mg), Decimal(self.mass_mg))


def weights(made: Sequence[Made], inputs: PolicyInputs) -> dict[int, int]:
    """Return the charge over the crop's outputs, and the rest to the output that is deferred or lost.

    Raises:
        PolicyInputMissingError: fewer than 3 seasons, or no output for what stays.
        PolicyInputNumberError: the output for what stays isn't there.
        PolicyUnitError: an output of the crop is not counted in mg.
        PolicySeasonError: the last season's mass is not the crop's.
        PolicyInputSumError: the seasons gave nothing, or there is nothing to share.
    """
    cycle = _given(inputs)
    apart = _apart(made, cycle)
    crop = [one for one in made if one.number not in apart]
    for one in crop:
        if one.unit != "mg":
            raise PolicyUnitError(ID, one.number, one.unit, "mass in mg")
    mass = sum(one.quantity for one in crop)
    if mass != int(cycle.seasons[-1].mass_mg):
        last = len(cycle.seasons) - 1
        raise PolicySeasonError(ID, f"{FIELD}/seasons/{last}/mass_mg", int(cycle.seasons[-1].mass_mg), mass)
    found = season(cycle)
    if found.charge_mg + found.rest_mg == 0:
        raise PolicyInputSumError(ID, f"{FIELD}/seasons", len(made), 0)
    charged = largest_remainder(found.charge_mg, [one.quantity for one in crop])
    rest = cycle.lost if found.failed else cycle.deferred
    if rest is None and found.rest_mg:
        raise PolicyInputMissingError(ID, f"{FIELD}/lost", 1, 0, "the output that is lost in a crop failure")
    by = dict.fromkeys(sorted(apart), 0)
    by.update({one.number: share for one, share in zip(crop, charged, strict=True)})
    return by if rest is None else {**by, int(rest): found.rest_mg}


def season(cycle: BearingCycle) -> Season:
    """Return what this season emitted, what its crop is charged, and whether the crop failed.

    Raises:
        PolicyInputSumError: the seasons gave nothing to measure by.
    """
    emitted = [int(one.emissions_mg) for one in cycle.seasons]
    masses = [int(one.mass_mg) for one in cycle.seasons]
    if sum(masses[:-1]) == 0 or masses[-1] == 0:
        raise PolicyInputSumError(ID, f"{FIELD}/seasons", len(masses), 0)
    brought = int(cycle.brought_forward.mg)
    balance = emitted[-1] + brought
    charge = min(balance, sum(emitted) * masses[-1] // sum(masses))
    charge = max(charge, balance - emitted[-1])  # what stays is at most one season's emissions
    return Season(emitted[-1], brought, masses[-1], charge, failed=_failed(cycle, masses))


def own_and_brought(inputs: PolicyInputs) -> tuple[int, int, frozenset[int]]:
    """Return this season's emissions and what was brought forward, in mg, and by which taken inputs."""
    cycle = _given(inputs)
    brought = frozenset(int(number) for number in cycle.brought_forward.inputs)
    return int(cycle.seasons[-1].emissions_mg), int(cycle.brought_forward.mg), brought


def _failed(cycle: BearingCycle, masses: Sequence[int]) -> bool:
    """Say whether this season gave less than the stated part of what the seasons before gave on average."""
    average = EXACT.divide(Decimal(sum(masses[:-1])), Decimal(len(masses) - 1))
    return Decimal(masses[-1]) < EXACT.multiply(average, Decimal(cycle.failed_below))


def _apart(made: Sequence[Made], cycle: BearingCycle) -> set[int]:
    """Return the outputs that are no crop: what is deferred, and what is lost."""
    known = {one.number for one in made}
    apart = {int(number) for number in (cycle.deferred, cycle.lost) if number is not None}
    for number in sorted(apart - known):
        raise PolicyInputNumberError(ID, FIELD, number, f"output 0 to {len(made) - 1}")
    if cycle.deferred == cycle.lost:
        raise PolicyInputNumberError(ID, f"{FIELD}/lost", int(cycle.deferred), "another one that is lost")
    return apart


def _given(inputs: PolicyInputs) -> BearingCycle:
    cycle = inputs.bearing_cycle
    if cycle is None:
        raise PolicyInputMissingError(ID, FIELD, 1, 0, "the seasons")
    if len(cycle.seasons) < MIN_SEASONS:
        raise PolicyInputMissingError(
            ID, f"{FIELD}/seasons", MIN_SEASONS, len(cycle.seasons), f"season {len(cycle.seasons)}"
        )
    return cycle


RULE: Final = Rule(ID, lambda _: frozenset({"bearing_cycle"}), weights)
