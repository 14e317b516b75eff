"""How a factor lies in a shipped table: one row of a CSV file, what all rows share in `datasets.json`.

An empty cell is an unset field. `gases` is written `co2_fossil:1.5;n2o:0.001`, `covers` is written
`co2_only;second_hand`, an uncertainty has the columns `low`, `high` and `uncertainty_source`. The last
column holds the digest of the record, so that a changed figure shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from ledger.factor import Factor, factor_digest
from ledger.factors.errors import FactorTableRowError

COLUMNS: Final = (
    "id",
    "name",
    "name_zh",
    "value",
    "per",
    "gases",
    "basis",
    "gwp",
    "source",
    "dataset_version",
    "data_year",
    "region",
    "sector",
    "currency",
    "currency_year",
    "price_type",
    "low",
    "high",
    "uncertainty_source",
    "channel",
    "stage",
    "evidence",
    "covers",
    "cluster_size",
    "also",
    "digest",
)
"""Columns in their order; a table has those that it needs. `also`: other codes under which it is found."""
_NUMBERS: Final = ("data_year", "currency_year", "cluster_size")
_NOT_IN_RECORD: Final = ("also", "digest", "low", "high", "uncertainty_source")


def factor_of(table: str, shared: Mapping[str, str], row: Mapping[str, str]) -> Factor:
    """Read a factor from its row and what the table's rows share.

    Raises:
        FactorTableRowError: the row is not a factor.
    """
    cells = {name: text for name, text in {**shared, **row}.items() if text}
    fields: dict[str, object] = {n: t for n, t in cells.items() if n not in _NOT_IN_RECORD}
    row_id = cells.get("id", "without id")
    try:
        for name in _NUMBERS:
            if name in cells:
                fields[name] = int(cells[name])
        if "gases" in cells:
            fields["gases"] = dict(pair.split(":", 1) for pair in cells["gases"].split(";"))
        if "covers" in cells:
            fields["covers"] = tuple(cells["covers"].split(";"))
        if "low" in cells:
            fields["uncertainty"] = {
                "kind": "range",
                "low": cells["low"],
                "high": cells.get("high"),
                "source": cells.get("uncertainty_source"),
            }
        return Factor.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        raise FactorTableRowError(table, row_id, f"{where}: {first['msg']}") from None
    except ValueError as error:
        raise FactorTableRowError(table, row_id, str(error)) from None


def pinned_factor_of(table: str, shared: Mapping[str, str], row: Mapping[str, str]) -> Factor:
    """Read a factor and compare it with the digest that its row holds.

    Raises:
        FactorTableRowError: the row is not a factor, or not the one that was digested.
    """
    factor = factor_of(table, shared, row)
    if factor_digest(factor) != row.get("digest"):
        raise FactorTableRowError(table, factor.id, "the record has another digest than its row says")
    return factor
