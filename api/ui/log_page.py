"""The page `/log`: the newest checkpoint, who cosigned it, where it is anchored, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.chain_task import ChainState
from api.ui.language import Language, Writing
from api.ui.pages import render
from api.witnessing import WitnessState
from ledger.interfaces import Anchor, SignedCheckpoint

PATH: Final = "/log"
GWEI: Final = 9
"""A gwei is 10^-9 of a chain's own currency, and 10^9 wei."""


@dataclass(frozen=True, slots=True)
class ChainShown:
    """A chain as the page shows it.

    `anchors` are all that count there, `covered` the statements that the newest was the first to cover.
    """

    state: ChainState
    anchors: int = 0
    covered: int = 0
    gas_each: Decimal | None = None
    average_gas_each: Decimal | None = None
    gwei_each: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LogShown:
    """What the page shows: the newest checkpoint, None where there is no log yet; witnesses; chains."""

    origin: str
    head: SignedCheckpoint | None
    witnesses: Sequence[WitnessState]
    chains: Sequence[ChainShown]


def chain_shown(state: ChainState, known: Sequence[Anchor]) -> ChainShown:
    """Return a chain with its cost a statement.

    Gas of the newest anchor over the statements that it was the first to cover; gas of all anchors over all
    statements that they cover; wei paid for the newest as gwei, where the chain told the price.

    Args:
        state: how anchoring there is going.
        known: the anchors of all chains, the smallest checkpoint first.
    """
    here = [anchor for anchor in known if anchor.chain_id == state.chain_id]
    if state.newest is None or not here:
        return ChainShown(state)
    covered = state.newest.size - (here[-2].size if len(here) > 1 else 0)
    paid = None if state.cost is None else Decimal(state.cost.gas * state.cost.wei_each)
    return ChainShown(
        state=state,
        anchors=len(here),
        covered=covered,
        gas_each=Decimal(state.newest.gas) / covered if covered else None,
        average_gas_each=Decimal(sum(anchor.gas for anchor in here)) / state.newest.size,
        gwei_each=None if paid is None or not covered else paid.scaleb(-GWEI) / covered,
    )


def render_log(shown: LogShown, language: Language) -> str:
    """Return the page."""
    write = Writing(language)
    return render("log.html", write, PATH, shown=shown, count=_count, when=_when(shown.head, write))


def _when(head: SignedCheckpoint | None, write: Writing) -> str:
    return "" if head is None else f"{write.day(head.at[:10])}, {head.at[11:16]} UTC"


def _count(number: int) -> str:
    return f"{number:,d}"
