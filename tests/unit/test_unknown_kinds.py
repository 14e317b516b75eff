"""Statements of kinds that aren't known are kept and shown, and move nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import audit
from ledger.bodies import UnknownBody
from ledger.books import ForeignLogError, ReservedKindError
from ledger.closure import parties, references, takes
from ledger.drafting import UnknownKindError, Wish, prepare
from ledger.errors import LedgerError
from ledger.identity import RevokedKeyError, UnknownKeyError, UnknownOrganizationError
from ledger.in_memory import InMemoryStore
from ledger.rules import DateOrderError, FutureDateError, UnknownLotError
from ledger.signed import IssuerFormError, Statement, read
from ledger.signing import WrongKeyError
from ledger.summaries import SummaryTemplateError
from ledger.wire import KINDS, PLANNED_KINDS, RESERVED_KINDS
from tests.builders import JUNE, Party, World, kg, own
from tests.unit.refusals import everything, refused
from tests.unknown_kinds import unknown

WORDS = st.from_regex(r"[a-z]{1,6}(_[a-z]{1,6}){0,2}", fullmatch=True)
NEW_KINDS = st.builds("{}/{}".format, WORDS, st.integers(1, 999)).filter(
    lambda kind: kind not in KINDS and kind not in RESERVED_KINDS
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(alphabet="abc 荔枝0.", max_size=12)
    | st.sampled_from(["ab" * 32, "cd" * 32 + ".0", "org_" + "a" * 32])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
PATHS = st.from_regex(r"/x[a-z]{0,4}", fullmatch=True)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def farm(world: World) -> Party:
    made = world.register("Farm", "farmer")
    world.produce(made, "lychee", kg(100), lines=(own(7_000_000),))
    return made


def books_of(world: World) -> dict[str, Any]:
    return {name: held for name, held in everything(world).items() if name not in ("size", "leaves", "root")}


@settings(max_examples=60, deadline=None)
@given(kind=NEW_KINDS, values=st.dictionaries(PATHS, VALUES, max_size=5))
def test_any_well_formed_statement_of_an_unknown_kind_is_kept_and_moves_nothing(
    world: World, farm: Party, kind: str, values: dict[str, Any]
) -> None:
    statement = unknown(world, farm, kind, values)
    assert read(statement.wire()) == statement
    assert read(statement.wire(), known=True) == statement
    before = books_of(world)
    (answer,) = world.post(statement)
    assert books_of(world) == before
    assert world.logged(statement.digest).statement == statement
    assert answer.new
    assert answer.acknowledgement["digest"] == statement.digest
    assert not world.post(statement)[0].new


def test_an_audit_replays_what_was_kept_and_finds_the_same_books() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    world.post(unknown(world, farm, "weighing/1", {"/scale": "12"}))
    lot = world.produce(farm, "lychee", kg(100), lines=(own(7_000_000),))
    world.post(unknown(world, farm, "production/2", {"/inputs/0": {"lot": lot}}))
    world.dispatch(farm, lot, kg(40), to=None)
    with world.store.read() as view:
        report = audit(view, InMemoryStore())
    assert report.good, report.findings
    assert report.replayed == report.size


def test_who_states_an_unknown_kind_is_checked_as_in_every_kind(world: World, farm: Party) -> None:
    stranger = Party("Stranger", (), farm.key, "org_" + "b" * 32)
    refused(world, unknown(world, stranger, "weighing/1", {}), UnknownOrganizationError)
    refused(world, unknown(world, farm, "weighing/1", {}, key=Party("Thief").key), UnknownKeyError)
    old = world.rotate(farm, grace_days=0)
    world.state(farm, "key/1", {"key": {"action": "revoke", "address": Party("", (), old).address}})
    refused(world, unknown(world, farm, "weighing/1", {}, key=old), RevokedKeyError)
    nobody = Party("Nobody", (), farm.key, "")
    with pytest.raises(IssuerFormError):
        read(unknown(world, nobody, "weighing/1", {}).wire())


def test_when_and_for_which_log_is_checked_as_in_every_kind(world: World, farm: Party) -> None:
    later = {**JUNE, "to": "2027-06-30"}
    refused(world, unknown(world, farm, "weighing/1", {"/occurred": later}), FutureDateError)
    backwards = {**JUNE, "from": "2026-06-30", "to": "2026-06-01"}
    refused(world, unknown(world, farm, "weighing/1", {"/occurred": backwards}), DateOrderError)
    refused(world, unknown(World(), farm, "weighing/1", {}), ForeignLogError)


def test_what_was_signed_of_an_unknown_kind_can_not_be_changed(world: World, farm: Party) -> None:
    good = unknown(world, farm, "weighing/1", {"/scale": "12"})

    def altered(**changed: Any) -> dict[str, Any]:
        plain = good.wire()
        return {**plain, "envelope": {**plain["envelope"], **changed}}

    with pytest.raises(WrongKeyError):
        read(altered(kind="weighing/2", summary_template="weighing/2/en"))
    with pytest.raises(WrongKeyError):
        read(altered(summary_keccak="0" * 64))
    with pytest.raises(SummaryTemplateError):
        read(altered(summary_template="dispatch/1/en"))
    plain = good.wire()
    plain["parts"][2]["value"] = "13"
    with pytest.raises(LedgerError, match="body digest"):
        read(plain)


@pytest.mark.parametrize("kind", sorted(RESERVED_KINDS))
def test_a_name_that_a_later_version_books_is_not_kept(world: World, farm: Party, kind: str) -> None:
    error = refused(world, unknown(world, farm, kind, {}), ReservedKindError)
    assert kind in str(error)
    newer = kind.replace("/1", "/2")
    assert world.post(unknown(world, farm, newer, {}))[0].new


def test_a_kind_is_booked_or_reserved_never_both() -> None:
    assert not RESERVED_KINDS & set(KINDS)
    assert set(PLANNED_KINDS) <= RESERVED_KINDS | set(KINDS)


def test_nothing_can_be_taken_from_what_is_not_booked(world: World, farm: Party) -> None:
    kept = unknown(world, farm, "production/2", {"/outputs/0": {"quantity": "7"}})
    world.post(kept)
    with pytest.raises(UnknownLotError):
        world.dispatch(farm, f"{kept.digest}.0", 7, to=None)


def test_an_unknown_kind_can_not_be_drafted(world: World, farm: Party) -> None:
    with world.store.read() as view, pytest.raises(UnknownKindError, match="weighing/1"):
        prepare(Wish("weighing/1", farm.id, {"occurred": JUNE}), view, world.clock.now())


def test_what_an_unknown_kind_names_is_what_it_may_refer_to(world: World, farm: Party) -> None:
    statement: Statement = unknown(
        world, farm, "weighing/1", {"/lot": "ab" * 32 + ".3", "/weigher": "org_" + "c" * 32}
    )
    assert isinstance(statement.body, UnknownBody)
    assert references(statement) == ("ab" * 32,)
    assert parties(statement) == (farm.id, "org_" + "c" * 32)
    assert takes(statement) == ()
