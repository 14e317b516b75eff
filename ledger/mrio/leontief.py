"""What a unit of each product carries through all tiers, without ever making the inverse.

The multipliers of a row s (per unit of output) are m = s (I - A)^-1: one transposed system, m = s + m A
(Miller and Blair, Input-Output Analysis, 2nd ed., chapters 2 and 10). It is solved by LU where the matrix is
small, by the power series where it comes to rest, by LU in single precision with refinement in double where
neither holds; the residual max |s + m A - m| / max |m| is always told.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import LinAlgError, LinAlgWarning, lapack, lu_factor, lu_solve

from ledger.mrio.errors import NotConvergedError, SingularTableError
from ledger.mrio.table import OUTPUT, Array, Extension, Table

Method = Literal["auto", "lu", "lu32", "series"]
SMALL: Final = 2_000
"""Sectors up to which LU in double precision is chosen: some 0.2 s and 32 MB there."""
TOLERANCE: Final = 1e-10
MAX_ROUNDS: Final = 1_000
REFINEMENTS: Final = 12
SMALLEST_PIVOT: Final = 1e-13
"""Reciprocal condition number below which I - A is called singular."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The solved rows, shape (k, n), and how: method, rounds, residual relative to the largest value."""

    values: Array
    method: str
    rounds: int
    residual: float


@dataclass(frozen=True, slots=True)
class Multipliers:
    """M of an extension's rows: each in its unit per unit of money; and how it was found."""

    M: pd.DataFrame
    unit: pd.DataFrame
    method: str
    rounds: int
    residual: float


class Accounts(NamedTuple):
    """Who emits, and who uses what was emitted for: `pymrio`'s accounts, by region and sector.

    D_cba: footprint of each region's final demand, by product; D_pba: what is emitted where, by producer.
    Final demand's own emissions (households) are in neither; `households` holds them by region, None where
    the table doesn't say.
    """

    D_cba: pd.DataFrame
    D_pba: pd.DataFrame
    households: pd.DataFrame | None


def calc_x(Z: pd.DataFrame, Y: pd.DataFrame) -> pd.DataFrame:
    """Return output from its uses: x = Z 1 + Y 1."""
    return pd.DataFrame({OUTPUT: Z.sum(axis=1) + Y.sum(axis=1)})


def per_output(values: Array, output: Array) -> Array:
    """Return values per unit of output, by column; 0 where a sector makes nothing. Shape as given."""
    safe = np.where(output == 0, 1.0, output)
    return np.where(output == 0, 0.0, values / safe)


def calc_A(Z: pd.DataFrame, x: pd.DataFrame) -> pd.DataFrame:
    """Return the inputs per unit of output: A = Z diag(x)^-1."""
    return pd.DataFrame(per_output(_values(Z), _values(x[OUTPUT])), index=Z.index, columns=Z.columns)


def calc_S(F: pd.DataFrame, x: pd.DataFrame) -> pd.DataFrame:
    """Return the emissions per unit of output: S = F diag(x)^-1."""
    return pd.DataFrame(per_output(_values(F), _values(x[OUTPUT])), index=F.index, columns=F.columns)


def calc_L(A: pd.DataFrame) -> pd.DataFrame:
    """Return the Leontief inverse, for those who need it whole; nothing here does.

    Raises:
        SingularTableError: there is none.
    """
    n = len(A)
    return pd.DataFrame(_lu(_values(A), np.eye(n), "A").values, index=A.index, columns=A.columns)


def multipliers(
    table: Table,
    extension: Extension | str | None = None,
    stressors: Sequence[str] | None = None,
    *,
    method: Method = "auto",
    tolerance: float = TOLERANCE,
) -> Multipliers:
    """Return what each unit of each product carries, for all rows of an extension in one pass.

    Args:
        table: a checked table.
        extension: one of its extensions, or its name; the first where none is named.
        stressors: the rows wanted, in this order; all where none are named.
        method: `lu`, `lu32`, `series`, or `auto` by size and convergence.
        tolerance: the residual at which rounds end.

    Raises:
        UnknownExtensionError, UnknownStressorError: what isn't there.
        SingularTableError: a group of sectors uses all that it makes.
        NotConvergedError: the series was asked for and doesn't come to rest.
    """
    one = extension if isinstance(extension, Extension) else table.extension(extension)
    F = one.F if stressors is None else pd.DataFrame([one.row(name) for name in stressors])
    found = solve(table.name, _values(table.Z), table.output, _values(F), method=method, tolerance=tolerance)
    M = pd.DataFrame(found.values, index=F.index, columns=table.Z.columns)
    return Multipliers(M, one.unit.loc[F.index], found.method, found.rounds, found.residual)


def solve(  # noqa: PLR0913 - a system, and how to solve it
    name: str,
    Z: Array,
    output: Array,
    F: Array,
    *,
    method: Method = "auto",
    tolerance: float = TOLERANCE,
) -> Solution:
    """Solve m = s + m A for rows s = F / x; A itself is made only where LU needs it.

    Args:
        name: the table, for what is refused.
        Z: intermediate uses, (n, n).
        output: x, (n,).
        F: rows, (k, n).
        method: see `multipliers`.
        tolerance: see `multipliers`.

    Raises:
        SingularTableError, NotConvergedError: see `multipliers`.
    """
    S = per_output(F, output)
    if method == "lu" or (method == "auto" and len(output) <= SMALL):
        return _lu(per_output(Z, output), S, name)
    if method == "lu32":
        return _lu_single(Z, output, S, name, tolerance)
    try:
        return _series(Z, output, S, name, tolerance)
    except NotConvergedError:
        if method == "series":
            raise
        return _lu_single(Z, output, S, name, tolerance)


def output_for(table: Table, demand: Array, tolerance: float = TOLERANCE) -> Array:
    """Return what all sectors make, in all tiers, for a final demand: x = (I - A)^-1 y; shape (n,).

    Raises:
        SingularTableError, NotConvergedError: see `multipliers`.
    """
    Z, output = _values(table.Z), table.output
    if len(output) <= SMALL:
        system = np.asfortranarray(np.eye(len(output)) - per_output(Z, output))
        factors = _factored(system, table.name, float(np.abs(system).sum(axis=0).max()))
        return np.asarray(factors.solve(demand), dtype=np.float64)
    scale = per_output(np.ones_like(output), output)
    made, added = demand.copy(), demand
    for _ in range(MAX_ROUNDS):
        added = Z @ (added * scale)
        made += added
        rest = float(np.abs(added).max(initial=0.0)) / (float(np.abs(made).max(initial=0.0)) or 1.0)
        if rest <= tolerance / 10:
            return made
    raise NotConvergedError(table.name, MAX_ROUNDS, rest, tolerance)


def accounts(table: Table, extension: Extension | str | None = None) -> Accounts:
    """Return the production and consumption accounts of an extension, without the inverse.

    D_cba[(region, product)] sums over origins o: M[(o, product)] Y[(o, product), region]; D_pba is what
    sectors emit, F (Miller and Blair, chapter 10; `pymrio` calls them so).

    Raises:
        UnknownExtensionError, SingularTableError, NotConvergedError: see `multipliers`.
    """
    one = extension if isinstance(extension, Extension) else table.extension(extension)
    M = multipliers(table, one).M
    demand = table.demand_by_region()
    products = table.labels.get_level_values(1)
    blocks = {
        region: (M * np.asarray(demand[region])).T.groupby(products, sort=False).sum().T
        for region in demand.columns
    }
    D_cba = pd.concat(blocks, axis=1, names=["region", "sector"])
    households = None if one.F_Y is None else one.F_Y.T.groupby(level=0, sort=False).sum().T
    return Accounts(D_cba, one.F.astype(np.float64), households)


def spectral_radius(A: Array, rounds: int = 200) -> tuple[float, float]:
    """Return bounds (low, high) of the largest eigenvalue of inputs per output, which has no negatives.

    Power steps on A + I with the bounds of Collatz and Wielandt; a largest column sum below `high` bounds it
    too. Negative entries are counted by their size, so `high` stays a bound.
    """
    sizes = np.abs(A)
    vector = np.ones(len(A))
    low, high = 0.0, float(sizes.sum(axis=0).max(initial=0.0))
    for _ in range(rounds):
        after = vector @ sizes + vector
        ratio = after / vector
        low, high = max(low, float(ratio.min()) - 1), min(high, float(ratio.max()) - 1)
        if high - low < 1e-9:
            break
        vector = after / after.max()
    return low, high


def _values(frame: pd.DataFrame | pd.Series) -> Array:
    return np.asarray(frame, dtype=np.float64)


def _residual(S: Array, carried: Array, M: Array) -> float:
    largest = float(np.abs(M).max(initial=0.0))
    return 0.0 if largest == 0 else float(np.abs(S + carried - M).max()) / largest


def _lu(A: Array, S: Array, name: str) -> Solution:
    system = np.eye(len(A)) - A
    # LAPACK wants columns: the transposed system is this matrix read by rows.
    factors = _factored(system.T, name, float(np.abs(system).sum(axis=1).max()))
    M = np.ascontiguousarray(factors.solve(S.T).T, dtype=np.float64)
    return Solution(M, "lu", 0, _residual(S, M @ A, M))


class _Factors(NamedTuple):
    lu: npt.NDArray[np.floating]
    pivots: npt.NDArray[np.int32]

    def solve(self, right: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        found: npt.NDArray[np.floating] = lu_solve((self.lu, self.pivots), right, check_finite=False)
        return found


def _factored(system: npt.NDArray[np.floating], name: str, norm: float) -> _Factors:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LinAlgWarning)  # what is singular is refused below
            lu, pivots = lu_factor(system, overwrite_a=True, check_finite=False)
    except (LinAlgError, ValueError) as error:
        raise SingularTableError(name, str(error)) from None
    estimate = lapack.sgecon if lu.dtype == np.float32 else lapack.dgecon
    reciprocal, _ = estimate(lu, norm)
    if not float(reciprocal) > SMALLEST_PIVOT:
        raise SingularTableError(name, "some sectors together use all that they make")
    return _Factors(lu, pivots)


def _lu_single(Z: Array, output: Array, S: Array, name: str, tolerance: float) -> Solution:
    """Factor in single precision, refine the rows in double: half the memory, near twice as fast."""
    scale = per_output(np.ones_like(output), output)
    system = np.empty(Z.shape, dtype=np.float32, order="F")
    np.multiply(Z.T, -scale[:, None], out=system, casting="same_kind")
    diagonal = np.arange(len(output))
    system[diagonal, diagonal] += 1
    norm = float(np.abs(system).sum(axis=0).max())
    factors = _factored(system, name, norm)
    M = factors.solve(S.T.astype(np.float32)).T.astype(np.float64)
    residual = _residual(S, M @ Z * scale, M)
    rounds = 0
    while residual > tolerance and rounds < REFINEMENTS:
        rounds += 1
        rest = S + M @ Z * scale - M
        M += factors.solve(rest.T.astype(np.float32)).T
        residual = _residual(S, M @ Z * scale, M)
    if not residual <= tolerance:
        raise NotConvergedError(name, rounds, residual, tolerance)
    return Solution(M, "lu32", rounds, residual)


def _series(Z: Array, output: Array, S: Array, name: str, tolerance: float) -> Solution:
    """Sum s + s A + s A A ...: each round adds one tier; nothing of the matrix's size is made."""
    scale = per_output(np.ones_like(output), output)
    M, added = S.copy(), S
    residual = 1.0
    for number in range(1, MAX_ROUNDS + 1):
        added = added @ Z * scale
        M += added
        largest = float(np.abs(M).max(initial=0.0))
        before, residual = residual, float(np.abs(added).max(initial=0.0)) / largest if largest else 0.0
        if residual <= tolerance / 10:
            true = _residual(S, M @ Z * scale, M)
            return Solution(M, "series", number, true)
        if number >= 50 and residual >= before * 0.98:
            break
    raise NotConvergedError(name, number, residual, tolerance)
