"""Posting statements and drafting them: answers, repeats, batches that are taken whole or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger import signing
from ledger.identifiers import lot_id
from ledger.signed import Statement, draft, read
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import JUNE, Party, World, kg, output, registration, take
from tests.served import Served, check_acknowledged, refused

NDJSON = {"Content-Type": "application/x-ndjson"}


def productions(world: World, party: Party, count: int) -> list[Statement]:
    """Sign so many productions of a party, not posted."""
    body = {"outputs": [output("lychee", kg(100))], "lines": [burnt(4)], "policy": {"id": "mass/1"}}
    return [world.sign(party, "production/1", body) for _ in range(count)]


def lines_of(statements: list[Statement]) -> bytes:
    return b"\n".join(json.dumps(one.wire()).encode() for one in statements) + b"\n"


def test_a_statement_is_acknowledged_and_the_same_one_again_is_answered_alike(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    (statement,) = productions(here.world, farm, 1)
    before = here.size()
    first = here.post(statement)
    assert first.status_code == 201
    check_acknowledged(here, first.json())
    assert first.json()["position"] == before
    assert first.json()["digest"] == statement.digest
    again = here.post(statement)
    assert (again.status_code, again.json()) == (200, first.json())
    assert here.size() == before + 1


def test_an_array_is_answered_in_order(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    statements = productions(here.world, farm, 3)
    answer = here.post(statements)
    assert answer.status_code == 201
    assert [one["digest"] for one in answer.json()] == [one.digest for one in statements]
    positions = [one["position"] for one in answer.json()]
    assert positions == list(range(positions[0], positions[0] + 3))
    again = here.post(statements)
    assert (again.status_code, again.json()) == (200, answer.json())


@pytest.mark.parametrize(
    "media", ["application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl"]
)
def test_statements_come_one_a_line(here: Served, media: str) -> None:
    farm = here.world.register("Farm", "farmer")
    statements = productions(here.world, farm, 2)
    answer = here.client.post(
        "/v1/statements", content=lines_of(statements) + b"\n\n", headers={"Content-Type": media}
    )
    assert answer.status_code == 201
    assert [one["digest"] for one in answer.json()] == [one.digest for one in statements]


def test_a_batch_may_repeat_itself_and_mix_new_with_old(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    old, new = productions(here.world, farm, 2)
    first = here.post(old).json()
    before = here.size()
    answer = here.post([old, new, new, old])
    assert answer.status_code == 201
    assert [one["position"] for one in answer.json()] == [
        first["position"],
        before,
        before,
        first["position"],
    ]
    assert answer.json()[0] == first
    assert here.size() == before + 1


def test_nothing_of_a_batch_is_taken_when_one_statement_is_refused(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    good = productions(here.world, farm, 3)
    body = {"outputs": [output("lychee", kg(1))], "lines": [burnt(1)], "policy": {"id": "mass/1"}}
    stranger = Party("Stranger", id=farm.id)
    bad = here.world.sign(stranger, "production/1", body)
    before, books = here.size(), here.client.get("/v1/conservation").json()
    answer = here.post([*good[:2], bad, good[2]])
    assert refused(answer) == (403, "unknown-key")
    assert answer.json()["index"] == 2
    assert (here.size(), here.client.get("/v1/conservation").json()) == (before, books)
    assert here.post(good).status_code == 201


def test_an_id_is_used_once(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    (first,) = productions(here.world, farm, 1)
    body = {"outputs": [output("longan", kg(1))], "lines": [burnt(1)], "policy": {"id": "mass/1"}}
    other = here.world.sign(farm, "production/1", body, id_=first.envelope.id)
    both = here.post([first, other])
    assert refused(both) == (409, "statement-id-taken")
    assert both.json()["index"] == 1
    assert here.post(first).status_code == 201
    assert refused(here.post(other)) == (409, "statement-id-taken")


class Company:
    """A company that knows only the HTTP API and its own key."""

    def __init__(self, here: Served, name: str, *roles: str) -> None:
        self.here, self.key = here, signing.new_private_key()
        address = signing.address_of(self.key)
        body = {
            "key": {"alg": "eip712-secp256k1", "address": address},
            "roles_claimed": list(roles),
            "name": name,
        }
        self.id = ""
        self.id = read(self.signed("registration/1", body)).issuer

    def signed(self, kind: str, body: dict[str, Any], language: str = "en") -> dict[str, Any]:
        """Draft, sign with a wallet's own code, post."""
        asked = {"issuer": self.id, "language": language, "body": {"occurred": JUNE, **body}}
        answer = self.here.client.post(f"/v1/drafts/{kind}", json=asked)
        assert answer.status_code == 200, answer.text
        made = answer.json()
        self.preview = made["preview"]["transfers"]
        message = encode_typed_data(full_message=made["typed_data"])
        value = "0x" + Account.sign_message(message, self.key).signature.hex()
        assert made["typed_data"]["message"]["summary"] == made["summary"]
        signature = {"alg": "eip712-secp256k1", "key": signing.address_of(self.key), "value": value}
        statement: dict[str, Any] = {**made["statement"], "signature": signature}
        posted = self.here.client.post("/v1/statements", json=statement)
        assert posted.status_code == 201, posted.text
        assert posted.json()["digest"] == made["digest"]
        return statement

    def digest(self, kind: str, body: dict[str, Any], language: str = "en") -> str:
        """Draft, sign and post; return the statement's digest."""
        return read(self.signed(kind, body, language)).digest


def test_companies_trade_through_drafts_alone(here: Served) -> None:
    grower, packer = Company(here, "Grower", "farmer"), Company(here, "Packer", "supplier")
    lorry = Company(here, "Lorry", "carrier")
    lines = [burnt(40), supplied(100, "PO-1")]
    harvest = grower.digest(
        "production/1", {"outputs": [output("lychee", kg(300))], "lines": lines, "policy": {"id": "mass/1"}}
    )
    assert len(grower.preview) >= 2
    change = {"drop_lines": ["1"], "add_lines": [supplied(90, "PO-2")], "add_inputs": []}
    grower.digest("correction/1", {"corrects": harvest, "change": change}, "zh-Hans")
    sent = grower.digest(
        "dispatch/1",
        {"take": take(lot_id(harvest, 0), kg(200)), "consignee": packer.id, "handlers": [lorry.id]},
        "zh-Hant",
    )
    leg = {"key": "leg-1", "mode": "road", "mass_mg": str(kg(200))}
    lorry.digest("handling/1", {"target": {"shipment": sent}, "lines": [burnt(2)], "leg": leg})
    received = packer.digest("receipt/1", {"takes_over": {"shipment": sent}, "outcome": "accepted"})
    assert packer.preview
    packer.digest("disposal/1", {"take": take(lot_id(received, 0), kg(50)), "fate": "waste"})
    assert {move["from"]["kind"] for move in packer.preview} == {"lot"}
    new = signing.new_private_key()
    address = signing.address_of(new)
    asked = here.client.get(f"/v1/organizations/{packer.id}/keys/{address}/possession").json()
    signed = Account.sign_message(encode_typed_data(full_message=asked["typed_data"]), new)
    change = {
        "action": "rotate",
        "address": address,
        "replaces": signing.address_of(packer.key),
        "proof": "0x" + bytes(signed.signature).hex(),
    }
    packer.digest("key/1", {"key": change})
    packer.key = new
    packer.digest("disposal/1", {"take": take(lot_id(received, 0), kg(50)), "fate": "consumer"})
    shown = here.client.get(f"/v1/passports/{sent}").json()
    assert shown["status"] == "received"
    assert here.client.get("/v1/conservation").json()["holds"]


def test_an_accreditor_attests_roles_by_a_draft(here: Served) -> None:
    carrier = here.world.register("Carrier")
    accreditor = here.world.accreditor
    body = {
        "occurred": JUNE,
        "subject": carrier.id,
        "roles": ["carrier"],
        "validity": {"from": "2026-01-01", "to": "2026-12-31"},
    }
    answer = here.client.post("/v1/drafts/attestation/1", json={"issuer": accreditor.id, "body": body})
    assert answer.status_code == 200
    assert answer.json()["preview"] == {"transfers": []}


def test_a_draft_keeps_the_clients_own_id_and_changes_nothing(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    before = here.size()
    body = {
        "occurred": JUNE,
        "outputs": [output("lychee", kg(1))],
        "lines": [burnt(1)],
        "policy": {"id": "mass/1"},
    }
    identifier = "01890a5d-ac96-774b-bcce-b302099a8057"
    answer = here.client.post(
        "/v1/drafts/production/1", json={"issuer": farm.id, "id": identifier, "body": body}
    )
    assert answer.json()["statement"]["envelope"]["id"] == identifier
    assert here.size() == before
    other = here.client.post("/v1/drafts/production/1", json={"issuer": farm.id, "id": "seven", "body": body})
    assert refused(other) == (422, "field-form")


def test_a_registration_draft_needs_no_issuer_and_makes_the_organization_that_signs(here: Served) -> None:
    newcomer = Party("Newcomer", ("buyer",))
    asked = {"issuer": "", "body": {"occurred": JUNE, **registration(newcomer)}}
    made = here.client.post("/v1/drafts/registration/1", json=asked).json()
    envelope = made["statement"]["envelope"]
    assert envelope["issuer"] == ""
    signature = signing.sign(envelope, newcomer.key)
    assert (
        here.client.post("/v1/statements", json={**made["statement"], "signature": signature}).status_code
        == 201
    )
    names = [one["name"] for one in here.client.get("/v1/organizations").json()["organizations"]]
    assert "Newcomer" in names


def test_a_stale_lot_is_refused_with_what_was_expected(here: Served) -> None:
    world = here.world
    farm, buyer = world.register("Farm", "farmer"), world.register("Buyer", "buyer")
    lot = world.produce(farm, "lychee", kg(100), lines=(burnt(4),))
    body = {"take": take(lot, kg(40)), "consignee": buyer.id, "handlers": []}
    first, second = (world.sign(farm, "dispatch/1", body) for _ in range(2))
    assert here.post(first).status_code == 201
    stale = here.post(second)
    assert refused(stale) == (409, "stale-lot")
    assert {"expected", "signed"} <= stale.json()["facts"].keys()


def test_a_second_opening_is_refused_wherever_it_comes_from(here: Served) -> None:
    again = here.post(here.world.opening)
    assert again.status_code == 200
    body = here.world.opening.body
    other = draft("log_open/1", body, log=here.world.log_id, issuer="").sign(signing.new_private_key())
    assert refused(here.post(other))[0] in (409, 422)
    assert refused(here.client.post("/v1/drafts/log_open/1", json={"issuer": "", "body": {}})) == (
        404,
        "unknown-kind",
    )
