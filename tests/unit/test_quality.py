"""What a company may say of how sure a line is, and which spread its scores stand for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.lines import Line
from ledger.parts import UnknownPathError, join, split
from ledger.quality import ADDED_VARIANCE, BASIC_RANGE, INDICATORS, Pedigree, Quality
from ledger.statements import HandlingBody
from tests.builders import own

SCORES: dict[str, str] = dict(zip(INDICATORS, "12345", strict=True))
METER: dict[str, str] = {"relative_se": "0.02", "method": "meter_certificate"}


def pedigree(flow: str = "energy_materials", **scores: str) -> dict[str, str]:
    return {"flow": flow, **dict.fromkeys(INDICATORS, "1"), **scores}


def stated(**quality: Any) -> Line:
    return Line.model_validate({**own(1000), "quality": quality})


def test_a_line_says_its_measured_error_or_scores_and_the_fit_of_its_factor() -> None:
    assert stated(measured=METER).quality == Quality.model_validate({"measured": METER})
    both = stated(activity=pedigree(), fit=pedigree(temporal="3")).quality
    assert both is not None
    assert [one.score("temporal") for one in both.scored()] == [1, 3]
    assert both.worst("temporal") == 3
    assert Quality.model_validate({"measured": METER}).worst("temporal") is None


@pytest.mark.parametrize(
    ("quality", "complaint"),
    [
        ({}, "say the measured error or scores"),
        ({"measured": METER, "activity": pedigree()}, "not both"),
        ({"measured": {**METER, "relative_se": "1.5"}}, "should match pattern"),
        ({"measured": {**METER, "relative_se": "0.020"}}, "should match pattern"),
        ({"measured": {**METER, "relative_se": "-0.1"}}, "should match pattern"),
        ({"measured": {**METER, "relative_se": "NaN"}}, "should match pattern"),
        ({"measured": {**METER, "method": "By Eye"}}, "should match pattern"),
        ({"activity": pedigree(reliability="6")}, "Input should be"),
        ({"activity": pedigree(reliability="0")}, "Input should be"),
        ({"activity": {**pedigree(), "sample": "1"}}, "Extra inputs"),
        ({"activity": pedigree("weather")}, "Input should be"),
        ({"activity": {"flow": "co2", "reliability": "1"}}, "Field required"),
        ({"guess": "5"}, "Extra inputs"),
    ],
)
def test_a_quality_in_any_other_form_is_refused(quality: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        stated(**quality)


def test_scores_of_a_factors_fit_need_a_factor() -> None:
    line = own(1000)
    del line["source"]["factor"]
    with pytest.raises(ValidationError, match="source names none"):
        Line.model_validate({**line, "quality": {"fit": pedigree()}})
    assert Line.model_validate({**line, "quality": {"activity": pedigree()}}).quality


def test_quality_is_a_part_of_its_own_that_can_be_hidden() -> None:
    body: dict[str, Any] = {
        "occurred": {"from": "2026-06-01", "to": "2026-06-30", "zone": "Asia/Shanghai"},
        "ref": "0" * 32,
        "target": {"shipment": "ab" * 32},
        "inputs": [],
        "lines": [{**own(1000), "quality": {"measured": METER}}],
    }
    parts = split("handling/1", HandlingBody.model_validate(body))
    assert [part.value for part in parts if part.path == "/lines/0/quality"] == [{"measured": METER}]
    joined = HandlingBody.model_validate(join("handling/1", parts))
    assert joined.lines[0].quality == Quality.model_validate({"measured": METER})
    with pytest.raises(UnknownPathError):
        join("receipt/1", parts)


def test_perfect_figures_still_have_the_basic_spread_of_what_is_counted() -> None:
    # Weidema et al. 2013, Table 10.3, gives 0.0006 and 0.12 for these two.
    materials = Pedigree.model_validate(pedigree()).variance()
    transport = Pedigree.model_validate(pedigree("transport")).variance()
    assert round(materials, 4) == Decimal("0.0006")
    assert round(transport, 2) == Decimal("0.12")


def test_scores_add_the_variances_of_the_guideline() -> None:
    scored = Pedigree.model_validate({"flow": "co2", **SCORES})
    assert scored.added_variance() == Decimal("0.1227")  # 0 + 0.0001 + 0.002 + 0.0006 + 0.12
    assert scored.variance() > scored.added_variance()


@pytest.mark.parametrize("indicator", INDICATORS)
def test_a_worse_score_never_narrows_the_spread(indicator: str) -> None:
    row = [Decimal(text) for text in ADDED_VARIANCE[indicator]]
    assert row[0] == 0
    assert row == sorted(row)
    assert len(row) == len(set(row)) == 5


def test_every_flow_has_a_basic_spread() -> None:
    for flow in BASIC_RANGE:
        assert Pedigree.model_validate(pedigree(flow)).variance() > 0
