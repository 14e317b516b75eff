"""Every way in which the database says no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError


@dataclass(eq=False)
class DatabaseUrlError(LedgerError):
    """The database's URL is none that the ledger can live in."""

    url: str
    sentence: ClassVar[str] = (
        "PASSPORT_DATABASE_URL {url!r} is refused. Write sqlite:///path/to/file or postgresql://host/name."
    )


@dataclass(eq=False)
class DatabaseUnreachableError(LedgerError):
    """The database doesn't answer."""

    url: str
    reason: str
    sentence: ClassVar[str] = "The database {url} can't be reached: {reason}. Start it or correct the URL."


@dataclass(eq=False)
class DatabaseFailedError(LedgerError):
    """The database answered with a failure; nothing was written."""

    url: str
    reason: str
    sentence: ClassVar[str] = (
        "The database {url} failed: {reason}. Nothing was written; see to it, try again."
    )


@dataclass(eq=False)
class SchemaVersionError(LedgerError):
    """The tables are of another version than this program's."""

    found: str
    expected: str
    sentence: ClassVar[str] = (
        "The database's tables are of version {found}; this program needs {expected}. "
        "Start the program of that version, or let this one bring older tables up to date."
    )


@dataclass(eq=False)
class BackupDamagedError(LedgerError):
    """A backup is truncated, changed, or no backup at all."""

    path: str
    problem: str
    sentence: ClassVar[str] = "{path} can't be restored: {problem}. Nothing was written; use another copy."


@dataclass(eq=False)
class BackupExistsError(LedgerError):
    """A backup would take the place of a file that is there already."""

    path: str
    sentence: ClassVar[str] = (
        "{path} exists already and may be your only backup. Name another file, or replace it: --force."
    )


@dataclass(eq=False)
class LedgerNotEmptyError(LedgerError):
    """A backup is restored into an empty ledger only."""

    log: str
    sentence: ClassVar[str] = "This ledger holds log {log}. Restore into an empty database."


@dataclass(eq=False)
class DatabaseDriverError(LedgerError):
    """The database's driver is not installed."""

    driver: str
    sentence: ClassVar[str] = (
        "The driver {driver} is not installed. Install it: pip install 'carbon-passport-ledger[postgres]'."
    )


@dataclass(eq=False)
class ExtraFileError(LedgerError):
    """A file can't be put into a backup."""

    name: str
    problem: str
    sentence: ClassVar[str] = "{name} can't be put into the backup: {problem}."
