"""Reports after real corrections of goods that were handed on: who offers, who takes over, who refuses."""

from __future__ import annotations

import pytest

from ledger.components import SLOTS
from ledger.reports.lot_ledger import lot_ledger
from ledger.reports.period import PeriodStatement, period_statement
from ledger.reports.scopes import ScopeKey, scopes_report
from ledger.reports.trial_balance import trial_balance
from tests.adjusted import UNIT_MG, Chain, allow, answer, metered
from tests.builders import Party
from tests.unit.balances import kept

SECONDARY = SLOTS["fossil.secondary"]
MEASURED = SLOTS["fossil.measured"]
ADJUSTED = ScopeKey("3", "1", origin="adjusted")


@pytest.fixture
def chain() -> Chain:
    return Chain()


def stated(chain: Chain, party: Party) -> PeriodStatement:
    with chain.world.store.read() as view:
        trial_balance(view, party.id)
        return period_statement(view, party.id)


def adjustments(chain: Chain, party: Party) -> dict[int, int]:
    column = stated(chain, party).columns["adjustments"]
    return {slot: mg // UNIT_MG for slot, mg in column.items() if mg}


def adjusted_scope(chain: Chain, party: Party) -> dict[int, int]:
    with chain.world.store.read() as view:
        found = scopes_report(view, party.id).rows.get(ADJUSTED, {})
    return {slot: mg // UNIT_MG for slot, mg in found.items()}


def test_a_decrease_goes_down_the_chain_with_every_acceptance(chain: Chain) -> None:
    corrected = chain.less()
    assert adjustments(chain, chain.grower) == {SECONDARY: 140}
    assert stated(chain, chain.grower).offered == {SECONDARY: -140 * UNIT_MG}
    assert adjustments(chain, chain.packhouse) == {}
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    assert not any(stated(chain, chain.grower).offered.values())
    assert adjustments(chain, chain.packhouse) == {SECONDARY: -70}
    answer(chain.world, chain.importer, corrected.digest, chain.second)
    assert adjustments(chain, chain.importer) == {SECONDARY: -70}
    assert adjusted_scope(chain, chain.grower) == {}
    assert adjusted_scope(chain, chain.packhouse) == {SECONDARY: -140}
    assert adjusted_scope(chain, chain.importer) == {SECONDARY: -70}


def test_an_increase_that_is_refused_is_its_authors_loss(chain: Chain) -> None:
    corrected = chain.correct(add=(metered(30),))
    answer(chain.world, chain.packhouse, corrected.digest, chain.first, accepted=False)
    found = stated(chain, chain.grower)
    assert found.columns["lost"] == {MEASURED: 20 * UNIT_MG}
    assert adjustments(chain, chain.grower) == adjustments(chain, chain.packhouse) == {}


def test_what_was_accepted_in_advance_is_an_adjustment_of_both(chain: Chain) -> None:
    allow(chain.world, chain.packhouse, 30 * UNIT_MG)
    chain.correct(add=(metered(30),))
    assert adjustments(chain, chain.grower) == {MEASURED: -20}
    assert adjusted_scope(chain, chain.packhouse) == {MEASURED: 20}
    assert adjusted_scope(chain, chain.grower) == {}


def test_the_ledger_of_a_lot_shows_what_a_correction_changed(chain: Chain) -> None:
    corrected = chain.less()
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    lot = kept(chain.world, chain.bulk)
    with chain.world.store.read() as view:
        postings = lot_ledger(view, lot)
    assert "acceptance/1" in [one.kind for one in postings]
    assert postings[-1].balance == dict(lot.balance())
