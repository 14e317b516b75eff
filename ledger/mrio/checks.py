"""Whether a table's numbers make sense together; each finding names its region and sector.

    row_balance       Z 1 + Y 1 = x, within a share of x
    value_added       x - 1 Z >= 0: no sector pays more for inputs than it makes (the column balance)
    negative_output   x >= 0
    zero_output       no sector that makes nothing uses inputs or emits
    negative_uses     Z >= 0
    spectral_radius   the largest eigenvalue of A is below 1, so that all tiers together are finite

A table that fails is refused unless its user accepts the failing checks by name; every number from it then
says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ledger.mrio.errors import TableChecksError, UnknownCheckError
from ledger.mrio.leontief import per_output, spectral_radius
from ledger.mrio.table import Array, Table, checked

TOLERANCE: Final = 1e-3
"""Share of a sector's output by which its row or column may be off: published tables are rounded."""
SHOWN: Final = 20
CHECKS: Final = (
    "row_balance",
    "value_added",
    "negative_output",
    "zero_output",
    "negative_uses",
    "spectral_radius",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that fails: which check, where, what was found and what was wanted, in the table's unit."""

    check: str
    region: str
    sector: str
    found: float
    wanted: str

    def sentence(self) -> str:
        """Say it."""
        where = f"{self.region} / {self.sector}: " if self.region else ""
        return f"{where}{self.check} is {self.found:.6g}, wanted is {self.wanted}."

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks of a table found: the worst places of each failing check, and how many there are."""

    table: str
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    spectral_radius: tuple[float, float]

    @property
    def failed(self) -> tuple[str, ...]:
        """The failing checks."""
        return tuple(name for name in CHECKS if self.counts.get(name))

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "table": self.table,
            "failed": list(self.failed),
            "counts": self.counts,
            "findings": [one.as_json() for one in self.findings],
            "spectral_radius": {"low": self.spectral_radius[0], "high": self.spectral_radius[1]},
        }


def check(table: Table, tolerance: float = TOLERANCE) -> Report:
    """Check a table's numbers; up to 20 findings of each kind, the worst first.

    Raises:
        TableLabelsError, DuplicateLabelError, NotANumberError, MixedUnitsError: as `table.checked`.
    """
    checked(table)
    counts: dict[str, int] = {}
    findings: list[Finding] = []
    for name, off, wanted in _measures(table, tolerance):
        places = np.flatnonzero(off)
        counts[name] = len(places)
        worst = places[np.argsort(-np.abs(off[places]), kind="stable")][:SHOWN]
        for at in worst:
            region, sector = table.labels[int(at)]
            findings.append(Finding(name, str(region), str(sector), float(off[at]), wanted))
    bounds = spectral_radius(per_output(np.asarray(table.Z, dtype=np.float64), table.output))
    counts["spectral_radius"] = int(not bounds[1] < 1)
    if counts["spectral_radius"]:
        findings.append(Finding("spectral_radius", "", "", bounds[1], "below 1"))
    return Report(table.name, counts, tuple(findings), bounds)


def _measures(table: Table, tolerance: float) -> Iterator[tuple[str, Array, str]]:
    """Give each check's distance by sector, 0 where it holds."""
    Z, output = np.asarray(table.Z, dtype=np.float64), table.output
    within = f"within {tolerance:g} of output"
    rest = output - Z.sum(axis=1) - np.asarray(table.Y, dtype=np.float64).sum(axis=1)
    scale = np.maximum(np.abs(output), 1e-12)
    yield "row_balance", np.where(np.abs(rest) > tolerance * scale, rest, 0.0), within
    added = output - Z.sum(axis=0)
    yield "value_added", np.where(added < -tolerance * scale, added, 0.0), "not below 0"
    yield "negative_output", np.where(output < 0, output, 0.0), "not below 0"
    emitted = sum(
        (np.abs(np.asarray(one.F, dtype=np.float64)).sum(axis=0) for one in table.extensions.values()),
        start=np.zeros(len(output)),
    )
    uses = np.abs(Z).sum(axis=0) + emitted
    yield "zero_output", np.where((output == 0) & (uses > 0), uses, 0.0), "0 where output is 0"
    yield "negative_uses", Z.min(axis=1, initial=0.0), "not below 0"


def accepted(table: Table, report: Report, accept: Collection[str] = ()) -> Table:
    """Return the table with the failing checks that its user accepts written into its provenance.

    Raises:
        UnknownCheckError: a check that doesn't exist is accepted.
        TableChecksError: a check fails that isn't accepted.
    """
    for name in accept:
        if name not in CHECKS:
            raise UnknownCheckError(name, ", ".join(CHECKS))
    refused = [name for name in report.failed if name not in accept]
    if refused:
        counts = ", ".join(f"{name} ({report.counts[name]})" for name in refused)
        worst = next(one for one in report.findings if one.check == refused[0])
        raise TableChecksError(table.name, counts, worst.sentence())
    provenance = replace(table.provenance, accepted=report.failed)
    return replace(table, provenance=provenance)
