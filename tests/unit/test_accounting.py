"""Accounting policies, and what an organization adds to its estimates by one of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import accounting
from ledger.accounting import MarkupError, TooManyPoliciesError, marked_up
from ledger.closure import closure
from ledger.components import Components
from ledger.drafting import Wish, prepare
from ledger.forms import FieldFormError
from ledger.identifiers import lot_id
from ledger.provenance import provenance
from ledger.reports import conservation
from ledger.rules import EvidenceError
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import Party, World, bought, kg, output, own
from tests.bundle_worlds import altered, bundle_bytes, failure
from tests.opening_books import POLICY, keep_by
from tests.unit.refusals import as_stated, plain, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def farm(world: World) -> Party:
    return world.register("Farm", "farmer")


def with_markup(line: dict[str, Any], mg: int, component: str = "fossil.markup") -> dict[str, Any]:
    components = {**line["amount"]["components"], component: str(mg)}
    return {**line, "amount": {**line["amount"], "components": components}}


def harvest(world: World, farm: Party, *lines: dict[str, Any]) -> Any:
    """Sign a harvest with these lines as they are, one lot of 10 kg."""
    body = {
        "outputs": [output("lychee", kg(10))],
        "lines": list(lines),
        "policy": {"id": "mass/1"},
    }
    return world.sign(farm, "production/1", body)


def refusal(world: World, farm: Party, *lines: dict[str, Any]) -> Exception:
    with pytest.raises((MarkupError, EvidenceError)) as caught:
        harvest(world, farm, *lines)
    return caught.value


def test_policies_hold_from_their_statement_on(world: World, farm: Party) -> None:
    first = keep_by(world, farm, "0.1", electricity="market", materiality="0.02")
    second = keep_by(world, farm, "0")
    with world.store.read() as view:
        found = view.organization(farm.id)
    assert found is not None
    assert [(one.statement, one.markup, one.electricity) for one in found.policies] == [
        (first.digest, "0.1", "market"),
        (second.digest, "0", "location"),
    ]
    assert found.markup() == "0"
    assert accounting.as_of(found, found.policies[1].position).markup() == "0.1"
    assert accounting.as_of(found, found.policies[0].position).policies == ()


def test_a_policy_can_be_looked_at_before_it_is_signed(world: World, farm: Party) -> None:
    with world.store.read() as view:
        wish = Wish("accounting_policy/1", farm.id, {"occurred": plain(keep_by(world, farm))["occurred"]})
        body = {**wish.body, "policy": {**POLICY, "markup": "-0.1"}}
        with pytest.raises(Exception, match="decimal number"):
            prepare(Wish("accounting_policy/1", farm.id, body), view, world.clock.now())
        body = {**wish.body, "policy": {**POLICY, "markup": "0.1", "electricity": "both"}}
        with pytest.raises(FieldFormError, match="electricity"):
            prepare(Wish("accounting_policy/1", farm.id, body), view, world.clock.now())


def test_policies_are_stated_a_limited_number_of_times(
    world: World, farm: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounting, "MAX_POLICIES", 1)
    keep_by(world, farm)
    stated = as_stated(world, farm, "accounting_policy/1", {"policy": {**POLICY, "markup": "1"}})
    assert refused(world, stated, TooManyPoliciesError).organization == farm.id


def test_a_markup_is_booked_and_conserved_and_in_no_figure(world: World, farm: Party) -> None:
    keep_by(world, farm, "0.15")
    made = harvest(world, farm, own(100), with_markup(bought(90), 14))  # 13.5 is rounded to even
    world.post(made)
    with world.store.read() as view:
        lot = view.lot(lot_id(made.digest, 0))
        assert lot is not None
        books = conservation(view.balances())
    total = lot.balance()
    assert total == Components.parse(
        {"fossil.calculated": "100", "fossil.secondary": "90", "fossil.markup": "14"}
    )
    assert (books.holds, books.recorded_mg) == (True, 204)
    assert (total.gross_mg(), total.net_mg(), total.markup_mg()) == (190, 190, 14)
    assert total.channel_mg("fossil") == 190
    assert total.evidence_mg("markup") == 0
    assert total.pact() == {"fossil": 190, "excluding_uptake": 190, "including_uptake": 190}
    sent = world.dispatch(farm, lot.id, kg(5), to=None)
    with world.store.read() as view:
        found = provenance([logged.statement for logged in closure(view, sent)], sent)
    assert found.total.markup_mg() == 7
    assert found.total.gross_mg() == 95
    assert found.by_scope() == {"1": 50, "3.1": 45}


@pytest.mark.parametrize(("k", "stated", "expected"), [("0.1", 10, 9), ("0", 1, 0), ("0.1", 8, 9)])
def test_a_markup_that_is_not_k_times_the_estimate_is_refused_with_both_numbers(
    world: World, farm: Party, k: str, stated: int, expected: int
) -> None:
    if k != "0":
        keep_by(world, farm, k)
    error = refusal(world, farm, with_markup(bought(90), stated))
    assert isinstance(error, MarkupError)
    assert (error.stated, error.expected, error.markup, error.component) == (
        stated,
        expected,
        k,
        "fossil.markup",
    )
    assert error.organization == farm.id


def test_a_markup_stands_beside_an_estimate_of_its_channel_in_a_gap(world: World, farm: Party) -> None:
    keep_by(world, farm, "0.1")
    assert "an estimate of its channel" in str(refusal(world, farm, with_markup(own(90), 9)))
    assert "an estimate of its channel" in str(refusal(world, farm, with_markup(bought(90), 9, "luc.markup")))
    assert "no emission" in str(refusal(world, farm, with_markup(bought(90), 9, "biogenic_co2_out.markup")))


def test_a_gap_may_be_left_without_its_markup(world: World, farm: Party) -> None:
    keep_by(world, farm, "0.1")
    world.post(harvest(world, farm, bought(90)))


def test_a_markup_is_verified_by_the_policy_of_its_time_from_the_bundle_alone(
    world: World, farm: Party
) -> None:
    keep_by(world, farm, "0.25")
    gap = supplied(640, "urea-1")
    estimate = int(next(iter(gap["amount"]["components"].values())))
    component = next(iter(gap["amount"]["components"])).split(".")[0] + ".markup"
    made = harvest(world, farm, burnt(48), with_markup(gap, marked_up(estimate, "0.25"), component))
    world.post(made)
    keep_by(world, farm, "0.5")
    sent = world.dispatch(farm, lot_id(made.digest, 0), kg(10), to=None)
    report = verify(bundle_bytes(world, sent))
    assert [(v.step, v.reason) for v in report.verdicts if v.value == "bad"] == []
    assert report.figures is not None
    assert report.figures.components[component] == str(marked_up(estimate, "0.25"))
    assert report.figures.gross_mg == sum(
        int(mg) for name, mg in report.figures.components.items() if not name.endswith(".markup")
    )

    def without_policy(bundle: Any) -> None:
        bundle["statements"] = [
            one for one in bundle["statements"] if one["entry"]["envelope"]["kind"] != "accounting_policy/1"
        ]

    assert failure(verify(altered(bundle_bytes(world, sent), without_policy))) == (8, "markup")


@given(st.integers(0, 10**17), st.integers(0, 300))
def test_a_markup_is_rounded_once_half_to_even(mg: int, percent: int) -> None:
    found = marked_up(mg, str(percent // 100) if percent % 100 == 0 else f"{percent / 100:.2f}".rstrip("0"))
    assert abs(100 * found - mg * percent) <= 50
    if abs(100 * found - mg * percent) == 50:
        assert found % 2 == 0
