"""A draft that was signed, waited, and is posted when its key has changed."""

from __future__ import annotations

import pytest

from ledger.identity import RevokedKeyError
from tests.builders import Party, World
from tests.unit.refusals import refused
from tests.unit.test_identity import change, new_key, production


@pytest.fixture
def world() -> World:
    return World()


def test_a_draft_that_waited_while_its_key_was_revoked_is_refused(world: World) -> None:
    grower: Party = world.register("Grower", "farmer")
    key, address = new_key()
    world.post(change(world, grower, action="add", address=address))
    waiting, in_time = production(world, grower, key), production(world, grower, key)
    world.post(in_time)
    world.post(change(world, grower, action="revoke", address=address))
    error = refused(world, waiting, RevokedKeyError)
    assert (error.organization, error.address) == (grower.id, address)
    assert world.post(in_time), "what was logged before stays, and is answered alike"
