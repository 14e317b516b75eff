"""A second key signs what an organization hands on above its own threshold."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import countersigning, signing
from ledger.countersigning import (
    CountersignedAlreadyError,
    SameKeyTwiceError,
    SecondKeyError,
    SecondSignatureMissingError,
    TooManyCountersignaturesError,
)
from ledger.identity import Organization, RevokedKeyError
from ledger.in_memory import InMemoryStore
from ledger.replaying import replay
from ledger.signed import Statement
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.builders import JUNE, World, kg, take
from tests.bundle_worlds import altered, bundle_bytes, failure, numbers
from tests.opening_books import POLICY, keep_by
from tests.unit.refusals import as_stated, refused


class Careful:
    """A packhouse that asks for a second signature above 1 kg, with goods of 20 kg CO2e and three keys."""

    def __init__(self) -> None:
        self.world = World()
        self.house = self.world.register("Packhouse", "supplier")
        self.second, self.third = (self.add_key() for _ in range(2))
        self.lot = self.world.produce(self.house, "lychee", kg(100), lines=(burnt(9),))
        keep_by(self.world, self.house, second_signature_above_mg="1000000")

    def add_key(self) -> bytes:
        key = signing.new_private_key()
        change = {"action": "add", **self.world.joining(self.house, key)}
        self.world.state(self.house, "key/1", {"key": change})
        return key

    def sale(self, quantity: int, key: bytes | None = None) -> Statement:
        body = {"take": take(self.lot, quantity), "consignee": "outside"}
        return self.world.sign(self.house, "dispatch/1", body, key=key)

    def agreed(self, statement: Statement, key: bytes) -> Statement:
        body = {"statement": statement.digest}
        return self.world.sign(self.house, "countersignature/1", body, key=key)

    def known(self) -> Organization:
        with self.world.store.read() as view:
            found = view.organization(self.house.id)
        assert found is not None
        return found


@pytest.fixture
def careful() -> Careful:
    return Careful()


def test_below_the_threshold_one_signature_is_enough(careful: Careful) -> None:
    careful.world.post(careful.sale(kg(1)))
    assert careful.known().countersigned == ()


def test_a_large_sale_waits_for_a_second_key_which_may_come_in_the_same_batch(careful: Careful) -> None:
    sale = careful.sale(kg(50))
    error = refused(careful.world, sale, SecondSignatureMissingError)
    assert (error.statement, error.threshold_mg) == (sale.digest, 1_000_000)
    assert sale.digest in str(error)
    careful.world.post(careful.agreed(sale, careful.second), sale)
    assert careful.known().countersigned == ()


def test_both_signatures_are_verified_from_the_bundle_alone(careful: Careful) -> None:
    sale = careful.sale(kg(50))
    careful.world.post(careful.agreed(sale, careful.second))
    careful.world.post(careful.agreed(careful.sale(kg(51)), careful.third))
    careful.world.post(sale)
    raw = bundle_bytes(careful.world, sale.digest)
    assert verify(raw).failure() is None, verify(raw).failure()
    assert len(numbers(raw, "countersignature/1")) == 1

    def without(bundle: Any) -> None:
        del bundle["statements"][numbers(raw, "countersignature/1")[0]]

    assert failure(verify(altered(raw, without))) == (4, "second-signature-missing")


def test_one_key_does_not_sign_twice(careful: Careful) -> None:
    sale = careful.sale(kg(50))
    careful.world.post(careful.agreed(sale, careful.house.key))
    error = refused(careful.world, sale, SameKeyTwiceError)
    assert (error.statement, error.address) == (sale.digest, careful.house.address)


def test_a_second_key_that_was_revoked_in_between_does_not_count(careful: Careful) -> None:
    sale = careful.sale(kg(50))
    careful.world.post(careful.agreed(sale, careful.second))
    change = {"action": "revoke", "address": signing.address_of(careful.second)}
    careful.world.state(careful.house, "key/1", {"key": change})
    refused(careful.world, sale, RevokedKeyError)


def test_a_stolen_key_can_neither_lower_the_threshold_nor_add_a_second(careful: Careful) -> None:
    world, house = careful.world, careful.house
    body = {"policy": {**POLICY, "markup": "0"}}
    policy = world.sign(house, "accounting_policy/1", body)
    refused(world, policy, SecondSignatureMissingError)
    change = {"action": "add", **world.joining(house, signing.new_private_key())}
    added = world.sign(house, "key/1", {"key": change})
    refused(world, added, SecondSignatureMissingError)
    world.post(careful.agreed(added, careful.second), added)
    world.post(careful.agreed(policy, careful.third), policy)
    world.post(careful.sale(kg(50)))
    again = InMemoryStore()
    with world.store.read() as view, again.write() as scratch:
        replay(scratch, view.entries(0, view.size()))
    with again.read() as view:
        assert view.organization(house.id) == careful.known()


def test_key_changes_and_policies_are_verified_with_their_second_signatures(careful: Careful) -> None:
    world, house = careful.world, careful.house
    change = {"action": "add", **world.joining(house, signing.new_private_key())}
    added = world.sign(house, "key/1", {"key": change})
    world.post(careful.agreed(added, careful.second), added)
    sale = careful.sale(kg(1))
    world.post(sale)
    raw = bundle_bytes(world, sale.digest)
    assert verify(raw).failure() is None, verify(raw).failure()
    assert len(numbers(raw, "countersignature/1")) == 1


def test_a_statement_is_countersigned_once_and_before_it_is_logged(careful: Careful) -> None:
    sale, world = careful.sale(kg(50)), careful.world
    first = careful.agreed(sale, careful.second)
    late = as_stated(
        world, careful.house, "countersignature/1", {"statement": sale.digest}, key=careful.third
    )
    world.post(first)
    assert refused(world, late, CountersignedAlreadyError).problem == "was countersigned before"
    world.post(sale)
    assert refused(world, late, CountersignedAlreadyError).problem == "is in the log already"


def test_countersignatures_without_statements_are_limited(
    careful: Careful, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(countersigning, "MAX_WAITING", 1)
    careful.world.post(careful.agreed(careful.sale(kg(50)), careful.second))
    body = {"statement": "ab" * 32}
    more = as_stated(careful.world, careful.house, "countersignature/1", body)
    assert refused(careful.world, more, TooManyCountersignaturesError).organization == careful.house.id


def test_who_has_one_key_cannot_ask_for_two_signatures() -> None:
    world = World()
    house = world.register("Packhouse", "supplier")
    policy = {**POLICY, "markup": "0", "second_signature_above_mg": "5"}
    stated = as_stated(world, house, "accounting_policy/1", {"policy": policy, "occurred": JUNE})
    assert refused(world, stated, SecondKeyError).organization == house.id
