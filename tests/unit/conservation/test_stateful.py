"""Short histories, found and made smaller by hypothesis, conserve carbon too."""

from __future__ import annotations

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.unit.conservation.whole_market import WholeMarket


class Trade(RuleBasedStateMachine):
    """Three companies trade; after each operation everything is added up again."""

    @initialize(seed=st.integers(0, 2**32 - 1))
    def open_the_market(self, seed: int) -> None:
        self.market = WholeMarket(Random(seed), companies=3)  # noqa: S311 - a test that can be repeated

    @rule()
    def somebody_produces(self) -> None:
        self.market.step("produce")

    @rule()
    def somebody_hands_on(self) -> None:
        self.market.step("dispatch")

    @rule()
    def somebody_receives_or_refuses(self) -> None:
        self.market.step("receive")

    @rule()
    def somebody_carries_a_shipment(self) -> None:
        self.market.step("handle_shipment")

    @rule()
    def somebody_carries_goods_sold_outside(self) -> None:
        self.market.step("handle_outside")

    @rule()
    def somebody_stores_a_lot(self) -> None:
        self.market.step("handle_lot")

    @rule()
    def somebody_disposes(self) -> None:
        self.market.step("dispose")

    @rule()
    def somebody_corrects(self) -> None:
        self.market.step("correct")

    @rule()
    def somebody_corrects_a_handling(self) -> None:
        self.market.step("correct_handling")

    @rule()
    def somebody_carries_late(self) -> None:
        self.market.step("handle_late")

    @rule()
    def somebody_answers_an_adjustment(self) -> None:
        self.market.step("answer")

    @rule()
    def somebody_answers_a_claim(self) -> None:
        self.market.step("answer_claim")

    @rule()
    def somebody_allows_adjustments(self) -> None:
        self.market.step("allow")

    @rule()
    def somebody_changes_a_key(self) -> None:
        self.market.step("change_key")

    @rule()
    def somebody_joins(self) -> None:
        self.market.step("join")

    @rule()
    def somebody_removes_carbon_that_may_go_back(self) -> None:
        for step in ("remove", "reverse", "impair"):
            self.market.step(step)

    @rule()
    def somebody_attests(self) -> None:
        self.market.step("attest")

    @rule()
    def somebody_cheats(self) -> None:
        self.market.step("cheat")

    @invariant()
    def every_milligram_lies_in_exactly_one_account(self) -> None:
        if hasattr(self, "market"):
            self.market.check_everything()
            self.market.check_every_lot()


Trade.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
test_any_short_history_of_trade_conserves_carbon = Trade.TestCase
