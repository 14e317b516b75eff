"""Accounts and transfers: every milligram lies in exactly one account.

A transfer takes a component vector out of one account and puts it into another, so each entry
balances by its form. Sources run negative by what they gave, and an offer that decreases what somebody
holds is negative until it is answered; all other accounts never are.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from ledger.components import NAMES, REMOVAL_CHANNELS, Components

AccountKind = Literal[
    "environment",
    "removal",
    "imported",
    "outside_taken_over",
    "opening",
    "goods_in_process",
    "lot",
    "asset",
    "shipment",
    "handling_unassigned",
    "adjustment_offered",
    "abnormal_loss",
    "own_use",
    "consumer_sink",
    "waste_sink",
    "outside_handed_on",
]
SOURCES: Final[tuple[AccountKind, ...]] = (
    "environment",
    "removal",
    "imported",
    "outside_taken_over",
    "opening",
)
SIGNED: Final[tuple[AccountKind, ...]] = (*SOURCES, "adjustment_offered")
"""Accounts that may be negative: sources by what they gave, offers by what they would take away."""
SINKS: Final[dict[str, AccountKind]] = {
    "consumer": "consumer_sink",
    "waste": "waste_sink",
    "own_use": "own_use",
    "abnormal_loss": "abnormal_loss",
}


class Account(NamedTuple):
    """An account: its kind, the organization whose books it is in, and a lot or statement if it has one."""

    kind: AccountKind
    organization: str
    ref: str = ""


class Transfer(NamedTuple):
    """A vector of milligrams moved from one account to another."""

    source: Account
    target: Account
    components: Components


def _own_source(component: str) -> AccountKind:
    channel, _, evidence = component.partition(".")
    if evidence == "imported":
        return "imported"
    removed = channel in REMOVAL_CHANNELS or channel == "biogenic_co2_uptake"
    return "removal" if removed else "environment"


_SOURCE_OF: Final = tuple(map(_own_source, NAMES))
"""By slot: where what a line states comes from that is no gap."""


def source_of(slot: int, organization: str, *, gap: bool) -> Account:
    """Return the source account that a line's component comes from.

    A gap comes from outside; a removal from the removals; a footprint of another system is imported;
    everything else is the organization's own (direct).
    """
    return Account("outside_taken_over" if gap else _SOURCE_OF[slot], organization)


def from_sources(
    components: Components, organization: str, target: Account, *, gap: bool
) -> tuple[Transfer, ...]:
    """Return the transfers that bring a line's components from their sources into an account."""
    if len(components) == 1:
        (slot,) = components
        return (Transfer(source_of(slot, organization, gap=gap), target, components),)
    by_source: dict[Account, dict[int, int]] = {}
    for slot, mg in components.items():
        by_source.setdefault(source_of(slot, organization, gap=gap), {})[slot] = mg
    return tuple(Transfer(source, target, Components(part)) for source, part in by_source.items())


def reversed_transfers(transfers: tuple[Transfer, ...]) -> tuple[Transfer, ...]:
    """Return the same transfers the other way round."""
    return tuple(Transfer(t.target, t.source, t.components) for t in transfers)
