"""Who sees what: the two policies, sign-in by a signed challenge, tokens, links."""

from __future__ import annotations

import base64
import json
import time
from itertools import pairwise
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from api import viewers
from ledger import challenges
from ledger.identifiers import lot_id
from ledger.sql.stores import SqlStore
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import JUNE, Party, World, kg, output, take
from tests.served import SECRET, Served, refused, served

CHALLENGES, TOKENS = "/v1/session/challenges", "/v1/session/tokens"


def ask(here: Served, party: Party, **headers: str) -> dict[str, Any]:
    answer = here.client.post(CHALLENGES, json={"key": party.address}, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def signed(challenge: dict[str, Any], key: bytes, address: str) -> dict[str, Any]:
    message = encode_typed_data(full_message=challenge["typed_data"])
    value = Account.sign_message(message, key).signature.hex()
    kept = {name: challenge[name] for name in ("nonce", "expires", "proof")}
    return {"key": address, **kept, "signature": "0x" + value.removeprefix("0x")}


def sign_in(here: Served, party: Party) -> dict[str, str]:
    answer = here.client.post(TOKENS, json=signed(ask(here, party), party.key, party.address))
    assert answer.status_code == 201, answer.text
    assert answer.json()["organization"] == party.id
    assert answer.json()["valid_s"] == 3600
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_a_member_signs_in_with_a_wallet_and_sees_its_own_books(members: Served) -> None:
    farm, other = members.world.register("Farm", "farmer"), members.world.register("Other", "farmer")
    lot = members.world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    headers = sign_in(members, farm)
    get = members.client.get
    books = f"/v1/organizations/{farm.id}/books"
    assert get(books, headers=headers).json()["closing"] == {"fossil.calculated": "10000000"}
    assert [one["id"] for one in get("/v1/lots", headers=headers).json()["lots"]] == [lot]
    assert get(f"/v1/lots/{lot}", headers=headers).status_code == 200
    theirs = sign_in(members, other)
    for path in (books, f"/v1/lots/{lot}", f"/v1/lots?holder={farm.id}", f"/v1/passports?party={farm.id}"):
        assert refused(get(path, headers=theirs)) == (404, "not-visible")
        assert refused(get(path)) == (404, "not-visible")
    assert get("/v1/lots", headers=theirs).json() == {"lots": [], "next": None}
    assert get("/v1/passports", headers=theirs).json() == {"passports": [], "next": None}
    for path in ("/v1/lots", "/v1/passports"):
        assert refused(get(path)) == (404, "not-visible")


def test_a_statement_is_shown_to_those_it_names(members: Served) -> None:
    world = members.world
    farm, buyer, stranger = (world.register(name) for name in ("Farm", "Buyer", "Stranger"))
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    sent = world.dispatch(farm, lot, kg(5), to=buyer)
    for party, status in ((farm, 200), (buyer, 200), (stranger, 404)):
        answer = members.client.get(f"/v1/statements/{sent}", headers=members.as_viewer(party))
        assert answer.status_code == status
    envelope = world.logged(sent).statement.envelope
    query = {"issuer": envelope.issuer, "id": envelope.id}
    assert refused(members.client.get("/v1/statements", params=query)) == (404, "not-visible")


def test_drafts_are_for_ones_own_organization(members: Served) -> None:
    farm, other = members.world.register("Farm", "farmer"), members.world.register("Other", "farmer")
    lines = [burnt(4)]
    body = {
        "occurred": JUNE,
        "outputs": [output("lychee", kg(1))],
        "lines": lines,
        "policy": {"id": "mass/1"},
    }
    asked = {"issuer": farm.id, "body": body}
    post, path = members.client.post, "/v1/drafts/production/1"
    assert post(path, json=asked, headers=members.as_viewer(farm)).status_code == 200
    assert refused(post(path, json=asked, headers=members.as_viewer(other))) == (404, "not-visible")
    assert refused(post(path, json=asked)) == (404, "not-visible")
    key = {"alg": "eip712-secp256k1", "address": Party("New").address}
    newcomer = {"occurred": JUNE, "key": key, "roles_claimed": [], "name": "New"}
    assert post("/v1/drafts/registration/1", json={"issuer": "", "body": newcomer}).status_code == 200
    statement = members.world.sign(farm, "production/1", body)
    assert members.post(statement).status_code == 201


def chain_of_five(world: World) -> tuple[list[Party], list[str]]:
    """Let goods go from hand to hand: each company packs what it got and hands it on."""
    parties = [world.register(f"Company {number}") for number in range(5)]
    lot = world.produce(parties[0], "lychee", kg(100), lines=(burnt(4),))
    shipments = []
    for sender, consignee in pairwise(parties):
        shipments.append(world.dispatch(sender, lot, kg(50), to=consignee))
        received = world.receive(consignee, shipments[-1])
        lot = world.produce(consignee, "packed", kg(50), inputs=((received, kg(50)),))
    return parties, shipments


def test_a_passport_is_seen_by_its_parties_and_up_to_two_tiers_behind_theirs(members: Served) -> None:
    parties, shipments = chain_of_five(members.world)
    stranger = members.world.register("Stranger")
    seen = {
        party.name: [
            number
            for number, shipment in enumerate(shipments)
            if members.client.get(f"/v1/passports/{shipment}", headers=members.as_viewer(party)).status_code
            == 200
        ]
        for party in (*parties, stranger)
    }
    assert seen == {
        "Company 0": [0],
        "Company 1": [0, 1],
        "Company 2": [0, 1, 2],
        "Company 3": [0, 1, 2, 3],
        "Company 4": [1, 2, 3],
        "Stranger": [],
    }


def test_a_correction_that_adds_an_input_shows_its_passport_behind(members: Served) -> None:
    world = members.world
    carton, packer, buyer = (world.register(name) for name in ("Carton maker", "Packer", "Buyer"))
    cartons = world.produce(carton, "cartons", kg(10), lines=(burnt(4),))
    made = world.production(packer, (output("packed", kg(100)),), lines=(supplied(1, "carton-1"),))
    came = world.dispatch(carton, cartons, kg(10), to=packer)
    received = world.receive(packer, came)
    world.correct(packer, made.digest, drop=(0,), inputs=((received, kg(10)),))
    world.dispatch(packer, lot_id(made.digest, 0), kg(50), to=buyer)
    assert members.client.get(f"/v1/passports/{came}", headers=members.as_viewer(buyer)).status_code == 200


def test_goods_that_came_by_two_ways_from_one_harvest_are_walked_once(members: Served) -> None:
    world = members.world
    farm, packer, buyer = (world.register(name) for name in ("Farm", "Packer", "Buyer"))
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    came = world.dispatch(farm, lot, kg(10), to=packer)
    received = world.receive(packer, came)
    halves = (output("one", kg(5)), output("other", kg(5)))
    sorted_ = world.production(packer, halves, inputs=((received, kg(10)),))
    both = [(lot_id(sorted_.digest, number), kg(5)) for number in range(2)]
    mixed = world.produce(packer, "mixed", kg(10), inputs=both)
    world.dispatch(packer, mixed, kg(5), to=buyer)
    assert members.client.get(f"/v1/passports/{came}", headers=members.as_viewer(buyer)).status_code == 200


def test_handlers_see_a_passport_but_a_claim_that_nobody_took_over_opens_nothing(members: Served) -> None:
    world = members.world
    farm, buyer, carrier, claimer = (world.register(name) for name in ("Farm", "Buyer", "Carrier", "Claimer"))
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    sent = world.dispatch(farm, lot, kg(5), to=buyer, handlers=(carrier,))
    claim = world.handle(claimer, (burnt(1),), shipment=sent)
    path = f"/v1/passports/{sent}"

    def status(party: Party) -> int:
        return int(members.client.get(path, headers=members.as_viewer(party)).status_code)

    assert [status(party) for party in (farm, buyer, carrier, claimer)] == [200, 200, 200, 404]
    world.receive(buyer, sent, claims=(claim,))
    assert status(claimer) == 200


def test_whoever_has_the_link_of_the_code_sees_that_passport_only(members: Served) -> None:
    world = members.world
    farm, buyer = world.register("Farm"), world.register("Buyer")
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    one, other = (world.dispatch(farm, lot, kg(2), to=buyer) for _ in range(2))
    secret = members.wired.sign_in.link_secret(one)
    assert len(secret) == 32
    for end in ("", "/provenance", "/bundle", "/verify", "/qr.svg"):
        assert members.client.get(f"/v1/passports/{one}{end}", params={"s": secret}).status_code == 200
        for wrong in ("0" * 32, secret[:-1], "", "é" * 8, "\u202e"):
            answer = members.client.get(f"/v1/passports/{one}{end}", params={"s": wrong})
            assert refused(answer) == (404, "not-visible")
        assert refused(members.client.get(f"/v1/passports/{other}{end}", params={"s": secret})) == (
            404,
            "not-visible",
        )
        assert refused(members.client.get(f"/v1/passports/{one}{end}", params={"s": "0" * 33})) == (
            422,
            "field-form",
        )


def test_everything_is_open_under_the_demos_policy(here: Served) -> None:
    farm = here.world.register("Farm")
    here.world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    assert len(here.client.get("/v1/lots").json()["lots"]) == 1
    assert here.client.get(f"/v1/organizations/{farm.id}/books").status_code == 200
    assert here.client.get("/v1/passports").json()["passports"] == []


def test_a_challenge_is_used_once(members: Served) -> None:
    farm = members.world.register("Farm")
    answer = signed(ask(members, farm), farm.key, farm.address)
    assert members.client.post(TOKENS, json=answer).status_code == 201
    again = members.client.post(TOKENS, json=answer)
    assert refused(again) == (401, "challenge")
    assert "used before" in again.json()["detail"]
    assert again.headers["WWW-Authenticate"] == "Bearer"


def test_a_challenge_is_over_after_five_minutes(members: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    farm = members.world.register("Farm")
    answer = signed(ask(members, farm), farm.key, farm.address)
    later = time.time() + viewers.CHALLENGE_S + 2
    monkeypatch.setattr("api.viewers.time.time", lambda: later)
    over = members.client.post(TOKENS, json=answer)
    assert refused(over) == (401, "challenge")
    assert "5 minutes are over" in over.json()["detail"]


def test_a_challenge_of_another_host_key_or_ledger_is_refused(members: Served) -> None:
    farm, other = members.world.register("Farm"), members.world.register("Other")
    post = members.client.post
    elsewhere = signed(ask(members, farm, Host="elsewhere.example"), farm.key, farm.address)
    assert "not given by this host" in post(TOKENS, json=elsewhere).json()["detail"]
    theirs = {**signed(ask(members, other), farm.key, farm.address)}
    assert "not given by this host" in post(TOKENS, json=theirs).json()["detail"]
    stolen = signed(ask(members, farm), other.key, farm.address)
    assert "it was signed by" in post(TOKENS, json=stolen).json()["detail"]
    mine = signed(ask(members, farm), farm.key, farm.address)
    for changed in (
        {"proof": "0" * 64},
        {"proof": "é" * 20},
        {"expires": mine["expires"] + 3600},
        {"expires": 10**15},
        {"nonce": "0" * 32},
        {"signature": "0x" + "0" * 130},
        {"signature": "0x" + "f" * 130},
    ):
        assert refused(post(TOKENS, json={**mine, **changed})) == (401, "challenge"), changed
    for changed in ({"expires": -1}, {"expires": 0}):
        assert refused(post(TOKENS, json={**mine, **changed}))[0] == 401
    nobody = Party("Nobody")
    answer = signed(ask(members, nobody), nobody.key, nobody.address)
    assert "no organization" in post(TOKENS, json=answer).json()["detail"]
    assert post(TOKENS, json=mine).status_code == 201


def test_a_challenge_names_the_ledgers_own_host_where_it_is_known(tmp_path: Any) -> None:
    with served(tmp_path, "members", public_url="https://passports.example/ledger") as here:
        farm = here.world.register("Farm")
        challenge = ask(here, farm, Host="phishing.example")
        assert challenge["typed_data"]["message"]["host"] == "passports.example"
        assert here.client.post(TOKENS, json=signed(challenge, farm.key, farm.address)).status_code == 201


def test_of_two_processes_one_accepts_a_challenge_and_a_restart_forgets_nothing(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    party = Party("Farm")
    with SqlStore(url) as one, SqlStore(url) as other:
        one.migrate()
        first, second = (viewers.SignIn(SECRET, "ab" * 32, store) for store in (one, other))
        answer, later = (
            signed(first.challenge("h", party.address), party.key, party.address) for _ in range(2)
        )
        second.answer("h", party.address, answer)
        with pytest.raises(viewers.ChallengeError, match="used before"):
            first.answer("h", party.address, answer)
    with SqlStore(url) as again:
        restarted = viewers.SignIn(SECRET, "ab" * 32, again)
        with pytest.raises(viewers.ChallengeError, match="used before"):
            restarted.answer("h", party.address, answer)
        restarted.answer("h", party.address, later)


def test_too_many_who_sign_in_at_once_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "MAX_USED", 1)
    sign, party = viewers.SignIn(SECRET, "ab" * 32, challenges.InMemoryChallenges()), Party("Farm")
    first, second = (signed(sign.challenge("h", party.address), party.key, party.address) for _ in range(2))
    sign.answer("h", party.address, first)
    with pytest.raises(viewers.ChallengeError, match="too many"):
        sign.answer("h", party.address, second)


def test_a_rotated_or_revoked_key_signs_nobody_in(members: Served) -> None:
    farm = members.world.register("Farm")
    old = Party("Farm", key=members.world.rotate(farm, 0))
    answer = signed(ask(members, old), old.key, old.address)
    assert refused(members.client.post(TOKENS, json=answer)) == (401, "challenge")
    sign_in(members, farm)


def test_an_hour_later_a_token_is_over(members: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    farm = members.world.register("Farm")
    headers = members.as_viewer(farm)
    later = time.time() + viewers.TOKEN_S + 2
    monkeypatch.setattr("api.viewers.time.time", lambda: later)
    answer = members.client.get("/v1/lots", headers=headers)
    assert refused(answer) == (401, "token")
    assert "hour is over" in answer.json()["detail"]


def forged_tokens(members: Served, farm: Party) -> list[str]:
    good = members.wired.sign_in.token(farm.id)
    encoded, _, mac = good.partition(".")
    other = base64.urlsafe_b64encode(json.dumps({"org": farm.id, "until": 10**12}).encode()).decode()
    proof = members.wired.sign_in.challenge("testserver", farm.address)["proof"]
    return [
        f"{other}.{mac}",
        f"{encoded}.{mac[:-1]}",
        f"{encoded}.{proof}",
        f"{encoded}.{members.wired.sign_in.link_secret('0' * 64)}",
        encoded,
        f"{encoded}.",
        f".{mac}",
        f"{good}.{mac}",
        "....",
        "%%%",
        "null",
        "a" * 5000,
    ]


def test_a_forged_token_opens_nothing(members: Served) -> None:
    farm = members.world.register("Farm")
    for token in forged_tokens(members, farm):
        answer = members.client.get("/v1/lots", headers={"Authorization": f"Bearer {token}"})
        assert refused(answer) == (401, "token"), token
    good = members.as_viewer(farm)["Authorization"]
    for header in (
        b"Basic bm8=",
        b"Bearer",
        b"Bearer ",
        b"bearer\xe9",
        b"Bearer \xe9.\xff",
        good[7:].encode(),
    ):
        answer = members.client.get("/v1/lots", headers=[(b"Authorization", header)])
        assert refused(answer) == (401, "token"), header
    assert (
        members.client.get("/v1/lots", headers={"Authorization": good.replace("B", "b", 1)}).status_code
        == 200
    )


def test_a_signature_of_a_sign_in_is_none_of_a_statement_and_the_other_way_round(members: Served) -> None:
    farm = members.world.register("Farm")
    lines = [burnt(4)]
    body = {"outputs": [output("lychee", kg(1))], "lines": lines, "policy": {"id": "mass/1"}}
    statement = members.world.sign(farm, "production/1", body)
    answer = signed(ask(members, farm), farm.key, farm.address)
    wire = statement.wire()
    wire["signature"]["value"] = answer["signature"]
    assert refused(members.client.post("/v1/statements", json=wire)) == (422, "wrong-key")
    crossed = {**answer, "signature": statement.signature.value}
    assert refused(members.client.post(TOKENS, json=crossed)) == (401, "challenge")


def test_challenge_requests_have_their_form(members: Served) -> None:
    post = members.client.post
    assert refused(post(CHALLENGES, json={"key": "me"})) == (422, "field-form")
    assert refused(post(CHALLENGES, json={})) == (422, "missing-field")
    assert refused(post(CHALLENGES, json={"key": Party("x").address, "host": "evil"})) == (
        422,
        "unknown-field",
    )
    farm = members.world.register("Farm")
    good = signed(ask(members, farm), farm.key, farm.address)
    for changed in (
        {"nonce": "x"},
        {"expires": "soon"},
        {"proof": "0" * 65},
        {"signature": "0x"},
        {"key": 1},
    ):
        assert refused(post(TOKENS, json={**good, **changed})) == (422, "field-form"), changed


def test_a_draft_shows_nothing_of_a_lot_that_is_anothers(members: Served) -> None:
    farm, other = members.world.register("Farm"), members.world.register("Other")
    lot = members.world.produce(farm, "secret fruit", kg(10), lines=(burnt(4),))
    asked = {"issuer": other.id, "body": {"occurred": JUNE, "take": take(lot, 1), "consignee": "outside"}}
    answer = members.client.post("/v1/drafts/dispatch/1", json=asked, headers=members.as_viewer(other))
    assert answer.status_code == 403
    assert "secret fruit" not in answer.text
