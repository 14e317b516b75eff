"""A passport in a list: enough to tell it from another one of the same product."""

from __future__ import annotations

from dataclasses import dataclass

from api.ui.language import Writing


@dataclass(frozen=True, slots=True)
class PassportLine:
    """A passport in a list: quantity in its unit, the gross figure per declared unit.

    `made` is the year in which the making of the goods ended, "" where they were bought; `modes` are those
    of the legs so far, in their order; `consignee` is "" for a buyer without an account.
    """

    id: str
    product: str
    quantity: str
    unit: str
    status: str
    sender: str
    per_unit: str
    declared_unit: str
    consignee: str = ""
    batch: str = ""
    made: str = ""
    modes: tuple[str, ...] = ()
    dispatched: str = ""

    def goods(self, write: Writing) -> str:
        """Say which goods: quantity, batch and year of making."""
        told = [write.quantity(self.quantity, self.unit)]
        if self.batch:
            told.append(write("list.batch", batch=self.batch))
        if self.made:
            told.append(write("list.made", year=self.made))
        return " · ".join(told)

    def way(self, write: Writing) -> str:
        """Say from whom to whom."""
        return f"{self.sender} → {self.consignee or write('party.outside')}"

    def when(self, write: Writing) -> str:
        """Say when the goods left, and how they were carried."""
        told = [write("list.dispatched", day=write.day(self.dispatched))] if self.dispatched else []
        if self.modes:
            told.append(write.listed([write(f"mode.{mode}") for mode in self.modes]))
        return " · ".join(told)
