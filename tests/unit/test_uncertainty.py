"""How far a passport's figure may be off, checked against drawing it at random."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import NormalDist, fmean, quantiles, stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.closure import closure
from ledger.components import Components
from ledger.data_quality import data_quality
from ledger.factor import Factor, Uncertainty, factor_digest
from ledger.factors.library import FactorLibrary
from ledger.lines import Line
from ledger.origins import Origin, trace
from ledger.quality import INDICATORS
from ledger.uncertainty import (
    NORMAL_QUANTILE,
    Interval,
    factor_variance,
    line_spread,
    lognormal_interval,
    relative_variance,
    uncertainty,
)
from tests.builders import World, kg, own

SEED = 20260701
DRAWS = 40_000


def factor(name: str, value: str = "2", **spread: str) -> Factor:
    """Return the record of a factor; with a spread of `geometric_sd`, or of `low` and `high`."""
    stated = None
    if spread:
        kind = "geometric_sd" if "geometric_sd" in spread else "range"
        stated = {"kind": kind, "source": "constructed", **spread}
    return Factor.model_validate(
        {
            "id": f"test.{name}",
            "name": name,
            "value": value,
            "per": "kg",
            "basis": "total",
            "gwp": "AR5",
            "source": "constructed",
            "dataset": "test",
            "dataset_version": "1",
            "data_year": 2024,
            "region": "CN",
            "uncertainty": stated,
            "licence": "none",
            "channel": "fossil",
            "stage": "operation",
            "evidence": "calculated",
        }
    )


UREA = factor("urea", geometric_sd="1.3")
POWER = factor("power", low="1.4", high="2.9")
BARE = factor("bare")
RECORDS = {factor_digest(record): record for record in (UREA, POWER, BARE)}


def measured(error: str) -> dict[str, Any]:
    return {"measured": {"relative_se": error, "method": "meter"}}


def scores(flow: str = "energy_materials", score: str = "1") -> dict[str, str]:
    return {"flow": flow, **dict.fromkeys(INDICATORS, score)}


def line(
    mg: int, of: Factor | None = UREA, quality: Mapping[str, Any] | None = None, **more: str
) -> dict[str, Any]:
    """Return a line of own emissions of a factor; `more` adds components by channel__evidence."""
    made = own(mg, **more) if of is not None else own(mg, "fossil.measured", **more)
    del made["source"]["factor"]
    if of is not None:
        made["source"]["factor"] = factor_digest(of)
    return made if quality is None else {**made, "quality": quality}


def origin(number: int, wire: Mapping[str, Any]) -> Origin:
    read = Line.model_validate(wire)
    own_mg = Components.parse(read.amount.components)
    return Origin("ab" * 32, number, read, own_mg, own_mg)


def origins(*lines: Mapping[str, Any]) -> list[Origin]:
    return [origin(number, wire) for number, wire in enumerate(lines)]


def interval(found: Sequence[Origin]) -> Interval:
    gross = uncertainty(found, RECORDS.get).gross
    assert gross is not None
    return gross


def drawn(found: Sequence[Origin]) -> list[float]:
    """Draw the gross figure at random: one number per factor, one per line's activity."""
    rng = random.Random(SEED)  # noqa: S311 - statistics, not secrets
    spreads = [(o, line_spread(o.line, RECORDS.get)) for o in found]
    rows = [
        (
            o.reaches.gross_mg(),
            o.line.source.factor or "",
            math.sqrt(spread.factor or 0),
            math.sqrt(spread.activity or 0),
        )
        for o, spread in spreads
    ]
    names = sorted({row[1] for row in rows})
    sums = []
    for _ in range(DRAWS):
        common = {name: rng.gauss() for name in names}
        sums.append(
            sum(
                mg
                * math.exp(by_factor * common[name] - by_factor**2 / 2)
                * math.exp(by_activity * rng.gauss() - by_activity**2 / 2)
                for mg, name, by_factor, by_activity in rows
            )
        )
    return sums


def check_against_draws(found: Sequence[Origin]) -> None:
    """Compare mean, standard deviation and both ends with 40,000 draws."""
    computed, sums = interval(found), drawn(found)
    mean = computed.mean_mg
    assert fmean(sums) == pytest.approx(mean, rel=0.01)
    assert stdev(sums) == pytest.approx(float(computed.relative_sd) * mean, rel=0.03)
    cuts = quantiles(sums, n=40)
    assert cuts[0] == pytest.approx(float(computed.low_mg), rel=0.025)
    assert cuts[-1] == pytest.approx(float(computed.high_mg), rel=0.025)


def behind(world: World, passport: str) -> tuple[Origin, ...]:
    with world.store.read() as view:
        return trace([one.statement for one in closure(view, passport)], passport).origins


ORCHARD = (
    line(kg(900), UREA, measured("0.05")),
    line(kg(300), UREA, {"activity": scores(score="3")}),
    line(kg(400), POWER, {"activity": scores("transport", "2")}),
    line(kg(100), None, measured("0.2")),
)


def test_the_interval_agrees_with_drawing_the_figure_at_random() -> None:
    check_against_draws(origins(*ORCHARD))


def test_a_diamond_of_lots_agrees_with_drawing_the_figure_at_random() -> None:
    world = World()
    farm, packhouse = world.register("Farm", "farmer"), world.register("Packhouse", "supplier")
    harvest = world.produce(farm, "lychee", kg(4000), lines=ORCHARD)
    received = world.receive(packhouse, world.dispatch(farm, harvest, kg(4000), to=packhouse))
    halves = [
        world.produce(packhouse, "box", kg(1000), inputs=[(received, part)], lines=[line(kg(50), POWER)])
        for part in (kg(1500), kg(2500))
    ]
    mixed = world.produce(packhouse, "pallet", kg(2000), inputs=[(half, kg(1000)) for half in halves])
    found = behind(world, world.dispatch(packhouse, mixed, kg(2000), to=None))
    assert len(found) == 6
    assert sum(o.reaches.gross_mg() for o in found) == kg(1800)
    check_against_draws(found)


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(min_value=1, max_value=kg(4000) - 1))
def test_splitting_a_lot_and_merging_it_again_leaves_the_interval_as_it_was(cut: int) -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    whole = world.produce(farm, "lychee", kg(4000), lines=ORCHARD)
    parts = [world.produce(farm, "box", part, inputs=[(whole, part)]) for part in (cut, kg(4000) - cut)]
    sizes = (cut, kg(4000) - cut)
    mixed = world.produce(farm, "pallet", kg(4000), inputs=list(zip(parts, sizes, strict=True)))
    merged = interval(behind(world, world.dispatch(farm, mixed, kg(4000), to=None)))
    assert merged == interval(origins(*ORCHARD))


def test_half_of_a_lot_has_half_the_interval() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(4000), lines=ORCHARD)
    half = interval(behind(world, world.dispatch(farm, lot, kg(2000), to=None)))
    whole = interval(origins(*ORCHARD))
    assert float(half.relative_sd) == pytest.approx(float(whole.relative_sd))
    assert float(half.low_mg) == pytest.approx(float(whole.low_mg) / 2)


def test_the_same_factor_in_two_lines_gives_a_wider_interval_than_two_factors() -> None:
    twin = factor("twin", geometric_sd="1.3")
    records = {**RECORDS, factor_digest(twin): twin}
    same = uncertainty(origins(line(kg(5)), line(kg(5))), records.get).gross
    two = uncertainty(origins(line(kg(5)), line(kg(5), twin)), records.get).gross
    assert same is not None
    assert two is not None
    assert same.low_mg < two.low_mg < kg(10) < two.high_mg < same.high_mg
    # Two independent numbers of the same spread: sqrt(2) narrower.
    assert float(same.relative_sd / two.relative_sd) == pytest.approx(math.sqrt(2))


def test_one_factor_alone_has_its_own_spread() -> None:
    variance = factor_variance(UREA)
    assert variance is not None
    assert math.exp(math.sqrt(variance)) == pytest.approx(1.3)
    one = interval(origins(line(kg(10))))
    assert one.relative_sd**2 == pytest.approx(relative_variance(variance))
    split = interval(origins(line(kg(3)), line(kg(7))))
    assert float(split.relative_sd) == pytest.approx(float(one.relative_sd))


def test_no_uncertainty_at_all_is_a_point() -> None:
    sure = factor("sure", geometric_sd="1")
    found = uncertainty(origins(line(kg(10), sure, measured("0"))), {factor_digest(sure): sure}.get)
    assert found.gross == Interval(kg(10), Decimal(kg(10)), Decimal(kg(10)), Decimal(0))
    assert (found.whole_mg, found.part_mg, found.nothing_mg) == (kg(10), 0, 0)


def test_what_is_not_stated_is_named_and_nothing_is_assumed_for_it() -> None:
    found = uncertainty(
        origins(
            line(kg(1), UREA, measured("0.1")),
            line(kg(2), UREA),
            line(kg(3), BARE, measured("0.1")),
            line(kg(4), BARE),
            line(kg(5), None),
            line(kg(6), None, measured("0.1")),
        ),
        RECORDS.get,
    )
    assert (found.whole_mg, found.part_mg, found.nothing_mg) == (kg(7), kg(5), kg(9))
    assert found.gross is not None
    assert found.gross.mean_mg == kg(21)
    silent = uncertainty(origins(line(kg(4), BARE), line(kg(5), None)), RECORDS.get)
    assert silent.gross is None
    assert silent.nothing_mg == kg(9)


def test_a_factor_whose_record_is_not_at_hand_states_nothing() -> None:
    found = uncertainty(origins(line(kg(2), UREA)), lambda _digest: None)
    assert found.gross is None
    assert found.nothing_mg == kg(2)


def test_nothing_at_all_has_no_interval() -> None:
    found = uncertainty([], RECORDS.get)
    assert (found.gross, found.removals) == (None, None)


def test_emissions_and_removals_have_intervals_of_their_own() -> None:
    growing = line(kg(8), UREA, measured("0.1"), land_removal__calculated=str(kg(3)))
    found = uncertainty(origins(growing), RECORDS.get)
    assert found.gross is not None
    assert found.removals is not None
    assert (found.gross.mean_mg, found.removals.mean_mg) == (kg(8), kg(3))
    assert found.gross.relative_sd == found.removals.relative_sd
    assert uncertainty(origins(line(kg(8))), RECORDS.get).removals is None


def test_a_fit_stands_in_for_a_record_without_a_spread_and_adds_to_one_that_has_it() -> None:
    fit = {"fit": scores(score="4")}
    alone = line_spread(Line.model_validate(line(1, BARE, fit)), RECORDS.get)
    both = line_spread(Line.model_validate(line(1, UREA, fit)), RECORDS.get)
    assert alone.activity is None
    assert alone.stated == both.stated == "part"
    added = Decimal("0.008") + Decimal("0.002") + Decimal("0.008") + Decimal("0.0006") + Decimal("0.04")
    assert float(alone.factor or 0) == pytest.approx(float(added) + (math.log(1.05) / 2) ** 2)
    assert float(both.factor or 0) == pytest.approx(float(added) + math.log(1.3) ** 2)


@pytest.mark.parametrize(
    ("low", "high"),
    [("1.9", "2.1"), ("0.4", "3.6"), ("0", "4.4"), ("1.5", "4"), ("0", "12")],
)
def test_a_range_becomes_the_lognormal_of_the_same_mean_and_width(low: str, high: str) -> None:
    variance = factor_variance(factor("ranged", "2", low=low, high=high))
    assert variance is not None
    deviation = math.sqrt(variance)
    spread = NormalDist(math.log(2) - deviation**2 / 2, deviation)
    ends = [math.exp(spread.inv_cdf(p)) for p in (0.025, 0.975)]
    assert ends[1] - ends[0] == pytest.approx(float(high) - float(low))


def test_a_range_that_is_a_lognormals_middle_is_found_again() -> None:
    deviation = 0.5
    ends = [math.exp(-(deviation**2) / 2 + z * deviation) for z in (-1.959963984540054, 1.959963984540054)]
    low, high = (f"{end:.12f}".rstrip("0") for end in ends)
    variance = factor_variance(factor("lopsided", "1", low=low, high=high))
    assert math.sqrt(variance or 0) == pytest.approx(deviation, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "low", "high"), [("2", "2.5", "4"), ("2", "1", "1.5"), ("2", "0", "14"), ("0", "0", "1")]
)
def test_a_range_that_no_lognormal_has_counts_as_not_stated(value: str, low: str, high: str) -> None:
    assert factor_variance(factor("odd", value, low=low, high=high)) is None


def test_a_range_of_one_value_is_exact() -> None:
    assert factor_variance(factor("exact", "2", low="2", high="2")) == 0
    assert factor_variance(BARE) is None


def test_the_normal_quantile_is_that_of_95_percent() -> None:
    assert float(NORMAL_QUANTILE) == pytest.approx(NormalDist().inv_cdf(0.975), rel=1e-15)


@given(
    mean=st.integers(min_value=1, max_value=10**17),
    relative=st.decimals(min_value=0, max_value=3, places=6),
)
def test_an_interval_has_the_mean_and_variance_that_it_was_made_of(mean: int, relative: Decimal) -> None:
    found = lognormal_interval(mean, (relative * mean) ** 2)
    assert 0 < found.low_mg <= mean
    assert found.low_mg <= found.high_mg
    assert float(found.relative_sd) == pytest.approx(float(relative))
    median = math.sqrt(found.low_mg) * math.sqrt(found.high_mg)
    assert median == pytest.approx(mean / math.sqrt(1 + float(relative) ** 2))


def test_the_shipped_soil_factors_have_a_spread_where_the_ipcc_gives_a_range() -> None:
    library = FactorLibrary.shipped()
    wet = library.get("ipcc-2019.soil-n2o.synthetic.wet.direct")
    assert isinstance(wet.uncertainty, Uncertainty)
    variance = factor_variance(wet)
    # EF1 0.016 (0.013 to 0.019): the half width is 18.75 % of the value, so some 9.6 % a standard error.
    assert math.sqrt(relative_variance(variance or Decimal(0))) == pytest.approx(0.096, abs=0.001)


def test_scores_are_weighted_by_absolute_milligrams_and_never_by_net() -> None:
    found = data_quality(
        origins(
            line(kg(1), UREA, {"activity": scores(score="1")}),
            line(kg(1), UREA, {"activity": scores(score="4")}, land_removal__calculated=str(kg(2))),
            line(kg(4), UREA, measured("0.1")),
        )
    )
    # Weights 1 and 1 + 2: (1 x 1 + 3 x 4) / 4; by net the second line would have counted as -1.
    assert found.scores == dict.fromkeys(INDICATORS, Decimal("3.25"))
    assert (found.scored_mg, found.absolute_mg) == (kg(4), kg(8))
    assert found.scored_share() == Decimal("0.5")


def test_a_line_counts_with_the_worse_score_of_activity_and_fit() -> None:
    both = {"activity": {**scores(), "temporal": "5"}, "fit": scores(score="2")}
    found = data_quality(origins(line(kg(1), UREA, both)))
    assert found.scores == {**dict.fromkeys(INDICATORS, Decimal(2)), "temporal": Decimal(5)}


def test_without_scores_there_is_no_mean() -> None:
    assert data_quality(origins(line(kg(1)))).scores == {}
    assert data_quality(origins(line(kg(1)))).scored_share() == 0
    assert data_quality([]).scored_share() is None
