"""A log without a chain states what it holds at its own pace, so that who watches it has that cosigned."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest

from api.anchoring import Anchoring
from api.chain_task import TICK_S, Pace
from api.stating_task import StatingTask
from ledger.services import NoLogError
from tests.builders import World, kg


def grown(world: World) -> int:
    farm = world.register("Farm", "farmer")
    world.produce(farm, "lychee", kg(10))
    return size(world)


def size(world: World) -> int:
    with world.store.read() as view:
        return view.size()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_new_is_stated_after_so_many_entries_or_seconds_and_nothing_otherwise() -> None:
    world = World()
    step = lambda: world.ledger.state(world.operator.key)  # noqa: E731 - what the wiring gives
    by_count = StatingTask(world.store, step, Pace(2, 3600))
    by_time = StatingTask(world.store, step, Pace(1000, 0))
    assert not by_count.due()
    assert not by_time.due()
    before = grown(world)
    assert by_count.due()
    assert by_time.due()
    by_count.now()
    assert size(world) == before + 1
    assert not by_count.due(), "its own entry is nothing new"


def test_the_task_states_in_a_thread_of_its_own_until_it_is_closed() -> None:
    world = World()
    task = StatingTask(world.store, lambda: world.ledger.state(world.operator.key), Pace(1, 3600))
    anchoring = Anchoring(world.store, (), task)
    anchoring.start()
    anchoring.start()
    time.sleep(3 * TICK_S)  # nothing is due at first
    try:
        before = grown(world)
        until(lambda: size(world) > before)
    finally:
        anchoring.close()
        anchoring.close()
    assert not anchoring.enabled


@pytest.mark.parametrize("error", [NoLogError(), ZeroDivisionError("a mistake")])
def test_what_goes_wrong_is_told_and_tried_again_later(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()

    def fails() -> None:
        raise error

    task = StatingTask(world.store, fails, Pace(1, 3600))
    grown(world)
    with caplog.at_level(logging.WARNING, "passport.stating"):
        task.start()
        until(lambda: bool(caplog.records))
        task.close()
    assert "will try again" in caplog.text
    assert not task.due(), "it waits before it tries again"
