"""A table of factors as it is built: rows of text cells, and what all rows share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from ledger.factor import factor_digest
from ledger.factors.records import COLUMNS, factor_of
from ledger.quantities import EXACT, decimal_text

Row = dict[str, str]


@dataclass
class Table:
    """One file of `ledger/factors/tables`: its rows, the cells that all rows share, its notice.

    `sources`: the file names (not the folders) that it was built from; `superseded_by`: the dataset that
    replaces it, so that it is found only where it is asked for.
    """

    file: str
    dataset: str
    title: str
    shared: Row
    notice: str
    sources: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    superseded_by: str = ""

    def finished(self) -> list[Row]:
        """Return the rows in the order of their ids, each with the digest of its record.

        Raises:
            FactorTableRowError: a row is not a factor.
            ValueError: two rows have one id.
        """
        rows = sorted(self.rows, key=lambda row: row["id"])
        ids = [row["id"] for row in rows]
        if len(set(ids)) != len(ids):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            message = f"{self.file}: ids given twice: {', '.join(twice[:5])}"
            raise ValueError(message)
        return [row | {"digest": factor_digest(factor_of(self.file, self.shared, row))} for row in rows]

    def columns(self) -> list[str]:
        """Return the columns that this table needs, in the common order."""
        used = {name for row in self.rows for name, text in row.items() if text} | {"digest"}
        return [name for name in COLUMNS if name in used]


def plain(number: Decimal | float | str, places: int = 18) -> str:
    """Write a published number in its one form, at most `places` decimals, half to even."""
    value = Decimal(repr(number) if isinstance(number, float) else str(number))
    return decimal_text(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, EXACT))


def gases_text(gases: Mapping[str, str]) -> str:
    """Write a gas list as one cell, without zeros, in the order of the codes."""
    kept = {gas: kg for gas, kg in gases.items() if Decimal(kg)} or gases
    return ";".join(f"{gas}:{kept[gas]}" for gas in sorted(kept))


def total_text(gases: Mapping[str, str], gwp: Mapping[str, str]) -> str:
    """Return kg CO2e: the sum of the gases under a GWP set, exact."""
    total = Decimal(0)
    for gas, kg in gases.items():
        total = EXACT.add(total, EXACT.multiply(Decimal(kg), Decimal(gwp[gas])))
    return decimal_text(total)


def slug(*parts: str) -> str:
    """Write words as a stable id: lower case, what stands in brackets and marks left out, joined by dots."""
    return ".".join(text for part in parts if (text := _slug(part)))


def _slug(part: str) -> str:
    text = re.sub(r"\((all diesel|excl\. forming|incl\. forming)\)", "", part.lower())
    text = text.replace("%", "").replace("+", "-plus ").replace("/", "-").replace(">", "over-")
    text = re.sub(r"(?<=\d),(?=\d)", "", text)
    text = re.sub(r"[^a-z0-9.]+", "-", text).replace(".-", "-")
    return text.strip("-.")


def file_of(folder: Path, parts: Iterable[str]) -> Path:
    """Return a source file, or raise FileNotFoundError with what is missing."""
    path = folder.joinpath(*parts)
    if not path.is_file():
        message = f"source file {'/'.join(parts)} is not in the folder of sources"
        raise FileNotFoundError(message)
    return path
