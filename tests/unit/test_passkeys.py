"""A farmer's phone registers and signs by fingerprint alone; what it signed is verified from bytes."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from ledger import signing
from ledger.drafting import Wish, prepare
from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.identifiers import lot_id
from ledger.identity import (
    KeyAlgorithmError,
    KeyChangeError,
    Organization,
    RegistrationKeyError,
    RevokedKeyError,
    UnknownKeyError,
)
from ledger.in_memory import InMemoryStore
from ledger.key_bodies import Passkey
from ledger.parts import model_of
from ledger.replaying import replay
from ledger.signed import Draft, Statement, draft, read
from ledger.signing import statement_digest
from ledger.sql.packing import pack_organization, unpack_organization
from ledger.verification import verify
from ledger.webauthn import (
    PasskeyAddressError,
    PasskeyChallengeError,
    PasskeyFormError,
    PasskeyOriginError,
    PasskeyTermsError,
    RelyingPartyError,
    UserPresenceError,
    UserVerificationError,
    check_passkey,
    check_terms,
    read_assertion,
)
from scripts.vectors.handmade_log import burnt
from tests.builders import JUNE, Party, World, kg, output, take
from tests.bundle_worlds import altered, bundle_bytes, failure, numbers
from tests.passkeys import SoftPasskey, signed_by, with_signature
from tests.unit.refusals import as_stated, refused

VECTORS = Path(__file__).parents[1] / "vectors" / "signing"
GOLDEN: dict[str, Any] = json.loads((VECTORS / "passkeys.json").read_bytes())


class Orchard:
    """A farmer without a wallet: a phone with a passkey is all there is."""

    def __init__(self, **terms: Any) -> None:
        self.world = World()
        self.phone = SoftPasskey(**terms)
        self.farmer = Party("Farmer", ("farmer",))
        registered = signed_by(self.registration(), self.phone)
        self.world.post(registered)
        self.farmer.id = registered.issuer

    def registration(self, phone: SoftPasskey | None = None, **more: Any) -> Draft:
        phone = phone or self.phone
        key = {"alg": "webauthn-es256", "address": phone.address, "passkey": phone.stated(), **more}
        body = {"key": key, "roles_claimed": ["farmer"], "name": "Farmer"}
        return self.draft("registration/1", body, issuer="")

    def draft(self, kind: str, body: dict[str, Any], issuer: str | None = None) -> Draft:
        whole = {"occurred": JUNE, "ref": secrets.token_hex(16), **body}
        model = validated(model_of(kind), whole)
        by = self.farmer.id if issuer is None else issuer
        return draft(kind, model, log=self.world.log_id, issuer=by, signed_at=self.world.clock.time)

    def harvest(self) -> Draft:
        body = {
            "occurred": JUNE,
            "outputs": [output("lychee", kg(10))],
            "lines": [burnt(9)],
            "policy": {"id": "mass/1"},
        }
        return self.prepared("production/1", body)

    def prepared(self, kind: str, body: dict[str, Any]) -> Draft:
        with self.world.store.read() as view:
            return prepare(
                Wish(kind, self.farmer.id, {"occurred": JUNE, **body}), view, self.world.clock.now()
            ).draft

    def sold(self) -> str:
        made = signed_by(self.harvest(), self.phone)
        self.world.post(made)
        sale = {"take": take(lot_id(made.digest, 0), kg(5)), "consignee": "outside"}
        sent = signed_by(self.prepared("dispatch/1", sale), self.phone)
        self.world.post(sent)
        return sent.digest

    def known(self) -> Organization:
        with self.world.store.read() as view:
            found = view.organization(self.farmer.id)
        assert found is not None
        return found

    def refusal(self, error: type[LedgerError], **told: Any) -> None:
        refused(self.world, signed_by(self.harvest(), self.phone, **told), error)


@pytest.fixture(scope="module")
def orchard() -> Orchard:
    return Orchard()


def test_a_farmer_registers_harvests_and_sells_by_fingerprint_alone() -> None:
    orchard = Orchard()
    sale = orchard.sold()
    report = verify(bundle_bytes(orchard.world, sale))
    assert report.failure() is None, report.failure()
    again = InMemoryStore()
    with orchard.world.store.read() as view, again.write() as scratch:
        replay(scratch, view.entries(0, view.size()))
    known = orchard.known()
    with again.read() as view:
        assert view.organization(orchard.farmer.id) == known
        assert view.key_owner(orchard.phone.address) == orchard.farmer.id
    assert unpack_organization(known.id, pack_organization(known)) == known


def test_what_a_phone_signed_is_read_from_its_plain_values(orchard: Orchard) -> None:
    statement = signed_by(orchard.harvest(), orchard.phone)
    assert read(statement.wire()) == statement


def test_a_bundle_with_another_phone_s_signature_is_bad_at_signatures(orchard: Orchard) -> None:
    raw = bundle_bytes(orchard.world, orchard.sold())
    (number,) = numbers(raw, "dispatch/1")

    def swapped(bundle: Any) -> None:
        entries = [one["entry"] for one in bundle["statements"]]
        made = next(one for one in entries if one["envelope"]["kind"] == "production/1")
        bundle["statements"][number]["entry"]["signature"] = made["signature"]

    assert failure(verify(altered(raw, swapped))) == (3, "passkey-challenge")


def test_a_phone_on_another_site_or_page_or_untouched_is_refused(orchard: Orchard) -> None:
    orchard.refusal(RelyingPartyError, rp_id="evil.example")
    orchard.refusal(PasskeyOriginError, origin="https://evil.example")
    orchard.refusal(UserVerificationError, flags=1)


def test_nobody_there_is_found_before_anything_is_posted(orchard: Orchard) -> None:
    with pytest.raises(UserPresenceError):
        read(signed_by(orchard.harvest(), orchard.phone, flags=4).wire())


def test_a_signature_serves_for_no_other_statement_and_no_other_log(orchard: Orchard) -> None:
    first, second = orchard.harvest(), orchard.harvest()
    value = signed_by(first, orchard.phone).signature.value
    with pytest.raises(PasskeyChallengeError):
        read(with_signature(second, orchard.phone.address, value).wire())
    elsewhere = first.envelope.model_copy(update={"log": "ab" * 32})
    moved = Draft(elsewhere, first.parts, first.body, first.summary)
    with pytest.raises(PasskeyChallengeError):
        read(with_signature(moved, orchard.phone.address, value).wire())


def test_a_passkey_that_is_revoked_between_draft_and_post_is_refused() -> None:
    orchard = Orchard()
    spare = SoftPasskey()
    waiting = signed_by(orchard.harvest(), orchard.phone)
    joining = {"action": "add", **spare.joining(orchard.world.log_id, orchard.farmer.id)}
    orchard.world.post(signed_by(orchard.draft("key/1", {"key": joining}), orchard.phone))
    revoked = {"action": "revoke", "address": orchard.phone.address}
    orchard.world.post(signed_by(orchard.draft("key/1", {"key": revoked}), spare))
    refused(orchard.world, waiting, RevokedKeyError)


def test_an_algorithm_is_not_mistaken_for_another(orchard: Orchard) -> None:
    made = orchard.harvest()
    value = signed_by(made, orchard.phone).signature.value
    with pytest.raises(signing.SignatureFormError):
        read(with_signature(made, orchard.phone.address, value, "eip712-secp256k1").wire())
    wallet = made.sign(signing.new_private_key())
    with pytest.raises(PasskeyFormError):
        read(with_signature(made, wallet.signature.key, wallet.signature.value).wire())
    with pytest.raises(PasskeyAddressError):
        read(with_signature(made, wallet.signature.key, value).wire())
    refused(orchard.world, signed_by(made, SoftPasskey()), UnknownKeyError)
    # Only who finds a second key for an address could try: 2^160 keys of another curve.
    key = orchard.known().keys[0]
    assert key.passkey is not None
    forged = with_signature(made, key.address, wallet.signature.value, "eip712-secp256k1")
    assert refused(orchard.world, forged, KeyAlgorithmError).registered == "webauthn-es256"
    grower = orchard.world.register("Grower", "farmer")
    other = as_stated(
        orchard.world,
        grower,
        "production/1",
        {
            "outputs": [
                {
                    "balance": {"no": "0", "quantity": "5", "unit": "mg", "weight": "5", "liability": {}},
                    "product": {"name": "lychee"},
                }
            ],
            "policy": {"id": "mass/1"},
        },
    )
    signature = other.signature.model_copy(update={"alg": "webauthn-es256"})
    confused = Statement(other.envelope, signature, other.parts, other.body, other.digest)
    assert refused(orchard.world, confused, KeyAlgorithmError).registered == "eip712-secp256k1"


def test_a_passkey_joins_an_organization_with_a_wallet_and_both_sign() -> None:
    world, phone = World(), SoftPasskey()
    house = world.register("Packhouse", "supplier")
    joining = {"action": "add", **phone.joining(world.log_id, house.id)}
    world.state(house, "key/1", {"key": joining})
    body = {"outputs": [output("ice", kg(1))], "lines": [burnt(1)], "policy": {"id": "mass/1"}}
    with world.store.read() as view:
        wish = Wish("production/1", house.id, {"occurred": JUNE, **body})
        made = prepare(wish, view, world.clock.now()).draft
    world.post(signed_by(made, phone))
    world.dispatch(house, lot_id(made.digest(), 0), kg(1), to=None)
    wallet = signing.new_private_key()
    change = {"action": "rotate", **world.joining(house, wallet), "replaces": phone.address}
    world.state(house, "key/1", {"key": change})


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"rp_id": "evil.example"}, RelyingPartyError),
        ({"origin": "https://evil.example"}, PasskeyOriginError),
        ({"flags": 1}, UserVerificationError),
        ({"client": {"challenge": "AAAA"}}, PasskeyChallengeError),
    ],
)
def test_a_passkey_joins_only_by_its_own_proof(told: dict[str, Any], error: type[LedgerError]) -> None:
    world, phone = World(), SoftPasskey()
    house = world.register("Packhouse", "supplier")
    joining = {"action": "add", **phone.joining(world.log_id, house.id, **told)}
    refused(world, as_stated(world, house, "key/1", {"key": joining}), error)


def test_a_passkey_that_joins_elsewhere_or_unsafely_is_refused() -> None:
    world, phone = World(), SoftPasskey()
    house, other = world.register("Packhouse", "supplier"), world.register("Other", "supplier")
    foreign = {"action": "add", **phone.joining(world.log_id, other.id)}
    refused(world, as_stated(world, house, "key/1", {"key": foreign}), PasskeyChallengeError)
    unsafe = SoftPasskey(origins=("http://passports.example",))
    joining = {"action": "add", **unsafe.joining(world.log_id, house.id)}
    refused(world, as_stated(world, house, "key/1", {"key": joining}), PasskeyTermsError)
    revoked = {"action": "revoke", "address": house.address, "passkey": phone.stated()}
    error = refused(world, as_stated(world, house, "key/1", {"key": revoked}), KeyChangeError)
    assert "passkey belongs to a new key" in error.problem


def test_a_registration_says_what_its_passkey_is_and_is_signed_by_it(orchard: Orchard) -> None:
    world, phone = orchard.world, SoftPasskey()
    refused(world, signed_by(orchard.registration(phone, passkey=None), phone), KeyChangeError)
    wallet = orchard.registration(phone, alg="eip712-secp256k1")
    refused(world, signed_by(wallet, phone), KeyChangeError)
    refused(world, signed_by(orchard.registration(phone), SoftPasskey()), RegistrationKeyError)
    lying = orchard.registration(phone, passkey=SoftPasskey().stated())
    refused(world, signed_by(lying, phone), PasskeyAddressError)
    elsewhere = signed_by(orchard.registration(phone), phone, origin="https://evil.example")
    refused(world, elsewhere, PasskeyOriginError)


def test_a_signature_names_its_key_and_has_a_value() -> None:
    envelope = {"v": "1"}
    for key, value in (("phone", "a.b.c.d"), (5, "a.b.c.d"), ("0x" + "1" * 40, 7)):
        with pytest.raises(signing.SignatureFormError):
            signing.check_signature(envelope, {"alg": "webauthn-es256", "key": key, "value": value})


def test_the_golden_signature_of_a_passkey_is_good_and_has_this_digest_and_name() -> None:
    assert statement_digest(GOLDEN["envelope"]).hex() == GOLDEN["digest"]
    signature = {"alg": "webauthn-es256", "key": GOLDEN["address"], "value": GOLDEN["value"]}
    assert signing.check_signature(GOLDEN["envelope"], signature) == GOLDEN["address"]
    passkey = validated(Passkey, GOLDEN["passkey"])
    check_passkey(GOLDEN["address"], passkey)
    check_terms(GOLDEN["address"], passkey, read_assertion(GOLDEN["value"]))


@pytest.mark.parametrize("name", GOLDEN["refused"])
def test_every_golden_refusal_of_a_passkey_is_refused_by_its_name(name: str) -> None:
    value, error = GOLDEN["refused"][name]
    with pytest.raises(LedgerError) as caught:
        signing.check_signature(
            GOLDEN["envelope"], {"alg": "webauthn-es256", "key": GOLDEN["address"], "value": value}
        )
    assert type(caught.value).__name__ == error


@pytest.mark.parametrize("name", GOLDEN["elsewhere"])
def test_every_golden_signature_made_elsewhere_is_refused_by_the_passkey_s_terms(name: str) -> None:
    value, error = GOLDEN["elsewhere"][name]
    with pytest.raises(LedgerError) as caught:
        check_terms(GOLDEN["address"], validated(Passkey, GOLDEN["passkey"]), read_assertion(value))
    assert type(caught.value).__name__ == error
