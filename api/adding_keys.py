"""A second key for a company: it proves that it joins, a key in use states it; both may sign from then on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from api.company import Company
from api.importing import OwnKeys
from api.typed_amounts import typed_quantity
from ledger.errors import LedgerError
from ledger.keystore import Keystore
from ledger.possession import prove_possession
from ledger.records.references import Reference
from ledger.signing import address_of


@dataclass(eq=False)
class AddressWithProofError(LedgerError):
    """A key elsewhere joins by its address and its own proof, a key here by its name."""

    sentence: ClassVar[str] = (
        "Name a key of this machine, or give both --address and --proof of one that is elsewhere: "
        "passport key prove makes them there."
    )


@dataclass(frozen=True, slots=True)
class Joining:
    """A key that wants to join: its address, and its signature that it does."""

    address: str
    proof: str


def proven(own: OwnKeys, name: str, log: str, organization: str) -> Joining:
    """Return a key of this machine with its proof that it joins an organization; made where there is none.

    Raises:
        KeyNameError, EmptyPassphraseError, OpenFolderError: it can't be made.
        WrongPassphraseError, KeyFileError: it can't be opened.
    """
    keystore = Keystore(own.folder)
    if name not in keystore.names():
        keystore.new(name, own.passphrase)
    private_key = keystore.load(name, own.passphrase)
    return Joining(address_of(private_key), prove_possession(log, organization, private_key))


def joining(
    company: Company, own: OwnKeys, name: str | None, address: str | None, proof: str | None
) -> Joining:
    """Return the key that joins a company: one of this machine by name, or another with its proof.

    Raises:
        AddressWithProofError: neither, or half of it.
        LedgerError: as `proven`.
    """
    if name is not None and address is None and proof is None:
        return proven(own, name, company.log.id, company.organization)
    if name is not None or address is None or proof is None:
        raise AddressWithProofError
    return Joining(address.lower(), proof.lower())


def key_body(new: Joining) -> dict[str, Any]:
    """Return the body of the statement that adds a key, on the day of the universal clock."""
    day = datetime.now(UTC).date().isoformat()
    key = {"action": "add", "address": new.address, "proof": new.proof}
    return {"occurred": {"from": day, "to": day, "zone": "UTC"}, "key": key}


def remember(company: Company, name: str | None) -> None:
    """Remember that a key of this machine speaks for the company too."""
    if name is not None:
        company.register.keep({Reference("organization", "", name).key: company.organization})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a delegate may state, as it is typed: kinds with or without version, days, sites, sums."""

    kinds: tuple[str, ...]
    until: str
    start: str | None = None
    sites: list[str] | None = None
    activities: list[str] | None = None
    statements: int | None = None
    co2e: str | None = None


def delegation(new: Joining, scope: Scope) -> dict[str, Any]:
    """Return what a key statement says of a delegate; its days are the log's, in universal time.

    Raises:
        TypedQuantityError, TypedUnitError, TypedTooFineError: how much CO2e.
    """
    start = scope.start or datetime.now(UTC).date().isoformat()
    allowed: dict[str, Any] = {
        "kinds": [kind if "/" in kind else f"{kind}/1" for kind in scope.kinds],
        "from": start if "T" in start else f"{start}T00:00:00Z",
        "until": day_end(scope.until),
        "sites": scope.sites or None,
        "activities": scope.activities or None,
        "statements": None if scope.statements is None else str(scope.statements),
        "co2e_mg": None if scope.co2e is None else str(typed_quantity(scope.co2e, "mg", 0)),
    }
    stated = {name: value for name, value in allowed.items() if value is not None}
    return {"action": "delegate", "address": new.address, "proof": new.proof, "delegation": stated}


def day_end(until: str) -> str:
    """Return a moment as it was typed; of a day its last second by the log's clock (UTC)."""
    return until if "T" in until else f"{until}T23:59:59Z"


def revocation(address: str, reason: str | None, untrusted_from: int | None) -> dict[str, Any]:
    """Return what a key statement says of a key that is given up, and since when it isn't trusted."""
    change = {"action": "revoke", "address": address.lower()}
    if reason is not None:
        change["reason"] = reason
    if untrusted_from is not None:
        change["untrusted_from"] = str(untrusted_from)
    return change
