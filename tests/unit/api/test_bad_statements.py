"""Statements that are out of form, forged, or not their signer's to make: a named problem each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger import signing
from scripts.vectors.handmade_log import supplied
from tests.builders import Party, World, own
from tests.served import Served, refused, served
from tests.unit.api.refusing import Wire, harvest, harvest_body, resealed, unchanged, valued
from tests.unit.refusals import as_stated


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One ledger for all: nothing of this is ever written."""
    with served(tmp_path_factory.mktemp("refusing")) as running:
        yield running


@pytest.fixture(scope="module")
def farm(here: Served) -> Party:
    return here.world.register("Farm", "farmer")


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


def test_an_unknown_factor_is_refused_in_a_statement(here: Served, farm: Party) -> None:
    statement = here.world.sign(farm, "production/1", harvest_body(lines=[own(1000)]))
    with unchanged(here):
        answer = here.post([harvest(here.world, farm), statement])
        assert refused(answer) == (404, "unknown-factor")
        assert answer.json()["index"] == 1


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
