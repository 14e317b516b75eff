"""The page `/gap`: what stands in where a supplier gave no passport, by a form that works without script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from api.gap_forms import Behind, GapAnswer, GapInterval, PathShown
from api.ui.atlas import names
from api.ui.language import Language, Writing
from api.ui.pages import render
from ledger.factor import Factor

PATH: Final = "/gap"
FIELDS: Final = (
    "item",
    "region",
    "year",
    "sector",
    "amount",
    "currency",
    "price_type",
    "vat",
    "vat_rate",
    "margin_share",
    "allow_undeflated",
    "transport_covered",
    "gwp",
    "table",
    "table_sector",
    "table_region",
)
"""What the form asks; `api.gap_asked` turns it into a query."""
MAX_FIELD: Final = 200
PRICE_TYPES: Final = ("purchaser", "producer", "basic")
VAT: Final = ("excluded", "included", "unknown")
WIDTH: Final = 60
"""Characters of a factor's name in a list of suggestions."""


@dataclass(frozen=True, slots=True)
class GapPage:
    """What the page shows: the fields as they were filled in, and an answer, a refusal, or suggestions."""

    fields: Mapping[str, str]
    answer: GapAnswer | None = None
    refusal: str | None = None
    suggestions: Sequence[Factor] = ()
    tables: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def render_gap(page: GapPage, language: Language) -> str:
    """Return the page."""
    write = Writing(language)
    given = {name: text for name, text in page.fields.items() if text}
    address = f"{PATH}?{urlencode(given)}" if given else PATH
    return render(
        "gap.html",
        write,
        address,
        asked=page,
        price_types=PRICE_TYPES,
        vat=VAT,
        view=GapView(write),
        links=[
            (one, f"{PATH}?{urlencode({**given, 'sector': one.sector or ''})}") for one in page.suggestions
        ],
    )


class GapView:
    """Writes the parts of an answer in one language."""

    def __init__(self, write: Writing) -> None:
        self._write = write

    def between(self, interval: GapInterval) -> str:
        """Write an interval in kilograms."""
        low, high = self._write.kilograms(interval.low_mg), self._write.kilograms(interval.high_mg)
        return f"{low} – {high} {self._write('unit.kg')}"

    def scale(self, answer: GapAnswer) -> Mapping[str, float] | None:
        """Return where low, value and high stand on a line from 0, in percent of its length."""
        interval = answer.interval
        if interval is None or not int(interval.high_mg):
            return None
        end = int(interval.high_mg) * 1.1
        at = {"low": interval.low_mg, "value": answer.amount_mg, "high": interval.high_mg}
        return {name: round(int(mg) / end * 100, 1) for name, mg in at.items()}

    def effect(self, times: str) -> str:
        """Write what a step does to the amount."""
        value = Decimal(times)
        return "" if value == 1 else f"× {self._write.significant(times)}"

    def share(self, share: float) -> str:
        """Write a share as a percentage."""
        return self._write.percent(str(round(Decimal(share), 4)))

    def chain(self, path: PathShown) -> str:
        """Write a supply chain, the product first."""
        called = names(self._write.language)
        joint = " ← "
        return joint.join(f"{called.get(a, a)} · {called.get(b, b)}" for a, b in path.sectors)

    def gases(self, behind: Behind) -> str:
        """Write the gases with their shares."""
        shown = [f"{gas.upper().replace('_', ' ')} {self.share(share)}" for gas, share in behind.gases]
        return self._write.listed(shown)

    def short(self, factor: Factor) -> str:
        """Write a factor's name for a list of suggestions, in Chinese where there is one."""
        own = factor.name_zh if self._write.language != "en" else None
        name = own or factor.name
        return name if len(name) <= WIDTH else f"{name[: WIDTH - 1]}…"
