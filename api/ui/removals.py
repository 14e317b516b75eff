"""What the passport page says beside the net: each removal in it, how it is kept, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.ui.language import Writing
from ledger.removals_behind import RemovalShown
from ledger.shown import Figure

ROWS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class RemovalRow:
    """A removal in a sentence, and one on what happened to it since, empty where nothing did."""

    text: str
    since: str


def removal_rows(removals: Sequence[RemovalShown], write: Writing) -> list[RemovalRow]:
    """Return the removals behind a net figure; none is left out, so no net stands without its permanence."""
    return [RemovalRow(_text(one, write), _since(one, write)) for one in removals]


def netting(figure: Figure, write: Writing) -> list[tuple[str, str]]:
    """Return gross, removals and net of the whole shipment, exact to the milligram."""

    def exact(mg: str) -> str:
        return f"{write.exact(Decimal(mg).scaleb(-6)).replace('-', '−')} {write('unit.kg')}"

    return [
        (write("figure.gross"), exact(figure.gross_mg)),
        (write("removals.all"), f"− {exact(figure.removals_mg)}"),
        (write("figure.net"), exact(figure.net_mg)),
    ]


def _text(one: RemovalShown, write: Writing) -> str:
    return write(
        "removals.line",
        amount=write.amount(one.reaches_mg),
        owner=one.owner_name or one.owner,
        pool=write(f"pool.{one.pool}"),
        monitoring=write(f"monitoring.{one.monitoring}"),
        permanence=_permanence(one, write),
        reserve=write.percent(one.reserve),
    )


def _permanence(one: RemovalShown, write: Writing) -> str:
    if one.permanence_class is not None:
        return write(f"permanence.{one.permanence_class}")
    return write("permanence.years", years=one.permanence_years)


def _since(one: RemovalShown, write: Writing) -> str:
    said = []
    if one.reversals:
        said.append(write("removals.reversed", share=write.percent(one.gone_back_share)))
    if one.impairments:
        said.append(write("removals.impaired"))
    return " ".join(said)
