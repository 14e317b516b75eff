"""An operator signs a state that isn't what it logged: what the reader of one passport finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

import pytest

from ledger import bundle, services
from ledger.bundle import build, to_bytes
from ledger.closure import closure
from ledger.disclosure import PROFILES, Profile, disclosed
from ledger.interfaces import LedgerView, LedgerWriter, Logged
from ledger.lots import Shipment
from ledger.offers import Offer
from ledger.state import advancing, bundling, pages
from ledger.state.body import StateBody
from ledger.state.records import PassportRecord, map_key, map_value, passport_record, record_bytes
from ledger.state.stating import StateSignerError, StateSizeError, check_state_entry, state_entry
from ledger.state_interfaces import Subject
from ledger.verification import verify
from scripts.vectors.handmade_log import LIBRARY, burnt, supplied
from tests.builders import BEGINNING, kg
from tests.bundle_worlds import failure
from tests.unit.state.test_operators_who_cheat import Sale, last
from tests.unknown_kinds import unknown

Change = Callable[[PassportRecord], PassportRecord]


@pytest.fixture
def sale() -> Sale:
    """A sale after which something more is logged, so that there is something to state."""
    made = Sale()
    made.world.handle(made.carrier, (burnt(1),), shipment=made.shipment, leg="waiting")
    return made


def lying(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Let the operator's map hold other records of shipments."""

    def record(shipment: Shipment, offers: Iterable[Offer], salt: str) -> PassportRecord:
        return change(passport_record(shipment, offers, salt))

    monkeypatch.setattr(advancing, "passport_record", record)


def added(monkeypatch: pytest.MonkeyPatch, key: Subject, raw: bytes) -> None:
    """Let the operator's map hold one thing more, or something else."""
    honest = advancing.advance

    def advance(writer: LedgerWriter, *, begun: bool) -> bytes:
        honest(writer, begun=begun)
        place = map_key(writer.terms().log_id, key)
        writer.keep_state_records({place: raw})
        return pages.update(writer, {place: map_value(raw)})

    monkeypatch.setattr(services, "advance", advance)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one.model_copy(update={"receipt": None}), "unlisted-statement"),
        (lambda one: one.model_copy(update={"handlings": []}), "unlisted-statement"),
        (lambda one: one.model_copy(update={"status": "open"}), "state-totals"),
        (lambda one: one.model_copy(update={"totals": "0" * 64}), "state-totals"),
    ],
    ids=["no receipt", "no handling", "another status", "other totals"],
)
def test_a_state_that_says_otherwise_than_the_log_is_found(
    sale: Sale, monkeypatch: pytest.MonkeyPatch, change: Change, reason: str
) -> None:
    lying(monkeypatch, change)
    sale.state()
    assert failure(sale.report()) == (9, reason)


def test_a_state_without_a_shipment_that_was_logged_before_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = advancing.everything

    def all_but_shipments(view: LedgerView) -> Iterator[Subject]:
        return (one for one in everything(view) if one.kind != "passport")

    monkeypatch.setattr(advancing, "everything", all_but_shipments)
    assert failure(Sale().report()) == (9, "missing-from-state")


def test_a_state_that_knows_a_shipment_before_it_is_logged_is_found(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = {"lot": sale.lot, "quantity": str(kg(1))}
    goods = {"product": "lychee", "quantity": str(kg(1)), "unit": "mg"}
    later = sale.world.sign(sale.farm, "dispatch/1", {"take": take, "consignee": "outside", "goods": goods})
    record = PassportRecord(
        kind="passport",
        status="outside",
        handlings=[],
        claims=[],
        receipt=None,
        adjustments=[],
        answers=[],
        totals="0" * 64,
    )
    added(monkeypatch, Subject("passport", later.digest), record_bytes(record))
    sale.state()
    sale.world.post(later)
    assert failure(sale.report(later.digest)) == (9, "state-before-entry")


def test_another_kind_of_record_under_a_lots_key_is_found(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sale.world.store.read() as view:
        key = map_key(sale.world.log_id, Subject("keys", sale.farm.id))
        raw = view.state_records((key,))[key]
    added(monkeypatch, Subject("passport", sale.shipment), raw)
    sale.state()
    assert failure(sale.report()) == (9, "map-key-absent")


def test_a_lot_with_more_takers_than_are_listed_reads_unknown(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale.state()
    monkeypatch.setattr(bundling, "MAX_TAKERS", 0)
    assert last(sale.report())[2] == ("each lot handed on once", "unknown", "takes-not-shown")


def test_what_a_correction_took_is_not_shown_to_strangers_because_its_part_says_more(sale: Sale) -> None:
    more = sale.make(5)
    sale.world.correct(sale.farm, sale.lot.partition(".")[0], inputs=((more, kg(1)),))
    sale.lot = more
    shipment = sale.sell(2, None)
    sale.state()
    raw = sale.bytes(shipment)
    assert json.loads(raw)["state"]["others"] == []
    assert last(verify(raw))[2] == ("each lot handed on once", "unknown", "takes-not-shown")


def test_a_state_entry_covers_exactly_what_stands_before_it(sale: Sale) -> None:
    statement = state_entry(bytes(32), 7, BEGINNING, sale.world.log_id, sale.world.operator.key)
    assert isinstance(statement.body, StateBody)
    check_state_entry(statement, statement.body, 7, sale.world.ledger.terms)
    foreign = state_entry(bytes(32), 7, BEGINNING, sale.world.log_id, sale.farm.key)
    with pytest.raises(StateSignerError, match="only the log's own key"):
        check_state_entry(foreign, statement.body, 7, sale.world.ledger.terms)
    with pytest.raises(StateSizeError, match="stands at position 8"):
        check_state_entry(statement, statement.body, 8, sale.world.ledger.terms)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_passport_with_hidden_parts_keeps_the_state_of_what_it_shows(sale: Sale, profile: Profile) -> None:
    sale.sell(1, None)
    sale.state()
    with sale.world.store.read() as view:
        whole = build(view, sale.shipment, LIBRARY.get)
    shown = disclosed(whole, profile)
    report = verify(to_bytes(shown))
    assert report.ok, report.failure()
    assert shown.state is not None
    assert whole.state is not None
    assert len(shown.state.others) <= len(whole.state.others) == 1
    lots = {one.id for one in shown.state.records if one.subject == "lot"}
    assert bool(shown.state.others) == bool(lots)


def test_a_correction_behind_what_is_hidden_is_unknown_and_never_taken_for_withheld(sale: Sale) -> None:
    production, _, _ = sale.lot.partition(".")
    sale.world.correct(sale.farm, production, drop=(1,), add=(supplied(2, "urea-cheaper"),))
    sale.state()
    with sale.world.store.read() as view:
        whole = build(view, sale.shipment, LIBRARY.get)
    named = "nothing else left out"
    found = next(one for one in verify(to_bytes(whole)).verdicts if one.name == named)
    assert (found.value, found.reason) == ("good", "ok")
    report = verify(to_bytes(disclosed(whole, "total")))
    assert report.ok, report.failure()
    found = next(one for one in report.verdicts if one.name == named)
    assert (found.value, found.reason) == ("unknown", "parts-hidden")
    assert "Corrections or answers that change this shipment's figure are hidden here: 1" in found.detail
    assert report.figures is None, "a figure without the correction would look fine"


def test_beside_a_kind_that_is_not_known_keys_and_totals_are_left_to_a_newer_version(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = unknown(sale.world, sale.farm, "inspection/1", {"/about": sale.shipment})
    sale.world.post(newer)
    sale.state()

    def with_newer(view: LedgerView, passport: str) -> list[Logged]:
        return sorted((*closure(view, passport), *more(view)), key=lambda logged: logged.position)

    def more(view: LedgerView) -> list[Logged]:
        found = view.logged(newer.digest)
        return [found] if found else []

    monkeypatch.setattr(bundle, "closure", with_newer)
    report = sale.report()
    assert report.ok, report.failure()
    assert report.verdicts[-4].reason == "kind-not-known"
    assert [one.value for one in report.verdicts if one.step == 9] == ["good", "good", "good"]
