"""The example companies: their record files, their keys, and what they mean to state, in order."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from ledger.errors import LedgerError
from ledger.keystore import Keystore
from ledger.records.importing import introduced, read_records
from ledger.records.intents import Intent, in_order
from ledger.records.references import Register

SCENARIO: Final = Path(__file__).resolve().parents[2] / "scripts" / "scenarios" / "lychee"
ACCREDITOR: Final = "accreditor"
SCRYPT_COST: Final = 2**12
"""Cheaper than a real key's: the demo's keys are made anew each time and sign for nobody."""


@dataclass(eq=False)
class NoCompanyError(LedgerError):
    """A folder of records in which no company introduces itself."""

    folder: str
    sentence: ClassVar[str] = "In {folder} no company introduces itself. Add a file of organizations."


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the scenario: its reference, its record files, the zone of its dates."""

    reference: str
    paths: tuple[Path, ...]
    zone: str


def companies(scenario: Path = SCENARIO) -> list[Company]:
    """Return the scenario's companies, one per folder.

    Raises:
        NoCompanyError: no company introduces itself in a folder.
        RecordsRefusedError: a company's records are refused.
    """
    found = []
    for folder in sorted(path for path in scenario.iterdir() if path.is_dir()):
        paths = tuple(sorted(folder.glob("*.csv")))
        row = introduced(paths)
        if row is None:
            raise NoCompanyError(str(folder))
        found.append(Company(row.organization, paths, row.timezone))
    return found


def all_intents(found: list[Company]) -> list[Intent]:
    """Return what all companies mean to state, in an order in which it can be made.

    Raises:
        RecordsRefusedError: a company's records are refused.
        UnresolvedReferenceError: a reference is known to nobody.
    """
    intents = [
        intent
        for company in found
        for intent in read_records(company.paths, organization=company.reference, zone=company.zone)
    ]
    # Addresses become known when the keys sign their registrations.
    return in_order(intents, Register())


def make_keys(folder: Path, found: list[Company]) -> dict[str, bytes]:
    """Make a random key per company, encrypted on disk (0600), and return them unlocked.

    Raises:
        KeyExistsError, OpenFolderError: the folder has keys already, or is open to others.
    """
    for each in (folder.parent, folder):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = secrets.token_urlsafe(32)
    file = os.open(folder / "passphrase", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(passphrase)
    keystore = Keystore(folder, SCRYPT_COST)
    for company in found:
        keystore.new(company.reference, passphrase)
    return load_keys(folder, found)


def load_keys(folder: Path, found: list[Company]) -> dict[str, bytes]:
    """Unlock the keys of the companies.

    Raises:
        KeyNotFoundError, WrongPassphraseError, KeyFileError: they aren't those that were made.
    """
    passphrase = (folder / "passphrase").read_text("ascii")
    keystore = Keystore(folder)
    return {company.reference: keystore.load(company.reference, passphrase) for company in found}


def delivery_notes(intents: list[Intent], sender: str, consignee: str) -> list[str]:
    """Return the delivery notes from one company to another, in order."""
    return [
        intent.reference
        for intent in intents
        if intent.kind == "dispatch/1"
        and intent.organization == sender
        and _consignee(intent.body) == consignee
    ]


def _consignee(body: Mapping[str, object]) -> str:
    return str(getattr(body["consignee"], "name", ""))
