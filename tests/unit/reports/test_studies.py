"""A study summary by product and period: totals and figures per declared unit, from the same postings."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.components import Components
from ledger.interfaces import LedgerView
from ledger.reports.period import period_statement
from ledger.reports.studies import ProductStudy, product_studies, studies_report
from ledger.reports.tables import Term
from tests.builders import Party, World, bought, kg, own

JUNE = (date(2026, 6, 1), date(2026, 6, 30))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def farm(world: World) -> Party:
    """A farm that handed lychee on twice and wood once, and kept a third of the lychee."""
    farm = world.register("Farm", "farmer")
    lychee = world.produce(farm, "lychee", kg(3000), lines=(own(kg(6)), bought(3_000_000)))
    wood = world.produce(farm, "wood", kg(100), lines=(own(kg(1)),))
    buyer = world.register("Buyer", "buyer")
    world.receive(buyer, world.dispatch(farm, lychee, kg(1000), to=buyer))
    world.dispatch(farm, lychee, kg(1000), to=None)
    world.dispatch(farm, wood, kg(100), to=None)
    return farm


def studied(view: LedgerView, farm: Party) -> dict[str, ProductStudy]:
    return {one.product: one for one in product_studies(view, farm.id, *JUNE)}


def test_each_product_is_studied_in_its_unit_and_adds_up_to_what_was_handed_on(
    world: World, farm: Party
) -> None:
    with world.store.read() as view:
        found = studied(view, farm)
        statement = period_statement(view, farm.id, *JUNE)
    lychee, wood = found["lychee"], found["wood"]
    assert (lychee.shipments, lychee.quantity, lychee.unit) == (2, kg(2000), "mg")
    assert lychee.carried.gross_mg() == 6_000_000
    assert wood.carried.gross_mg() == 1_000_000
    both = Components.total_of(one.carried for one in found.values())
    assert both == Components(statement.columns["handed_on"])


def test_the_report_has_totals_and_figures_per_declared_unit(world: World, farm: Party) -> None:
    with world.store.read() as view:
        report = studies_report(view, farm.id, JUNE, lambda _: "Farm")
    table, figures = report.table("studied"), report.table("figures_by_product")
    assert table is not None
    assert figures is not None
    lychee = table.rows[0].cells
    assert lychee == (
        *("lychee", "2", "2000", "kg"),
        *(6_000_000, "0.003000", 6_000_000, "0.003000", "0.333333"),
    )
    total = table.rows[-1]
    assert (total.is_sum, total.adds_up, total.cells[4]) == (True, 2, 7_000_000)
    assert figures.rows[0].cells == ("lychee", Term("channel", "fossil"), 6_000_000, "0.003000")
    assert report.facts["from"] == "2026-06-01"


def test_another_period_has_nothing_to_study(world: World, farm: Party) -> None:
    with world.store.read() as view:
        assert product_studies(view, farm.id, date(2027, 1, 1), None) == []
        report = studies_report(view, farm.id, (date(2027, 1, 1), None), lambda _: "Farm")
    table = report.table("studied")
    assert table is not None
    assert [row.cells[4] for row in table.rows] == [0]
    assert "to" not in report.facts
