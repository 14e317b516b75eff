from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.contracts import compiled_contract
from ledger.chain.deployments import ContractSite, Deployment, Deployments
from ledger.chain.errors import (
    ChainAddressError,
    ContractMissingError,
    DeploymentsDamagedError,
    WrongChainError,
)
from ledger.chain.rpc import EvmRpc
from ledger.chain.sender import TransactionSender
from ledger.chain.settings import ChainSettings
from tests.unit.chain.scripted_node import CHAIN_ID, ScriptedNode

ANCHORS = compiled_contract("PassportAnchor")
CONTRACT = "0x" + "c0" * 20


@pytest.fixture
def node() -> Iterator[ScriptedNode]:
    with ScriptedNode() as running:
        yield running


@pytest.fixture
def rpc(node: ScriptedNode) -> Iterator[EvmRpc]:
    asking = EvmRpc(node.url, attempts=1)
    yield asking
    asking.close()


def test_what_was_created_is_remembered_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "chain" / "contracts.json"
    Deployments(path).keep(31337, "PassportAnchor", Deployment(CONTRACT, 4))
    Deployments(path).keep(31337, "OrganizationRegistry", Deployment(CONTRACT, 5))
    Deployments(path).keep(1, "PassportAnchor", Deployment(CONTRACT, 6))
    assert Deployments(path).find(31337, "PassportAnchor") == Deployment(CONTRACT, 4)
    assert Deployments(path).find(1, "PassportAnchor") == Deployment(CONTRACT, 6)
    assert Deployments(path).find(1, "OrganizationRegistry") is None
    assert json.loads(path.read_text())["31337"]["PassportAnchor"] == {"address": CONTRACT, "block": 4}


def test_without_a_file_it_is_remembered_as_long_as_the_program_runs() -> None:
    deployments = Deployments()
    deployments.keep(1, "PassportAnchor", Deployment(CONTRACT, 6))
    assert deployments.find(1, "PassportAnchor") == Deployment(CONTRACT, 6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"1": 2}',
        '{"1": {"PassportAnchor": {}}}',
        '{"1": {"PassportAnchor": {"address": 1, "block": "x"}}}',
    ],
)
def test_a_damaged_file_is_named_and_never_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "contracts.json"
    path.write_text(text)
    with pytest.raises(DeploymentsDamagedError, match=r"contracts\.json"):
        Deployments(path).find(1, "PassportAnchor")
    assert path.read_text() == text


def test_a_contract_that_others_created_is_used_where_it_is(rpc: EvmRpc) -> None:
    site = ContractSite(rpc, ANCHORS, CONTRACT.upper().replace("X", "x"), ChainSettings(from_block=3))
    assert site.find() == (CHAIN_ID, Deployment(CONTRACT, 3))


def test_an_address_without_code_is_refused_and_nothing_is_created_there(
    node: ScriptedNode, rpc: EvmRpc
) -> None:
    node.answers["eth_getCode"] = lambda _: "0x"
    with pytest.raises(ContractMissingError, match=str(CHAIN_ID)):
        ContractSite(rpc, ANCHORS, CONTRACT, ChainSettings()).find_or_create(
            TransactionSender(rpc, b"\x42" * 32)
        )
    assert node.sent == []


def test_a_contract_on_another_chain_is_refused(rpc: EvmRpc) -> None:
    with pytest.raises(WrongChainError):
        ContractSite(rpc, ANCHORS, CONTRACT, ChainSettings(chain_id=1)).find()


def test_a_text_that_is_no_address_is_refused_before_anything_is_asked(
    node: ScriptedNode, rpc: EvmRpc
) -> None:
    with pytest.raises(ChainAddressError):
        ContractSite(rpc, ANCHORS, "0x12", ChainSettings())
    assert node.calls == []


def test_a_contract_is_created_once_and_again_only_where_it_is_gone(node: ScriptedNode, rpc: EvmRpc) -> None:
    site = ContractSite(rpc, ANCHORS, None, ChainSettings())
    sender = TransactionSender(rpc, b"\x42" * 32)
    node.answers["eth_getCode"] = lambda _: "0x" + ANCHORS.left_on_chain().hex()
    assert site.find() == (CHAIN_ID, None)
    created = site.find_or_create(sender)
    assert created == (CHAIN_ID, Deployment(CONTRACT, node.head))
    assert site.find_or_create(sender) == created
    assert len(node.sent) == 1
    node.answers["eth_getCode"] = lambda _: "0x"
    site.find_or_create(sender)
    assert len(node.sent) == 2


def test_an_earlier_versions_contract_is_left_and_the_new_one_created(
    node: ScriptedNode, rpc: EvmRpc
) -> None:
    site = ContractSite(rpc, ANCHORS, None, ChainSettings())
    sender = TransactionSender(rpc, b"\x42" * 32)
    site.find_or_create(sender)
    node.answers["eth_getCode"] = lambda _: "0x6001"
    assert site.find() == (CHAIN_ID, None)
    site.find_or_create(sender)
    assert len(node.sent) == 2
