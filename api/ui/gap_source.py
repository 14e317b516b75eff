"""What the page about a gap shows of the running ledger: an answer, a refusal, or sectors that fit words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from api.gap_answers import answer
from api.gap_asked import query_of
from api.tables_shown import table_line
from api.ui.gap import FIELDS, MAX_FIELD, GapPage
from api.wiring import Wiring
from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.factors.errors import UnknownSectorError
from ledger.factors.library import FactorLibrary

SUGGESTED: Final = 12


def gap_page(wired: Wiring, asked: Mapping[str, str]) -> GapPage:
    """Return the page for a form as it was filled in; for an empty one the form alone."""
    fields = {name: asked.get(name, "")[:MAX_FIELD] for name in FIELDS}
    try:
        tables = [table_line(one) for one in wired.tables.tables()]
        if not any(fields.values()):
            return GapPage(fields, tables=tables)
        found = answer(query_of(fields), wired.factors, wired.tables)
    except UnknownSectorError as error:
        suggestions = tuple(sectors_like(wired.factors, fields["sector"]))
        refusal = None if suggestions else str(error)
        return GapPage(fields, refusal=refusal, suggestions=suggestions, tables=tables)
    except LedgerError as error:
        return GapPage(fields, refusal=str(error))
    return GapPage(fields, found, tables=tables)


def sectors_like(library: FactorLibrary, words: str) -> Iterator[Factor]:
    """Give spend factors whose names fit some words, each sector once."""
    seen: set[str | None] = set()
    for factor in library.search(words, limit=200) if words else ():
        if factor.currency is not None and factor.sector not in seen and len(seen) < SUGGESTED:
            seen.add(factor.sector)
            yield factor
