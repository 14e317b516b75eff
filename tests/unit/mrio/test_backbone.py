"""The links that matter, and what share of value and carbon they keep."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.mrio.backbone import BackboneShareError, backbone, disparity, top_share
from ledger.mrio.errors import UnknownTableSectorError
from ledger.mrio.leontief import multipliers
from ledger.mrio.synthetic import synthetic_table
from tests.unit.mrio.tables import table


def test_the_top_five_percent_of_42_by_42_are_88_links() -> None:
    made = synthetic_table(("Guangdong",), 42)
    found = backbone(made, share=0.05)
    assert len(found.edges) == 88
    assert found.links == 42 * 42
    values = np.sort(np.asarray(made.Z), axis=None)[::-1]
    assert found.edges["value"].to_list() == pytest.approx(values[:88].tolist())
    assert found.value_share == pytest.approx(values[:88].sum() / values.sum())


def test_a_link_that_is_large_for_its_node_is_kept_by_the_disparity_filter() -> None:
    weights = np.array([[0.0, 8.0, 1.0, 1.0], [0.0] * 4, [0.0] * 4, [0.0] * 4])
    chance = disparity(weights)
    # From its sender: three links of 10, this one 8: (1 - 0.8)^2; its receiver has no other link.
    assert chance[0, 1] == pytest.approx(0.04)
    assert chance[0, 2] == pytest.approx(0.81)
    assert chance[1, 0] == 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), alpha=st.floats(0.001, 1), share=st.floats(0.01, 1))
def test_a_stricter_cut_keeps_a_part_of_what_a_looser_one_keeps(
    seed: int, alpha: float, share: float
) -> None:
    made = synthetic_table(2, 4, seed=seed)
    loose = backbone(made, share=share)
    both = backbone(made, share=share, alpha=alpha)
    by_chance = backbone(made, share=None, alpha=alpha)
    names = ["from_region", "from_sector", "to_region", "to_sector"]

    def links(found: object) -> set[tuple[str, ...]]:
        return set(found.edges[names].itertuples(index=False, name=None))  # type: ignore[attr-defined]

    assert links(both) == links(loose) & links(by_chance)
    assert both.value_share <= loose.value_share + 1e-12
    assert (by_chance.edges["p"] < alpha).all()


def test_links_within_and_between_regions_are_all_links() -> None:
    made = synthetic_table(3, 3)
    counts = {scope: backbone(made, share=1, scope=scope).links for scope in ("all", "within", "between")}
    assert counts == {"all": 81, "within": 27, "between": 54}
    two = backbone(made, share=1, regions=["Region 01", "Region 03"], scope="between")
    assert two.links == 18
    assert set(two.edges["from_region"]) == {"Region 01", "Region 03"}
    assert len(backbone(made, share=0.5, scope="within").edges) == 14


def test_links_compared_by_carbon_are_what_is_emitted_for_them() -> None:
    made = synthetic_table(2, 3)
    M = np.asarray(multipliers(made).M)[0]
    found = backbone(made, share=0.1, weight="carbon", stressor="CO2", M=M)
    first = found.edges.iloc[0]
    at = made.position(first.from_region, first.from_sector)
    assert first.carbon == pytest.approx(first.value * M[at])
    assert found.edges["carbon"].is_monotonic_decreasing
    assert json.loads(json.dumps(found.as_json()))["carbon_unit"] == "t"


def test_equal_links_are_kept_by_their_place_and_links_of_nothing_never() -> None:
    assert top_share(np.ones((2, 2)), 0.5).tolist() == [[True, True], [False, False]]
    assert not top_share(np.zeros((2, 2)), 1).any()
    none = backbone(table([[0, 0], [0, 0]], [1, 1], F=[1, 1]))
    assert (len(none.edges), none.value_share, none.carbon_share) == (0, 0.0, 0.0)


@pytest.mark.parametrize("cut", [0.0, -1.0, 1.5])
def test_a_cut_that_is_none_is_refused(cut: float) -> None:
    with pytest.raises(BackboneShareError, match="share"):
        backbone(synthetic_table(1, 2), share=cut)
    with pytest.raises(BackboneShareError, match="alpha"):
        backbone(synthetic_table(1, 2), alpha=cut)


def test_a_region_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownTableSectorError, match="Region 09"):
        backbone(synthetic_table(1, 2), regions=["Region 09"])
