"""The task that anchors: when, how it fails, how it comes back; identities mirrored beside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from api import anchoring
from api.anchoring import Anchoring
from api.mirroring import Mirroring
from ledger.chain.errors import AnchorNotFoundError, ChainUnreachableError
from ledger.chain.in_memory import InMemoryAnchorChain
from ledger.chain.registrations import RegistrationProof
from ledger.chain.registry import EvmOrganizationRegistry, MirrorDifference, MirroredOrganization
from ledger.interfaces import Anchor, LedgerStore
from scripts.vectors.handmade_log import burnt
from tests.builders import World, kg
from tests.served import Served, refused, served


def until(holds: Callable[[], bool], within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def chained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A served ledger on a chain in memory, whose task looks often."""
    monkeypatch.setattr(anchoring, "TICK_S", 0.01)
    with served(tmp_path, anchored=True) as here:
        yield here


class Clockwork:
    """A clock that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    made = Clockwork()
    monkeypatch.setattr(anchoring, "time", made)
    return made


def task(world: World, chain: InMemoryAnchorChain, statements: int = 5, seconds: float = 60) -> Anchoring:
    return Anchoring(world.ledger, lambda: chain, statements, seconds)


def test_a_new_ledger_is_anchored_at_once_and_says_anchored(chained: Served) -> None:
    until(lambda: chained.client.get("/v1/anchors").json()["pending"] == 0)
    shown = chained.client.get("/v1/anchors").json()
    assert shown["anchors"][0]["size"] == chained.size()
    assert shown["problem"] is None
    assert shown["mirror"] is None


def test_statements_are_taken_and_pending_while_the_chain_is_away(tmp_path: Path) -> None:
    with served(tmp_path, anchored=True) as here:
        here.wired.anchoring.close()
        here.wired.anchoring.now()
        here.chain.away = True
        farm = here.world.register("Farm")
        lot = here.world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
        sent = here.world.dispatch(farm, lot, kg(1), to=None)
        with pytest.raises(ChainUnreachableError):
            here.wired.anchoring.now()
        shown = here.client.get("/v1/anchors").json()
        assert (shown["pending"], shown["enabled"]) == (3, True)
        assert "does not answer" in shown["problem"] or "away" in shown["problem"]
        assert here.client.get(f"/v1/statements/{sent}").json()["anchored"] == "pending"
        proof = here.client.get(f"/v1/log/proofs/{sent}").json()
        assert (proof["anchored"], proof["anchors"]) == ("pending", [])
        ready = here.client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["chain"]["reachable"] is False
        assert ready.json()["chain"]["fund_address"] is None
        assert ready.json()["pending"] == 3
        assert here.client.get(f"/v1/passports/{sent}/bundle").status_code == 200
        here.chain.away = False
        here.wired.anchoring.now()
        assert here.client.get(f"/v1/statements/{sent}").json()["anchored"] == "anchored"
        assert here.client.get("/v1/anchors").json()["problem"] is None


def test_an_address_without_ether_is_named_to_be_funded(
    here: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = replace(here.chain.status(), funded=False, reason="fund it")
    monkeypatch.setattr(here.wired.anchoring, "status", lambda: poor)
    chain = here.client.get("/readyz").json()["chain"]
    assert chain["fund_address"] == here.world.operator.address
    assert chain["reason"] == "fund it"


def test_without_a_chain_nothing_is_anchored_and_nothing_fails(here: Served) -> None:
    assert here.wired.anchoring.now() is None
    assert here.client.get("/readyz").json()["chain"] is None
    shown = here.client.get("/v1/anchors").json()
    assert (shown["enabled"], shown["anchors"], shown["pending"]) == (False, [], here.size())
    here.wired.anchoring.start()
    here.wired.anchoring.close()


def test_a_database_that_is_away_makes_the_ledger_not_ready(here: Served, tmp_path: Path) -> None:
    assert here.client.get("/readyz").json()["status"] == "ready"
    here.wired.store.close()
    here.wired.store._known_version = False
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    answer = here.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert refused(here.client.get("/v1/organizations"))[0] in (500, 503)
    here.world.store.migrate()  # type: ignore[attr-defined]


def test_it_is_due_after_so_many_statements_or_so_long(clock: Clockwork) -> None:
    world, chain = World(), InMemoryAnchorChain()
    made = task(world, chain)
    assert made._due()
    made.now()
    assert not made._due()
    for number in range(4):
        world.register(f"Farm {number}")
    assert not made._due()
    world.register("The fifth")
    assert made._due()
    made.now()
    clock.now += 61
    made.now()
    world.register("One more")
    assert not made._due()
    clock.now += anchoring.LOOK_AGAIN_S - 1
    assert not made._due()
    patient = task(world, chain, 1000, 10)
    patient.now()
    world.register("Yet another")
    assert not patient._due()
    clock.now += 11
    assert patient._due()


def test_zero_statements_means_each_one_at_once(clock: Clockwork) -> None:
    del clock
    world, chain = World(), InMemoryAnchorChain()
    made = task(world, chain, 0)
    made.now()
    assert not made._due()
    world.register("Farm")
    assert made._due()


def test_it_waits_longer_after_every_failure(clock: Clockwork) -> None:
    world, chain = World(), InMemoryAnchorChain()
    chain.away = True
    made = task(world, chain)
    for failures, wait_s in ((1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60)):
        with pytest.raises(ChainUnreachableError):
            made.now()
        assert made.state().failures == failures
        clock.now += wait_s - 0.1
        assert not made._due()
        clock.now += 0.2
        assert made._due()


def test_lost_anchors_are_made_again_even_if_nothing_is_new(clock: Clockwork) -> None:
    world, chain = World(), InMemoryAnchorChain()
    made = task(world, chain)
    made.now()
    chain.lose()
    assert not made._due()
    clock.now += anchoring.LOOK_AGAIN_S
    assert made._due()
    again = made.now()
    assert again is not None
    assert chain.history() == [again]
    with world.store.read() as view:
        assert view.anchors() == [again]


def test_the_task_outlives_whatever_goes_wrong(
    chained: Served, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    task = chained.wired.anchoring
    until(lambda: task.state().pending == 0)
    good = chained.wired.ledger.anchor_newest

    def full_disk(_: Any) -> Anchor:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(chained.wired.ledger, "anchor_newest", full_disk)
    monkeypatch.setattr(anchoring, "MAX_WAIT_S", 0.05)
    task._every_statements = 1
    chained.world.register("Farm")
    until(lambda: "No space left" in task.state().problem)
    assert "will try again" in caplog.text
    chained.chain.away = True
    monkeypatch.setattr(chained.wired.ledger, "anchor_newest", good)
    until(lambda: "memory" in task.state().problem)
    chained.chain.away = False
    until(lambda: task.state().pending == 0)
    task.start()
    assert task.status() is not None


def test_a_chain_that_does_not_start_is_a_status_too() -> None:
    def broken() -> InMemoryAnchorChain:
        raise ChainUnreachableError("here", "it does not start")

    made = Anchoring(World().ledger, broken, 1, 1)
    status = made.status()
    assert status is not None
    assert not status.reachable
    assert "does not start" in status.reason


class Registry:
    """A mirror in memory that writes nothing it is told not to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.differs: list[MirrorDifference] = []

    def bring_up_to_date(
        self, organization: MirroredOrganization, proof: RegistrationProof | None
    ) -> list[MirrorDifference]:
        assert proof is not None
        self.asked.append(organization.id)
        return self.differs


def mirroring(store: LedgerStore, registry: Registry) -> Mirroring:
    return Mirroring(store, cast("EvmOrganizationRegistry", registry))


def test_identities_are_mirrored_after_each_anchor_when_they_changed() -> None:
    world, registry = World(), Registry()
    mirror = mirroring(world.store, registry)
    made = Anchoring(world.ledger, InMemoryAnchorChain, 1, 1, mirror)
    farm = world.register("Farm")
    made.now()
    assert set(registry.asked) == {farm.id, world.accreditor.id}
    registry.asked.clear()
    made.now()
    assert registry.asked == []
    world.rotate(farm)
    registry.differs = [MirrorDifference(farm.id, "key", "a", "b")]
    made.now()
    assert registry.asked == [farm.id]
    assert made.mirror_differences() == registry.differs
    mirror.start_over()
    registry.asked.clear()
    made.now()
    assert len(registry.asked) == 2


def test_all_pages_of_organizations_are_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.mirroring.PAGE", 2)
    world, registry = World(), Registry()
    for number in range(4):
        world.register(f"Farm {number}")
    mirroring(world.store, registry).bring_up_to_date()
    assert len(set(registry.asked)) == 5


def test_a_difference_between_log_and_mirror_is_shown(here: Served) -> None:
    registry = Registry()
    registry.differs = [MirrorDifference("org_x", "key", "in use", "revoked")]
    mirror = mirroring(here.world.store, registry)
    here.world.register("Farm")
    mirror.bring_up_to_date()
    here.wired.anchoring._mirroring = mirror
    shown = here.client.get("/v1/anchors").json()["mirror"]
    assert shown[0] == {"organization": "org_x", "fact": "key", "in_log": "in use", "on_chain": "revoked"}


def test_a_stated_anchor_is_read_on_the_chain_or_the_newest_where_it_was_lost() -> None:
    world, chain = World(), InMemoryAnchorChain()
    made = task(world, chain)
    first = made.now()
    assert first is not None
    assert made.read_anchor(first) == first
    world.register("Farm")
    second = made.now()
    assert second is not None
    assert made.read_anchor(first) == first
    chain.lose()
    with pytest.raises(AnchorNotFoundError):
        made.read_anchor(first)
    again = made.now()
    assert made.read_anchor(first) == again
    with pytest.raises(AnchorNotFoundError):
        Anchoring(world.ledger, None, 1, 1).read_anchor(first)
