"""The mirror of organizations on a real chain: written, read back, compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.chain.errors import OrganizationNotMirroredError, TransactionRevertedError, UnknownRoleError
from ledger.chain.local_node import LocalNode
from ledger.chain.registry import EvmOrganizationRegistry, MirroredKey, MirroredOrganization
from ledger.chain.settings import ChainSettings
from ledger.identifiers import organization_id

PACKHOUSE, PORT = organization_id("ab" * 32), organization_id("cd" * 32)
FIRST, SECOND, THIRD = ("0x" + digits * 20 for digits in ("1a", "2b", "3c"))
KNOWN = MirroredOrganization(PACKHOUSE, frozenset({"supplier"}), (MirroredKey(FIRST, 5),))


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


def test_an_organization_is_read_back_as_it_was_mirrored(registry: EvmOrganizationRegistry) -> None:
    assert registry.registered() == set()
    full = replace(
        KNOWN,
        keys=(MirroredKey(FIRST, 5, 20, 1_800_000_000), MirroredKey(SECOND, 9), MirroredKey(THIRD, 10, 12)),
    )
    registry.register(full)
    assert registry.read(PACKHOUSE) == full
    assert registry.registered() == {PACKHOUSE}
    assert registry.differences([full]) == []


def test_what_changes_in_the_log_is_mirrored_step_by_step(registry: EvmOrganizationRegistry) -> None:
    assert registry.bring_up_to_date(KNOWN) == []
    registry.add_key(PACKHOUSE, MirroredKey(SECOND, 9))
    registry.rotate_key(PACKHOUSE, FIRST, 1_800_000_000)
    registry.revoke_key(PACKHOUSE, SECOND, 30)
    registry.set_roles(PACKHOUSE, ["supplier", "port"])
    now = MirroredOrganization(
        PACKHOUSE,
        frozenset({"supplier", "port"}),
        (MirroredKey(FIRST, 5, None, 1_800_000_000), MirroredKey(SECOND, 9, 30)),
    )
    assert registry.read(PACKHOUSE) == now
    later = replace(now, roles=frozenset({"verifier"}), keys=(*now.keys, MirroredKey(THIRD, 40)))
    assert registry.bring_up_to_date(later) == []
    assert registry.bring_up_to_date(later) == []
    assert registry.read(PACKHOUSE) == later


def test_a_key_that_only_the_chain_has_stays_a_difference(registry: EvmOrganizationRegistry) -> None:
    registry.register(replace(KNOWN, keys=(MirroredKey(FIRST, 5), MirroredKey(SECOND, 9))))
    (difference,) = registry.bring_up_to_date(KNOWN)
    assert (difference.fact, difference.in_log, difference.on_chain) == (
        f"key {SECOND}",
        None,
        MirroredKey(SECOND, 9),
    )


def test_an_organization_that_only_one_side_has_is_found(registry: EvmOrganizationRegistry) -> None:
    registry.register(KNOWN)
    port = MirroredOrganization(PORT, frozenset({"port"}), (MirroredKey(THIRD, 6),))
    found = {(difference.organization, difference.fact) for difference in registry.differences([port])}
    assert found == {(PACKHOUSE, "organization"), (PORT, "organization")}


def test_an_organization_that_is_not_there_is_named(registry: EvmOrganizationRegistry) -> None:
    with pytest.raises(OrganizationNotMirroredError, match=PORT):
        registry.read(PORT)
    registry.register(KNOWN)
    with pytest.raises(OrganizationNotMirroredError, match=PORT):
        registry.read(PORT)


def test_only_the_mirrors_owner_writes_and_nothing_twice(
    registry: EvmOrganizationRegistry, node: LocalNode, tmp_path: Path
) -> None:
    registry.register(KNOWN)
    with pytest.raises(TransactionRevertedError, match="OrganizationAlreadyRegistered"):
        registry.register(KNOWN)
    with pytest.raises(UnknownRoleError):
        registry.set_roles(PACKHOUSE, ["smuggler"])
    settings = ChainSettings(deployments=tmp_path / "contracts.json")
    stranger = EvmOrganizationRegistry(node.rpc_url, b"\x52" * 32, settings=settings)
    with pytest.raises(TransactionRevertedError, match="NotTheOwner"):
        stranger.set_roles(PACKHOUSE, ["port"])
    assert stranger.read(PACKHOUSE) == KNOWN
    stranger.close()
