"""Removals: carbon that was taken out of the air and is kept, and what a line must say of it.

A removal can go back. So its line names where the carbon is kept, how that is watched, for how long it is
expected to stay, which share is held back for what may return, and whose it is. Carbon that a crop takes
up and its eater gives back is uptake, no removal (ISO 14067).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.identifiers import OrganizationId
from ledger.wire import Wire

Pool = Literal[
    "above_ground_biomass",
    "below_ground_biomass",
    "dead_wood",
    "litter",
    "soil_organic_carbon",
    "harvested_wood_products",
    "biochar",
    "minerals",
    "geological_formation",
]
"""Where the carbon is kept: the pools of IPCC 2006 V4 ch. 1 (and its 2019 refinement), and made stores."""
Monitoring = Literal["measured_stock", "field_inventory", "remote_sensing", "modelled", "metered_flow"]
PermanenceClass = Literal["temporary", "long_term", "permanent"]
CLASSES: Final = ("temporary", "long_term", "permanent")
"""From short to long: what the next clearing can undo, what outlasts its grower, what no one expects back."""
Reserve = Annotated[str, StringConstraints(pattern=r"^(0|1|0\.[0-9]{0,29}[1-9])$")]
Years = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}$")]


class Permanence(Wire):
    """For how long the carbon is expected to stay: years or a class, exactly one of them when booked.

    `class` is temporary (plants and soil under management), long_term (goods in use) or permanent (stone).
    """

    years: Years | None = None
    lasting: PermanenceClass | None = Field(default=None, alias="class")

    def text(self) -> str:
        """Return it in words, such as "30 years" or "temporary"."""
        return self.lasting or f"{self.years} years"

    def is_shorter_than(self, other: Permanence) -> bool | None:
        """Say whether it is shorter, None where years stand against a class."""
        if self.years is not None and other.years is not None:
            return int(self.years) < int(other.years)
        if self.lasting is not None and other.lasting is not None:
            return CLASSES.index(self.lasting) < CLASSES.index(other.lasting)
        return None


class Removal(Wire):
    """What a line says of a removal: pool, monitoring, permanence, reserve (a share), owner.

    `reserve` is the share of the removal that its owner expects may go back and holds ready for that.
    """

    pool: Pool
    monitoring: Monitoring
    permanence: Permanence
    reserve: Reserve
    owner: OrganizationId
