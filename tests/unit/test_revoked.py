"""A stolen key is revoked with the log size from which on it isn't trusted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import countersigning, signing
from ledger.closure import closure
from ledger.countersigning import CountersignedAlreadyError, TooManySignedAgainError
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.identity import KeyChangeError, KeyRecord, Organization, RevokedKeyError
from ledger.in_memory import InMemoryStore
from ledger.lots import OverdrawnLotError
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.replaying import replay
from ledger.revoked import DistrustedStatementError, distrusted_among
from ledger.services import BatchError
from ledger.signed import Statement
from ledger.sql.packing import pack_organization, unpack_organization
from ledger.verification import Verdict, verify
from scripts.vectors.handmade_log import LIBRARY, burnt
from tests.builders import Party, World, kg, output, take
from tests.bundle_worlds import bundle_bytes
from tests.unit.refusals import as_stated, refused

FORESEEN = (
    KeyChangeError,
    CountersignedAlreadyError,
    OverdrawnLotError,
    RevokedKeyError,
    DistrustedStatementError,
)
"""How a step of a random story may be refused."""
STEPS = st.tuples(st.sampled_from(("make", "pack", "sell", "steal", "agree")), st.integers(0, 7))


class Theft:
    """A packhouse one of whose three keys is stolen at some log size; a buyer relies on it."""

    def __init__(self) -> None:
        self.world = World()
        self.house = self.world.register("Packhouse", "supplier")
        self.buyer = self.world.register("Buyer", "buyer")
        self.stolen, self.spare = (self.add_key() for _ in range(2))
        self.before = self.made(self.stolen)
        self.size = self.world_size()

    def add_key(self) -> bytes:
        key = signing.new_private_key()
        change = {"action": "add", **self.world.joining(self.house, key)}
        self.world.state(self.house, "key/1", {"key": change})
        return key

    def world_size(self) -> int:
        with self.world.store.read() as view:
            return view.size()

    def state(self, kind: str, body: dict[str, Any], key: bytes | None = None) -> Statement:
        statement = self.world.sign(self.house, kind, body, key=key)
        self.world.post(statement)
        return statement

    def made(self, key: bytes | None, *inputs: str) -> str:
        body = {
            "outputs": [output("lychee", kg(100))],
            "lines": [burnt(9)],
            "inputs": [take(one, kg(100)) for one in inputs],
            "policy": {"id": "mass/1"},
        }
        return lot_id(self.state("production/1", body, key).digest, 0)

    def sale(
        self, lot: str, quantity: int = 1, key: bytes | None = None, to: Party | None = None
    ) -> Statement:
        body = {"take": take(lot, kg(quantity)), "consignee": to.id if to else "outside"}
        return self.state("dispatch/1", body, key)

    def revoke(self, size: int | None = None, **more: str) -> Statement:
        start = {"untrusted_from": str(self.size if size is None else size)}
        change = {"action": "revoke", "address": signing.address_of(self.stolen), "reason": "stolen"}
        return self.state("key/1", {"key": {**change, **start, **more}})

    def again(self, statement: str, key: bytes | None = None) -> Statement:
        return self.state("countersignature/1", {"statement": statement}, key)

    def known(self) -> Organization:
        with self.world.store.read() as view:
            found = view.organization(self.house.id)
        assert found is not None
        return found

    def shown(self, shipment: str) -> Passport:
        with self.world.store.read() as view:
            behind, there = closure(view, shipment), view.shipment(shipment)
            assert there is not None
            found = provenance([one.statement for one in behind], shipment, LIBRARY.get)
            doubts = distrusted_among([(one.statement, one.position) for one in behind], view.organization)
        return passport(there, found, distrusted=doubts)

    def verdict(self, shipment: str) -> Verdict | None:
        report = verify(bundle_bytes(self.world, shipment))
        assert report.ok, report.failure()
        return next((one for one in report.verdicts if one.name == "revoked keys"), None)

    def blocked(self, lot: str) -> DistrustedStatementError:
        with pytest.raises(DistrustedStatementError) as caught:
            self.sale(lot)
        return caught.value


def check_conserved(world: World) -> None:
    """Every milligram lies in one account: sources and all other accounts add up to nothing."""
    sums: dict[int, int] = {}
    with world.store.read() as view:
        for _account, held in view.balances():
            for slot, mg in held.items():
                sums[slot] = sums.get(slot, 0) + mg
    assert sums
    assert not any(sums.values())


@pytest.fixture
def theft() -> Theft:
    return Theft()


def test_goods_of_a_stolen_key_are_handed_on_again_only_when_a_live_key_signs_for_them(theft: Theft) -> None:
    lot = theft.made(theft.stolen)
    theft.sale(lot)
    revoked = theft.revoke()
    error = theft.blocked(lot)
    position = theft.world.logged(revoked.digest).position
    maker = lot.partition(".")[0]
    assert (error.lot, error.statement, error.kind) == (lot, maker, "production/1")
    assert (error.untrusted_from, error.revoked_at, error.organization) == (
        theft.size,
        position,
        theft.house.id,
    )
    assert f"countersign {maker}, or correct it" in str(error)
    theft.again(maker, theft.spare)
    assert theft.verdict(theft.sale(lot).digest) is None
    check_conserved(theft.world)


def test_what_the_key_signed_before_that_size_is_not_touched(theft: Theft) -> None:
    theft.made(theft.stolen)
    theft.revoke()
    assert theft.verdict(theft.sale(theft.before).digest) is None


def test_lots_made_from_the_goods_are_blocked_too(theft: Theft) -> None:
    lot = theft.made(theft.stolen)
    packed = theft.made(None, lot)
    again = theft.made(None, packed)
    theft.revoke()
    assert theft.blocked(again).statement == lot.partition(".")[0]
    theft.again(lot.partition(".")[0])
    theft.sale(again)


def test_goods_that_a_thief_sold_from_block_the_rest_of_their_lot(theft: Theft) -> None:
    sale = theft.sale(theft.before, key=theft.stolen)
    theft.revoke()
    error = theft.blocked(theft.before)
    assert (error.statement, error.kind) == (sale.digest, "dispatch/1")
    theft.again(sale.digest)
    theft.sale(theft.before)


def test_a_correction_lifts_the_doubt_and_a_thief_s_correction_raises_it(theft: Theft) -> None:
    lot, world = theft.made(theft.stolen), theft.world
    sold = theft.sale(lot)
    change = {"drop_lines": ["0"], "add_lines": [burnt(5)], "add_inputs": []}
    wrong = theft.state("correction/1", {"corrects": lot.partition(".")[0], "change": change}, theft.stolen)
    theft.revoke()
    theft.again(lot.partition(".")[0])
    assert theft.blocked(lot).statement == wrong.digest
    world.correct(theft.house, lot.partition(".")[0], drop=(1,), add=(burnt(8),))
    assert theft.verdict(theft.sale(lot).digest) is None
    assert theft.verdict(sold.digest) is None
    assert theft.shown(sold.digest).distrusted == ()
    check_conserved(world)


def test_every_passport_downstream_is_flagged_until_the_owner_signs_again(theft: Theft) -> None:
    world, buyer = theft.world, theft.buyer
    lot = theft.made(theft.stolen)
    sent = theft.sale(lot, 50, to=buyer)
    received = world.receive(buyer, sent.digest)
    repacked = world.produce(buyer, "punnets", kg(50), inputs=((received, kg(50)),))
    onward = world.dispatch(buyer, repacked, kg(20), to=None)
    assert theft.shown(onward).distrusted == ()
    theft.revoke()
    # Who relied on the goods is not stopped: it could do nothing about it.
    later = world.dispatch(buyer, repacked, kg(20), to=None)
    for shipment in (sent.digest, onward, later):
        (flag,) = theft.shown(shipment).distrusted
        assert (flag.statement, flag.reason) == (lot.partition(".")[0], "stolen")
        assert (flag.organization_name, flag.untrusted_from) == ("Packhouse", theft.size)
        verdict = theft.verdict(shipment)
        assert verdict is not None
        assert (verdict.step, verdict.value, verdict.reason) == (4, "unknown", "key-not-trusted")
        assert lot.partition(".")[0] in verdict.detail
    theft.again(lot.partition(".")[0])
    assert all(theft.shown(one).distrusted == () for one in (sent.digest, onward, later))
    assert theft.verdict(onward) is None
    check_conserved(world)


def test_a_consent_of_a_key_that_is_stolen_too_does_not_count(theft: Theft) -> None:
    lot = theft.made(theft.stolen)
    theft.revoke()
    size = theft.world_size()
    theft.again(lot.partition(".")[0], theft.spare)
    spare = {"action": "revoke", "address": signing.address_of(theft.spare), "untrusted_from": str(size)}
    theft.state("key/1", {"key": spare})
    assert theft.blocked(lot).address == signing.address_of(theft.stolen)
    theft.again(lot.partition(".")[0])
    theft.sale(lot)


def test_a_theft_that_turns_out_to_be_older_is_stated_again(theft: Theft) -> None:
    theft.made(theft.stolen)
    theft.revoke(theft.world_size())
    theft.sale(theft.before)
    sold = theft.sale(theft.before, 2)
    first = theft.world.logged(theft.before.partition(".")[0]).position
    theft.revoke(first)
    assert theft.blocked(theft.before).position == first
    # What was handed on before that was known stays booked, and is flagged.
    assert theft.verdict(sold.digest) is not None
    refusal = as_stated(
        theft.world,
        theft.house,
        "key/1",
        {
            "key": {
                "action": "revoke",
                "address": signing.address_of(theft.stolen),
                "untrusted_from": str(first + 1),
            }
        },
    )
    assert "not revoked yet" in refused(theft.world, refusal, KeyChangeError).problem


@pytest.mark.parametrize(("size", "word"), [("1", "spoke from entry"), ("999", "spoke from entry")])
def test_the_size_lies_where_the_key_spoke(theft: Theft, size: str, word: str) -> None:
    change = {"action": "revoke", "address": signing.address_of(theft.stolen), "untrusted_from": size}
    statement = as_stated(theft.world, theft.house, "key/1", {"key": change})
    error = refused(theft.world, statement, KeyChangeError)
    assert word in error.problem
    assert size in error.problem


def test_reason_and_size_belong_to_a_revocation(theft: Theft) -> None:
    change = {
        "action": "add",
        **theft.world.joining(theft.house, signing.new_private_key()),
        "reason": "lost",
    }
    statement = as_stated(theft.world, theft.house, "key/1", {"key": change})
    assert "belong to a revocation" in refused(theft.world, statement, KeyChangeError).problem


def test_only_what_is_in_doubt_is_signed_again_and_once(
    theft: Theft, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot, other = theft.made(theft.stolen), theft.made(theft.stolen)
    theft.revoke()
    maker, second = lot.partition(".")[0], other.partition(".")[0]

    def refusal(by: Party, digest: str, error: type[LedgerError]) -> str:
        statement = as_stated(theft.world, by, "countersignature/1", {"statement": digest})
        return str(refused(theft.world, statement, error))

    assert "in the log already" in refusal(theft.buyer, maker, CountersignedAlreadyError)
    assert "in the log already" in refusal(
        theft.house, theft.before.partition(".")[0], CountersignedAlreadyError
    )
    theft.again(maker)
    assert "signed again before" in refusal(theft.house, maker, CountersignedAlreadyError)
    monkeypatch.setattr(countersigning, "MAX_WAITING", 1)
    assert "the limit" in refusal(theft.house, second, TooManySignedAgainError)


def test_a_replay_of_the_log_gives_the_same_doubts(theft: Theft) -> None:
    lot = theft.made(theft.stolen)
    theft.revoke()
    theft.again(lot.partition(".")[0])
    theft.sale(lot)
    again = InMemoryStore()
    with theft.world.store.read() as view, again.write() as scratch:
        replay(scratch, view.entries(0, view.size()))
    with again.read() as view:
        assert view.organization(theft.house.id) == theft.known()
    known = theft.known()
    assert unpack_organization(known.id, pack_organization(known)) == known
    key = next(one for one in known.keys if one.state == "revoked")
    assert isinstance(key, KeyRecord)
    assert (key.reason, key.untrusted_from) == ("stolen", theft.size)


def test_others_who_handled_the_goods_and_goods_used_twice_raise_no_doubt(theft: Theft) -> None:
    world = theft.world
    carrier = world.register("Carrier", "carrier")
    body = {
        "outputs": [output("lychee", kg(100))],
        "lines": [burnt(9)],
        "policy": {"id": "mass/1"},
        "handlers": [carrier.id],
    }
    lot = lot_id(theft.state("production/1", body).digest, 0)
    world.handle(carrier, (burnt(1),), lot=lot)
    packed = world.produce(theft.house, "punnets", kg(2), inputs=((lot, kg(1)), (lot, kg(1))))
    theft.made(theft.stolen)
    theft.revoke()
    assert theft.verdict(theft.sale(packed).digest) is None


@settings(max_examples=12, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_page_and_verifier_doubt_the_same_whatever_happens_and_no_carbon_is_lost(
    steps: list[tuple[str, int]],
) -> None:
    theft = Theft()
    lots, sold, revoked = [theft.before], [theft.sale(theft.before).digest], False
    for step, number in steps:
        lot = lots[number % len(lots)]
        key = theft.stolen if number % 2 and not revoked else None
        try:
            if step == "make":
                lots.append(theft.made(key))
            elif step == "pack":
                body = {
                    "outputs": [output("punnets", kg(9))],
                    "inputs": [take(lot, kg(3))],
                    "policy": {"id": "mass/1"},
                }
                lots.append(lot_id(theft.state("production/1", body, key).digest, 0))
            elif step == "sell":
                sold.append(theft.sale(lot, key=key).digest)
            elif step == "steal":
                theft.revoke(theft.size - 1 + number if revoked else theft.size + number % 3)
                revoked = True
            else:
                theft.again(lot.partition(".")[0])
        except LedgerError as refusal:
            if not isinstance(refusal.cause if isinstance(refusal, BatchError) else refusal, FORESEEN):
                raise
    for shipment in sold:
        doubted = {one.statement for one in theft.shown(shipment).distrusted}
        verdict = theft.verdict(shipment)
        assert (verdict is not None) == bool(doubted)
        assert all(one in verdict.detail for one in doubted) if verdict else True
    check_conserved(theft.world)
