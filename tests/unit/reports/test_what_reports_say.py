"""What reports say where the books are unusual: adjustments, start-up, losses on the way, markups."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.accounts import Account
from ledger.components import SLOTS
from ledger.interfaces import Movement
from ledger.reports.lot_ledger import lot_ledger
from ledger.reports.period import (
    BooksDontCloseError,
    PeriodStatement,
    check_closes,
    movement_columns,
    period_statement,
)
from ledger.reports.scopes import ScopeKey, scopes_report
from ledger.reports.tables import Heading, Report, Row, Table, Term, plain
from ledger.reports.trial_balance import TrialBalance, TrialBalanceError, TrialRow, check_balances
from ledger.reports.written import lot_report, scopes_tables, statement_report
from ledger.reversal_bodies import ReversalBody
from tests.builders import World, bought, kg, own

FOSSIL = SLOTS["fossil.calculated"]
SECONDARY = SLOTS["fossil.secondary"]
MARKUP = SLOTS["fossil.markup"]


def account(*parts: Any) -> Account:
    return Account(*parts)


def moved(source: tuple[str, ...], target: tuple[str, ...], mg: int = 7) -> Movement:
    return Movement(5, 0, account(*source), account(*target), FOSSIL, mg)


class Posted:
    """A ledger of a few postings, all of one day."""

    def __init__(self, *movements: Movement) -> None:
        self._movements = movements

    def movements(self, organization: str | None = None, *_days: object) -> Any:
        """Yield those of an organization."""
        for one in self._movements:
            if organization in (None, one.source.organization, one.target.organization):
                yield one

    def lot(self, _identifier: str) -> None:
        """Know no lot."""

    def entries(self, _start: int, _end: int) -> Any:
        """Yield nothing."""
        return iter(())


def posted(*movements: Movement) -> Any:
    return Posted(*movements)


def stated(organization: str, *movements: Movement) -> dict[str, int]:
    found = period_statement(posted(*movements), organization)
    columns: dict[str, int] = {name: column.get(FOSSIL, 0) for name, column in found.columns.items()}
    columns |= {"closing": found.closing.get(FOSSIL, 0), "offered": found.offered.get(FOSSIL, 0)}
    return {name: mg for name, mg in columns.items() if mg}


OFFERED = ("adjustment_offered", "a", "b")


def test_an_adjustment_leaves_its_author_when_offered_and_arrives_when_accepted() -> None:
    came = moved(("environment", "a"), ("goods_in_process", "a"))
    offered = moved(("goods_in_process", "a"), OFFERED)
    accepted = moved(OFFERED, ("lot", "b", "x"))
    assert stated("a", came, offered) == {"direct": 7, "adjustments": -7, "offered": 7}
    assert stated("b", offered) == {}
    assert stated("a", came, offered, accepted) == {"direct": 7, "adjustments": -7}
    assert stated("b", accepted) == {"adjustments": 7, "closing": 7}
    refused = moved(OFFERED, ("abnormal_loss", "a"))
    assert stated("a", came, offered, refused) == {"direct": 7, "lost": 7}


def test_an_adjustment_downwards_is_taken_back_from_whoever_has_the_goods() -> None:
    drawn = moved(OFFERED, ("goods_in_process", "a"))
    dropped = moved(("goods_in_process", "a"), ("outside_taken_over", "a"))
    given = moved(("lot", "b", "x"), OFFERED)
    assert stated("a", drawn, dropped) == {"gaps": -7, "adjustments": 7, "offered": -7}
    assert stated("a", drawn, dropped, given) == {"gaps": -7, "adjustments": 7}
    assert stated("b", given) == {"adjustments": -7, "closing": -7}


def test_an_adjustment_may_end_in_a_sink_or_pass_through() -> None:
    sunk = moved(OFFERED, ("consumer_sink", "b"))
    assert stated("b", sunk) == {"adjustments": 7, "disposed": 7}
    returned = moved(("consumer_sink", "b"), ("adjustment_offered", "b", "c"))
    assert stated("b", returned) == {"adjustments": -7, "disposed": -7, "offered": 7}
    between = moved(OFFERED, ("adjustment_offered", "b", "c"))
    assert stated("a", between) == {"offered": -7}


def test_a_loss_on_the_way_falls_on_whoever_bears_the_risk() -> None:
    lost = Movement(5, 0, account("handling_unassigned", "a"), account("abnormal_loss", "b"), FOSSIL, 7)
    assert movement_columns(lost, "a") == [("handed_on", 7)]
    assert stated("b", lost) == {"taken_over": 7, "lost": 7}
    assert movement_columns(lost, "c") == []


def test_what_was_there_before_the_books_began_has_its_own_column_and_is_in_no_scope() -> None:
    opened = moved(("opening", "a"), ("lot", "a", "x"))
    assert stated("a", opened) == {"start_up": 7, "closing": 7}
    assert scopes_report(posted(opened), "a").rows == {}
    report = statement_report(period_statement(posted(opened), "a"), str)
    lines = [plain(row.cells[0]) for row in report.tables[0].rows]
    assert lines[:2] == ["opening", "start_up"]


def test_a_stand_in_of_the_consignee_that_is_replaced_goes_back_to_the_consignee() -> None:
    replaced = moved(("handling_unassigned", "seller"), ("outside_taken_over", "buyer"))
    assert stated("seller", replaced) == {"taken_over": -7, "closing": -7}
    assert stated("buyer", replaced) == {"gaps": -7, "handed_on": -7}


def test_accounts_of_a_kind_that_is_not_known_yet_are_held() -> None:
    assert stated("a", moved(("environment", "a"), ("asset", "a", "tree"))) == {"direct": 7, "closing": 7}


def test_adjustments_of_goods_bought_are_in_scope_3() -> None:
    came = moved(OFFERED, ("lot", "b", "x"), 9)
    went = moved(("lot", "b", "x"), OFFERED, 2)
    own_offer = moved(("goods_in_process", "b"), ("adjustment_offered", "b", "c"), 4)
    taken_back = moved(("adjustment_offered", "b", "c"), ("lot", "b", "x"), 3)
    found = scopes_report(posted(came, went, own_offer, taken_back), "b")
    assert found.rows == {ScopeKey("3", "1", origin="adjusted"): {FOSSIL: 7}}


def test_offers_that_nobody_answered_stand_beside_the_balance() -> None:
    view = posted(moved(("goods_in_process", "a"), OFFERED))
    report = statement_report(period_statement(view, "a"), str)
    assert plain(report.tables[0].rows[-1].cells[0]) == "offered"
    assert report.plain()["statement"]["offered"] == {"fossil.calculated": "7"}


def test_a_markup_is_in_no_scope_but_beside_them() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    world.produce(grower, "lychee", kg(10), lines=(own(100), bought(50)))
    with world.store.read() as view:
        found = scopes_report(view, grower.id)
    found.enter(ScopeKey("3", "1"), {MARKUP: 11})
    table = scopes_tables(found, str).tables[0].plain()
    assert (table[-1]["scope"], table[-1]["gross"], table[-1]["markup"]) == ("markup", "0", "11")
    assert {row["markup"] for row in table[:-1]} == {"0"}


def test_a_gap_that_a_correction_replaces_leaves_its_scope() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100), bought(50)))
    world.correct(grower, lot.partition(".")[0], drop=(1,), add=(bought(30),))
    with world.store.read() as view:
        found = scopes_report(view, grower.id)
    assert found.rows == {ScopeKey("1"): {FOSSIL: 100}, ScopeKey("3", "1"): {SECONDARY: 30}}
    assert found.lines == {ScopeKey("1"): 1, ScopeKey("3", "1"): 3}


def test_a_stand_in_that_the_carrier_replaces_leaves_its_scope() -> None:
    world = World()
    grower, carrier = world.register("Grower", "farmer"), world.register("Carrier", "carrier")
    buyer = world.register("Buyer", "buyer")
    lot = world.produce(grower, "lychee", kg(10))
    listed = world.dispatch(grower, lot, kg(5), to=buyer, handlers=(carrier,))
    world.handle(grower, (bought(80),), shipment=listed, leg="lorry")
    world.handle(carrier, (own(60),), shipment=listed, leg="lorry")
    unlisted = world.dispatch(grower, lot, kg(5), to=buyer)
    world.handle(grower, (bought(40),), shipment=unlisted, leg="lorry")
    claim = world.handle(carrier, (own(30),), shipment=unlisted, leg="lorry")
    world.receive(buyer, unlisted, claims=(claim,))
    with world.store.read() as view:
        found = scopes_report(view, grower.id)
    gaps = {key.origin: row for key, row in found.rows.items() if key.origin in ("own", "replaced")}
    assert gaps == {"own": {SECONDARY: 120}, "replaced": {SECONDARY: -120}}
    with world.store.read() as view:
        bought_over = scopes_report(view, buyer.id)
    assert bought_over.rows == {ScopeKey("3", "4", origin="taken_over"): {FOSSIL: 30}}
    assert found.scope("untagged") == {}
    assert found.scope("3")[FOSSIL] == 90


def test_a_stand_in_that_stays_keeps_its_scope_when_another_leg_is_replaced() -> None:
    world = World()
    grower, carrier = world.register("Grower", "farmer"), world.register("Carrier", "carrier")
    buyer = world.register("Buyer", "buyer")
    shipment = world.dispatch(grower, world.produce(grower, "lychee", kg(10)), kg(5), to=buyer)
    world.handle(grower, (bought(40),), shipment=shipment, leg="lorry")
    world.handle(grower, (bought(70),), shipment=shipment, leg="ship")
    lorry = world.handle(carrier, (own(30),), shipment=shipment, leg="lorry")
    cooling = world.handle(carrier, (own(1),), shipment=shipment, leg="cooling")
    world.receive(buyer, shipment, claims=(lorry, cooling))
    with world.store.read() as view:
        found = scopes_report(view, grower.id)
    rows = {key.origin: row.get(SECONDARY, 0) for key, row in found.rows.items()}
    assert rows == {"own": 110, "replaced": -40, "taken_over": 0}


class More:
    """A ledger with its last direct posting twice."""

    def __init__(self, view: Any) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def movements(self, *asked: Any) -> Any:
        """Yield one posting too many."""
        found = list(self._view.movements(*asked))
        return iter([*found, next(one for one in found if one.source.kind == "environment")])


class Stated:
    """A ledger of one posting, by a statement of some kind."""

    def __init__(self, movement: Movement, body: Any) -> None:
        self._movement, self._body = movement, body

    def movements(self, *_asked: object) -> Any:
        """Yield the posting."""
        yield self._movement

    def entries(self, _start: int, _end: int) -> Any:
        """Yield its statement."""
        yield SimpleNamespace(position=5, statement=SimpleNamespace(body=self._body, issuer="a", digest="d"))

    def statement(self, _digest: str) -> None:
        """Know no other statement."""


def test_a_removal_that_is_undone_is_in_scope_1_by_itself() -> None:
    emitted = moved(("environment", "a"), ("goods_in_process", "a"))
    view: Any = Stated(emitted, ReversalBody.__new__(ReversalBody))
    assert scopes_report(view, "a").rows == {ScopeKey("1", origin="reversed"): {FOSSIL: 7}}


def test_goods_that_were_lost_on_the_way_were_bought_all_the_same() -> None:
    view: Any = Stated(moved(("shipment", "b", "s"), ("abnormal_loss", "a")), None)
    assert scopes_report(view, "a").rows == {ScopeKey("3", "1", origin="taken_over"): {FOSSIL: 7}}


@pytest.mark.parametrize("receipt", [None, SimpleNamespace(body=None)])
def test_what_a_correction_changes_in_goods_sold_is_in_no_scope_of_the_seller(receipt: Any) -> None:
    view: Any = Stated(moved(("lot", "a", "x.0"), ("lot", "b", "y.0")), None)
    view.statement = lambda _digest: receipt
    assert movement_columns(moved(("lot", "a", "x.0"), ("lot", "b", "y.0")), "a") == [("adjustments", -7)]
    assert scopes_report(view, "a").rows == {}


def test_a_correction_of_goods_bought_changes_scope_3_of_the_buyer() -> None:
    world = World()
    grower, buyer = world.register("Grower", "farmer"), world.register("Buyer", "buyer")
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100),))
    received = world.receive(buyer, world.dispatch(grower, lot, kg(5), to=buyer))
    with world.store.read() as view:
        corrected = moved(("lot", grower.id, lot), ("lot", buyer.id, received), 5)

        class Corrected(More):
            """The ledger after a correction that the buyer has accepted in advance."""

            def movements(self, *asked: Any) -> Any:
                """Yield one posting more."""
                return iter([*self._view.movements(*asked), corrected])

        more: Any = Corrected(view)
        rows = scopes_report(more, buyer.id).rows
    assert rows[ScopeKey("3", "1", origin="adjusted")] == {FOSSIL: 5}


def test_a_product_that_is_all_gone_has_no_row() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100),))
    world.dispatch(grower, lot, kg(10), to=None)
    with world.store.read() as view:
        report = statement_report(period_statement(view, grower.id, date(2026, 8, 1)), str)
    assert [row["product"] for row in report.tables[1].plain()] == ["total"]


def test_a_posting_that_no_line_explains_is_not_left_out() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    world.produce(grower, "lychee", kg(10), lines=(own(100),))
    with world.store.read() as view:
        more: Any = More(view)
        found = scopes_report(more, grower.id)
    assert found.rows[ScopeKey("untagged", origin="untagged")] == {FOSSIL: 100}
    table = scopes_tables(found, str).tables[0].plain()
    assert [row["scope"] for row in table][-2:] == ["untagged", "untagged"]


def test_books_that_do_not_close_are_named() -> None:
    broken = PeriodStatement(organization="a", opening={FOSSIL: 5}, closing={FOSSIL: 4})
    with pytest.raises(BooksDontCloseError, match=r"fossil\.calculated adds up to 5 mg, the books hold 4"):
        check_closes(broken)
    for row in (
        TrialRow("lot", "a", "x", "", opening={FOSSIL: 3}),
        TrialRow("lot", "a", "x", "", debit={FOSSIL: 3}),
    ):
        with pytest.raises(TrialBalanceError, match="3 mg instead of 0"):
            check_balances(TrialBalance("a", None, None, (row,)))


def test_a_lot_that_nothing_moved_has_an_empty_ledger() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    made = world.produce(grower, "water", kg(10))
    with world.store.read() as view:
        lot = view.lot(made)
        assert lot is not None
        postings = lot_ledger(view, lot)
    assert postings == ()
    assert lot_report(lot, postings, str).tables[0].rows == ()


def test_a_report_gives_its_main_table_without_a_name() -> None:
    table = Table("one", (Heading("a", "text"), Heading("b")), (Row((Term("x", "code"), 5)), Row((None, -5))))
    report = Report("r", {}, (table,), "one")
    assert report.table(None) is report.table("one") is table
    assert report.table("two") is None
    assert report.plain()["tables"]["one"] == [{"a": "code", "b": "5"}, {"a": None, "b": "-5"}]
