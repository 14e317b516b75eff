"""The mirror of organizations and their keys on the chain: written after the log, compared with it.

The log alone decides who may sign for whom. What the mirror says differently is a difference to be
shown, never a correction of the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, get_args

from eth_utils.crypto import keccak

from ledger.chain.authorizations import PURPOSES, REASONS, Purpose, Reason, SignedCall, registry_domain
from ledger.chain.contracts import compiled_contract
from ledger.chain.deployments import ContractSite, Deployment
from ledger.chain.errors import OrganizationNotMirroredError, UnknownRoleError
from ledger.chain.registrations import RegistrationProof, organization_bytes, organization_text
from ledger.chain.rpc import EvmRpc, checksum
from ledger.chain.sender import TransactionSender
from ledger.chain.settings import LOCAL_CHAIN, ChainSettings
from ledger.chain.signed_calls import CallDomain
from ledger.identity import KeyRecord, Organization
from ledger.wire import Role

CONTRACT: Final = "OrganizationRegistry"
EVENT: Final = bytes(keccak(text="OrganizationRegistered(bytes20,address,bool)"))
REASON_OF: Final[dict[str, Reason]] = {
    "stolen": "stolen",
    "lost": "lost",
    "replaced": "superseded",
    "left": "closed",
}
"""The log's reasons for a revocation, as the contract numbers them; others it leaves unspecified."""
ROLES: Final[tuple[str, ...]] = get_args(Role)


@dataclass(frozen=True, slots=True)
class MirroredKey:
    """A key as the mirror has it.

    It signs from log position `valid_from` on, before `valid_until` (None: not revoked), and until
    the second `expires_at` since 1970 (None: not rotated out, and no delegate). A delegate's purpose is
    `readings`; `reason` is why it was revoked.
    """

    address: str
    valid_from: int
    valid_until: int | None = None
    expires_at: int | None = None
    purpose: Purpose = "statements"
    reason: Reason = "unspecified"


@dataclass(frozen=True, slots=True)
class MirroredOrganization:
    """An organization as the mirror has it: id `org_…`, roles by name, keys in the order of adding."""

    id: str
    roles: frozenset[str]
    keys: tuple[MirroredKey, ...]
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class MirrorDifference:
    """A fact that log and mirror tell differently; `None` where one of them tells nothing."""

    organization: str
    fact: str
    in_log: object
    on_chain: object


def mirrored(organization: Organization, on: str) -> MirroredOrganization:
    """Return how the mirror should have an organization of the log, its roles as of a civil date.

    Passkeys are no keys of the chain's curve: they are not mirrored.
    """
    return MirroredOrganization(
        id=organization.id,
        roles=frozenset(role for role in ROLES if organization.has_role(role, on)),
        keys=tuple(_mirrored_key(key) for key in organization.keys if key.passkey is None),
    )


def _mirrored_key(key: KeyRecord) -> MirroredKey:
    ends = [] if key.until is None else [_seconds(key.until)]
    if key.delegation is not None:
        ends.append(_seconds(datetime.fromisoformat(key.delegation.end)))
    return MirroredKey(
        address=key.address,
        # The log counts the entry before which, or after which; the mirror the first entry.
        valid_from=key.from_position + 1,
        valid_until=None if key.until_position is None else key.until_position + 1,
        expires_at=min(ends, default=None),
        purpose="statements" if key.delegation is None else "readings",
        reason=REASON_OF.get(key.reason, "unspecified"),
    )


def compare(
    in_log: MirroredOrganization | None, on_chain: MirroredOrganization | None
) -> list[MirrorDifference]:
    """Return every fact of an organization that log and mirror tell differently.

    A delegate of the log need not be on the chain; one that is there has to be as the log has it. Nor need
    an organization whose keys are all passkeys.
    """
    if in_log is None or on_chain is None:
        present = in_log or on_chain
        if present is None or (on_chain is None and not present.keys):
            return []
        return [MirrorDifference(present.id, "organization", _id(in_log), _id(on_chain))]
    differences = []
    if in_log.suspended != on_chain.suspended:
        differences.append(MirrorDifference(in_log.id, "suspended", in_log.suspended, on_chain.suspended))
    if in_log.roles != on_chain.roles:
        differences.append(MirrorDifference(in_log.id, "roles", sorted(in_log.roles), sorted(on_chain.roles)))
    logged = {key.address: key for key in in_log.keys}
    chained = {key.address: key for key in on_chain.keys}
    for address in sorted(logged.keys() | chained.keys()):
        ours, theirs = logged.get(address), chained.get(address)
        optional = theirs is None and ours is not None and ours.purpose == "readings"
        if ours != theirs and not optional:
            differences.append(MirrorDifference(in_log.id, f"key {address}", ours, theirs))
    return differences


class EvmOrganizationRegistry:
    """The mirror on an EVM chain, administered by the account of `private_key` (32 bytes).

    The contract is at `contract`, or where the settings' file of deployments remembers it, or
    created by the first write, with this account as admin and accreditor. The admin mirrors what the log
    says where that takes rights away; a further key needs the organization's own signature, which
    anybody may `relay`.
    """

    def __init__(
        self,
        rpc_url: str,
        private_key: bytes,
        contract: str | None = None,
        settings: ChainSettings = LOCAL_CHAIN,
    ) -> None:
        self._rpc = EvmRpc(rpc_url, timeout_s=settings.request_timeout_s, attempts=settings.attempts)
        self._sender = TransactionSender(self._rpc, private_key, settings)
        self._compiled = compiled_contract(CONTRACT)
        self._settings = settings
        self._site = ContractSite(self._rpc, self._compiled, contract, settings)

    def close(self) -> None:
        """Close the connections to the node."""
        self._rpc.close()

    def domain(self) -> CallDomain:
        """Return what signed calls of this registry name; the registry is created if it was nowhere.

        Raises:
            LedgerError: As `TransactionSender.send` and `ContractSite.find`.
        """
        chain_id, site = self._create()
        return registry_domain(chain_id, site.address)

    def nonce(self, organization: str) -> int:
        """Return the number that an organization's next signed call has to have.

        Raises:
            LedgerError: As `domain`.
        """
        return int(self._read(self._create()[1], "nonceOf", organization_bytes(organization)))

    def relay(self, call: SignedCall) -> None:
        """Bring an organization's signed call to the chain, at this account's cost.

        Raises:
            TransactionRevertedError: The registry refuses it: signed for another, used up, too late.
            LedgerError: As `domain`.
        """
        self._write(call.function, *call.arguments)

    def mirror(self, organization: str, key: MirroredKey, proof: RegistrationProof) -> None:
        """Mirror an organization with the first key, which its registration names.

        Raises:
            TransactionRevertedError: It is registered already, the proof is another's, or this account isn't
                the admin.
            LedgerError: As `domain`.
        """
        identifier = organization_bytes(organization)
        self._write("mirror", identifier, checksum(key.address), key.valid_from, proof.arguments())

    def accredit(self, organization: str, roles: Iterable[str]) -> None:
        """Mirror the roles of an organization.

        Raises:
            UnknownRoleError: The mirror has no number for a role.
            TransactionRevertedError: The organization is unknown, or this account is no accreditor.
            LedgerError: As `domain`.
        """
        self._write("accredit", organization_bytes(organization), role_bits(roles))

    def end_key(self, organization: str, address: str, expires_at: int) -> None:
        """Mirror that a key was rotated out; it signs until the second `expires_at` since 1970.

        Raises:
            TransactionRevertedError, LedgerError: As `mirror`.
        """
        self._write("endKey", organization_bytes(organization), checksum(address), expires_at)

    def take_key(
        self, organization: str, address: str, valid_until: int, reason: Reason = "unspecified"
    ) -> None:
        """Mirror that a key was revoked; it signs before the log position `valid_until`.

        Raises:
            TransactionRevertedError, LedgerError: As `mirror`.
        """
        said = checksum(address), valid_until, REASONS.index(reason)
        self._write("takeKey", organization_bytes(organization), *said)

    def suspend(self, organization: str, reason: Reason) -> None:
        """Let no key of an organization count for now.

        Raises:
            TransactionRevertedError, LedgerError: As `mirror`.
        """
        self._write("suspend", organization_bytes(organization), REASONS.index(reason))

    def reinstate(self, organization: str) -> None:
        """Lift a suspension.

        Raises:
            TransactionRevertedError, LedgerError: As `mirror`.
        """
        self._write("reinstate", organization_bytes(organization))

    def start_recovery(self, organization: str, key: MirroredKey) -> None:
        """Propose a key for an organization without a live one; it waits seven days.

        Raises:
            TransactionRevertedError: It has a live key, or a recovery is under way.
            LedgerError: As `mirror`.
        """
        said = checksum(key.address), key.valid_from
        self._write("startRecovery", organization_bytes(organization), *said)

    def stop_recovery(self, organization: str) -> None:
        """Take a proposed key back.

        Raises:
            TransactionRevertedError, LedgerError: As `mirror`.
        """
        self._write("stopRecovery", organization_bytes(organization))

    def finish_recovery(self, organization: str) -> None:
        """Add the proposed key after seven days.

        Raises:
            TransactionRevertedError: Too early, or nothing was proposed.
            LedgerError: As `mirror`.
        """
        self._write("finishRecovery", organization_bytes(organization))

    def bring_up_to_date(
        self, organization: MirroredOrganization, proof: RegistrationProof | None = None
    ) -> list[MirrorDifference]:
        """Write what the mirror lacks of an organization; return what can't be written and still differs.

        Keys and ends that the log doesn't have stay a difference, and so does a further key of the log until
        the organization's own signed call is relayed; without a proof, the whole organization.

        Raises:
            UnknownRoleError, TransactionRevertedError, LedgerError: As `mirror` and `accredit`.
        """
        there = self._find(organization.id)
        if there is None:
            if proof is None:
                return compare(organization, None)
            self.mirror(organization.id, organization.keys[0], proof)
            there = self.read(organization.id)
        if there.roles != organization.roles:
            self.accredit(organization.id, organization.roles)
        known = {key.address: key for key in there.keys}
        for key in organization.keys:
            if key.address in known:
                self._end_key(organization.id, key, known[key.address])
        return compare(organization, self.read(organization.id))

    def read(self, organization: str) -> MirroredOrganization:
        """Return an organization as the chain has it.

        Raises:
            OrganizationNotMirroredError: The chain doesn't know it.
            LedgerError: As `ContractSite.find`.
        """
        _, site = self._site.find()
        identifier = organization_bytes(organization)
        if site is None or not self._read(site, "isRegistered", identifier):
            raise OrganizationNotMirroredError(organization)
        keys = []
        for address in self._read(site, "keysOf", identifier):
            purpose, start, until, end, reason = self._read(site, "validityOf", identifier, address)
            ends = until or None, end or None
            keys.append(MirroredKey(address.lower(), start, *ends, PURPOSES[purpose], REASONS[reason]))
        roles = role_names(self._read(site, "rolesOf", identifier))
        suspended = bool(self._read(site, "isSuspended", identifier))
        return MirroredOrganization(organization, roles, tuple(keys), suspended)

    def differences(self, in_log: Iterable[MirroredOrganization]) -> list[MirrorDifference]:
        """Return everything that the log and the chain tell differently, organizations only there included.

        Raises:
            LedgerError: As `ContractSite.find`.
        """
        logged = {organization.id: organization for organization in in_log}
        found = []
        for identifier in sorted(logged.keys() | self.registered()):
            found += compare(logged.get(identifier), self._find(identifier))
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
        return {organization_text(bytes(event["topics"][1])[:20]) for event in events}

    def _find(self, organization: str) -> MirroredOrganization | None:
        try:
            return self.read(organization)
        except OrganizationNotMirroredError:
            return None

    def _end_key(self, organization: str, key: MirroredKey, known: MirroredKey) -> None:
        if known.valid_until is not None:
            return
        if key.expires_at is not None and known.expires_at is None:
            self.end_key(organization, key.address, key.expires_at)
        if key.valid_until is not None:
            self.take_key(organization, key.address, key.valid_until, key.reason)

    def _create(self) -> tuple[int, Deployment]:
        return self._site.find_or_create(self._sender, checksum(self._sender.address))

    def _write(self, function: str, *arguments: Any) -> None:
        _, site = self._create()
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


def _id(organization: MirroredOrganization | None) -> str | None:
    return None if organization is None else organization.id


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
