"""A packer's year of 50 products, imported from its CSV files: every month closes, to the milligram."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.accounts import Account
from ledger.components import Components
from ledger.interfaces import LedgerView
from ledger.replaying import replay
from ledger.reports.period import Column, PeriodStatement, period_statement
from ledger.reports.system import conservation
from ledger.reports.trial_balance import trial_balance
from ledger.reports.written import statement_report, trial_report
from ledger.sql.stores import SqlStore
from ledger.storing import pages
from scripts.scenarios.packer_year.make_records import FORMS, FRUITS, GROWN, MONTHS, YEAR, PackerYear, main
from tests.unit.records.scenario import Played, intents

COMPANIES = ("orchard", "packer", "retailer")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record files of the three companies."""
    folder = tmp_path_factory.mktemp("year") / "records"
    main([str(folder)])
    return folder


@pytest.fixture(scope="module")
def played(records: Path) -> Played:
    """The year, read by the importer and posted."""
    played = Played()
    played.play(intents(records))
    return played


@pytest.fixture(scope="module")
def store(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """The same ledger in a database, where reports of one company read its own postings only."""
    with SqlStore(f"sqlite:///{tmp_path_factory.mktemp('books') / 'ledger.db'}") as store:
        store.migrate()
        with played.world.store.read() as view, store.write() as writer:
            replay(writer, view.entries(0, view.size()))
        yield store


@pytest.fixture
def view(store: SqlStore) -> Iterator[LedgerView]:
    """The ledger at the year's end."""
    with store.read() as opened:
        yield opened


def company(played: Played, reference: str) -> str:
    """Return the id under which a company registered."""
    return played.register[f"organization:{reference}"]


def month_of(view: LedgerView, organization: str, month: int) -> PeriodStatement:
    """Return the statement of one month."""
    last = date(YEAR, month, monthrange(YEAR, month)[1])
    return period_statement(view, organization, date(YEAR, month, 1), last)


def test_the_same_year_is_written_each_time(records: Path, tmp_path: Path) -> None:
    PackerYear().write(tmp_path / "again")
    files = sorted(path.relative_to(records) for path in records.rglob("*.csv"))
    assert len(files) == 19
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (records / file).read_bytes()


def test_fifty_products_were_made_in_twelve_months(played: Played, view: LedgerView) -> None:
    packer = company(played, "packer")
    made = [lot for lot in pages(view.lots) if lot.holder == packer and lot.made == "production"]
    products = {lot.product for lot in made if not lot.product.startswith("Peel")}
    assert len(products) == len(FORMS) * len(FRUITS) == 50
    assert {lot.began.date[:7] for lot in made} == {f"{YEAR}-{month:02}" for month in MONTHS}
    assert len(made) == len(MONTHS) * len(FORMS) * (len(FRUITS) + 1)
    received = [lot for lot in pages(view.lots) if lot.holder == packer and lot.made != "production"]
    assert len([lot for lot in received if lot.product.endswith("harvested")]) == len(MONTHS) * len(GROWN)
    assert len(received) - len(MONTHS) * len(GROWN) == 4  # one refused shipment a quarter


def test_the_trial_balance_is_zero_in_every_component(played: Played, view: LedgerView) -> None:
    first, last = date(YEAR, 1, 1), date(YEAR, 12, 31)
    for organization in (None, *(company(played, reference) for reference in COMPANIES)):
        found = trial_balance(view, organization, first, last)
        assert found.rows
        totals: dict[int, int] = {}
        for row in found.rows:
            for slot, mg in row.closing().items():
                totals[slot] = totals.get(slot, 0) + mg
        assert not any(totals.values())
    assert conservation(view.balances()).holds


@pytest.mark.parametrize("reference", COMPANIES)
def test_every_month_begins_where_the_last_one_closed(
    played: Played, view: LedgerView, reference: str
) -> None:
    organization = company(played, reference)
    months = [month_of(view, organization, month) for month in MONTHS]
    year = period_statement(view, organization, date(YEAR, 1, 1), date(YEAR, 12, 31))
    assert Components(months[0].opening) == Components()
    for before, after in pairwise(months):
        assert Components(after.opening) == Components(before.closing)
        for product, flow in after.products.items():
            known = before.products.get(product)
            assert Components(flow.opening) == Components(known.closing if known else {})
    assert Components(year.closing) == Components(months[-1].closing)
    for name, column in year.columns.items():
        added = Components.total_of(
            {slot: mg for slot, mg in month.columns[name].items() if mg} for month in months
        )
        assert Components(column) == added, name


def test_what_the_year_closes_with_is_what_lies_in_stock(played: Played, view: LedgerView) -> None:
    for reference in COMPANIES:
        organization = company(played, reference)
        year = period_statement(view, organization, date(YEAR, 1, 1), date(YEAR, 12, 31))
        held = [view.balance(Account("lot", organization, lot.id)) for lot in pages(view.lots)]
        assert Components(year.closing) == Components.total_of(held)
        assert all(mg >= 0 for mg in year.closing.values())
        assert not view.balance(Account("goods_in_process", organization))


def test_what_one_member_hands_on_another_takes_over(played: Played, view: LedgerView) -> None:
    def column(reference: str, name: Column) -> Components:
        year = period_statement(view, company(played, reference), date(YEAR, 1, 1), date(YEAR, 12, 31))
        return Components(year.columns[name])

    assert column("orchard", "handed_on") == column("packer", "taken_over")
    outside = view.balance(Account("outside_handed_on", company(played, "packer")))
    assert column("packer", "handed_on") == column("retailer", "taken_over") + outside
    assert column("retailer", "disposed").gross_mg() > 0
    assert not view.balance(Account("handling_unassigned", company(played, "packer")))


def test_an_accountant_can_follow_a_months_report(played: Played, view: LedgerView) -> None:
    packer = company(played, "packer")
    report = statement_report(month_of(view, packer, 12), lambda _: "Example Packer")
    calculation, products = report.table("calculation"), report.table("products")
    assert calculation is not None
    assert products is not None
    *lines, closing = calculation.rows
    for place in range(1, len(calculation.headings)):
        assert sum(int(str(row.cells[place])) for row in lines) == closing.cells[place]
    shown = {row.cells[0] for row in products.rows}
    assert {f"{fruit}, {form.words}" for _, fruit in FRUITS for form in FORMS} <= shown
    total = products.rows[-1].cells
    assert total[-1] == closing.cells[1]
    trial = trial_report(
        trial_balance(view, packer, date(YEAR, 12, 1), date(YEAR, 12, 31)), lambda _: "Example Packer"
    )
    accounts = trial.table("kinds")
    assert accounts is not None
    debits, credits_ = (
        next(place for place, heading in enumerate(accounts.headings) if heading.name == name)
        for name in ("debit", "credit")
    )
    sums = accounts.rows[-1]
    assert sums.is_sum
    assert sums.cells[debits] == sums.cells[credits_]
