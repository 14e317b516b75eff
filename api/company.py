"""A company at its ledger: its key unlocked, signed in, its references, its journal of statements.

The journal, `kept` beside the keys, holds each statement's body, salts and acknowledgement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from api.client import LedgerClient, ServerRefusedError
from api.importing import check_ledger
from api.short_names import Names
from api.stating import Desk, Log
from ledger.errors import LedgerError
from ledger.keystore import Keystore
from ledger.records.references import Reference, Register
from ledger.signing import address_of

SIGN_IN_REFUSED: Final = 401


@dataclass(eq=False)
class NoKeyHereError(LedgerError):
    """There is no key on this machine to sign with."""

    folder: str
    sentence: ClassVar[str] = (
        "There is no key in {folder}. Make one with passport key new NAME, and introduce your company with "
        "passport import; or name another folder with --keys."
    )


@dataclass(eq=False)
class WhichCompanyError(LedgerError):
    """There are keys of several companies here."""

    folder: str
    names: str
    sentence: ClassVar[str] = "{folder} holds keys of {names}. Say whose you use with --as NAME."


@dataclass(eq=False)
class NotRegisteredError(LedgerError):
    """A key speaks for no organization at a ledger."""

    name: str
    address: str
    url: str
    sentence: ClassVar[str] = (
        "The key of {name}, {address}, speaks for no organization at {url}. Introduce your company with "
        "passport import organizations.csv --post, or let the company add the key: passport key add."
    )


@dataclass(eq=False)
class UnfinishedStatementError(LedgerError):
    """A statement that was signed earlier had never been acknowledged; now it is."""

    statements: str
    sentence: ClassVar[str] = (
        "Signed earlier and only now acknowledged: {statements}. Nothing else was stated. See whether that "
        "is what you meant; if you want more, give the command again."
    )


@dataclass(eq=False)
class ReferenceTakenError(LedgerError):
    """A reference of the company stands for something else already."""

    reference: str
    stands_for: str
    sentence: ClassVar[str] = "{reference} stands for {stands_for} already. Choose another."


@dataclass(frozen=True, slots=True)
class Company:
    """A company that is signed in at its ledger, and may sign."""

    name: str
    organization: str
    zone: str | None
    private_key: bytes
    client: LedgerClient
    log: Log
    desk: Desk
    register: Register
    names: Names

    def finish(self) -> None:
        """Post again what was signed but never acknowledged, and stop there: it may be what is meant now.

        Raises:
            UnfinishedStatementError: there was something.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        """
        resumed = self.desk.resume()
        if resumed:
            raise UnfinishedStatementError(", ".join(resumed))

    def check_free(self, gives: Mapping[str, Any]) -> None:
        """Check that the references that a statement will make known are not taken.

        Raises:
            ReferenceTakenError: one stands for something already.
        """
        for key in gives:
            if key in self.register:
                raise ReferenceTakenError(key, self.register[key])


@contextmanager
def company_at(url: str, folder: Path, name: str | None, passphrase: Callable[[], str]) -> Iterator[Company]:
    """Unlock a company's key and sign in; what it learns of itself it keeps in its register.

    Args:
        url: the ledger's address.
        folder: the keystores; register and journal are beside them.
        name: whose key; None where there is only one.
        passphrase: asks for what opens the key.

    Raises:
        NoKeyHereError, WhichCompanyError: no key, or keys of several companies.
        KeyNotFoundError, WrongPassphraseError, KeyFileError: the key.
        NotRegisteredError: it speaks for nobody there.
        OtherLedgerError, RegisterFileError, RegisterConflictError: the register.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
    """
    keystore = Keystore(folder)
    register = Register(folder / "register.json")
    name = name or _only_name(keystore, register)
    private_key = keystore.load(name, passphrase())
    with LedgerClient(url) as client:
        log = Log.of(client)
        check_ledger(register, folder / "register.json", log.id)
        try:
            organization = client.sign_in(private_key)
        except ServerRefusedError as error:
            if error.status != SIGN_IN_REFUSED:
                raise
            raise NotRegisteredError(name, address_of(private_key), url) from error
        register.keep({Reference("organization", "", name).key: organization})
        zone = register.get(Reference("timezone", "", name).key)
        kept = folder / "kept"
        desk = Desk(client, log, register, kept)
        names = Names(client, register, name, organization, kept)
        yield Company(name, organization, zone, private_key, client, log, desk, register, names)


def _only_name(keystore: Keystore, register: Register) -> str:
    """Return whose keys are here: the one name, or the first of several that speak for one company."""
    names = keystore.names()
    if not names:
        raise NoKeyHereError(str(keystore.folder))
    companies = {register.get(Reference("organization", "", one).key, one) for one in names}
    if len(companies) > 1:
        raise WhichCompanyError(str(keystore.folder), ", ".join(names))
    return names[0]
