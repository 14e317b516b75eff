"""Random calls of the contracts on a real chain: each answer is the one of a model in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.chain.authorizations import PURPOSES, REASONS, Grant, RegistryCalls, SignedCall, registry_domain
from ledger.chain.contracts import compiled_contract
from ledger.chain.errors import TransactionRevertedError
from ledger.chain.local_node import LocalNode, ask_local
from ledger.chain.registrations import organization_bytes, proof_of
from ledger.chain.rpc import EvmRpc, checksum
from ledger.chain.sender import TransactionSender
from ledger.chain.signed_calls import (
    ANCHOR_TYPE,
    RECOVERY_KEY_TYPE,
    SUCCESSOR_TYPE,
    CallDomain,
    anchor_domain,
    split,
)
from ledger.signing import address_of, sign_digest
from tests.builders import World
from tests.integration.chain_models import GROWTH, WEEK_S, Call, KeyModel, LogModel, OrganizationModel

SEED = 20_261_121
STEPS = 140
KEYS = [bytes([number]) * 32 for number in range(1, 9)]


class Chain:
    """A contract on anvil whose blocks are a second apart."""

    def __init__(self, node: LocalNode, name: str, *arguments: Any) -> None:
        self._port, self._rpc, self.compiled = node.port, EvmRpc(node.rpc_url), compiled_contract(name)
        self._sender = TransactionSender(self._rpc, b"\x51" * 32)
        ask_local(self._port, "anvil_setBlockTimestampInterval", [1])
        creation = self._rpc.creation(self.compiled, *arguments)
        self.address = str(self._sender.send(self.compiled, None, creation)["contractAddress"])
        self.chain_id = self._rpc.chain_id()

    def close(self) -> None:
        self._rpc.close()

    def call(self, function: str, *arguments: Any) -> str | None:
        """Return the name of the refusal, or None."""
        encoded = self._rpc.contract(self.compiled, self.address).encode_abi(function, list(arguments))
        try:
            self._sender.send(self.compiled, self.address, encoded)
        except TransactionRevertedError as error:
            return error.reason.partition("(")[0]
        return None

    def read(self, function: str, *arguments: Any) -> Any:
        return self._rpc.read(self.compiled, self.address, function, *arguments)

    def next_second(self) -> int:
        block = ask_local(self._port, "eth_getBlockByNumber", ["latest", False])
        return int(block["timestamp"], 16) + 1

    def wait(self, seconds: int) -> None:
        ask_local(self._port, "evm_setNextBlockTimestamp", [self.next_second() + seconds])
        ask_local(self._port, "evm_mine")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNode]:
    with LocalNode(tmp_path_factory.mktemp("chain")) as running:
        yield running


@pytest.fixture
def opened(node: LocalNode) -> Iterator[Callable[..., Chain]]:
    running: list[Chain] = []

    def create(name: str, *arguments: Any) -> Chain:
        running.append(Chain(node, name, *arguments))
        return running[-1]

    yield create
    for chain in running:
        chain.close()


def agree(seen: Counter[str], step: int, name: str, answers: tuple[str | None, str | None]) -> None:
    """Check that chain and model gave the same answer, and count it."""
    on_chain, in_model = answers
    assert on_chain == in_model, (
        f"seed {SEED}, step {step}, {name}: the chain {on_chain}, the model {in_model}"
    )
    seen[in_model or name] += 1


def test_random_logs_are_kept_as_the_model_keeps_them(opened: Callable[..., Chain]) -> None:
    chance, seen = random.Random(SEED), Counter[str]()  # noqa: S311 - it has to come again
    chain = opened("PassportAnchor")
    domain = anchor_domain(chain.chain_id, chain.address)
    logs = [LogModel(address_of(key)) for key in KEYS[:3]]
    for step in range(STEPS):
        which = chance.randrange(3)
        log, signer = logs[which], KEYS[which if chance.random() < 0.85 else chance.randrange(8)]
        name = chance.choices(["anchor", "recovery", "successor"], [12, 2, 1])[0]
        answers = {"anchor": anchored, "recovery": key_named, "successor": succeeded}[name](
            chain, domain, chance, (logs, log, signer)
        )
        agree(seen, step, name, answers)
    for log in logs:
        size, root, _ = chain.read("newest", checksum(log.address))
        assert (size, root) == (log.size, log.root)
        named = (
            chain.read("recoveryKeyOf", checksum(log.address)),
            chain.read("successorOf", checksum(log.address)),
        )
        assert [None if int(a, 16) == 0 else a.lower() for a in named] == [log.recovery_key, log.successor]
    assert len(seen) >= 9, seen


Players = tuple[list[LogModel], LogModel, bytes]


def anchored(
    chain: Chain, domain: CallDomain, chance: random.Random, players: Players
) -> tuple[str | None, str | None]:
    _, log, key = players
    size = max(0, log.size + chance.choice([-1, 0, 0, 1, 7, 1000, GROWTH, GROWTH + 1]))
    root = chance.choice([log.root, bytes([chance.randrange(256)]) * 32, b"\x07" * 32])
    signature = sign_digest(domain.digest(ANCHOR_TYPE, checksum(log.address), size, root), key)
    on_chain = chain.call("anchor", checksum(log.address), size, root, *split(signature))
    return on_chain, log.anchor(size, root, address_of(key))


def key_named(
    chain: Chain, domain: CallDomain, chance: random.Random, players: Players
) -> tuple[str | None, str | None]:
    _, log, key = players
    named = chance.choice([log.address, address_of(KEYS[5]), address_of(KEYS[6])])
    signature = sign_digest(domain.digest(RECOVERY_KEY_TYPE, checksum(log.address), checksum(named)), key)
    on_chain = chain.call("nameRecoveryKey", checksum(log.address), checksum(named), *split(signature))
    return on_chain, log.name_recovery_key(named, address_of(key))


def succeeded(
    chain: Chain, domain: CallDomain, chance: random.Random, players: Players
) -> tuple[str | None, str | None]:
    logs, log, _ = players
    successor, key = chance.choice(logs), chance.choice(KEYS[5:7])
    said = checksum(log.address), checksum(successor.address)
    signature = sign_digest(domain.digest(SUCCESSOR_TYPE, *said), key)
    on_chain = chain.call("nameSuccessor", *said, bytes.fromhex(signature[2:]))
    return on_chain, log.name_successor(successor, address_of(key))


class Organization:
    """One organization's life on the chain and in the model."""

    def __init__(self, chain: Chain, chance: random.Random) -> None:
        world = World()
        party = world.register("Packhouse", key=KEYS[0])
        with world.store.read() as view:
            proof = proof_of(view.identity_statements(party.id)[0].statement)
        assert proof is not None
        self.chain, self.chance, self.name = chain, chance, party.id
        self.id = organization_bytes(party.id)
        self.model = OrganizationModel({party.address: KeyModel(0, 5, 0)})
        assert chain.call("mirror", self.id, checksum(party.address), 5, proof.arguments()) is None

    def key(self) -> bytes:
        return self.chance.choice(KEYS)

    def moment(self) -> int:
        return self.chain.next_second() + self.chance.choice([-5000, 100, 5000, WEEK_S])

    def position(self) -> int:
        return self.chance.choice([0, 5, 6, 20])

    def signed(self, make: Callable[[RegistryCalls], SignedCall]) -> tuple[SignedCall, Call]:
        """Sign a call, sometimes with a used number, a passed deadline, or for another contract."""
        now = self.chain.next_second()
        live = [key for key in KEYS if (held := self.model.keys.get(address_of(key))) and held.live(now)]
        key = self.chance.choice(live) if live and self.chance.random() < 0.7 else self.key()
        nonce = self.model.nonce + self.chance.choices([0, 1, -1], [12, 1, 1])[0]
        deadline = now + self.chance.choices([1000, -10], [12, 1])[0]
        genuine = self.chance.random() < 0.9
        contract = self.chain.address if genuine else "0x" + "c1" * 20
        domain = registry_domain(self.chain.chain_id, contract)
        calls = RegistryCalls(domain, self.name, key, max(0, nonce), deadline)
        return make(calls), Call(address_of(key), max(0, nonce), deadline, genuine)

    def bring(self, call: SignedCall) -> str | None:
        return self.chain.call(call.function, *call.arguments)

    def adds(self) -> tuple[str | None, str | None]:
        purpose, end = self.chance.randrange(3), self.chance.choice([0, self.moment()])
        address, start = address_of(self.key()), self.position()
        call, seen = self.signed(lambda calls: calls.add_key(Grant(address, PURPOSES[purpose], start, end)))
        now = self.chain.next_second()
        return self.bring(call), self.model.add_key(seen, address, KeyModel(purpose, start, end), now)

    def rotates(self) -> tuple[str | None, str | None]:
        old, new, start, end = address_of(self.key()), address_of(self.key()), self.position(), self.moment()
        call, seen = self.signed(lambda calls: calls.rotate_key(old, new, start, end))
        now = self.chain.next_second()
        return self.bring(call), self.model.rotate_key(seen, old, new, (start, end), now)

    def revokes(self) -> tuple[str | None, str | None]:
        address, until, reason = address_of(self.key()), self.position(), self.chance.randrange(5)
        call, seen = self.signed(lambda calls: calls.revoke_key(address, until, REASONS[reason]))
        now = self.chain.next_second()
        return self.bring(call), self.model.revoke_key(seen, address, until, reason, now)

    def objects(self) -> tuple[str | None, str | None]:
        proposed = self.model.recovery[0] if self.model.recovery else address_of(KEYS[7])
        call, seen = self.signed(lambda calls: calls.object_to_recovery(proposed))
        now = self.chain.next_second()
        return self.bring(call), self.model.object_to_recovery(seen, now)

    def admin_ends(self) -> tuple[str | None, str | None]:
        address, end, now = address_of(self.key()), self.moment(), self.chain.next_second()
        on_chain = self.chain.call("endKey", self.id, checksum(address), end)
        return on_chain, self.model.end_key(address, end, now)

    def admin_takes(self) -> tuple[str | None, str | None]:
        address, until, now = address_of(self.key()), self.position(), self.chain.next_second()
        reason = self.chance.randrange(5)
        on_chain = self.chain.call("takeKey", self.id, checksum(address), until, reason)
        return on_chain, self.model.take_key(address, until, reason, now)

    def admin_proposes(self) -> tuple[str | None, str | None]:
        address, now = address_of(self.key()), self.chain.next_second()
        on_chain = self.chain.call("startRecovery", self.id, checksum(address), 9)
        return on_chain, self.model.start_recovery(address, 9, now)

    def admin_stops(self) -> tuple[str | None, str | None]:
        return self.chain.call("stopRecovery", self.id), self.model.stop_recovery()

    def anybody_finishes(self) -> tuple[str | None, str | None]:
        now = self.chain.next_second()
        return self.chain.call("finishRecovery", self.id), self.model.finish_recovery(now)

    def admin_suspends(self) -> tuple[str | None, str | None]:
        on = self.chance.random() < 0.4
        call = ("suspend", self.id, 2) if on else ("reinstate", self.id)
        return self.chain.call(*call), self.model.suspend(on=on)

    def time_passes(self) -> tuple[str | None, str | None]:
        self.chain.wait(self.chance.choice([100, 10_000, WEEK_S // 2]))
        return None, None

    def check(self) -> None:
        """Compare everything that the chain holds with the model."""
        there = [address.lower() for address in self.chain.read("keysOf", self.id)]
        assert there == list(self.model.keys)
        for address, key in self.model.keys.items():
            found = tuple(self.chain.read("validityOf", self.id, checksum(address)))
            expected = key.purpose, key.valid_from, key.valid_until, key.expires_at, key.reason
            assert found == expected
        assert self.chain.read("nonceOf", self.id) == self.model.nonce
        assert self.chain.read("isSuspended", self.id) == self.model.suspended
        proposed = self.chain.read("recoveryOf", self.id)[0].lower()
        assert proposed == (self.model.recovery[0] if self.model.recovery else "0x" + "00" * 20)


def test_a_random_life_of_organizations_goes_as_the_model_says(opened: Callable[..., Chain]) -> None:
    chance, seen = random.Random(SEED), Counter[str]()  # noqa: S311 - it has to come again
    chain = opened("OrganizationRegistry", checksum(address_of(b"\x51" * 32)))
    for _ in range(2):
        organization = Organization(chain, chance)
        actions: list[tuple[str, int]] = [
            ("adds", 8),
            ("rotates", 6),
            ("revokes", 6),
            ("objects", 3),
            ("admin_ends", 2),
            ("admin_takes", 4),
            ("admin_proposes", 4),
            ("admin_stops", 1),
            ("anybody_finishes", 4),
            ("admin_suspends", 2),
            ("time_passes", 3),
        ]
        names, weights = zip(*actions, strict=True)
        for step in range(STEPS):
            name = chance.choices(names, weights)[0]
            agree(seen, step, name, getattr(organization, name)())
        organization.check()
    assert len(seen) >= 22, seen
