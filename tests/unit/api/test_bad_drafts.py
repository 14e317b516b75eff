"""Requests for drafts that can't be made: a named problem each, and nothing half-written."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.vectors.handmade_log import burnt
from tests.builders import JUNE, Party, kg, output, own, take
from tests.served import Served, refused, served
from tests.unit.api.refusing import Wire, harvest, harvest_body, resealed, unchanged, valued

FUTURE = {"from": "2031-01-01", "to": "2031-01-02", "zone": "Asia/Shanghai"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One ledger for all: nothing of this is ever written."""
    with served(tmp_path_factory.mktemp("refusing")) as running:
        yield running


@pytest.fixture(scope="module")
def farm(here: Served) -> Party:
    return here.world.register("Farm", "farmer")


def test_over_two_hundred_inputs_are_refused(here: Served, farm: Party) -> None:
    inputs = [take("0" * 64 + ".0", 1)] * 201
    asked = {"issuer": farm.id, "body": harvest_body(lines=[burnt(1)] * 201)}
    with unchanged(here):
        assert refused(here.client.post("/v1/drafts/production/1", json=asked)) == (422, "too-many-items")
        asked = {"issuer": farm.id, "body": harvest_body(inputs=inputs)}
        assert refused(here.client.post("/v1/drafts/production/1", json=asked))[0] in (404, 422)


def test_bidi_characters_in_a_product_name_are_refused(here: Served, farm: Party) -> None:
    body = harvest_body(outputs=[output("lychee \u202eeehcyl", kg(1))])
    with unchanged(here):
        answer = here.client.post("/v1/drafts/production/1", json={"issuer": farm.id, "body": body})
        assert refused(answer) == (400, "bidi-character")
        wire = copy.deepcopy(harvest(here.world, farm).wire())
        (name,) = (part for part in wire["parts"] if part["path"] == "/outputs/0/product")
        name["value"]["name"] = "lychee \u202eeehcyl"
        assert refused(here.client.post("/v1/statements", json=wire)) == (400, "bidi-character")


def test_future_dates_unknown_lots_and_zero_quantities_are_refused(here: Served, farm: Party) -> None:
    world = here.world
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(1),))
    future = resealed(harvest(world, farm), valued("/occurred", value=FUTURE))
    assert refused(here.client.post("/v1/statements", json=future))[0] == 422
    drafts: list[tuple[str, Wire, tuple[int, str]]] = [
        ("production/1", harvest_body(occurred=FUTURE), (422, "future-date")),
        (
            "production/1",
            harvest_body(outputs=[output("lychee", kg(1)), output("culls", 0)]),
            (422, "zero-quantity"),
        ),
        ("production/1", harvest_body(lines=[own(1, "carbon.measured")]), (422, "unknown-component")),
        ("production/1", harvest_body(inputs=[take("0" * 64 + ".0", 1)]), (404, "unknown-lot")),
        ("dispatch/1", {"take": take("1" * 64 + ".0", 1), "consignee": "outside"}, (404, "unknown-lot")),
        ("dispatch/1", {"take": take(lot, 0), "consignee": "outside"}, (422, "zero-quantity")),
        ("dispatch/1", {"take": take(lot, kg(11)), "consignee": "outside"}, (409, "overdrawn-lot")),
        (
            "dispatch/1",
            {"take": {"lot": lot, "quantity": "-1"}, "consignee": "outside"},
            (422, "amount-form"),
        ),
        (
            "dispatch/1",
            {"take": {"lot": lot, "quantity": "1e3"}, "consignee": "outside"},
            (422, "amount-form"),
        ),
        ("dispatch/1", {"take": {"lot": lot, "quantity": 7}, "consignee": "outside"}, (422, "amount-form")),
        ("dispatch/1", {"take": "all of it", "consignee": "outside"}, (422, "field-form")),
        ("dispatch/1", {"take": take(lot, 1), "consignee": "org_" + "a" * 32}, (404, "unknown-organization")),
        (
            "receipt/1",
            {"takes_over": {"shipment": "1" * 64}, "outcome": "accepted"},
            (404, "unknown-shipment"),
        ),
        ("handling/1", {"target": {"shipment": "1" * 64}, "lines": [burnt(1)]}, (404, "unknown-shipment")),
        ("correction/1", {"corrects": "1" * 64, "change": {}}, (422, "not-correctable")),
        ("correction/1", {"change": {}}, (422, "missing-field")),
        ("sale/1", {}, (404, "unknown-kind")),
        ("dispatch/2", {}, (404, "unknown-kind")),
    ]
    with unchanged(here):
        for kind, body, expected in drafts:
            asked = {"issuer": farm.id, "body": {"occurred": JUNE, **body}}
            answer = here.client.post(f"/v1/drafts/{kind}", json=asked)
            assert refused(answer) == expected, (kind, body, answer.text)


def test_a_draft_request_has_its_own_form(here: Served, farm: Party) -> None:
    good = {"issuer": farm.id, "body": harvest_body()}
    cases: list[tuple[Any, tuple[int, str]]] = [
        ({**good, "colour": "red"}, (422, "unknown-field")),
        ({**good, "language": "fr"}, (422, "field-form")),
        ({**good, "issuer": "me"}, (422, "field-form")),
        ({**good, "issuer": "org_" + "a" * 32}, (404, "unknown-organization")),
        ({**good, "issuer": ""}, (404, "unknown-organization")),
        ({"issuer": farm.id}, (422, "missing-field")),
        ({**good, "body": []}, (422, "field-form")),
        ([good], (422, "field-form")),
    ]
    with unchanged(here):
        for asked, expected in cases:
            assert refused(here.client.post("/v1/drafts/production/1", json=asked)) == expected, asked
        text = {"Content-Type": "text/plain"}
        answer = here.client.post("/v1/drafts/production/1", content=json.dumps(good), headers=text)
        assert refused(answer) == (422, "field-form")
