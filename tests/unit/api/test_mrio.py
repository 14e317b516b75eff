"""Tables over HTTP: every number says which table it is from, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ledger.mrio.checks import accepted, check
from tests.served import Served, served
from tests.unit.mrio.tables import kitzes

PRODUCT = {"region": "Guangdong", "sector": "Food and tobacco"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A ledger whose table is read and solved once for all questions."""
    with served(tmp_path_factory.mktemp("tables")) as running:
        yield running


def get(here: Served, path: str, **asked: Any) -> dict[str, Any]:
    answer = here.client.get(f"/v1/mrio/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(here: Served, path: str, **asked: Any) -> tuple[int, str]:
    answer = here.client.get(f"/v1/mrio/{path}", params=asked)
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_a_fresh_ledger_offers_the_made_up_table_and_says_that_it_is(here: Served) -> None:
    (only,) = get(here, "tables")["tables"]
    assert (only["name"], only["regions"], only["sectors"]) == ("synthetic", 31, 42)
    assert only["provenance"]["synthetic"] is True
    whole = get(here, f"tables/{only['digest']}")
    assert len(whole["labels"]["regions"]) == 31
    assert whole["checks"]["failed"] == []


def test_a_product_carries_a_number_with_all_that_it_has_to_say(here: Served) -> None:
    found = get(here, "tables/synthetic/product", **PRODUCT)
    assert found["value"] > 0
    assert found["unit"] == "t per 10,000 CNY"
    assert found["table"]["provenance"]["synthetic"] is True
    assert found["residual"] < 1e-9
    why = get(here, "tables/synthetic/paths", **PRODUCT, limit=5)
    assert why["total"] == pytest.approx(found["value"])
    assert len(why["paths"]) == len(why["contributors"]) == 5
    assert 0 < why["explained"] <= 1
    around = get(here, "tables/synthetic/interval", **PRODUCT, emissions=1.3)
    assert around["low"] < found["value"] < around["high"]


def test_backbone_baseline_benchmark_and_flows_are_answered(here: Served) -> None:
    links = get(here, "tables/synthetic/backbone", share=0.001, scope="between", limit=3)
    assert len(links["edges"]) == 3
    assert links["kept"] > 3
    assert 0 < links["value_share"] < 1
    within = get(here, "tables/synthetic/backbone", alpha=0.05, region=["Hainan"])
    assert {one["from_region"] for one in within["edges"]} == {"Hainan"}
    assert len(get(here, "tables/synthetic/baseline")["rows"]) == 31
    (whole,) = get(here, "tables/synthetic/baseline", by="all")["rows"]
    assert whole["per_output"] > 0
    assert len(get(here, "tables/synthetic/baseline", by="both")["rows"]) == 1302
    best = get(here, "tables/synthetic/benchmark", sector="Textiles", percentile=20)
    assert best["best_practice"] <= best["average"]
    assert best["peers"][0]["rank"] == 1
    assert len(get(here, "tables/synthetic/flows")["flows"]) == 31 * 31
    assert get(here, "trend", name="synthetic")["years"] == [2017]


@pytest.mark.parametrize(
    ("path", "asked", "status", "problem"),
    [
        ("tables/exiobase", {}, 404, "unknown-mrio-table"),
        ("trend", {"name": "exiobase"}, 404, "unknown-mrio-table"),
        ("tables/synthetic/product", {**PRODUCT, "sector": "Fishing"}, 404, "unknown-table-sector"),
        ("tables/synthetic/paths", {**PRODUCT, "extension": "water"}, 404, "unknown-extension"),
        ("tables/synthetic/flows", {"stressor": "CH4"}, 404, "unknown-stressor"),
        ("tables/synthetic/benchmark", {"sector": "Fishing"}, 404, "no-peers"),
        ("tables/synthetic/interval", {**PRODUCT, "emissions": 0.5}, 422, "geometric-deviation"),
        ("tables/synthetic/backbone", {"region": ["Atlantis"]}, 404, "unknown-table-sector"),
    ],
)
def test_a_question_that_has_no_answer_is_refused_by_name(
    here: Served, path: str, asked: dict[str, Any], status: int, problem: str
) -> None:
    assert refused(here, path, **asked) == (status, problem)


@pytest.mark.parametrize(
    "asked", [{"share": 0}, {"share": 2}, {"alpha": -1}, {"scope": "near"}, {"limit": 0}]
)
def test_a_malformed_question_names_its_field(here: Served, asked: dict[str, Any]) -> None:
    answer = here.client.get("/v1/mrio/tables/synthetic/backbone", params=asked)
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.text


def known(share: str = "0.5", sector: str = "Chemical products") -> dict[str, str]:
    return {"region": "Guangdong", "sector": sector, "share": share}


def test_known_inputs_are_taken_out_and_what_may_overlap_is_said(here: Served) -> None:
    asked = {**PRODUCT, "known": [known(), known("1", "Textiles")]}
    answer = here.client.post("/v1/mrio/tables/synthetic/rest", json=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    whole = get(here, "tables/synthetic/product", **PRODUCT)["value"]
    assert found["whole"] == pytest.approx(whole)
    assert found["rest"] + found["taken_out"] == pytest.approx(whole)
    assert 0 < found["may_overlap"] < found["rest"]
    assert "may overlap" in found["says"]
    assert found["table"]["provenance"]["synthetic"] is True


@pytest.mark.parametrize(
    ("inputs", "status", "problem"),
    [
        ([known("2")], 422, "known-share"),
        ([known(), known()], 422, "repeated-input"),
        ([known(sector="Fishing")], 404, "unknown-table-sector"),
    ],
)
def test_known_inputs_that_make_no_sense_are_refused(
    here: Served, inputs: list[dict[str, str]], status: int, problem: str
) -> None:
    answer = here.client.post("/v1/mrio/tables/synthetic/rest", json={**PRODUCT, "known": inputs})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, problem)


def test_a_share_that_is_no_decimal_text_is_refused(here: Served) -> None:
    for share in (0.5, "1/2", "-1"):
        body = {**PRODUCT, "known": [{**known(), "share": share}]}
        assert here.client.post("/v1/mrio/tables/synthetic/rest", json=body).status_code in {400, 422}


def test_checks_that_were_accepted_stand_beside_every_number_and_on_the_page(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    two = kitzes()
    bad = replace(two, Y=two.Y * 0.5)
    report = check(bad)
    with served(tmp_path_factory.mktemp("accepted")) as running:
        running.wired.tables.store.add(accepted(bad, report, ["row_balance"]), report)
        asked = {"region": "all", "sector": "s1"}
        whole = {"sector": "s1", "floor": 0}
        answers = [
            get(running, "tables/textbook/product", **asked),
            get(running, "tables/textbook/paths", **asked),
            get(running, "tables/textbook/interval", **asked, emissions=1.2),
            get(running, "tables/textbook/baseline"),
            get(running, "tables/textbook/benchmark", **whole),
            get(running, "tables/textbook/flows"),
            get(running, "tables/textbook/backbone"),
        ]
        origins = [one["table"]["provenance"] for one in answers]
        origins += [one["provenance"] for one in get(running, "tables")["tables"]]
        origins += [one["provenance"] for one in get(running, "trend", name="textbook")["tables"]]
        origins.append(get(running, "tables/textbook")["provenance"])
        rest = {**asked, "known": [{"region": "all", "sector": "s2", "share": "1"}]}
        origins.append(
            running.client.post("/v1/mrio/tables/textbook/rest", json=rest).json()["table"]["provenance"]
        )
        assert {tuple(one["accepted"]) for one in origins} == {("row_balance",)}
        page = running.client.get("/atlas", headers={"Accept-Language": "en"}).text
        assert "row_balance" in page.partition("<article")[2].partition("</article>")[0].partition(">")[2]
