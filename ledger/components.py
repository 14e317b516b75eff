"""The component vector: which kind of emission or removal, and how we know (registry `components/1`).

A component is a channel with an evidence class. All amounts are whole milligrams CO2e and never
negative: the channel has the sign. Gross, net, estimated and the PACT figures are derived here and
never stored (PROTOCOL, Values). A markup is booked and conserved like any component, and left out of all of
them.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final, Self

from ledger.errors import LedgerError
from ledger.quantities import EXACT, MAX_AMOUNT, in_range, largest_remainder, share_of, whole

EMISSION_CHANNELS: Final = (
    "fossil",
    "aircraft",
    "land_fossil",
    "luc",
    "land_biogenic_co2",
    "biogenic_non_co2",
)
REMOVAL_CHANNELS: Final = ("land_removal", "tech_removal", "ccs_capture")
BIOGENIC_CHANNELS: Final = ("biogenic_co2_out", "biogenic_co2_uptake")
CHANNELS: Final = (*EMISSION_CHANNELS, *BIOGENIC_CHANNELS, *REMOVAL_CHANNELS)
EVIDENCES: Final = ("measured", "calculated", "imported", "secondary", "spend", "markup")
ESTIMATED: Final = ("secondary", "spend")
PRIMARY: Final = ("measured", "calculated")
IMPORTED: Final = "imported"
MARKUP: Final = "markup"
"""What an organization adds to its estimates by its own policy: booked and shown, in no figure."""

NAMES: Final = tuple(f"{channel}.{evidence}" for channel in CHANNELS for evidence in EVIDENCES)
"""Component names by slot; a later registry appends, never renumbers."""
EVIDENCE_OF: Final = tuple(name.partition(".")[2] for name in NAMES)
"""The evidence class of each component, by slot."""
SLOTS: Final = {name: slot for slot, name in enumerate(NAMES)}
_LONG: Final = len(str(MAX_AMOUNT))
"""Digits of an amount that may be beyond what the books hold."""
MARKUPS: Final = frozenset(slot for name, slot in SLOTS.items() if name.endswith(f".{MARKUP}"))


@dataclass(eq=False)
class UnknownComponentError(LedgerError):
    """A component's name is not in the registry."""

    field: str
    value: str
    sentence: ClassVar[str] = (
        "{field}: {value!r} is no component. Write channel.evidence, such as fossil.calculated."
    )


@dataclass(eq=False)
class ZeroComponentError(LedgerError):
    """A component is written with amount 0, where the sparse form leaves it out."""

    field: str
    value: str
    sentence: ClassVar[str] = "{field}: {value} is 0. Leave out components without an amount."


@dataclass(eq=False)
class NegativeComponentError(LedgerError):
    """More would be taken out of a component than it holds."""

    component: str
    held: int
    asked: int
    sentence: ClassVar[str] = "{component} holds {held} mg, but {asked} mg are taken out of it."


class Components(Mapping[int, int]):
    """A sparse vector of milligrams by component slot; immutable, no zeros, in slot order."""

    __slots__ = ("_amounts",)

    def __init__(self, amounts: Mapping[int, int] | None = None) -> None:
        given = amounts or {}
        pairs = sorted(given.items()) if len(given) > 1 else given.items()
        self._amounts = {slot: mg for slot, mg in pairs if mg}

    @classmethod
    def parse(cls, wire: Mapping[str, object], field: str = "components") -> Self:
        """Read the wire form `{"fossil.calculated": "1200000000"}`.

        Raises:
            UnknownComponentError: a name is not in the registry.
            ZeroComponentError: an amount is 0.
            AmountFormError, AmountTooLargeError: an amount is not a whole number within range.
        """
        amounts = {}
        for name, text in wire.items():
            slot = SLOTS.get(name)
            if slot is None:
                raise UnknownComponentError(field, str(name)[:60])
            if type(text) is str and len(text) < _LONG and text.isascii() and text.isdecimal():
                mg = amounts[slot] = whole(text, f"{field}/{name}") if text[0] == "0" else int(text)
            else:
                mg = amounts[slot] = whole(text, f"{field}/{name}")
            if mg == 0:
                raise ZeroComponentError(field, name)
        return cls.known(dict(sorted(amounts.items())) if len(amounts) > 1 else amounts)

    @classmethod
    def known(cls, amounts: dict[int, int]) -> Self:
        """Take amounts that a vector had before, by slot in slot order, as they are."""
        vector = cls.__new__(cls)
        vector._amounts = amounts  # noqa: SLF001 - made here
        return vector

    @classmethod
    def of(cls, name: str, mg: int) -> Self:
        """Make a vector of one component."""
        return cls({SLOTS[name]: mg})

    @classmethod
    def total_of(cls, vectors: Iterable[Mapping[int, int]]) -> Self:
        """Add up vectors, component by component.

        Raises:
            AmountTooLargeError: a sum is beyond 10^17.
        """
        amounts: dict[int, int] = {}
        for vector in vectors:
            for slot, mg in vector.items():
                amounts[slot] = amounts.get(slot, 0) + mg
        for slot, mg in amounts.items():
            if mg > MAX_AMOUNT:
                in_range(mg, NAMES[slot])
        return cls(amounts)

    def wire(self) -> dict[str, str]:
        """Write the sparse wire form."""
        return {NAMES[slot]: str(mg) for slot, mg in self._amounts.items()}

    def is_stated(self, wire: Mapping[str, str], field: str = "components") -> bool:
        """Say whether a wire form states this vector; the same texts need no reading.

        Raises:
            UnknownComponentError, ZeroComponentError, AmountFormError, AmountTooLargeError: as `parse`.
        """
        return wire == self.wire() or Components.parse(wire, field) == self

    def __getitem__(self, slot: int) -> int:
        return self._amounts.get(slot, 0)

    def __contains__(self, slot: object) -> bool:
        return slot in self._amounts

    def __iter__(self) -> Iterator[int]:
        return iter(self._amounts)

    def items(self) -> ItemsView[int, int]:
        """Return slots with amounts; straight from the vector, because books do little else."""
        return self._amounts.items()

    def __len__(self) -> int:
        return len(self._amounts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Components) and self._amounts == other._amounts

    def __hash__(self) -> int:
        return hash(tuple(self._amounts.items()))

    def __repr__(self) -> str:
        return f"Components({self.wire()})"

    def __add__(self, other: Mapping[int, int]) -> Components:
        return Components.total_of((self, other))

    def __sub__(self, other: Mapping[int, int]) -> Components:
        """Take another vector out of this one.

        Raises:
            NegativeComponentError: a component holds less than is taken.
        """
        amounts = dict(self._amounts)
        for slot, mg in other.items():
            held = amounts.get(slot, 0)
            if mg > held:
                raise NegativeComponentError(NAMES[slot], held, mg)
            amounts[slot] = held - mg
        return Components(amounts)

    def difference(self, other: Mapping[int, int]) -> dict[int, int]:
        """Return this minus another by slot, either sign, without zeros."""
        slots = {*self._amounts, *other}
        return {slot: d for slot in sorted(slots) if (d := self[slot] - other.get(slot, 0))}

    def interval(self, start: int, end: int, quantity: int) -> Components:
        """Return the share of the interval [start, end) of a quantity, component by component."""
        return Components({s: share_of(mg, start, end, quantity) for s, mg in self._amounts.items()})

    def shared(self, weights: Sequence[int], field: str = "weight") -> list[Components]:
        """Share by weights with the largest remainder, component by component.

        Raises:
            NoWeightError: all weights are zero and there is something to share.
        """
        rows: list[dict[int, int]] = [{} for _ in weights]
        for slot, mg in self._amounts.items():
            for row, share in zip(rows, largest_remainder(mg, weights, field), strict=True):
                row[slot] = share
        return [Components(row) for row in rows]

    def _sum(self, wanted: Callable[[str, str], bool]) -> int:
        # A markup is a policy of ours, no emission: it is in no figure that leaves the books.
        return sum(
            mg
            for slot, mg in self._amounts.items()
            if slot not in MARKUPS and wanted(*NAMES[slot].split("."))
        )

    def gross_mg(self) -> int:
        """Return the sum of all emission channels without markups, in mg CO2e."""
        return self._sum(lambda channel, _: channel in EMISSION_CHANNELS)

    def removals_mg(self) -> int:
        """Return the removals of the same product system, in mg CO2e."""
        return self._sum(lambda channel, _: channel in REMOVAL_CHANNELS)

    def net_mg(self) -> int:
        """Return gross minus removals of the same product system; may be negative."""
        return self.gross_mg() - self.removals_mg()

    def channel_mg(self, channel: str) -> int:
        """Return one channel over all evidence classes but markup, in mg CO2e."""
        return self._sum(lambda name, _: name == channel)

    def evidence_mg(self, *evidences: str) -> int:
        """Return the emissions of these evidence classes, in mg CO2e."""
        return self._sum(lambda channel, kind: channel in EMISSION_CHANNELS and kind in evidences)

    def markup_mg(self) -> int:
        """Return what was added to estimates by policy, in mg CO2e: in neither gross, net nor any export."""
        return sum(mg for slot, mg in self._amounts.items() if slot in MARKUPS)

    def primary_share(self) -> Decimal | None:
        """Return (measured + calculated) / gross, or None where gross is 0.

        A lower bound where something is imported: a vector doesn't know which share of it is primary,
        the lines that it came from do (`origins.primary_share`).
        """
        gross = self.gross_mg()
        return EXACT.divide(Decimal(self.evidence_mg(*PRIMARY)), Decimal(gross)) if gross else None

    def pact(self) -> dict[str, int]:
        """Return the derived PACT figures in mg: fossil, excluding and including biogenic uptake."""
        fossil = sum(self.channel_mg(channel) for channel in ("fossil", "aircraft", "land_fossil"))
        emitted = sum(self.channel_mg(c) for c in ("luc", "land_biogenic_co2", "biogenic_non_co2"))
        excluding = fossil + emitted - self.removals_mg()
        return {
            "fossil": fossil,
            "excluding_uptake": excluding,
            "including_uptake": excluding - self.channel_mg("biogenic_co2_uptake"),
        }


NOTHING: Final = Components()
