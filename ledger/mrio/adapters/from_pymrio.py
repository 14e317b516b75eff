"""Tables that `pymrio` parses, from files that the user has: EXIOBASE 3, OECD ICIO, WIOD, Eora26, GLORIA.

`pymrio` is no part of the installation: it brings a plotting library with it. Without it the reader says how
to get it. Its frames are taken as they are; rows of an extension that have several labels become one line.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import pandas as pd

from ledger.errors import LedgerError
from ledger.mrio.leontief import calc_x
from ledger.mrio.table import (
    DEMAND_LABELS,
    OUTPUT,
    SECTOR_LABELS,
    Extension,
    Provenance,
    Table,
    check_units,
    checked,
)

PARSERS: Final = {
    "exiobase3": "parse_exiobase3",
    "oecd": "parse_oecd",
    "wiod": "parse_wiod",
    "eora26": "parse_eora26",
    "gloria": "parse_gloria",
    "pymrio": "load_all",
}
"""By the format's name here, the function of `pymrio` 0.7 that reads it; `pymrio` is its own format."""
YEARLY: Final = ("oecd", "wiod", "eora26", "gloria")
"""Formats whose folder may hold several years: the year is asked of the parser."""


@dataclass(eq=False)
class PymrioMissingError(LedgerError):
    """The package that reads these files isn't installed."""

    sentence: ClassVar[str] = (
        "pymrio reads these files and isn't installed. Run: .venv/bin/python -m pip install pymrio"
    )


@dataclass(eq=False)
class UnknownTableFormatError(LedgerError):
    """Nobody reads this format."""

    given: str
    known: str
    sentence: ClassVar[str] = "format: {given!r} is not read here. Known are: {known}."


@dataclass(eq=False)
class TableFileError(LedgerError):
    """The files aren't what their format promises."""

    path: str
    reason: str
    sentence: ClassVar[str] = (
        "{path} can't be read: {reason}. Check the format and that the download is whole."
    )


def read(  # noqa: PLR0913 - what a file doesn't say itself, its user says by name
    path: Path,
    table_format: str,
    *,
    name: str,
    year: int,
    currency: str,
    provenance: Provenance,
) -> Table:
    """Read a table through `pymrio`.

    Args:
        path: the file or folder, as `pymrio` wants it.
        table_format: one of `PARSERS`.
        name: what the table is to be called.
        year: of the table.
        currency: of its money, ISO 4217.
        provenance: source, version, licence and price type.

    Raises:
        PymrioMissingError: it isn't installed.
        UnknownTableFormatError: nobody reads it.
        TableFileError: the files can't be read.
        TableLabelsError, DuplicateLabelError, NotANumberError, MixedUnitsError: as `table.checked`.
    """
    if table_format not in PARSERS:
        raise UnknownTableFormatError(table_format[:40], ", ".join(PARSERS))
    try:
        pymrio = importlib.import_module("pymrio")
    except ImportError:
        raise PymrioMissingError from None
    asked = {"year": year} if table_format in YEARLY else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            system = getattr(pymrio, PARSERS[table_format])(path, **asked)
    except Exception as error:
        raise TableFileError(str(path), f"{type(error).__name__}: {error}"[:200]) from error
    return of_system(system, name=name, year=year, currency=currency, provenance=provenance)


def of_system(system: Any, *, name: str, year: int, currency: str, provenance: Provenance) -> Table:
    """Return a `pymrio` system as a checked table.

    Raises:
        TableFileError: it holds no Z and Y.
        TableLabelsError, DuplicateLabelError, NotANumberError, MixedUnitsError: as `table.checked`.
    """
    if system.Z is None or system.Y is None:
        raise TableFileError(name, "there are no intermediate uses Z or no final demand Y")
    Z, Y = _labelled(system.Z), _demand(system.Y)
    unit = currency if system.unit is None else check_units(name, "Z", system.unit["unit"])
    x = calc_x(Z, Y) if system.x is None else _labelled(system.x, columns=False).set_axis([OUTPUT], axis=1)
    extensions: Mapping[str, Extension] = {
        one.name: _extension(one, Z, Y) for one in system.get_extensions(data=True) if one.F is not None
    }
    return checked(
        Table(
            name=name,
            year=year,
            currency=currency,
            unit=unit,
            Z=Z,
            Y=Y,
            x=x,
            provenance=provenance,
            extensions=extensions,
        )
    )


def to_system(table: Table) -> Any:
    """Return a table as a `pymrio` IOSystem, under its names: Z, Y, x, unit, and an Extension for each.

    Raises:
        PymrioMissingError: it isn't installed.
    """
    try:
        pymrio = importlib.import_module("pymrio")
    except ImportError:
        raise PymrioMissingError from None
    unit = pd.DataFrame({"unit": table.unit}, index=table.labels)
    extensions = {
        # An attribute of the system, so a name that is one.
        "".join(sign if sign.isalnum() else "_" for sign in f"ext {name}"): {
            "name": name,
            "F": one.F.copy(),
            "F_Y": None if one.F_Y is None else one.F_Y.copy(),
            "unit": one.unit.copy(),
        }
        for name, one in table.extensions.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pymrio.IOSystem(
            Z=table.Z.copy(), Y=table.Y.copy(), x=table.x.copy(), unit=unit, name=table.name, **extensions
        )


def _labelled(frame: pd.DataFrame, *, columns: bool = True) -> pd.DataFrame:
    found = frame.rename_axis(index=list(SECTOR_LABELS))
    return found.rename_axis(columns=list(SECTOR_LABELS)) if columns else found


def _demand(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename_axis(index=list(SECTOR_LABELS), columns=list(DEMAND_LABELS))


def _extension(one: Any, Z: pd.DataFrame, Y: pd.DataFrame) -> Extension:
    rows = [" / ".join(map(str, row)) if isinstance(row, tuple) else str(row) for row in one.F.index]
    F = one.F.set_axis(rows).set_axis(Z.columns, axis=1)
    unit = pd.DataFrame({"unit": [str(unit) for unit in one.unit["unit"]]}, index=rows)
    F_Y = None if one.F_Y is None else one.F_Y.set_axis(rows).set_axis(Y.columns, axis=1)
    return Extension(str(one.name), F, unit, F_Y)
