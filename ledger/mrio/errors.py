"""Every way in which a table, or a question to it, is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError


@dataclass(eq=False)
class TableLabelsError(LedgerError):
    """Frames of one table don't have the same regions and sectors in the same order."""

    table: str
    frame: str
    reason: str
    sentence: ClassVar[str] = (
        "{table}: the labels of {frame} don't fit the table: {reason}. Give every frame the same regions and "
        "sectors in the same order."
    )


@dataclass(eq=False)
class DuplicateLabelError(LedgerError):
    """A region and sector stand twice in one table."""

    table: str
    frame: str
    label: str
    sentence: ClassVar[str] = "{table}: {label} stands twice in {frame}. Merge or rename one of them."


@dataclass(eq=False)
class NotANumberError(LedgerError):
    """A cell holds no finite number."""

    table: str
    frame: str
    row: str
    column: str
    value: str
    sentence: ClassVar[str] = (
        "{table}: {frame} holds {value} at row {row}, column {column}. Write a number there, 0 if it is none."
    )


@dataclass(eq=False)
class MixedUnitsError(LedgerError):
    """Sectors of one table are in different units."""

    table: str
    frame: str
    first: str
    other: str
    where: str
    sentence: ClassVar[str] = (
        "{table}: {frame} is in {first}, but {where} is in {other}. Convert the table to one unit first."
    )


@dataclass(eq=False)
class TableChecksError(LedgerError):
    """A table fails checks that nobody accepted."""

    table: str
    failed: str
    worst: str
    sentence: ClassVar[str] = (
        "{table} fails: {failed}. {worst} Mend the table, or accept these checks by name; every number from "
        "the table then says so."
    )


@dataclass(eq=False)
class UnknownCheckError(LedgerError):
    """Somebody accepts a check that doesn't exist."""

    check: str
    known: str
    sentence: ClassVar[str] = "accept: there is no check {check!r}. There are: {known}."


@dataclass(eq=False)
class UnknownMrioTableError(LedgerError):
    """No imported table has this name or digest."""

    table: str
    known: str
    sentence: ClassVar[str] = "table: there is no table {table!r}. Imported are: {known}."


@dataclass(eq=False)
class DamagedTableError(LedgerError):
    """An imported table is not what it was when it was imported."""

    table: str
    reason: str
    sentence: ClassVar[str] = "{table}: {reason}. Import the table again from its source."


@dataclass(eq=False)
class UnknownExtensionError(LedgerError):
    """A table has no such extension."""

    table: str
    extension: str
    known: str
    sentence: ClassVar[str] = "{table} has no extension {extension!r}. It has: {known}."


@dataclass(eq=False)
class UnknownStressorError(LedgerError):
    """An extension has no such row."""

    extension: str
    stressor: str
    sentence: ClassVar[str] = "Extension {extension} has no row {stressor!r}. Ask for one of its rows."


@dataclass(eq=False)
class UnknownTableSectorError(LedgerError):
    """A table has no such region or sector."""

    table: str
    field: str
    value: str
    near: str
    sentence: ClassVar[str] = "{field}: {table} has no {value!r}. The nearest names are: {near}."


@dataclass(eq=False)
class SingularTableError(LedgerError):
    """A sector uses all that it makes, so that nothing can be said of its products."""

    table: str
    reason: str
    sentence: ClassVar[str] = (
        "{table}: there are no multipliers: {reason}. Mend the table's intermediate uses."
    )


@dataclass(eq=False)
class NotConvergedError(LedgerError):
    """The power series did not come to rest."""

    table: str
    iterations: int
    residual: float
    wanted: float
    sentence: ClassVar[str] = (
        "{table}: after {iterations} rounds the residual is {residual:.2e}, wanted was {wanted:.0e}. "
        "Choose the method lu."
    )


@dataclass(eq=False)
class MixedCharacterisationError(LedgerError):
    """Gases of an extension can't be added up to CO2e in the set that was asked."""

    extension: str
    stressor: str
    gwp: str
    reason: str
    sentence: ClassVar[str] = "{extension}: {stressor} can't be counted in CO2e of {gwp}: {reason}."
