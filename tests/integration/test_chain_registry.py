"""The mirror of organizations on a real chain: written, signed for, read back, compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.mirroring import Mirroring
from ledger.chain.authorizations import Grant, RegistryCalls
from ledger.chain.errors import OrganizationNotMirroredError, TransactionRevertedError, UnknownRoleError
from ledger.chain.local_node import LocalNode, ask_local
from ledger.chain.registrations import RegistrationProof, proof_of
from ledger.chain.registry import (
    EvmOrganizationRegistry,
    MirrorDifference,
    MirroredKey,
    MirroredOrganization,
    mirrored,
)
from ledger.chain.settings import ChainSettings
from ledger.identifiers import organization_id
from ledger.signing import address_of, new_private_key
from tests.builders import Party, World

PORT = organization_id("cd" * 32)
SECOND, THIRD = (bytes([digit]) * 32 for digit in (0x2B, 0x3C))
DAY = "2026-06-01"
WEEK_S = 7 * 24 * 3600


@dataclass(frozen=True)
class Registered:
    """An organization of a log, and what the mirror should have of it."""

    party: Party
    known: MirroredOrganization
    proof: RegistrationProof


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def packhouse(world: World) -> Registered:
    party = world.register("Packhouse", "supplier")
    with world.store.read() as view:
        registration = view.identity_statements(party.id)[0]
        (known,) = (o for o in view.organizations(limit=1000) if o.id == party.id)
    proof = proof_of(registration.statement)
    assert proof is not None
    return Registered(party, mirrored(known, DAY), proof)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNode]:
    with LocalNode(tmp_path_factory.mktemp("chain")) as running:
        yield running


@pytest.fixture
def registry(node: LocalNode, tmp_path: Path) -> Iterator[EvmOrganizationRegistry]:
    settings = ChainSettings(deployments=tmp_path / "contracts.json")
    mirror = EvmOrganizationRegistry(node.rpc_url, b"\x51" * 32, settings=settings)
    yield mirror
    mirror.close()


@pytest.fixture
def signing(
    registry: EvmOrganizationRegistry, node: LocalNode, packhouse: Registered
) -> Callable[[bytes], RegistryCalls]:
    """Sign calls of the packhouse with one of its keys."""

    def calls(key: bytes) -> RegistryCalls:
        now = int(ask_local(node.port, "eth_getBlockByNumber", ["latest", False])["timestamp"], 16)
        identifier = packhouse.party.id
        nonce = registry.nonce(identifier)
        return RegistryCalls(registry.domain(), identifier, key, nonce, max(now, int(time.time())) + 3600)

    return calls


def test_an_organization_is_read_back_as_it_was_mirrored(
    registry: EvmOrganizationRegistry, packhouse: Registered
) -> None:
    assert registry.registered() == set()
    assert registry.bring_up_to_date(packhouse.known, packhouse.proof) == []
    assert registry.read(packhouse.party.id) == packhouse.known
    assert registry.registered() == {packhouse.party.id}
    assert registry.differences([packhouse.known]) == []


def test_a_farmer_without_ether_registers_by_a_signature_that_somebody_else_brings(
    registry: EvmOrganizationRegistry, packhouse: Registered, signing: Callable[[bytes], RegistryCalls]
) -> None:
    call = signing(packhouse.party.key).register(packhouse.known.keys[0].valid_from, packhouse.proof)
    registry.relay(call)
    with pytest.raises(TransactionRevertedError, match="OrganizationAlreadyRegistered"):
        registry.relay(call)
    assert registry.read(packhouse.party.id) == replace(packhouse.known, roles=frozenset())
    assert registry.bring_up_to_date(packhouse.known) == []


def test_nobody_takes_the_id_of_another_organization(
    registry: EvmOrganizationRegistry, world: World, packhouse: Registered
) -> None:
    thief = new_private_key()
    key = MirroredKey(address_of(thief), 5)
    with pytest.raises(TransactionRevertedError, match="KeyNotInRegistration"):
        registry.mirror(packhouse.party.id, key, packhouse.proof)
    with pytest.raises(TransactionRevertedError, match="RegistrationOfAnother"):
        registry.mirror(PORT, packhouse.known.keys[0], packhouse.proof)
    swapped = replace(packhouse.proof, part_digests=packhouse.proof.part_digests[::-1])
    with pytest.raises(TransactionRevertedError, match="RegistrationBodyDiffers"):
        registry.mirror(packhouse.party.id, packhouse.known.keys[0], swapped)
    assert world.log_id


def test_keys_come_and_go_by_the_organizations_own_signature(
    registry: EvmOrganizationRegistry, packhouse: Registered, signing: Callable[[bytes], RegistryCalls]
) -> None:
    first, organization = packhouse.party.key, packhouse.party.id
    registry.bring_up_to_date(packhouse.known, packhouse.proof)
    end = signing(first).deadline + 86_400
    registry.relay(signing(first).add_key(Grant(address_of(SECOND), "statements", 9)))
    registry.relay(signing(SECOND).add_key(Grant(address_of(THIRD), "readings", 10, end)))
    fourth = new_private_key()
    registry.relay(signing(SECOND).rotate_key(address_of(first), address_of(fourth), 11, end))
    registry.relay(signing(fourth).revoke_key(address_of(SECOND), 30, "stolen"))
    assert registry.read(organization).keys == (
        replace(packhouse.known.keys[0], expires_at=end),
        MirroredKey(address_of(SECOND), 9, 30, reason="stolen"),
        MirroredKey(address_of(THIRD), 10, None, end, "readings"),
        MirroredKey(address_of(fourth), 11),
    )
    for key in (SECOND, THIRD, new_private_key()):
        with pytest.raises(TransactionRevertedError, match="SignerMayNotAuthorize"):
            registry.relay(signing(key).revoke_key(address_of(fourth), 40, "lost"))
    used_up = replace(signing(fourth), nonce=0)
    with pytest.raises(TransactionRevertedError, match="NonceNotNext"):
        registry.relay(used_up.revoke_key(address_of(THIRD), 40, "lost"))


def test_the_operator_mirrors_what_ends_and_shows_a_key_that_it_may_not_add(
    registry: EvmOrganizationRegistry, packhouse: Registered
) -> None:
    registry.bring_up_to_date(packhouse.known, packhouse.proof)
    (first,) = packhouse.known.keys
    later = replace(
        packhouse.known,
        roles=frozenset({"verifier"}),
        keys=(
            replace(first, expires_at=1_800_000_000, valid_until=40, reason="lost"),
            MirroredKey(address_of(SECOND), 9),
        ),
    )
    added = MirrorDifference(later.id, f"key {address_of(SECOND)}", later.keys[1], None)
    assert registry.bring_up_to_date(later) == [added]
    assert registry.bring_up_to_date(later) == [added]
    assert registry.read(later.id) == replace(later, keys=later.keys[:1])


def test_a_suspension_and_a_key_that_only_the_chain_has_stay_differences(
    registry: EvmOrganizationRegistry, packhouse: Registered, signing: Callable[[bytes], RegistryCalls]
) -> None:
    registry.bring_up_to_date(packhouse.known, packhouse.proof)
    extra = MirroredKey(address_of(SECOND), 9)
    registry.relay(signing(packhouse.party.key).add_key(Grant(extra.address, "statements", 9)))
    registry.suspend(packhouse.party.id, "stolen")
    found = registry.bring_up_to_date(packhouse.known)
    assert [(d.fact, d.in_log, d.on_chain) for d in found] == [
        ("suspended", False, True),
        (f"key {extra.address}", None, extra),
    ]
    registry.reinstate(packhouse.party.id)
    assert len(registry.bring_up_to_date(packhouse.known)) == 1


def test_an_organization_without_a_live_key_gets_one_after_seven_days(
    registry: EvmOrganizationRegistry,
    node: LocalNode,
    packhouse: Registered,
    signing: Callable[[bytes], RegistryCalls],
) -> None:
    organization, first = packhouse.party.id, packhouse.party.key
    registry.bring_up_to_date(packhouse.known, packhouse.proof)
    proposed = MirroredKey(address_of(SECOND), 50)
    with pytest.raises(TransactionRevertedError, match="OrganizationHasLiveKey"):
        registry.start_recovery(organization, proposed)
    registry.take_key(organization, address_of(first), 40, "lost")
    registry.start_recovery(organization, MirroredKey(address_of(THIRD), 50))
    registry.stop_recovery(organization)
    registry.start_recovery(organization, proposed)
    with pytest.raises(TransactionRevertedError, match="RecoveryTooEarly"):
        registry.finish_recovery(organization)
    registry.relay(signing(first).object_to_recovery(proposed.address))
    with pytest.raises(TransactionRevertedError, match="NoRecoveryUnderWay"):
        registry.finish_recovery(organization)
    registry.start_recovery(organization, proposed)
    ask_local(node.port, "evm_increaseTime", [WEEK_S])
    ask_local(node.port, "evm_mine")
    registry.finish_recovery(organization)
    assert registry.read(organization).keys[-1] == proposed


def test_an_organization_that_only_one_side_has_is_found(
    registry: EvmOrganizationRegistry, packhouse: Registered
) -> None:
    registry.bring_up_to_date(packhouse.known, packhouse.proof)
    port = MirroredOrganization(PORT, frozenset({"port"}), (MirroredKey(address_of(THIRD), 6),))
    found = {(difference.organization, difference.fact) for difference in registry.differences([port])}
    assert found == {(packhouse.party.id, "organization"), (PORT, "organization")}
    (unproven,) = registry.bring_up_to_date(port)
    assert (unproven.fact, unproven.on_chain) == ("organization", None)


def test_an_organization_that_is_not_there_is_named(
    registry: EvmOrganizationRegistry, packhouse: Registered
) -> None:
    with pytest.raises(OrganizationNotMirroredError, match=PORT):
        registry.read(PORT)
    registry.bring_up_to_date(packhouse.known, packhouse.proof)
    with pytest.raises(OrganizationNotMirroredError, match=PORT):
        registry.read(PORT)


def test_only_the_admin_mirrors_and_nothing_twice(
    registry: EvmOrganizationRegistry, node: LocalNode, tmp_path: Path, packhouse: Registered
) -> None:
    registry.bring_up_to_date(packhouse.known, packhouse.proof)
    with pytest.raises(TransactionRevertedError, match="OrganizationAlreadyRegistered"):
        registry.mirror(packhouse.party.id, packhouse.known.keys[0], packhouse.proof)
    with pytest.raises(UnknownRoleError):
        registry.accredit(packhouse.party.id, ["smuggler"])
    settings = ChainSettings(deployments=tmp_path / "contracts.json")
    stranger = EvmOrganizationRegistry(node.rpc_url, b"\x52" * 32, settings=settings)
    with pytest.raises(TransactionRevertedError, match="NotAnAccreditor"):
        stranger.accredit(packhouse.party.id, ["port"])
    with pytest.raises(TransactionRevertedError, match="NotTheAdmin"):
        stranger.end_key(packhouse.party.id, address_of(packhouse.party.key), 9)
    assert stranger.read(packhouse.party.id) == packhouse.known
    stranger.close()


def test_every_organization_of_a_log_is_mirrored_and_a_rotation_shows_what_is_missing(
    registry: EvmOrganizationRegistry,
) -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    world.register("Port", "port")
    mirror = Mirroring(world.store, registry)
    mirror.bring_up_to_date()
    assert mirror.differences() == []
    world.rotate(farm)
    mirror.bring_up_to_date()
    (missing,) = mirror.differences()
    assert (missing.organization, missing.fact) == (farm.id, f"key {farm.address}")
    assert missing.on_chain is None
