"""The mirror of organizations and their keys on the chain: written after the log, compared with it.

The log alone decides who may sign for whom. What the mirror says differently is a difference to be
shown, never a correction of the log.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, get_args

from eth_utils.crypto import keccak

from ledger.chain.contracts import compiled_contract
from ledger.chain.deployments import ContractSite, Deployment
from ledger.chain.errors import OrganizationNotMirroredError, UnknownRoleError
from ledger.chain.rpc import EvmRpc, checksum
from ledger.chain.sender import TransactionSender
from ledger.chain.settings import LOCAL_CHAIN, ChainSettings
from ledger.identity import Organization
from ledger.wire import Role

CONTRACT: Final = "OrganizationRegistry"
EVENT: Final = bytes(keccak(text="OrganizationRegistered(bytes20,uint256)"))
ROLES: Final[tuple[str, ...]] = get_args(Role)
ID_PREFIX: Final = "org_"


@dataclass(frozen=True, slots=True)
class MirroredKey:
    """A key as the mirror has it.

    It signs from log position `valid_from` on, before `valid_until` (None: not revoked), and until
    the second `expires_at` since 1970 (None: not rotated out).
    """

    address: str
    valid_from: int
    valid_until: int | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class MirroredOrganization:
    """An organization as the mirror has it: id `org_…`, roles by name, keys in the order of adding."""

    id: str
    roles: frozenset[str]
    keys: tuple[MirroredKey, ...]


@dataclass(frozen=True, slots=True)
class MirrorDifference:
    """A fact that log and mirror tell differently; `None` where one of them tells nothing."""

    organization: str
    fact: str
    in_log: object
    on_chain: object


def mirrored(organization: Organization, on: str) -> MirroredOrganization:
    """Return how the mirror should have an organization of the log, its roles as of a civil date."""
    return MirroredOrganization(
        id=organization.id,
        roles=frozenset(role for role in ROLES if organization.has_role(role, on)),
        keys=tuple(
            MirroredKey(
                address=key.address,
                # The log counts the entry before which, or after which; the mirror the first entry.
                valid_from=key.from_position + 1,
                valid_until=None if key.until_position is None else key.until_position + 1,
                expires_at=None if key.until is None else _seconds(key.until),
            )
            for key in organization.keys
        ),
    )


def compare(
    in_log: MirroredOrganization | None, on_chain: MirroredOrganization | None
) -> list[MirrorDifference]:
    """Return every fact of an organization that log and mirror tell differently."""
    if in_log is None or on_chain is None:
        present = in_log or on_chain
        if present is None:
            return []
        return [MirrorDifference(present.id, "organization", _id(in_log), _id(on_chain))]
    differences = []
    if in_log.roles != on_chain.roles:
        differences.append(MirrorDifference(in_log.id, "roles", sorted(in_log.roles), sorted(on_chain.roles)))
    logged = {key.address: key for key in in_log.keys}
    chained = {key.address: key for key in on_chain.keys}
    for address in sorted(logged.keys() | chained.keys()):
        ours, theirs = logged.get(address), chained.get(address)
        if ours != theirs:
            differences.append(MirrorDifference(in_log.id, f"key {address}", ours, theirs))
    return differences


class EvmOrganizationRegistry:
    """The mirror on an EVM chain, written by the account of `private_key` (32 bytes).

    The contract is at `contract`, or where the settings' file of deployments remembers it, or
    created by the first write, owned by this account.
    """

    def __init__(
        self,
        rpc_url: str,
        private_key: bytes,
        contract: str | None = None,
        settings: ChainSettings = LOCAL_CHAIN,
    ) -> None:
        self._rpc = EvmRpc(rpc_url, timeout_s=settings.request_timeout_s, attempts=settings.attempts)
        self._sender = TransactionSender(
            self._rpc,
            private_key,
            confirmations=settings.confirmations,
            confirm_timeout_s=settings.confirm_timeout_s,
        )
        self._compiled = compiled_contract(CONTRACT)
        self._settings = settings
        self._site = ContractSite(self._rpc, self._compiled, contract, settings)

    def close(self) -> None:
        """Close the connections to the node."""
        self._rpc.close()

    def register(self, organization: MirroredOrganization) -> None:
        """Mirror a new organization with its first key, and then whatever else the log knows of it.

        Raises:
            UnknownRoleError: The mirror has no number for a role.
            TransactionRevertedError: It is registered already, or this account isn't the mirror's owner.
            LedgerError: As `TransactionSender.send` and `ContractSite.find`.
        """
        first = organization.keys[0]
        roles = role_bits(organization.roles)
        self._write(
            "registerOrganization",
            _id_bytes(organization.id),
            checksum(first.address),
            first.valid_from,
            roles,
        )
        self.bring_up_to_date(organization)

    def set_roles(self, organization: str, roles: Iterable[str]) -> None:
        """Mirror the roles of an organization.

        Raises:
            UnknownRoleError, TransactionRevertedError, LedgerError: As `register`.
        """
        self._write("setRoles", _id_bytes(organization), role_bits(roles))

    def add_key(self, organization: str, key: MirroredKey) -> None:
        """Mirror a further key of an organization, and its end if it has one.

        Raises:
            TransactionRevertedError, LedgerError: As `register`.
        """
        self._write("addKey", _id_bytes(organization), checksum(key.address), key.valid_from)
        self._end_key(organization, key, None)

    def rotate_key(self, organization: str, address: str, expires_at: int) -> None:
        """Mirror that a key was rotated out; it signs until the second `expires_at` since 1970.

        Raises:
            TransactionRevertedError, LedgerError: As `register`.
        """
        self._write("rotateKey", _id_bytes(organization), checksum(address), expires_at)

    def revoke_key(self, organization: str, address: str, valid_until: int) -> None:
        """Mirror that a key was revoked; it signs before the log position `valid_until`.

        Raises:
            TransactionRevertedError, LedgerError: As `register`.
        """
        self._write("revokeKey", _id_bytes(organization), checksum(address), valid_until)

    def bring_up_to_date(self, organization: MirroredOrganization) -> list[MirrorDifference]:
        """Write what the mirror lacks of an organization; return what can't be written and still differs.

        The mirror only ever gains: a key or an end that the log doesn't have stays a difference.

        Raises:
            UnknownRoleError, TransactionRevertedError, LedgerError: As `register`.
        """
        try:
            there = self.read(organization.id)
        except OrganizationNotMirroredError:
            self.register(organization)
            return compare(organization, self.read(organization.id))
        if there.roles != organization.roles:
            self.set_roles(organization.id, organization.roles)
        known = {key.address: key for key in there.keys}
        for key in organization.keys:
            if key.address in known:
                self._end_key(organization.id, key, known[key.address])
            else:
                self.add_key(organization.id, key)
        return compare(organization, self.read(organization.id))

    def read(self, organization: str) -> MirroredOrganization:
        """Return an organization as the chain has it.

        Raises:
            OrganizationNotMirroredError: The chain doesn't know it.
            LedgerError: As `ContractSite.find`.
        """
        _, site = self._site.find()
        identifier = _id_bytes(organization)
        if site is None or not self._read(site, "isRegistered", identifier):
            raise OrganizationNotMirroredError(organization)
        keys = []
        for address in self._read(site, "keysOf", identifier):
            valid_from, valid_until, expires_at = self._read(site, "validityOf", identifier, address)
            keys.append(MirroredKey(address.lower(), valid_from, valid_until or None, expires_at or None))
        roles = role_names(self._read(site, "rolesOf", identifier))
        return MirroredOrganization(organization, roles, tuple(keys))

    def differences(self, in_log: Iterable[MirroredOrganization]) -> list[MirrorDifference]:
        """Return everything that the log and the chain tell differently, organizations only there included.

        Raises:
            LedgerError: As `ContractSite.find`.
        """
        logged = {organization.id: organization for organization in in_log}
        found = []
        for identifier in sorted(logged.keys() | self.registered()):
            try:
                there = self.read(identifier)
            except OrganizationNotMirroredError:
                there = None
            found += compare(logged.get(identifier), there)
        return found

    def registered(self) -> set[str]:
        """Return the ids of all organizations on the chain, from the contract's events.

        Raises:
            LedgerError: As `ContractSite.find`.
        """
        _, site = self._site.find()
        if site is None:
            return set()
        settings = replace(self._settings, from_block=site.block)
        events = self._rpc.events(site.address, ["0x" + EVENT.hex()], settings)
        return {_id_text(bytes(event["topics"][1])[:20]) for event in events}

    def _end_key(self, organization: str, key: MirroredKey, known: MirroredKey | None) -> None:
        if key.expires_at is not None and (known is None or known.expires_at is None):
            self.rotate_key(organization, key.address, key.expires_at)
        if key.valid_until is not None and (known is None or known.valid_until is None):
            self.revoke_key(organization, key.address, key.valid_until)

    def _write(self, function: str, *arguments: Any) -> None:
        _, site = self._site.find_or_create(self._sender, checksum(self._sender.address))
        call = self._rpc.contract(self._compiled, site.address).encode_abi(function, list(arguments))
        self._sender.send(self._compiled, site.address, call)

    def _read(self, site: Deployment, function: str, *arguments: Any) -> Any:
        return self._rpc.read(self._compiled, site.address, function, *arguments)


def role_bits(roles: Iterable[str]) -> int:
    """Return roles as the contract keeps them: bit n for the role number n of the ledger's list.

    Raises:
        UnknownRoleError: A role isn't in the list.
    """
    bits = 0
    for role in roles:
        if role not in ROLES:
            raise UnknownRoleError(role, ", ".join(ROLES))
        bits |= 1 << ROLES.index(role)
    return bits


def role_names(bits: int) -> frozenset[str]:
    """Return the roles that the contract keeps; a bit without a role is shown as `role n`."""
    return frozenset(
        ROLES[number] if number < len(ROLES) else f"role {number}"
        for number in range(bits.bit_length())
        if bits >> number & 1
    )


def _id_bytes(organization: str) -> bytes:
    return base64.b32decode(organization.removeprefix(ID_PREFIX).upper())


def _id_text(identifier: bytes) -> str:
    return ID_PREFIX + base64.b32encode(identifier).decode("ascii").lower()


def _id(organization: MirroredOrganization | None) -> str | None:
    return None if organization is None else organization.id


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
