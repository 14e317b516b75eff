from __future__ import annotations

import pytest

from ledger.accounts import Account, from_sources, reversed_transfers, source_of
from ledger.components import SLOTS, Components

TARGET = Account("goods_in_process", "org")


@pytest.mark.parametrize(
    ("component", "gap", "kind"),
    [
        ("fossil.measured", False, "environment"),
        ("biogenic_co2_out.calculated", False, "environment"),
        ("fossil.imported", False, "imported"),
        ("land_removal.imported", False, "imported"),
        ("land_removal.measured", False, "removal"),
        ("biogenic_co2_uptake.calculated", False, "removal"),
        ("fossil.secondary", True, "outside_taken_over"),
        ("tech_removal.spend", True, "outside_taken_over"),
    ],
)
def test_a_line_comes_from_where_it_was_emitted_bought_or_removed(
    component: str, gap: bool, kind: str
) -> None:
    assert source_of(SLOTS[component], "org", gap=gap) == (kind, "org", "")


def test_one_line_may_come_from_several_sources_and_loses_nothing() -> None:
    line = Components(
        {SLOTS["fossil.measured"]: 5, SLOTS["luc.measured"]: 2, SLOTS["land_removal.measured"]: 7}
    )
    transfers = from_sources(line, "org", TARGET, gap=False)
    assert [(t.source.kind, t.components.wire()) for t in transfers] == [
        ("environment", {"fossil.measured": "5", "luc.measured": "2"}),
        ("removal", {"land_removal.measured": "7"}),
    ]
    assert Components.total_of(t.components for t in transfers) == line


def test_what_is_reversed_goes_back_to_where_it_came_from() -> None:
    there = from_sources(Components.of("fossil.measured", 5), "org", TARGET, gap=False)
    back = reversed_transfers(there)
    assert [(t.source, t.target, t.components) for t in back] == [
        (TARGET, Account("environment", "org"), there[0].components)
    ]
    assert reversed_transfers(back) == there
