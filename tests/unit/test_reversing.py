"""Removals are their signer's own, say how they are kept, and what goes back is an emission."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.accounts import Account, AccountKind
from ledger.closure import lines_stated
from ledger.components import NOTHING, Components
from ledger.errors import LedgerError
from ledger.forms import FieldFormError
from ledger.removals import Permanence
from ledger.reports import conservation
from ledger.reversing import (
    NoRemovalError,
    NotImpairedError,
    NotRemoverError,
    OverReversedError,
    PermanenceError,
    RemovalEvidenceError,
    RemovalNotStatedError,
    RemovalOwnerError,
    ReversedLineError,
    UnknownRemovalError,
    gone_back_as,
    standing,
)
from ledger.rules import TooEarlyError
from ledger.services import BatchError
from tests.builders import FACTOR, JUNE, Line, Party, World, bought, kg, output, own
from tests.removing import KEPT, impair, reversal, reverse

MEASURED = "land_removal.measured"


class Orchard:
    """A grower whose trees take up 500 mg, beside a neighbour."""

    def __init__(self) -> None:
        self.world = World()
        self.grower = self.world.register("Grower", "farmer")
        self.neighbour = self.world.register("Neighbour", "farmer")
        self.harvest = self.world.production(
            self.grower, (output("lychee", kg(10)),), lines=(own(800), own(500, MEASURED))
        ).digest

    def balance(self, kind: AccountKind, party: Party | None = None) -> Components:
        with self.world.store.read() as view:
            held = view.balance(Account(kind, (party or self.grower).id))
        return Components({slot: abs(mg) for slot, mg in held.items()})

    def refused(self, kind: str, body: dict[str, Any], by: Party | None = None) -> LedgerError:
        with pytest.raises(LedgerError) as caught:
            self.world.state(by or self.grower, kind, body)
        return caught.value

    def produced(self, *lines: Line) -> LedgerError:
        made = {"outputs": [output("lychee", kg(1))], "lines": list(lines), "policy": {"id": "mass/1"}}
        return self.refused("production/1", made)


@pytest.fixture
def orchard() -> Orchard:
    return Orchard()


def removing(component: str = MEASURED, **terms: Any) -> Line:
    """Return a line that removes carbon, with other terms than usual."""
    return {**own(500, component), "removal": {**KEPT, **terms}}


def without_removal(line: Line) -> Line:
    return {name: part for name, part in line.items() if name != "removal"}


@pytest.mark.parametrize("channel", ["land_removal", "tech_removal", "ccs_capture"])
def test_a_removal_without_its_terms_is_refused(orchard: Orchard, channel: str) -> None:
    error = orchard.produced(own(1), without_removal(own(5, f"{channel}.measured")))
    assert isinstance(error, RemovalNotStatedError)
    assert (error.field, error.component) == ("lines/1/removal", f"{channel}.measured")


@pytest.mark.parametrize("component", ["biogenic_co2_uptake.measured", "fossil.measured"])
def test_uptake_and_emissions_are_no_removals(orchard: Orchard, component: str) -> None:
    error = orchard.produced({**own(5, component), "removal": dict(KEPT)})
    assert isinstance(error, NoRemovalError)
    assert component in str(error)


def test_uptake_needs_no_terms(orchard: Orchard) -> None:
    lot = orchard.world.produce(
        orchard.grower, "lychee", kg(1), lines=(own(5, "biogenic_co2_uptake.measured"),)
    )
    assert lot


def test_a_removal_that_somebody_else_owns_is_refused(orchard: Orchard) -> None:
    error = orchard.produced(removing(owner=orchard.neighbour.id))
    assert isinstance(error, RemovalOwnerError)
    assert (error.owner, error.issuer) == (orchard.neighbour.id, orchard.grower.id)


def test_a_removal_from_another_system_is_refused(orchard: Orchard) -> None:
    error = orchard.produced(removing("land_removal.imported"))
    assert isinstance(error, RemovalEvidenceError)
    assert error.component == "land_removal.imported"


@pytest.mark.parametrize("evidence", ["secondary", "spend"])
def test_a_bought_credit_cannot_be_stated_as_a_gap(orchard: Orchard, evidence: str) -> None:
    credit = bought(500, component=f"land_removal.{evidence}")
    assert isinstance(orchard.produced(credit), RemovalNotStatedError)
    assert isinstance(orchard.produced({**credit, "removal": dict(KEPT)}), RemovalEvidenceError)


@pytest.mark.parametrize(("permanence", "given"), [({}, 0), ({"years": "5", "class": "temporary"}, 2)])
def test_permanence_is_years_or_a_class(orchard: Orchard, permanence: Line, given: int) -> None:
    error = orchard.produced(removing(permanence=permanence))
    assert isinstance(error, PermanenceError)
    assert error.given == given


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reserve", "1.1"),
        ("reserve", "20 %"),
        ("pool", "certificates"),
        ("monitoring", "trust"),
        ("permanence", {"years": "0"}),
        ("permanence", {"class": "for_ever"}),
    ],
)
def test_terms_of_another_form_are_refused(orchard: Orchard, field: str, value: Any) -> None:
    assert isinstance(orchard.produced(removing(**{field: value})), FieldFormError)


def test_handlings_and_corrections_state_removals_alike(orchard: Orchard) -> None:
    world, grower = orchard.world, orchard.grower
    corrected = world.correct(grower, orchard.harvest, drop=(1,), add=(own(450, MEASURED),))
    lot = f"{orchard.harvest}.0"
    handled = world.handle(grower, (own(3), own(20, "tech_removal.calculated")), lot=lot)
    body = {"corrects": orchard.harvest, "change": {"add_lines": [without_removal(own(1, MEASURED))]}}
    error = orchard.refused("correction/1", body)
    assert isinstance(error, RemovalNotStatedError)
    assert error.field == "change/add_lines/0/removal"
    reverse(world, grower, corrected.digest, 450)
    reverse(world, grower, handled.digest, 20, "tech_removal.calculated", line=1)
    assert orchard.balance("abnormal_loss").wire() == {
        "fossil.measured": "20",
        "land_biogenic_co2.measured": "450",
    }


def test_what_goes_back_is_an_emission_that_no_goods_carry(orchard: Orchard) -> None:
    lot = f"{orchard.harvest}.0"
    with orchard.world.store.read() as view:
        before = view.lot(lot)
    reverse(orchard.world, orchard.grower, orchard.harvest, 200, line=1)
    with orchard.world.store.read() as view:
        assert view.lot(lot) == before
    assert orchard.balance("abnormal_loss").wire() == {"land_biogenic_co2.measured": "200"}
    assert orchard.balance("goods_in_process") == NOTHING
    assert orchard.balance("environment").wire() == {
        "fossil.calculated": "800",
        "land_biogenic_co2.measured": "200",
    }


def test_what_leaks_from_a_store_is_booked_as_fossil() -> None:
    amount = Components.parse({"tech_removal.measured": "3", "ccs_capture.calculated": "4"})
    assert gone_back_as(amount, "calculated").wire() == {"fossil.calculated": "7"}


def test_no_more_goes_back_than_is_still_stored(orchard: Orchard) -> None:
    reverse(orchard.world, orchard.grower, orchard.harvest, 200, line=1)
    error = orchard.refused("reversal/1", reversal(orchard.harvest, 301, line=1))
    assert isinstance(error, OverReversedError)
    assert (error.component, error.stored, error.asked) == (MEASURED, 300, 301)
    other = reversal(orchard.harvest, 1, "land_removal.calculated", line=1)
    assert isinstance(orchard.refused("reversal/1", other), OverReversedError)
    reverse(orchard.world, orchard.grower, orchard.harvest, 300, line=1)
    assert isinstance(orchard.refused("reversal/1", reversal(orchard.harvest, 1, line=1)), OverReversedError)


def test_two_reversals_in_one_batch_are_added_up(orchard: Orchard) -> None:
    signed = [
        orchard.world.sign(orchard.grower, "reversal/1", reversal(orchard.harvest, 300, line=1))
        for _ in range(2)
    ]
    with pytest.raises(BatchError) as caught:
        orchard.world.post(*signed)
    assert isinstance(caught.value.cause, OverReversedError)
    assert orchard.balance("abnormal_loss") == NOTHING


@pytest.mark.parametrize("line", [0, 2])
def test_only_a_removal_can_go_back(orchard: Orchard, line: int) -> None:
    error = orchard.refused("reversal/1", reversal(orchard.harvest, 1, line=line))
    assert isinstance(error, UnknownRemovalError)
    assert error.line == str(line)


def test_a_statement_that_is_not_logged_or_has_no_lines_removes_nothing(orchard: Orchard) -> None:
    shipment = orchard.world.dispatch(orchard.grower, f"{orchard.harvest}.0", kg(1), to=None)
    for statement in (FACTOR, shipment):
        error = orchard.refused("reversal/1", reversal(statement, 1))
        assert isinstance(error, UnknownRemovalError)


def test_only_who_removed_can_reverse_or_impair(orchard: Orchard) -> None:
    body = reversal(orchard.harvest, 1, line=1)
    error = orchard.refused("reversal/1", body, by=orchard.neighbour)
    assert isinstance(error, NotRemoverError)
    assert (error.remover, error.issuer) == (orchard.grower.id, orchard.neighbour.id)
    lower = {"impairs": body["reverses"], "expectation": {"reserve": "0"}}
    assert isinstance(orchard.refused("impairment/1", lower, by=orchard.neighbour), NotRemoverError)


def test_nothing_goes_back_before_it_was_removed(orchard: Orchard) -> None:
    may = {**JUNE, "from": "2026-05-01", "to": "2026-05-31"}
    body = {"occurred": may, **reversal(orchard.harvest, 1, line=1)}
    assert isinstance(orchard.refused("reversal/1", body), TooEarlyError)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=8))
def test_whatever_goes_back_in_whatever_order_is_never_more_than_was_stored(
    steps: list[tuple[bool, int]],
) -> None:
    orchard, gone = Orchard(), 0
    for late, mg in steps:
        if gone + mg > 500:
            error = orchard.refused("reversal/1", reversal(orchard.harvest, mg, line=1))
            assert isinstance(error, OverReversedError)
            assert error.stored == 500 - gone
            continue
        reverse(orchard.world, orchard.grower, orchard.harvest, mg, line=1)
        gone += mg
        if late:
            orchard.world.dispatch(orchard.grower, f"{orchard.harvest}.0", kg(1), to=orchard.neighbour)
    assert sum(orchard.balance("abnormal_loss").values()) == gone <= 500
    with orchard.world.store.read() as view:
        books = conservation(view.balances())
    assert books.holds
    assert books.by_component.get("land_removal.measured") == (500, 500)


def test_a_dropped_removal_can_not_go_back_and_a_reversed_one_not_be_dropped(orchard: Orchard) -> None:
    world, grower = orchard.world, orchard.grower
    two = world.production(
        grower, (output("lychee", kg(1)),), lines=(own(500, MEASURED), own(70, MEASURED))
    ).digest
    gone = world.correct(grower, two, drop=(0,))
    error = orchard.refused("reversal/1", reversal(two, 1))
    assert isinstance(error, UnknownRemovalError)
    assert gone.digest in str(error)
    back = reverse(world, grower, two, 1, line=1)
    change = {"corrects": two, "change": {"drop_lines": ["1"]}}
    refusal = orchard.refused("correction/1", change)
    assert isinstance(refusal, ReversedLineError)
    assert (refusal.line, refusal.reversal) == (1, back.digest)
    world.correct(grower, two, add=(own(5),))


def test_an_impairment_moves_nothing_and_lowers_what_is_expected(orchard: Orchard) -> None:
    world, grower = orchard.world, orchard.grower
    with world.store.read() as view:
        before = list(view.balances())
    first = impair(world, grower, orchard.harvest, line=1, permanence={"years": "10"})
    second = impair(world, grower, orchard.harvest, line=1, reserve="0.05")
    back = reverse(world, grower, orchard.harvest, 120, line=1)
    with world.store.read() as view:
        statement = view.statement(orchard.harvest)
        assert statement is not None
        line = lines_stated(statement)[1]
        assert line.removal is not None
        stands = standing(1, line, line.removal, view.corrections(orchard.harvest))
        untouched = standing(0, line, line.removal, view.corrections(orchard.harvest))
        after = dict(view.balances())
    assert {account: held for account, held in before if after[account] != held}.keys() <= {
        Account("environment", grower.id)
    }
    assert (stands.permanence.text(), stands.reserve) == ("10 years", "0.05")
    assert (stands.impairments, stands.reversals) == ((first.digest, second.digest), (back.digest,))
    assert (stands.stored().wire(), stands.gone_back.wire()) == ({MEASURED: "380"}, {MEASURED: "120"})
    assert (untouched.permanence.text(), untouched.reserve, untouched.reversals) == ("30 years", "0.2", ())


@pytest.mark.parametrize(
    ("expectation", "field"),
    [
        ({"permanence": {"years": "30"}}, "expectation/permanence"),
        ({"permanence": {"years": "31"}}, "expectation/permanence"),
        ({"permanence": {"class": "temporary"}}, "expectation/permanence"),
        ({"reserve": "0.2"}, "expectation/reserve"),
        ({"permanence": {"years": "9"}, "reserve": "1"}, "expectation/reserve"),
    ],
)
def test_an_impairment_only_writes_down(orchard: Orchard, expectation: Line, field: str) -> None:
    body = {"impairs": {"statement": orchard.harvest, "line": "1"}, "expectation": expectation}
    error = orchard.refused("impairment/1", body)
    assert isinstance(error, NotImpairedError)
    assert error.field == field


def test_an_impairment_that_says_nothing_is_refused(orchard: Orchard) -> None:
    body: Line = {"impairs": {"statement": orchard.harvest, "line": "1"}, "expectation": {}}
    assert isinstance(orchard.refused("impairment/1", body), FieldFormError)
    body["expectation"] = {"permanence": {}}
    assert isinstance(orchard.refused("impairment/1", body), PermanenceError)


@pytest.mark.parametrize(
    ("first", "second", "shorter"),
    [
        ({"years": "9"}, {"years": "10"}, True),
        ({"years": "10"}, {"years": "10"}, False),
        ({"class": "temporary"}, {"class": "long_term"}, True),
        ({"class": "permanent"}, {"class": "long_term"}, False),
        ({"class": "permanent"}, {"years": "10"}, None),
        ({"years": "10"}, {"class": "permanent"}, None),
    ],
)
def test_permanences_are_compared_in_one_measure(first: Line, second: Line, shorter: bool | None) -> None:
    assert Permanence(**first).is_shorter_than(Permanence(**second)) is shorter
