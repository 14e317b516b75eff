"""A product whose known inputs have passports: what a table still has to say about the rest.

Known inputs are taken out of the sector's own column (path exchange, Lenzen and Crawford 2009): the
rest is s + Σ (1 - known) a m over the inputs. Deeper in the chain the same sectors
are bought again through others; that may overlap with what a passport says, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ledger.errors import LedgerError
from ledger.mrio.leontief import multipliers, per_output, solve
from ledger.mrio.paths import Label
from ledger.mrio.table import Array, Table


@dataclass(eq=False)
class KnownShareError(LedgerError):
    """A known share of an input is no share."""

    region: str
    sector: str
    share: float
    sentence: ClassVar[str] = (
        "known: the share {share} of {region} / {sector} is not between 0 and 1. Write how much of this "
        "input comes with passports."
    )


@dataclass(eq=False)
class UnusedInputError(LedgerError):
    """A known input isn't bought by the product's sector in the table."""

    region: str
    sector: str
    product: str
    sentence: ClassVar[str] = (
        "known: {product} buys nothing from {region} / {sector} in this table, so nothing can be taken out "
        "for it. Name the sector that the input belongs to."
    )


@dataclass(eq=False)
class RepeatedInputError(LedgerError):
    """A known input is named twice, so that it can't be said which share holds."""

    region: str
    sector: str
    sentence: ClassVar[str] = (
        "known: {region} / {sector} is named twice. Write one share for all of this input that comes with "
        "passports."
    )


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left for the table to say about a product, per unit of money, in the stressor's unit.

    `whole` is the multiplier before; `taken_out` what the known inputs stood for; `rest` is the difference;
    `may_overlap` is that part of the rest in which the known inputs' sectors are bought further up.
    """

    product: Label
    whole: float
    taken_out: float
    rest: float
    may_overlap: float

    def says(self) -> str:
        """Say what may still be counted twice."""
        if not self.may_overlap:
            return "Nothing of the rest comes from the sectors of the known inputs."
        share = self.may_overlap / self.rest if self.rest else 0.0
        return (
            f"{share:.1%} of the rest is bought further up from the sectors of the known inputs; it may "
            "overlap with what their passports say, and is left in."
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        region, sector = self.product
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {**plain, "product": {"region": region, "sector": sector}}


def known_shares(inputs: Iterable[tuple[str, str, float]]) -> dict[Label, float]:
    """Return known inputs (region, sector, share) by region and sector.

    Raises:
        RepeatedInputError: one is named twice.
    """
    found: dict[Label, float] = {}
    for region, sector, share in inputs:
        if (region, sector) in found:
            raise RepeatedInputError(region, sector)
        found[region, sector] = share
    return found


def without_known(  # noqa: PLR0913 - a question has these sides
    table: Table,
    region: str,
    sector: str,
    known: Mapping[Label, float],
    *,
    extension: str | None = None,
    stressor: str | None = None,
    M: Array | None = None,
) -> Rest:
    """Return what a product carries besides its known inputs.

    Args:
        table: a checked table.
        region: of the product.
        sector: of the product.
        known: by supplying region and sector, the share (0 to 1) of that input that comes with passports.
        extension: see `leontief.multipliers`.
        stressor: one of its rows; the first where none is named.
        M: the row of multipliers, where it is known already; shape (n,).

    Raises:
        KnownShareError, UnusedInputError: a known input.
        UnknownTableSectorError, UnknownExtensionError, UnknownStressorError: what isn't there.
        SingularTableError, NotConvergedError: as `leontief.multipliers`.
    """
    at = table.position(region, sector)
    one = table.extension(extension)
    row = one.stressors[0] if stressor is None else stressor
    if M is None:
        M = np.asarray(multipliers(table, one, [row]).M, dtype=np.float64)[0]
    output = table.output
    column = per_output(np.asarray(table.Z.iloc[:, at], dtype=np.float64), np.full(len(M), output[at]))
    taken = np.zeros_like(M)
    for (from_region, from_sector), share in known.items():
        if not 0 <= share <= 1:
            raise KnownShareError(from_region, from_sector, share)
        supplier = table.position(from_region, from_sector)
        if not column[supplier]:
            raise UnusedInputError(from_region, from_sector, f"{region} / {sector}")
        taken[supplier] = share
    taken_out = float((taken * column * M).sum())
    whole = float(M[at])
    apart = _apart_from(table, np.asarray(one.row(row), dtype=np.float64), np.flatnonzero(taken))
    left = (1 - taken) * column
    # A known input's own part that has no passport is an input like any other, not an overlap.
    overlap = float((left * (M - apart))[taken == 0].sum())
    return Rest((region, sector), whole, taken_out, whole - taken_out, overlap)


def _apart_from(table: Table, emitted: Array, sectors: np.ndarray[Any, np.dtype[np.int64]]) -> Array:
    """Return multipliers in a table where nobody buys from some sectors."""
    Z = np.asarray(table.Z, dtype=np.float64).copy()
    Z[sectors, :] = 0.0
    rows: Array = solve(table.name, Z, table.output, emitted[None, :]).values
    return np.asarray(rows[0], dtype=np.float64)
