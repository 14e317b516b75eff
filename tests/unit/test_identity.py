from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger import eip712, signing
from ledger.books import ForeignLogError
from ledger.identity import (
    KeyChangeError,
    KeyRecord,
    KeyTakenError,
    LastKeyError,
    NotAccreditorError,
    Organization,
    RegistrationKeyError,
    RevokedKeyError,
    RotatedKeyError,
    UnknownKeyError,
    UnknownOrganizationError,
)
from ledger.possession import KeyProofError, prove_possession
from ledger.rules import DateOrderError
from ledger.signed import IssuerFormError, Statement
from tests.builders import Party, World, registration
from tests.unit.refusals import as_stated, refused

KEYS: dict[str, bytes] = {}
"""The private keys that `new_key` made, by address."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def production(world: World, party: Party, key: bytes | None = None) -> Statement:
    """Return some statement of a party, signed but not posted."""
    balance = {"no": "0", "quantity": "5", "unit": "mg", "weight": "5", "liability": {}}
    outputs = [{"balance": balance, "product": {"name": "lychee"}}]
    return as_stated(world, party, "production/1", {"outputs": outputs, "policy": {"id": "mass/1"}}, key=key)


def change(world: World, party: Party, by: bytes | None = None, **fields: str) -> Statement:
    """Return a key statement; a new key made by `new_key` proves itself unless `proof` says otherwise."""
    if fields["action"] != "revoke" and fields["address"] in KEYS and "proof" not in fields:
        fields["proof"] = prove_possession(world.log_id, party.id, KEYS[fields["address"]])
    return as_stated(world, party, "key/1", {"key": fields}, key=by)


def kept(world: World, party: Party) -> Organization:
    with world.store.read() as view:
        found = view.organization(party.id)
    assert found is not None
    return found


def new_key() -> tuple[bytes, str]:
    key = signing.new_private_key()
    KEYS[signing.address_of(key)] = key
    return key, signing.address_of(key)


def test_an_organization_that_never_registered_is_told_to(world: World) -> None:
    stranger = Party("Stranger", id="org_" + "b" * 32)
    error = refused(world, production(world, stranger), UnknownOrganizationError)
    assert error.organization == stranger.id
    assert "Register it first" in str(error)


def test_a_key_that_nobody_registered_speaks_for_nobody(world: World, grower: Party) -> None:
    key, address = new_key()
    error = refused(world, production(world, grower, key), UnknownKeyError)
    assert (error.organization, error.address) == (grower.id, address)


def test_the_key_of_one_organization_does_not_speak_for_another(world: World, grower: Party) -> None:
    other = world.register("Other", "supplier")
    error = refused(world, production(world, grower, other.key), UnknownKeyError)
    assert (error.organization, error.address) == (grower.id, other.address)


def test_a_statement_for_another_log_is_refused_with_both_ids(world: World, grower: Party) -> None:
    elsewhere = World()
    body = {"key": {"action": "add", "address": new_key()[1]}}
    error = refused(world, as_stated(world, grower, "key/1", body, log=elsewhere.log_id), ForeignLogError)
    assert (error.signed, error.here) == (elsewhere.log_id, world.log_id)


def test_a_rotated_key_is_good_within_its_grace_and_not_a_second_longer(world: World, grower: Party) -> None:
    old = world.rotate(grower, grace_days=2)
    rotated_at = world.clock.time
    world.post(production(world, grower, old))
    world.clock.time = rotated_at + timedelta(days=2) - timedelta(seconds=1)
    world.post(production(world, grower, old))
    error = refused(world, production(world, grower, old), RotatedKeyError)
    assert error.address == signing.address_of(old)
    assert error.until == (rotated_at + timedelta(days=2)).isoformat()
    world.post(production(world, grower))


def test_without_a_stated_grace_queued_drafts_survive_a_week(world: World, grower: Party) -> None:
    old = world.rotate(grower)
    world.clock.time += timedelta(days=7) - timedelta(seconds=1)
    world.post(production(world, grower, old))
    refused(world, production(world, grower, old), RotatedKeyError)


def test_a_rotated_key_changes_no_keys_even_within_its_grace(world: World, grower: Party) -> None:
    old = world.rotate(grower)
    error = refused(world, change(world, grower, old, action="add", address=new_key()[1]), RotatedKeyError)
    assert "for key changes" in str(error)


def test_a_revoked_key_is_refused_at_once_and_told_since_which_entry(world: World, grower: Party) -> None:
    key, address = new_key()
    world.post(change(world, grower, action="add", address=address))
    world.post(production(world, grower, key))
    world.post(change(world, grower, action="revoke", address=address))
    with world.store.read() as view:
        revoked_at = view.size() - 1
    error = refused(world, production(world, grower, key), RevokedKeyError)
    assert (error.organization, error.address, error.position) == (grower.id, address, revoked_at)
    refused(world, change(world, grower, key, action="add", address=new_key()[1]), RevokedKeyError)


def test_what_a_revoked_key_signed_before_stays_good(world: World, grower: Party) -> None:
    world.post(change(world, grower, action="add", address=new_key()[1]))
    world.post(change(world, grower, action="revoke", address=grower.address))
    organization, at = kept(world, grower), world.clock.time
    revoked_at = next(key.until_position for key in organization.keys if key.state == "revoked")
    assert revoked_at is not None
    organization.check_key(grower.address, revoked_at, at)
    with pytest.raises(RevokedKeyError):
        organization.check_key(grower.address, revoked_at + 1, at)


def test_a_key_does_not_speak_before_it_was_added(world: World, grower: Party) -> None:
    key, address = new_key()
    world.post(change(world, grower, action="add", address=address))
    organization = kept(world, grower)
    added_at = organization.keys[1].from_position
    organization.check_key(address, added_at + 1, world.clock.time)
    with pytest.raises(UnknownKeyError):
        organization.check_key(address, added_at, world.clock.time)
    assert organization.active_keys() == (grower.address, address)
    world.post(production(world, grower, key))


def test_the_last_key_cannot_be_revoked(world: World, grower: Party) -> None:
    error = refused(world, change(world, grower, action="revoke", address=grower.address), LastKeyError)
    assert error.organization == grower.id


def test_a_rotated_key_is_no_key_to_be_left_with(world: World, grower: Party) -> None:
    world.rotate(grower)
    refused(world, change(world, grower, action="revoke", address=grower.address), LastKeyError)


def test_a_key_in_its_grace_can_be_revoked_when_it_was_stolen(world: World, grower: Party) -> None:
    old = world.rotate(grower)
    world.post(change(world, grower, action="revoke", address=signing.address_of(old)))
    refused(world, production(world, grower, old), RevokedKeyError)


def test_a_key_is_revoked_once(world: World, grower: Party) -> None:
    old = world.rotate(grower)
    world.post(change(world, grower, action="revoke", address=signing.address_of(old)))
    error = refused(
        world, change(world, grower, action="revoke", address=signing.address_of(old)), KeyChangeError
    )
    assert error.action == "revoke"
    refused(world, change(world, grower, action="revoke", address=new_key()[1]), KeyChangeError)


@pytest.mark.parametrize("more", [{"replaces": "0x" + "1" * 40}, {"grace_days": "1"}])
@pytest.mark.parametrize("action", ["add", "revoke"])
def test_what_belongs_to_a_rotation_is_refused_elsewhere(
    world: World, grower: Party, action: str, more: dict[str, str]
) -> None:
    statement = change(world, grower, None, action=action, address=new_key()[1], **more)
    error = refused(world, statement, KeyChangeError)
    assert (error.action, error.problem) == (action, "replaces and grace_days belong to a rotation")


def test_a_rotation_names_a_key_in_use(world: World, grower: Party) -> None:
    error = refused(world, change(world, grower, action="rotate", address=new_key()[1]), KeyChangeError)
    assert error.problem == "replaces must name a key in use"
    statement = change(world, grower, action="rotate", address=new_key()[1], replaces=new_key()[1])
    refused(world, statement, KeyChangeError)


def test_a_grace_longer_than_a_quarter_is_refused_with_both_numbers(world: World, grower: Party) -> None:
    def rotation(days: str) -> Statement:
        return change(
            world, grower, action="rotate", address=new_key()[1], replaces=grower.address, grace_days=days
        )

    error = refused(world, rotation("91"), KeyChangeError)
    assert error.problem == "grace_days is 91, the limit is 90"
    world.post(rotation("90"))


@pytest.mark.parametrize("action", ["add", "rotate"])
def test_nobody_names_a_key_whose_owner_did_not_agree(world: World, grower: Party, action: str) -> None:
    replaces = {"replaces": grower.address} if action == "rotate" else {}
    address = Party("Somebody who did not register yet").address
    error = refused(
        world, change(world, grower, None, action=action, address=address, **replaces), KeyChangeError
    )
    assert error.action == action
    assert error.problem.startswith(f"proof is missing; let key {address} sign that it joins {grower.id}")
    own = prove_possession(world.log_id, grower.id, grower.key)
    statement = change(world, grower, None, action=action, address=address, proof=own, **replaces)
    wrong = refused(world, statement, KeyProofError)
    assert (wrong.address, wrong.organization, wrong.log) == (address, grower.id, world.log_id)
    assert "Let the new key sign" in str(wrong)


def test_a_proof_holds_for_one_organization_and_one_log(world: World, grower: Party) -> None:
    other, (key, address) = world.register("Other", "supplier"), new_key()
    for log_id, organization in ((world.log_id, other.id), ("ab" * 32, grower.id)):
        proof = prove_possession(log_id, organization, key)
        error = refused(
            world, change(world, grower, action="add", address=address, proof=proof), KeyProofError
        )
        assert error.recovered != address
    world.post(change(world, grower, action="add", address=address))


def test_the_second_form_of_a_proof_is_refused(world: World, grower: Party) -> None:
    key, address = new_key()
    proof = prove_possession(world.log_id, grower.id, key)
    r, s, v = proof[2:66], int(proof[66:130], 16), int(proof[130:], 16)
    high = f"0x{r}{signing.ORDER - s:064x}{55 - v:02x}"
    refused(world, change(world, grower, action="add", address=address, proof=high), signing.HighSError)
    odd = proof[:-2] + "00"
    refused(world, change(world, grower, action="add", address=address, proof=odd), signing.SignatureVError)
    none = "0x" + "0" * 128 + "1b"
    refused(
        world,
        change(world, grower, action="add", address=address, proof=none),
        signing.UnrecoverableSignatureError,
    )


def test_a_proof_is_signed_typed_data_that_any_wallet_makes(world: World, grower: Party) -> None:
    key, address = new_key()
    shown = eip712.possession_typed_data(world.log_id, grower.id, address)
    signed = Account.sign_message(encode_typed_data(full_message=shown), key)
    proof = "0x" + bytes(signed.signature).hex()
    assert proof == prove_possession(world.log_id, grower.id, key)
    world.post(change(world, grower, action="add", address=address, proof=proof))
    assert address in kept(world, grower).active_keys()


def test_a_revocation_has_nothing_to_prove(world: World, grower: Party) -> None:
    key, address = new_key()
    proof = prove_possession(world.log_id, grower.id, key)
    world.post(change(world, grower, action="add", address=address))
    statement = change(world, grower, action="revoke", address=address, proof=proof)
    error = refused(world, statement, KeyChangeError)
    assert (error.action, error.problem) == ("revoke", "proof belongs to a new key; leave it out")


def test_the_current_key_alone_states_the_change_not_the_new_one(world: World, grower: Party) -> None:
    key, address = new_key()
    refused(world, change(world, grower, key, action="add", address=address), UnknownKeyError)


def test_a_key_belongs_to_one_organization(world: World, grower: Party) -> None:
    other = world.register("Other", "supplier")
    error = refused(world, change(world, grower, action="add", address=other.address), KeyTakenError)
    assert (error.address, error.organization) == (other.address, other.id)
    error = refused(world, change(world, grower, action="add", address=grower.address), KeyTakenError)
    assert error.organization == grower.id
    thief = Party("Thief", key=other.key)
    error = refused(world, as_stated(world, thief, "registration/1", registration(thief)), KeyTakenError)
    assert error.organization == other.id


def test_a_registration_is_signed_with_the_key_that_it_names(world: World) -> None:
    party, other = Party("New"), Party("Other")
    statement = as_stated(world, party, "registration/1", registration(party), key=other.key)
    error = refused(world, statement, RegistrationKeyError)
    assert (error.named, error.signer) == (party.address, other.address)


def test_nobody_registers_under_the_id_of_an_organization_that_exists(world: World, grower: Party) -> None:
    thief = Party("Thief")
    statement = as_stated(world, thief, "registration/1", registration(thief), issuer=grower.id)
    error = refused(world, statement, IssuerFormError)
    assert (error.kind, error.issuer) == ("registration/1", grower.id)
    assert kept(world, grower).name == "Grower"


def test_an_organization_changes_its_name_with_its_keys(world: World, grower: Party) -> None:
    body = {"key": {"action": "add", **world.joining(grower, new_key()[0])}, "name": "Orchard"}
    world.post(as_stated(world, grower, "key/1", body))
    assert kept(world, grower).name == "Orchard"


def attestation(subject: str, start: str = "2026-01-01", end: str = "2026-12-31") -> dict[str, object]:
    return {"subject": subject, "roles": ["carrier"], "validity": {"from": start, "to": end}}


def test_only_an_accreditor_attests_roles(world: World, grower: Party) -> None:
    error = refused(
        world, as_stated(world, grower, "attestation/1", attestation(grower.id)), NotAccreditorError
    )
    assert error.address == grower.address


def test_nobody_becomes_accreditor_by_adding_the_accreditors_key_to_its_own(world: World) -> None:
    thief = world.register("Thief", "supplier")
    organization = kept(world, thief)
    # As if the thief had named the accreditor's address before the accreditor registered.
    with world.store.write() as writer:
        claimed = KeyRecord(world.accreditor.address, from_position=0)
        writer.keep_organization(
            Organization(thief.id, "Thief", (), organization.registered_at, (*organization.keys, claimed))
        )
    refused(world, as_stated(world, thief, "attestation/1", attestation(thief.id)), NotAccreditorError)


def test_an_accreditor_that_rotated_its_key_still_attests(world: World) -> None:
    world.rotate(world.accreditor)
    carrier = world.register("Carrier", "carrier")
    assert kept(world, carrier).has_role("carrier", "2026-06-01")


def test_roles_are_attested_of_organizations_that_exist(world: World) -> None:
    nobody = "org_" + "b" * 32
    statement = as_stated(world, world.accreditor, "attestation/1", attestation(nobody))
    assert refused(world, statement, UnknownOrganizationError).organization == nobody


def test_roles_are_attested_for_a_period_that_ends_after_it_begins(world: World, grower: Party) -> None:
    body = attestation(grower.id, "2026-12-31", "2026-01-01")
    error = refused(world, as_stated(world, world.accreditor, "attestation/1", body), DateOrderError)
    assert (error.field, error.start, error.end) == ("validity", "2026-12-31", "2026-01-01")


def test_a_role_that_needs_an_accreditor_holds_from_its_first_to_its_last_day(
    world: World, grower: Party
) -> None:
    carrier = world.register("Carrier", "carrier", "buyer")
    organization = kept(world, carrier)
    assert [
        organization.has_role("carrier", day)
        for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")
    ] == [
        False,
        True,
        True,
        False,
    ]
    assert organization.has_role("buyer", "1990-01-01")
    assert not organization.has_role("farmer", "2026-06-01")
    claimed = Party("Port that nobody accredited", ("port",))
    registered = as_stated(world, claimed, "registration/1", registration(claimed))
    world.post(registered)
    claimed.id = registered.issuer
    world.post(as_stated(world, world.accreditor, "attestation/1", attestation(grower.id)))
    assert not kept(world, claimed).has_role("port", "2026-06-01")
    assert kept(world, grower).has_role("carrier", "2026-06-01")
    assert kept(world, grower).has_role("farmer", "2026-06-01")


def test_an_organization_has_a_thousand_keys_at_most(world: World, grower: Party) -> None:
    organization = kept(world, grower)
    many = tuple(KeyRecord(f"0x{number:040x}", from_position=0) for number in range(999))
    with world.store.write() as writer:
        writer.keep_organization(replace(organization, keys=(*organization.keys, *many)))
    error = refused(world, change(world, grower, action="add", address=new_key()[1]), KeyChangeError)
    assert error.problem == "there were 1000 keys, the limit"
    world.post(change(world, grower, action="revoke", address=many[0].address))
