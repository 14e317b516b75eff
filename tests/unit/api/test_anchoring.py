"""The task that anchors: when, how it fails, how it comes back; identities mirrored beside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from api import chain_task
from api.anchoring import Anchoring
from api.chain_task import ChainTask, Pace
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
    monkeypatch.setattr(chain_task, "TICK_S", 0.01)
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
    monkeypatch.setattr(chain_task, "time", made)
    return made


def task(world: World, chain: InMemoryAnchorChain, statements: int = 5, seconds: float = 60) -> ChainTask:
    return ChainTask(world.ledger, "memory", lambda: chain, Pace(statements, seconds))


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
    one = task(here.world, here.chain)
    monkeypatch.setattr(one, "status", lambda: poor)
    monkeypatch.setattr(here.wired.anchoring, "tasks", (one,))
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
    clock.now += chain_task.LOOK_AGAIN_S - 1
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
    clock.now += chain_task.LOOK_AGAIN_S
    assert made._due()
    again = made.now()
    assert again is not None
    assert chain.history() == [again]
    with world.store.read() as view:
        assert view.anchors() == [again]


def test_the_task_outlives_whatever_goes_wrong(
    chained: Served, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    (task,) = chained.wired.anchoring.tasks
    until(lambda: task.state().pending == 0)
    good = chained.wired.ledger.anchor_newest

    def full_disk(_: Any) -> Anchor:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(chained.wired.ledger, "anchor_newest", full_disk)
    monkeypatch.setattr(chain_task, "MAX_WAIT_S", 0.05)
    task._pace = Pace(1, 3600)
    chained.world.register("Farm")
    until(lambda: "No space left" in task.state().problem)
    assert "will try again" in caplog.text
    chained.chain.away = True
    monkeypatch.setattr(chained.wired.ledger, "anchor_newest", good)
    until(lambda: "memory" in task.state().problem)
    chained.chain.away = False
    until(lambda: task.state().pending == 0)
    task.start()
    assert task.status().reachable


def test_a_chain_that_does_not_start_is_a_status_too() -> None:
    def broken() -> InMemoryAnchorChain:
        raise ChainUnreachableError("here", "it does not start")

    status = ChainTask(World().ledger, "broken", broken, Pace(1, 1)).status()
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
    one = ChainTask(world.ledger, "memory", InMemoryAnchorChain, Pace(1, 1), mirror)
    made = Anchoring(world.store, [one])
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
    one = ChainTask(here.world.ledger, "memory", lambda: here.chain, Pace(1, 1), mirror)
    here.wired.anchoring.tasks = (one,)
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
        Anchoring(world.store).read_anchor(first)


def two(world: World) -> tuple[InMemoryAnchorChain, InMemoryAnchorChain, Anchoring]:
    near, far = InMemoryAnchorChain(), InMemoryAnchorChain(chain_id=100)
    tasks = [
        ChainTask(world.ledger, "near", lambda: near, Pace(1, 60)),
        ChainTask(world.ledger, "far", lambda: far, Pace(1, 60, confirmations=12)),
    ]
    return near, far, Anchoring(world.store, tasks)


def test_each_chain_has_its_anchors_and_what_is_pending_there() -> None:
    world = World()
    _, far, made = two(world)
    first = made.now()
    assert first is not None
    assert first.chain_id == 31337
    far.away = True
    world.register("Farm")
    with pytest.raises(ChainUnreachableError):
        made.now()
    near_state, far_state = made.states()
    assert (near_state.pending, near_state.problem, near_state.confirmations) == (0, "", 1)
    assert (far_state.pending, far_state.failures, far_state.confirmations) == (1, 1, 12)
    assert near_state.newest is not None
    assert near_state.cost is not None
    assert near_state.cost.gas == near_state.newest.gas
    whole = made.state()
    assert (whole.pending, whole.failures) == (0, 1)
    assert whole.problem.startswith("far: ")
    far.away = False
    made.now()
    assert [one.pending for one in made.states()] == [0, 0]
    with world.store.read() as view:
        sizes = [anchor.size for anchor in view.anchors()]
        assert sizes == sorted(sizes)
        assert {anchor.chain_id for anchor in view.anchors()} == {31337, 100}
    assert made.now() is None


def test_a_chain_that_hangs_delays_neither_another_nor_a_post(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_task, "TICK_S", 0.01)
    world = World()
    near, _, made = two(world)
    hanging, go_on = threading.Event(), threading.Event()
    good = near.newest

    def slow() -> Anchor | None:
        hanging.set()
        assert go_on.wait(10)
        return good()

    monkeypatch.setattr(near, "newest", slow)
    made.start()
    try:
        assert hanging.wait(5)
        until(lambda: made.states()[1].pending == 0)
        world.register("Farm")
        until(lambda: made.states()[1].pending == 0 and made.state().pending == 0)
        assert made.states()[0].newest is None
    finally:
        go_on.set()
        made.close()


def test_an_anchor_is_read_on_its_own_chain_and_a_chain_without_address_is_not_asked() -> None:
    world = World()
    near, far, made = two(world)
    near.away = True
    with pytest.raises(ChainUnreachableError):
        made.now()
    (stated,) = far.history()
    near.away = False
    assert made.read_anchor(stated) == stated
    with pytest.raises(ChainUnreachableError, match="no RPC address is set"):
        made.read_anchor(replace(stated, chain_id=5))


def test_an_anchor_whose_block_vanished_is_forgotten_even_while_it_can_not_be_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, chain = World(), InMemoryAnchorChain()
    made = task(world, chain)
    first = made.now()
    world.register("Farm")
    made.now()
    del chain._anchors[-1]

    def refuse(size: int, root: bytes) -> Anchor:
        raise ChainUnreachableError("memory", f"{size} {root.hex()}")

    with monkeypatch.context() as patched:
        patched.setattr(chain, "anchor", refuse)
        with pytest.raises(ChainUnreachableError):
            made.now()
    with world.store.read() as view:
        assert view.anchors() == [first]
    assert made.state().pending == 1
    again = made.now()
    assert again is not None
    assert made.state().pending == 0


def test_a_bundle_carries_the_anchor_of_a_chain_that_others_run_where_it_covers_all(tmp_path: Path) -> None:
    with served(tmp_path) as here:
        farm = here.world.register("Farm")
        lot = here.world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
        sent = here.world.dispatch(farm, lot, kg(1), to=None)
        near, far, made = two(here.world)
        made.now()
        here.world.register("Another farm")
        made.tasks[0].now()
        address = f"/v1/passports/{sent}/bundle"
        assert here.client.get(address).json()["anchor"]["chain_id"] == 100
        far.lose()
        near.lose()
        with here.world.store.write() as writer:
            writer.forget_anchors(100, far.status().contract or "")
        assert here.client.get(address).json()["anchor"]["chain_id"] == 31337


def test_every_chain_is_named_where_machines_look(here: Served) -> None:
    near, far, made = two(here.world)
    here.wired.anchoring.tasks = made.tasks
    far.away = True
    with pytest.raises(ChainUnreachableError):
        made.now()
    shown = here.client.get("/v1/anchors").json()["chains"]
    assert [(one["name"], one["chain_id"], one["confirmations"]) for one in shown] == [
        ("near", 31337, 1),
        ("far", None, 12),
    ]
    assert shown[0]["newest"]["size"] == here.size()
    assert shown[0]["cost"] == {"gas": near.history()[0].gas, "wei_each": "1000000000"}
    assert shown[1]["problem"]
    ready = here.client.get("/readyz").json()
    assert [(one["name"], one["reachable"], one["pending"]) for one in ready["chains"]] == [
        ("near", True, 0),
        ("far", False, here.size()),
    ]


def test_a_chain_that_loses_everything_between_two_questions_has_no_newest_anchor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, chain = World(), InMemoryAnchorChain()
    made = task(world, chain)
    first = made.now()
    answers = [first, None]
    monkeypatch.setattr(chain, "newest", lambda: answers.pop(0))
    assert made.now() is None
    assert made._due() is False
    monkeypatch.undo()
    chain.lose()
    assert made.now() is not None
