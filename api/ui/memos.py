"""What the passport page shows beside the footprint: carbon in goods, land, effects of flying."""

from __future__ import annotations

from collections.abc import Sequence

from api.ui.language import Writing
from ledger.memos import LAND, MemoShown


def memo_rows(memos: Sequence[MemoShown], write: Writing) -> list[tuple[str, str, str]]:
    """Return what each memo is, its amount in the shipment and per declared unit, with their units."""
    rows = []
    for memo in memos:
        land = memo.kind == LAND
        measure = "land" if land else "carbon" if memo.kind.startswith("carbon_") else "co2e"
        unit = write(f"memos.unit.{measure}")
        amount = write.rate(memo.amount) if land else write.kilograms(memo.amount)
        rows.append((write(f"memo.{memo.kind}"), f"{amount} {unit}", f"{write.rate(memo.per_unit)} {unit}"))
    return rows
