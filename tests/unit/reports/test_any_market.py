"""What holds for the reports of any market, whatever its companies did, wherever a period begins."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.accounts import SOURCES
from ledger.components import MARKUPS
from ledger.reports.lot_ledger import lot_ledger
from ledger.reports.period import PRODUCT_COLUMNS, Column, holds, period_statement
from ledger.reports.scopes import scopes_report
from ledger.reports.system import closure_of, total_of
from ledger.reports.trial_balance import OTHER_ORGANIZATION, trial_balance
from ledger.reports.written import scopes_tables, statement_report, system_report, trial_report
from tests.unit.reports.trading_world import FIRST, TradingView, TradingWorld

STEPS = 400
DAYS = STEPS // 3
ONCE_A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def worlds() -> list[TradingWorld]:
    return [TradingWorld(seed, STEPS) for seed in range(3)]


def unmarked(vector: dict[int, int]) -> dict[int, int]:
    """Return a vector without what is added to estimates by policy: it is in no scope."""
    return {slot: mg for slot, mg in vector.items() if slot not in MARKUPS}


def without_zeros(vector: dict[int, int]) -> dict[int, int]:
    return {slot: mg for slot, mg in vector.items() if mg}


days = st.integers(0, DAYS).map(lambda number: FIRST + timedelta(days=number))
chosen = st.tuples(st.integers(0, 2), st.integers(0, 3), st.tuples(days, days).map(sorted))


def view_of(world: TradingWorld) -> Any:
    return TradingView(world)


@settings(max_examples=25, deadline=None)
@given(chosen)
def test_statements_of_consecutive_periods_chain_and_their_products_add_up(
    worlds: list[TradingWorld], choice: tuple[int, int, list[date]]
) -> None:
    world = worlds[choice[0]]
    view, company, (first, last) = view_of(world), world.companies[choice[1]], choice[2]
    cuts = (None, first - ONCE_A_DAY), (first, last), (last + ONCE_A_DAY, None)
    statements = [period_statement(view, company, *cut) for cut in cuts]
    before = dict[int, int]()
    for statement in statements:
        assert without_zeros(statement.opening) == before
        before = without_zeros(statement.closing)
        flows = statement.products.values()
        assert total_of(flow.opening for flow in flows) == without_zeros(statement.opening)
        assert total_of(flow.closing for flow in flows) == without_zeros(statement.closing)
        for name in PRODUCT_COLUMNS:
            column = without_zeros(statement.columns.get(name, {}))
            assert total_of(flow.columns.get(name, {}) for flow in flows) == column, name
    held = (balance for account, balance in view.balances() if holds(account, company))
    assert before == total_of(held)
    whole = period_statement(view, company)
    for name in PRODUCT_COLUMNS:
        parts = total_of(statement.columns.get(name, {}) for statement in statements)
        assert parts == without_zeros(whole.columns.get(name, {}))


@settings(max_examples=15, deadline=None)
@given(chosen)
def test_every_trial_balance_is_zero_and_agrees_with_the_accounts(
    worlds: list[TradingWorld], choice: tuple[int, int, list[date]]
) -> None:
    world = worlds[choice[0]]
    view, company, (first, last) = view_of(world), world.companies[choice[1]], choice[2]
    for organization in (company, None):
        found = trial_balance(view, organization, first, last)
        debits, credits_ = (
            total_of(getattr(row, side) for row in found.rows) for side in ("debit", "credit")
        )
        assert debits == credits_
        assert total_of(row.closing() for row in found.rows) == {}
    whole = trial_balance(view, company)
    balances = {tuple(account): balance for account, balance in view.balances()}
    for row in whole.rows:
        if row.kind != OTHER_ORGANIZATION:
            assert row.closing() == balances.get((row.kind, row.organization, row.ref), {})


def test_what_one_company_hands_on_another_takes_over(worlds: list[TradingWorld]) -> None:
    for world in worlds:
        view = view_of(world)
        owed: dict[tuple[str, str], dict[int, int]] = {}
        for company in world.companies:
            for row in trial_balance(view, company).rows:
                if row.kind == OTHER_ORGANIZATION:
                    owed[company, row.organization] = row.closing()
        for (company, other), balance in owed.items():
            assert total_of((balance, owed.get((other, company), {}))) == {}


def test_the_ledger_of_a_lot_ends_with_what_the_lot_holds(worlds: list[TradingWorld]) -> None:
    world = worlds[0]
    for lot in list(world.books.lots.values())[:80]:
        postings = lot_ledger(view_of(world), lot)
        balance = dict[int, int]()
        for posting in postings:
            balance = total_of((balance, posting.amount))
            assert posting.balance == balance
        lost = lot.kept_as == "abnormal_loss"
        assert balance == dict(lot.given if lost else lot.balance())


@settings(max_examples=10, deadline=None)
@given(chosen)
def test_scopes_hold_everything_that_came_from_own_sources_and_was_taken_over(
    worlds: list[TradingWorld], choice: tuple[int, int, list[date]]
) -> None:
    world = worlds[choice[0]]
    view, company, (first, last) = view_of(world), world.companies[choice[1]], choice[2]
    found = scopes_report(view, company, first, last)
    statement = period_statement(view, company, first, last)
    own = total_of(row for key, row in found.rows.items() if key.origin in ("own", "replaced", "untagged"))
    columns: tuple[Column, ...] = ("direct", "removals", "imported", "gaps")
    assert own == unmarked(total_of(statement.columns[name] for name in columns))
    taken = total_of(row for key, row in found.rows.items() if key.origin == "taken_over")
    assert taken == unmarked(without_zeros(statement.columns["taken_over"]))
    assert found.scope("untagged") == {}


def test_what_a_table_says_is_a_sum_is_the_sum_of_the_rows_above_it(worlds: list[TradingWorld]) -> None:
    view = view_of(worlds[1])
    company = worlds[1].companies[0]
    reports = (
        statement_report(period_statement(view, company, FIRST + ONCE_A_DAY), str),
        trial_report(trial_balance(view, company, FIRST + ONCE_A_DAY), str),
        scopes_tables(scopes_report(view, company), str),
        system_report(closure_of(view.balances())),
    )
    found = 0
    for table in (table for report in reports for table in report.tables):
        for number, row in enumerate(table.rows):
            for column, cell in enumerate(row.cells):
                if row.adds_up and isinstance(cell, int):
                    above = (one.cells[column] for one in table.rows[number - row.adds_up : number])
                    assert sum(int(str(one)) for one in above) == cell, (table.name, number)
                    found += 1
    assert found > 30


def test_what_was_recorded_lies_somewhere(worlds: list[TradingWorld]) -> None:
    for world in worlds:
        found = closure_of(view_of(world).balances())
        assert total_of(found.recorded.values()) == total_of(found.accounted.values())
        assert set(found.recorded) <= set(SOURCES)
