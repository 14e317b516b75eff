from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ledger import canonical, parts, signing
from ledger.components import UnknownComponentError
from ledger.errors import LedgerError
from ledger.forms import FieldFormError, MissingFieldError, UnknownFieldError
from ledger.parts import MissingPathError, PartFormError, RepeatedPathError, UnknownPathError
from ledger.quantities import AmountFormError, AmountTooLargeError
from ledger.signed import (
    BodyDigestError,
    EntryTooLargeError,
    IssuerFormError,
    NotAnObjectError,
    Statement,
    draft,
    entry_bytes,
    is_skewed,
    new_id,
    read,
    utc_text,
)
from ledger.signing import HighSError, SignatureVError, UnrecoverableSignatureError, WrongKeyError
from ledger.summaries import ChangedSummaryError, SummaryTemplateError, summary
from ledger.wire import Envelope
from tests.builders import Party, World, kg, own, registration
from tests.unit.refusals import as_stated


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


@pytest.fixture(scope="module")
def dispatch(world: World, grower: Party) -> Statement:
    lot = world.produce(grower, "lychee", kg(10), lines=(own(1000),))
    body = {"take": {"lot": lot, "quantity": str(kg(4))}, "consignee": "outside"}
    return world.sign(grower, "dispatch/1", body)


def refusal(wire: Any) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        read(wire)
    assert str(caught.value)
    return caught.value


def changed(statement: Statement, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    wire = copy.deepcopy(statement.wire())
    change(wire)
    return wire


def part(wire: dict[str, Any], path: str) -> dict[str, Any]:
    return next(item for item in wire["parts"] if item["path"] == path)


def test_a_statement_written_and_read_again_is_the_same(dispatch: Statement) -> None:
    again = read(dispatch.wire())
    assert again == dispatch
    assert again.digest == canonical.digest(dispatch.wire()["envelope"])
    assert again.kind == "dispatch/1"


@pytest.mark.parametrize("value", [None, [], "statement", 42, b"{}"])
def test_a_statement_is_an_object(value: object) -> None:
    assert type(refusal(value)) is NotAnObjectError


def test_a_statement_has_exactly_envelope_signature_and_parts(dispatch: Statement) -> None:
    error = refusal(dispatch.wire() | {"extra": 1})
    assert isinstance(error, UnknownFieldError)
    assert error.field == "extra"
    for name in ("envelope", "signature", "parts"):
        wire = dispatch.wire()
        del wire[name]
        error = refusal(wire)
        assert isinstance(error, MissingFieldError)
        assert error.field == name
    assert type(refusal(dispatch.wire() | {"parts": {}})) is MissingFieldError
    assert type(refusal(dispatch.wire() | {"parts": ["x"]})) is FieldFormError
    assert type(refusal(dispatch.wire() | {"envelope": None})) is FieldFormError


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda w: part(w, "/goods")["value"].update(quantity="4000001"), BodyDigestError),
        (lambda w: part(w, "/ref").update(salt="0" * 32), BodyDigestError),
        (lambda w: part(w, "/goods")["value"].update(product="Lychee"), BodyDigestError),
        (lambda w: w["parts"].pop(), MissingPathError),
        (lambda w: w["parts"].append(part(w, "/take")), RepeatedPathError),
        (lambda w: part(w, "/goods").update(path="/good"), UnknownPathError),
        (lambda w: w["envelope"].update(body_digest="0" * 64), BodyDigestError),
        (lambda w: w["envelope"].update(signed_at="2026-07-01T00:00:00Z"), WrongKeyError),
        (lambda w: w["envelope"].update(summary_template="dispatch/1/zh-Hans"), ChangedSummaryError),
        (lambda w: w["envelope"].update(summary_template="receipt/1/en"), SummaryTemplateError),
        (lambda w: w["envelope"].update(summary_keccak="0" * 64), ChangedSummaryError),
        (lambda w: w["envelope"].update(log="0" * 64), WrongKeyError),
        (lambda w: w["envelope"].update(issuer=""), IssuerFormError),
        (lambda w: w["signature"].update(key="0x" + "0" * 40), WrongKeyError),
        (lambda w: w["signature"].update(value="0x" + "0" * 130), SignatureVError),
        (lambda w: w["signature"].update(value="0x" + "0" * 128 + "1b"), UnrecoverableSignatureError),
    ],
)
def test_whatever_is_changed_after_signing_is_found(
    dispatch: Statement, change: Callable[[dict[str, Any]], object], error: type[LedgerError]
) -> None:
    assert type(refusal(changed(dispatch, change))) is error


def test_the_second_form_of_a_signature_is_refused(dispatch: Statement) -> None:
    def raise_s(wire: dict[str, Any]) -> None:
        value = bytes.fromhex(wire["signature"]["value"][2:])
        high = signing.ORDER - int.from_bytes(value[32:64])
        wire["signature"]["value"] = (
            "0x" + value[:32].hex() + high.to_bytes(32).hex() + f"{55 - value[64]:02x}"
        )

    assert type(refusal(changed(dispatch, raise_s))) is HighSError


def test_who_checks_signatures_elsewhere_can_leave_it_out_here(dispatch: Statement) -> None:
    wire = changed(dispatch, lambda w: w["signature"].update(key="0x" + "0" * 40))
    assert read(wire, check_signature=False).signature.key == "0x" + "0" * 40


def test_what_was_read_in_full_before_is_put_together_without_checking_it_again(dispatch: Statement) -> None:
    assert read(dispatch.wire(), known=True) == dispatch


def test_a_clock_that_is_over_a_day_wrong_is_flagged(dispatch: Statement) -> None:
    signed_at = datetime.fromisoformat(dispatch.envelope.signed_at)
    day = timedelta(days=1)
    assert not is_skewed(dispatch, signed_at + day)
    assert is_skewed(dispatch, signed_at + day + timedelta(seconds=1))
    assert is_skewed(dispatch, signed_at - day - timedelta(seconds=1))


def test_a_changed_summary_shows_what_it_should_say(dispatch: Statement) -> None:
    error = refusal(changed(dispatch, lambda w: w["envelope"].update(summary_keccak="0" * 64)))
    assert isinstance(error, ChangedSummaryError)
    assert error.expected == summary("dispatch/1/en", dispatch.body)
    assert error.expected in str(error)


def resigned(grower: Party, statement: Statement, path: str, value: Any) -> dict[str, Any]:
    """Sign other parts properly, as a client with its own code could."""
    pieces = [p if p.path != path else p.model_copy(update={"value": value}) for p in statement.parts]
    envelope = statement.envelope.model_dump() | {"body_digest": parts.body_digest(pieces)}
    return {
        "envelope": envelope,
        "signature": signing.sign(envelope, grower.key),
        "parts": [p.model_dump() for p in pieces],
    }


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        ("/goods", {"product": "lychee", "quantity": "042", "unit": "mg"}, AmountFormError),
        ("/goods", {"product": "lychee", "quantity": "9" * 18, "unit": "mg"}, AmountTooLargeError),
        ("/goods", {"product": "lychee", "quantity": 4, "unit": "mg"}, FieldFormError),
        ("/goods", {"product": "lychee", "quantity": "4", "unit": "mg", "batch": None}, PartFormError),
        ("/goods", {"product": "lychee", "unit": "mg"}, MissingFieldError),
        ("/goods", {"product": "lychee", "quantity": "4", "unit": "mg", "kg": "4"}, UnknownFieldError),
        ("/liability", {"fossil.guessed": "1"}, UnknownComponentError),
        ("/goods", None, FieldFormError),
    ],
)
def test_a_properly_signed_body_of_another_form_is_refused_by_its_field(
    grower: Party, dispatch: Statement, path: str, value: Any, error: type[LedgerError]
) -> None:
    assert type(refusal(resigned(grower, dispatch, path, value))) is error


def test_a_registration_names_no_issuer_and_makes_its_own(world: World) -> None:
    party = Party("New")
    statement = as_stated(world, party, "registration/1", registration(party))
    assert read(statement.wire()).issuer.startswith("org_")


def test_a_registration_that_claims_another_organizations_id_is_refused(world: World, grower: Party) -> None:
    thief = Party("Thief")
    statement = as_stated(world, thief, "registration/1", registration(thief), issuer=grower.id)
    error = refusal(statement.wire())
    assert isinstance(error, IssuerFormError)
    assert (error.kind, error.issuer) == ("registration/1", grower.id)


def test_an_entry_holds_no_more_than_a_leaf_may(dispatch: Statement) -> None:
    entry = entry_bytes(dispatch, "2026-07-01T00:00:00Z")
    assert len(entry) < 2048
    assert canonical.parse_canonical(entry, max_bytes=4096)
    huge = Envelope.model_construct(**dispatch.envelope.model_dump() | {"kind": "x" * 5000})
    with pytest.raises(EntryTooLargeError) as caught:
        entry_bytes(replace(dispatch, envelope=huge), "2026-07-01T00:00:00Z")
    assert caught.value.size > caught.value.limit == 4096
    assert str(caught.value) == f"The log entry has {caught.value.size} bytes; the limit is 4096."


def test_a_draft_shows_its_line_and_keeps_its_digest_when_signed(world: World, grower: Party) -> None:
    body = world.sign(
        grower,
        "disposal/1",
        {"take": {"lot": world.produce(grower, "x", 5), "quantity": "5"}, "fate": "waste"},
    ).body
    made = draft("disposal/1", body, log=world.log_id, issuer=grower.id, language="zh-Hans")
    assert made.sign(grower.key).digest == made.digest()
    assert made.typed_data()["message"]["summary"] == made.summary == summary("disposal/1/zh-Hans", body)
    assert read(made.sign(grower.key).wire()).body == body


def test_a_drafts_language_is_one_of_the_ledgers(world: World, grower: Party, dispatch: Statement) -> None:
    with pytest.raises(SummaryTemplateError):
        draft("dispatch/1", dispatch.body, log=world.log_id, issuer=grower.id, language="fr")


def test_a_fresh_id_is_a_uuid_of_version_7_that_begins_with_the_time() -> None:
    made = new_id(0x0198_5C6C_1234)
    assert made.startswith("01985c6c-1234-7")
    assert made[19] in "89ab"
    assert len({new_id() for _ in range(100)}) == 100


def test_a_moment_is_written_in_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert utc_text(datetime(2026, 1, 31, 16, tzinfo=shanghai)) == "2026-01-31T08:00:00Z"
    assert utc_text(datetime(2026, 1, 31, 8, 0, 0, 999, tzinfo=UTC)) == "2026-01-31T08:00:00Z"
