"""Rotating a company's key in its keystore and in the ledger: a new key, stated by the one it replaces.

A rotation that was begun and not stated (no connection, or made here only) is finished by the next call:
the newest key that the ledger knows states the newest of the keystore, and no third key is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from api.client import LedgerClient
from api.importing import OwnKeys
from api.stating import Desk, Log
from ledger.errors import LedgerError
from ledger.keystore import Keystore, StoredKey
from ledger.possession import prove_possession
from ledger.records.cells import At
from ledger.records.intents import Intent
from ledger.records.references import Reference, Register


@dataclass(eq=False)
class NoKeyInUseError(LedgerError):
    """None of a company's keys on this machine may speak for it in the ledger."""

    name: str
    organization: str
    sentence: ClassVar[str] = (
        "None of the keys of {name} on this machine is in use for {organization}. Bring the keystore that "
        "holds the key in use, or register anew."
    )


def rotate_at(url: str, name: str, own: OwnKeys) -> tuple[StoredKey, str]:
    """Make a new key for a company and tell the ledger; return the key and the statement's digest.

    1. the ledger says which of the company's keys are in use; 2. if the keystore's newest is, a new one is
    made, else that one waits for its statement; 3. the new key signs that it joins the company; 4. the key
    in use states that the new one replaces it. From then on the new key signs; the old one stays valid for
    its grace.

    Raises:
        UnresolvedReferenceError, RegisterFileError: the register doesn't know the company's id.
        NoKeyInUseError: no key here is in use.
        KeyNotFoundError, WrongPassphraseError, KeyFileError, KeyExistsError: the keystore.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        LedgerError: the ledger's draft or answer is not what was asked for.
    """
    keystore, register = Keystore(own.folder), Register(own.folder / "register.json")
    stored = keystore.keys(name)
    organization = register.resolve(Reference("organization", "", name), f"the key of {name!r}")
    with LedgerClient(url) as client:
        log = Log.of(client)
        desk = Desk(client, log, register, own.folder / "kept")
        desk.resume()
        in_use = client.keys_in_use(organization)
        speaking = next((key for key in reversed(stored) if key.address in in_use), None)
        if speaking is None:
            raise NoKeyInUseError(name, organization)
        private_key = keystore.load(name, own.passphrase, speaking.address, retired=True)
        client.sign_in(private_key)
        made = keystore.rotate(name, own.passphrase) if speaking == stored[-1] else stored[-1]
        new = keystore.load(name, own.passphrase, made.address)
        proof = prove_possession(log.id, organization, new)
        return made, desk.state(_intent(name, made.address, speaking.address, proof), private_key)


def _intent(name: str, address: str, replaces: str, proof: str) -> Intent:
    """Return what is to be stated; the change has the day of the universal clock, where no place matters."""
    day = datetime.now(UTC).date().isoformat()
    body = {
        "occurred": {"from": day, "to": day, "zone": "UTC"},
        "key": {"action": "rotate", "address": address, "replaces": replaces, "proof": proof},
    }
    return Intent(At("keystore", 1), name, "key/1", address, day, body, {})
