"""What a stranger can send: a named problem each, nothing half-written, and the server goes on."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api import checking, limits
from ledger import parts, signing
from ledger.forms import validated
from ledger.parts import Part
from ledger.signed import Statement
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import JUNE, Party, World, kg, output, own, take
from tests.served import Served, refused, served
from tests.unit.api.refusing import Wire, harvest, harvest_body, unchanged
from tests.unit.refusals import as_stated

FUTURE = {"from": "2031-01-01", "to": "2031-01-02", "zone": "Asia/Shanghai"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One ledger for all: nothing of this is ever written."""
    with served(tmp_path_factory.mktemp("refusing")) as running:
        yield running


@pytest.fixture(scope="module")
def farm(here: Served) -> Party:
    return here.world.register("Farm", "farmer")


def resealed(statement: Statement, change: Callable[[dict[str, Any]], object]) -> Wire:
    """Return a statement whose parts, by path, were changed, and whose digest was made again."""
    wire = copy.deepcopy(statement.wire())
    values = {part["path"]: part for part in wire["parts"]}
    change(values)
    wire["parts"] = list(values.values())
    pieces = tuple(validated(Part, part) for part in wire["parts"])
    wire["envelope"]["body_digest"] = parts.body_digest(pieces)
    return wire


def valued(path: str, *steps: str, value: Any) -> Callable[[dict[str, Any]], object]:
    """Return a change of one value inside a part."""

    def change(values: dict[str, Any]) -> None:
        if not steps:
            values[path]["value"] = value
            return
        inner = values[path]["value"]
        for step in steps[:-1]:
            inner = inner[step]
        if value is ...:
            del inner[steps[-1]]
        else:
            inner[steps[-1]] = value

    return change


AMOUNT = ("/lines/0/amount", "components", "fossil.calculated")
BALANCE = "/outputs/0/balance"
VALUES: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    *(
        (f"the amount {text}", valued(*AMOUNT, value=text), "amount-form")
        for text in ("042", "+4", " 4", "4.0", "1e3", "٤٢", "-1", "NaN", "Infinity", "", "1" + "0" * 400)
    ),
    ("an amount beyond 10^17", valued(*AMOUNT, value="100000000000000001"), "amount-too-large"),
    ("a JSON number as amount", valued(*AMOUNT, value=4), "field-form"),
    ("an unknown field", valued(BALANCE, "colour", value="red"), "unknown-field"),
    ("a missing unit", valued(BALANCE, "unit", value=...), "missing-field"),
    ("an unknown unit", valued(BALANCE, "unit", value="kg"), "field-form"),
    ("an unknown zone", valued("/occurred", "zone", value="Asia/Lychee"), "field-form"),
    ("a day that isn't in the calendar", valued("/occurred", "to", value="2026-02-30"), "field-form"),
    ("a product without a name", valued("/outputs/0/product", "name", value=""), "field-form"),
    ("a missing part", lambda values: values.pop("/policy"), "missing-path"),
    ("an unknown path", lambda values: values["/policy"].update(path="/colour"), "unknown-path"),
    ("a repeated path", lambda values: values["/policy"].update(path="/occurred"), "repeated-path"),
    (
        "a repeated salt",
        lambda values: values["/policy"].update(salt=values["/occurred"]["salt"]),
        "repeated-salt",
    ),
]


@pytest.mark.parametrize(("change", "kind"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES])
def test_a_value_out_of_form_is_refused(here: Served, farm: Party, change: Any, kind: str) -> None:
    wire = resealed(harvest(here.world, farm), change)
    with unchanged(here):
        single = here.client.post("/v1/statements", json=wire)
        assert refused(single) == (422, kind)
        assert "index" in single.json()
        batch = here.client.post("/v1/statements", json=[harvest(here.world, farm).wire(), wire])
        assert (refused(batch), batch.json()["index"]) == ((422, kind), 1)


def put(name: str, value: Any) -> Callable[[Wire], object]:
    return lambda wire: wire["envelope"].update({name: value})


def high_s(wire: Wire) -> None:
    value = bytes.fromhex(wire["signature"]["value"][2:])
    s = signing.ORDER - int.from_bytes(value[32:64])
    wire["signature"]["value"] = "0x" + (value[:32] + s.to_bytes(32, "big") + bytes([55 - value[64]])).hex()


def signature(name: str, value: Any) -> Callable[[Wire], object]:
    return lambda wire: wire["signature"].update({name: value})


FORGED: list[tuple[str, Callable[[Wire], object], int, str]] = [
    ("an unknown field", lambda wire: wire.update(colour="red"), 422, "unknown-field"),
    ("an unknown field of the envelope", put("colour", "red"), 422, "unknown-field"),
    ("no signature", lambda wire: wire.pop("signature"), 422, "missing-field"),
    ("no kind", lambda wire: wire["envelope"].pop("kind"), 422, "missing-field"),
    ("a changed body", lambda wire: wire["parts"][0].update(salt="0" * 32), 422, "body-digest"),
    ("a changed summary", put("summary_keccak", "12" * 32), 422, "changed-summary"),
    ("another template", put("summary_template", "dispatch/1/en"), 422, "summary-template"),
    ("another time of signing", put("signed_at", "2026-07-01T00:00:00Z"), 422, "wrong-key"),
    ("another id", put("id", "01890a5d-ac96-774b-bcce-b302099a8057"), 422, "wrong-key"),
    ("a borrowed issuer", put("issuer", ""), 422, "issuer-form"),
    ("a high s", high_s, 422, "high-s"),
    (
        "a v of 29",
        lambda w: w["signature"].update(value=w["signature"]["value"][:-2] + "1d"),
        422,
        "signature-v",
    ),
    ("another algorithm", signature("alg", "ed25519"), 422, "field-form"),
    ("no numbers", signature("value", "0x" + "00" * 64 + "1b"), 422, "unrecoverable-signature"),
    ("another key", signature("key", "0x" + "ab" * 20), 422, "wrong-key"),
    ("parts that are no list", lambda wire: wire.update(parts="none"), 422, "missing-field"),
]


@pytest.mark.parametrize(
    ("change", "status", "kind"), [case[1:] for case in FORGED], ids=[c[0] for c in FORGED]
)
def test_a_forged_statement_is_refused(
    here: Served, farm: Party, change: Any, status: int, kind: str
) -> None:
    wire = copy.deepcopy(harvest(here.world, farm).wire())
    change(wire)
    with unchanged(here):
        answer = here.client.post("/v1/statements", json=wire)
        assert refused(answer) == (status, kind), answer.text


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


def test_an_unknown_factor_is_refused_in_a_statement(here: Served, farm: Party) -> None:
    statement = here.world.sign(farm, "production/1", harvest_body(lines=[own(1000)]))
    with unchanged(here):
        answer = here.post([harvest(here.world, farm), statement])
        assert refused(answer) == (404, "unknown-factor")
        assert answer.json()["index"] == 1


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


def test_statements_by_keys_that_do_not_speak_are_refused(here: Served, farm: Party) -> None:
    world = here.world
    stranger = Party("Stranger", id=farm.id)
    foreign = World()
    their = foreign.register("Farm", "farmer")
    revoked = signing.new_private_key()
    old = world.rotate(farm, 0)
    world.state(farm, "key/1", {"key": {"action": "add", **world.joining(farm, revoked)}})
    world.state(farm, "key/1", {"key": {"action": "revoke", "address": signing.address_of(revoked)}})
    unknown = as_stated(world, their, "production/1", _body_of(foreign, their), issuer="org_" + "a" * 32)
    with unchanged(here):
        assert refused(here.post(world.sign(stranger, "production/1", harvest_body()))) == (
            403,
            "unknown-key",
        )
        assert refused(here.post(harvest(foreign, their))) == (422, "foreign-log")
        assert refused(here.post(unknown)) == (404, "unknown-organization")
        rotated = world.sign(farm, "production/1", harvest_body(), key=old)
        assert refused(here.post(rotated)) == (403, "rotated-key")
        withdrawn = world.sign(farm, "production/1", harvest_body(), key=revoked)
        assert refused(here.post(withdrawn)) == (403, "revoked-key")
        attested = as_stated(
            world,
            farm,
            "attestation/1",
            {"subject": farm.id, "roles": ["port"], "validity": {"from": "2026-01-01", "to": "2026-12-31"}},
        )
        assert refused(here.post(attested)) == (403, "not-accreditor")


def _body_of(world: World, party: Party) -> Wire:
    made = world.sign(party, "production/1", harvest_body())
    return dict(made.body.model_dump(mode="json", by_alias=True, exclude_none=True))


def test_a_gap_is_covered_once(here: Served, farm: Party) -> None:
    first, second = (
        here.world.sign(farm, "production/1", harvest_body(lines=[supplied(kilograms, "PO-1")]))
        for kilograms in (1, 2)
    )
    with unchanged(here):
        answer = here.post([first, second])
        assert (refused(answer), answer.json()["index"]) == ((409, "gap-covered-twice"), 1)


QUERIES = [
    "/v1/statements?issuer=%00&id=01890a5d-ac96-774b-bcce-b302099a8057",
    "/v1/statements?issuer=&id=seven",
    "/v1/statements?issuer=",
    "/v1/organizations?after=%00",
    "/v1/organizations?after=" + "a" * 81,
    "/v1/organizations?limit=0",
    "/v1/organizations?limit=501",
    "/v1/organizations?limit=9" + "9" * 400,
    "/v1/lots?after=%E2%80%AE",
    "/v1/lots?holder=somebody",
    "/v1/passports?party=%27%20or%201=1",
    "/v1/passports?after=%FF",
    "/v1/statements/" + "A" * 64,
    "/v1/statements/%00",
    "/v1/log/proofs/" + "g" * 64,
    "/v1/log/consistency?first=1",
    "/v1/factors?q=" + "a" * 201,
    "/v1/factors?offset=-1",
]


@pytest.mark.parametrize("path", QUERIES)
def test_a_question_out_of_form_is_refused(here: Served, path: str) -> None:
    with unchanged(here):
        answer = here.client.get(path)
        assert refused(answer)[0] == 422, answer.text
        assert answer.json()["facts"]


def test_what_there_is_not_and_how_it_is_not_done(here: Served) -> None:
    assert refused(here.client.get("/v2/statements")) == (404, "not-found")
    assert refused(here.client.get("/v1/lot")) == (404, "not-found")
    answer = here.client.put("/v1/statements", json={})
    assert refused(answer) == (405, "method-not-allowed")
    assert refused(here.client.delete("/v1/log")) == (405, "method-not-allowed")


def test_a_mistake_of_the_program_is_a_problem_too_and_tells_nothing(
    here: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(here.wired.ledger.clock, "now", broken)
    farm = {"issuer": "", "body": {"occurred": JUNE}}
    monkeypatch.setattr(here.client._transport, "raise_server_exceptions", False)
    answer = here.client.post("/v1/drafts/registration/1", json=farm)
    assert answer.status_code == 500
    assert refused(answer) == (500, "internal-error")
    assert "secret" not in answer.text
    here.seen = {one for one in here.seen if not one[3].endswith("internal-error")}


def test_the_limits_are_those_of_the_protocol() -> None:
    assert checking.MAX_REQUEST_BYTES == 32 * 1024 * 1024
    assert limits.MAX_OTHER_BYTES > 4 * 1024 * 1024


def test_a_reader_of_pages_gets_a_page_where_there_is_nothing(here: Served) -> None:
    asked = {"Accept": "text/html"}
    page = here.client.get("/nothing", headers=asked)
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert refused(here.client.get("/v1/nothing", headers=asked)) == (404, "not-found")


def test_a_log_without_a_checkpoint_says_so(here: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.sql.view.SqlView.checkpoint", lambda *_: None)
    assert refused(here.client.get("/v1/log/checkpoint")) == (503, "no-log")
