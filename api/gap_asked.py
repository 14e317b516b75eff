"""A question about a gap as people type it, in a form or on a command line: from texts to a query."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from ledger.factors.concordances import read_concordance
from ledger.factors.errors import PriceIndexFileError
from ledger.factors.gap import GapQuery
from ledger.forms import validated

YES: Final = "1"
INDEX_COLUMNS: Final = ("country", "currency", "sector", "year", "index", "source")
MAX_INDEX_ROWS: Final = 200
_SPEND: Final = (
    "amount",
    "currency",
    "price_type",
    "vat",
    "vat_rate",
    "margin_share",
    "margin_source",
)
_TABLE: Final = {
    "table": "table",
    "table_sector": "sector",
    "table_region": "region",
    "extension": "extension",
    "stressor": "stressor",
    "counts_as": "counts_as",
}
_PLAIN: Final = ("item", "region", "gwp")


def query_of(
    texts: Mapping[str, str | None],
    *,
    concordance: tuple[str, bytes] | None = None,
    price_index: tuple[str, bytes] | None = None,
) -> GapQuery:
    """Return the query that some texts mean; what is empty is not given.

    Args:
        texts: by the names of the form's fields: item, region, year, sector, amount, currency, price_type ...
        concordance: a file's name and bytes that translate `sector`.
        price_index: a file's name and bytes with the supplier country's producer prices.

    Raises:
        FieldFormError, MissingFieldError, UnknownFieldError, AmountFormError: a text doesn't have its form.
        ConcordanceFileError, ConcordanceWeightsError, NoCounterpartError: the concordance.
        PriceIndexFileError: the index.
    """
    given = {name: text.strip() for name, text in texts.items() if text and text.strip()}
    query: dict[str, Any] = {name: given[name] for name in _PLAIN if name in given}
    typed = given.get("year", "")
    year = int(typed) if typed.isascii() and typed.isdigit() else typed
    if typed:
        query["year"] = year
    spend: dict[str, Any] = {name: given[name] for name in _SPEND if name in given}
    if spend:
        spend["amount"] = spend.get("amount", "").replace(",", "")
        query["spend"] = {**spend, "year": year}
    for name in ("allow_undeflated", "transport_covered"):
        query[name] = given.get(name) == YES
    if table := {field: given[name] for name, field in _TABLE.items() if name in given}:
        query["table"] = table
    code = given.get("sector")
    if code is not None and concordance is not None:
        name, content = concordance
        query["matches"] = [one.model_dump() for one in read_concordance(content, name).of(code)]
    elif code is not None:
        query["sector"] = code
    if price_index is not None:
        query["price_index"] = read_price_index(price_index[1], price_index[0])
    return validated(GapQuery, query, "query")


def read_price_index(content: bytes, name: str) -> dict[str, Any]:
    """Read a producer price index from the bytes of a CSV file: one country, currency, sector and source.

    Raises:
        PriceIndexFileError: it is no such file.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PriceIndexFileError(name, f"it can't be read ({type(error).__name__})") from None
    if not rows or len(rows) > MAX_INDEX_ROWS:
        raise PriceIndexFileError(name, f"it has {len(rows)} rows, not 1 to {MAX_INDEX_ROWS}")
    shared = {column: rows[0].get(column) for column in ("country", "currency", "sector", "source")}
    years: dict[int, str] = {}
    for number, row in enumerate(rows, 2):
        if missing := [column for column in INDEX_COLUMNS if not row.get(column)]:
            raise PriceIndexFileError(name, f"line {number}: {missing[0]} is missing")
        if any(row[column] != text for column, text in shared.items()):
            raise PriceIndexFileError(
                name, f"line {number} is of another country, currency, sector or source"
            )
        if not (row["year"].isascii() and row["year"].isdigit()) or int(row["year"]) in years:
            raise PriceIndexFileError(name, f"line {number}: {row['year'][:10]!r} is no year, or there twice")
        years[int(row["year"])] = row["index"]
    return {**shared, "years": years}
