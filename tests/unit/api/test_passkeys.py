"""A phone signs in, drafts and posts by fingerprint; a gateway posts as a delegate."""

from __future__ import annotations

from typing import Any

import pytest

from api.challenge import challenge_digest
from ledger import signing
from ledger.forms import validated
from ledger.parts import Part, join, model_of
from ledger.signed import Draft
from ledger.wire import Envelope
from scripts.vectors.handmade_log import burnt
from tests.builders import JUNE, Party, kg, output
from tests.passkeys import SoftPasskey, signed_by
from tests.served import Served, refused


def registered(here: Served, phone: SoftPasskey) -> str:
    """Register a farm with a phone over HTTP; return its id."""
    key = {"alg": "webauthn-es256", "address": phone.address, "passkey": phone.stated()}
    body = {"occurred": JUNE, "key": key, "roles_claimed": ["farmer"], "name": "Farm"}
    made = drafted(here, "registration/1", "", body)
    statement = signed_by(made, phone)
    assert here.post(statement).status_code == 201
    return statement.issuer


def drafted(here: Served, kind: str, issuer: str, body: dict[str, Any], **headers: str) -> Draft:
    """Return a draft as a client reads it."""
    answer = here.client.post(f"/v1/drafts/{kind}", json={"issuer": issuer, "body": body}, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    envelope = validated(Envelope, found["statement"]["envelope"])
    parts = tuple(Part.model_validate(part) for part in found["statement"]["parts"])
    body_read = validated(model_of(kind), join(kind, parts))
    return Draft(envelope, parts, body_read, found["summary"])


def sign_in(here: Served, phone: SoftPasskey, **told: Any) -> Any:
    """Answer a challenge with a phone."""
    given = here.client.post("/v1/session/challenges", json={"key": phone.address}).json()
    answer = {name: given[name] for name in ("nonce", "expires", "proof")}
    signature = phone.sign(challenge_digest(given["typed_data"]), **told)
    return here.client.post(
        "/v1/session/tokens", json={**answer, "key": phone.address, "signature": signature}
    )


def test_a_member_signs_in_drafts_and_posts_with_a_phone(members: Served) -> None:
    phone = SoftPasskey()
    farm = registered(members, phone)
    answer = sign_in(members, phone)
    assert answer.status_code == 201, answer.text
    assert answer.json()["organization"] == farm
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    body = {
        "occurred": JUNE,
        "outputs": [output("lychee", kg(10))],
        "lines": [burnt(9)],
        "policy": {"id": "mass/1"},
    }
    made = drafted(members, "production/1", farm, body, **headers)
    assert members.post(signed_by(made, phone)).status_code == 201
    shown = members.client.get(f"/v1/organizations/{farm}").json()["keys"]
    assert shown[0]["passkey"]["origins"] == list(phone.origins)


@pytest.mark.parametrize(
    "told",
    [
        {"rp_id": "evil.example"},
        {"origin": "https://evil.example"},
        {"flags": 4},
        {"flags": 1},
        {"client": {"challenge": "AAAA"}},
    ],
)
def test_a_phone_that_signs_otherwise_signs_nobody_in(members: Served, told: dict[str, Any]) -> None:
    phone = SoftPasskey()
    registered(members, phone)
    assert refused(sign_in(members, phone, **told)) == (401, "challenge")


def test_a_wallet_s_signature_is_none_of_a_phone(members: Served) -> None:
    phone = SoftPasskey()
    registered(members, phone)
    given = members.client.post("/v1/session/challenges", json={"key": phone.address}).json()
    answer = {name: given[name] for name in ("nonce", "expires", "proof")}
    wallet = signing.sign_digest(challenge_digest(given["typed_data"]), signing.new_private_key())
    asked = {**answer, "key": phone.address, "signature": wallet}
    assert refused(members.client.post("/v1/session/tokens", json=asked)) == (401, "challenge")


def test_refusals_of_phones_and_delegates_are_told_apart(here: Served) -> None:
    phone = SoftPasskey()
    farm = registered(here, phone)
    body = {
        "occurred": JUNE,
        "outputs": [output("lychee", kg(10))],
        "lines": [burnt(9)],
        "policy": {"id": "mass/1"},
    }
    made = drafted(here, "production/1", farm, body)
    assert refused(here.post(signed_by(made, phone, origin="https://evil.example"))) == (
        403,
        "passkey-origin",
    )
    assert refused(here.post(signed_by(made, phone, flags=4))) == (422, "user-presence")
    port = here.world.register("Port", "port")
    gateway = signing.new_private_key()
    scope = {"kinds": ["handling/1"], "from": "2026-01-01T00:00:00Z", "until": "2026-12-31T23:59:59Z"}
    change = {"action": "delegate", **here.world.joining(port, gateway), "delegation": scope}
    here.world.state(port, "key/1", {"key": change})
    beyond = drafted(here, "production/1", port.id, body).sign(gateway)
    assert refused(here.post(beyond)) == (403, "delegate-scope")
    kept = here.client.get(f"/v1/organizations/{port.id}").json()["keys"]
    assert kept[1]["delegation"]["kinds"] == ["handling/1"]


def test_a_thief_s_goods_are_refused_with_what_to_do(here: Served) -> None:
    house = here.world.register("Packhouse", "supplier")
    stolen = signing.new_private_key()
    here.world.state(house, "key/1", {"key": {"action": "add", **here.world.joining(house, stolen)}})
    size = here.size()
    thief = Party("Thief", key=stolen, id=house.id)
    lot = here.world.produce(thief, "lychee", kg(10), lines=(burnt(9),))
    address = signing.address_of(stolen)
    change = {"action": "revoke", "address": address, "reason": "stolen", "untrusted_from": str(size)}
    here.world.state(house, "key/1", {"key": change})
    body = {"occurred": JUNE, "take": {"lot": lot, "quantity": str(kg(1))}, "consignee": "outside"}
    asked = {"issuer": house.id, "body": body}
    answer = here.client.post("/v1/drafts/dispatch/1", json=asked)
    assert refused(answer) == (409, "distrusted-statement")
    maker = lot.partition(".")[0]
    here.world.state(house, "countersignature/1", {"statement": maker})
    assert here.client.post("/v1/drafts/dispatch/1", json=asked).status_code == 200
