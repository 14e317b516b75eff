from __future__ import annotations

from typing import Any

import pytest

from ledger.canonical import digest
from ledger.drafting import Preview, UnknownKindError, Wish, prepare, transfers_json
from ledger.errors import LedgerError
from ledger.forms import FieldFormError, MissingFieldError, UnknownFieldError
from ledger.handling import UnknownShipmentError
from ledger.identifiers import lot_id
from ledger.identity import KeyTakenError, LastKeyError, NotAccreditorError, UnknownOrganizationError
from ledger.lots import OverdrawnLotError
from ledger.quantities import AmountFormError
from ledger.rules import FutureDateError, NotHolderError, UnknownLotError
from ledger.signed import read
from ledger.summaries import SummaryTemplateError
from ledger.texts import BidiCharacterError, ControlCharacterError, NotNormalizedTextError
from tests.builders import JUNE, Party, World, bought, kg, output, own, registration, take
from tests.unit.refusals import everything


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


@pytest.fixture(scope="module")
def lot(world: World, grower: Party) -> str:
    return world.produce(grower, "lychee", kg(10), lines=(own(100),))


def drafted(world: World, issuer: str, kind: str, body: Any, **more: Any) -> Preview:
    with world.store.read() as view:
        return prepare(Wish(kind, issuer, body, **more), view, world.clock.now())


def refusal(world: World, issuer: str, kind: str, body: Any, **more: Any) -> LedgerError:
    before = everything(world)
    with pytest.raises(LedgerError) as caught:
        drafted(world, issuer, kind, {"occurred": JUNE, **body} if isinstance(body, dict) else body, **more)
    assert everything(world) == before
    assert str(caught.value)
    return caught.value


def test_a_draft_shows_what_will_be_booked_and_books_nothing(world: World, grower: Party, lot: str) -> None:
    before = everything(world)
    body = {"occurred": JUNE, "take": take(lot, kg(4)), "consignee": "outside"}
    preview = drafted(world, grower.id, "dispatch/1", body, language="zh-Hant")
    assert everything(world) == before
    assert transfers_json(preview.transfers) == [
        {
            "from": {"kind": "lot", "organization": grower.id, "ref": lot},
            "to": {"kind": "outside_handed_on", "organization": grower.id, "ref": ""},
            "components": {"fossil.calculated": "40"},
        }
    ]
    assert preview.draft.summary.startswith("移交 lychee 4 kg")
    world.post(read(preview.draft.sign(grower.key).wire()))
    assert everything(world)["size"] == before["size"] + 1


def test_two_takes_of_one_lot_in_one_statement_follow_each_other(world: World, grower: Party) -> None:
    mixed = world.produce(grower, "mixed", kg(6), lines=(own(60),))
    body = {
        "occurred": JUNE,
        "inputs": [take(mixed, kg(2)), take(mixed, kg(3))],
        "outputs": [output("x", 5)],
        "policy": {"id": "mass/1"},
    }
    made = drafted(world, grower.id, "production/1", body).draft
    intervals = [(one["from"], one["to"]) for one in body_of(made)["inputs"]]
    assert intervals == [("0", str(kg(2))), (str(kg(2)), str(kg(5)))]
    world.post(made.sign(grower.key))


def body_of(made: Any) -> dict[str, Any]:
    plain: dict[str, Any] = made.body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


@pytest.mark.parametrize(
    "kind", ["log_open/1", "dispatch/2", "invoice/1", "", "factor_override/1", "state/1"]
)
def test_a_kind_that_cannot_be_drafted_is_refused_with_those_that_can(
    world: World, grower: Party, kind: str
) -> None:
    error = refusal(world, grower.id, kind, {})
    assert isinstance(error, UnknownKindError)
    assert error.kind == kind
    assert "dispatch/1" in error.known
    assert "log_open/1" not in error.known


@pytest.mark.parametrize("issuer", ["", "org_" + "b" * 32])
def test_a_draft_is_for_an_organization_that_is_registered(world: World, issuer: str) -> None:
    assert isinstance(refusal(world, issuer, "disposal/1", {}), UnknownOrganizationError)


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("disposal/1", ["not an object"], "body"),
        ("disposal/1", None, "body"),
        ("disposal/1", {"fate": "waste"}, "take"),
        ("disposal/1", {"take": {"lot": "x"}}, "take"),
        ("disposal/1", {"take": {"lot": "x", "quantity": "1", "from": "0"}}, "take"),
        ("production/1", {"inputs": "x"}, "inputs"),
        ("production/1", {"inputs": ["x"]}, "inputs/0"),
        ("production/1", {"outputs": {"0": {}}}, "outputs"),
        ("production/1", {"outputs": ["x"]}, "outputs/0"),
        ("production/1", {"outputs": [{"balance": 5}]}, "outputs/0/balance"),
        ("receipt/1", {}, "takes_over"),
        ("receipt/1", {"takes_over": {"shipment": "x", "handlings": []}}, "takes_over"),
        ("correction/1", {"change": []}, "change"),
        ("correction/1", {"change": {"add_inputs": 5}}, "add_inputs"),
    ],
)
def test_a_wish_of_another_form_is_refused_by_its_field(
    world: World, grower: Party, kind: str, body: Any, field: str
) -> None:
    error = refusal(world, grower.id, kind, body)
    assert isinstance(error, FieldFormError)
    assert error.field == field


def test_goods_are_an_object(world: World, grower: Party, lot: str) -> None:
    body = {"take": take(lot, 1), "consignee": "outside", "goods": "lychee"}
    error = refusal(world, grower.id, "dispatch/1", body)
    assert isinstance(error, FieldFormError)
    assert error.field == "goods"


def test_a_wish_lacks_nothing_that_only_its_issuer_knows(world: World, grower: Party, lot: str) -> None:
    error = refusal(world, grower.id, "disposal/1", {"take": take(lot, 1)})
    assert isinstance(error, MissingFieldError)
    assert error.field == "/fate"
    error = refusal(world, grower.id, "correction/1", {"change": {}})
    assert isinstance(error, MissingFieldError)
    error = refusal(world, grower.id, "disposal/1", {"take": take(lot, 1), "fate": "waste", "x": 1})
    assert isinstance(error, UnknownFieldError)
    body = {"outputs": [{"balance": {"quantity": "1", "weight": "1"}, "product": {"name": "x"}}]}
    error = refusal(world, grower.id, "production/1", body | {"policy": {"id": "mass/1"}})
    assert isinstance(error, MissingFieldError)
    assert error.field == "/outputs/0/balance/unit"


def test_a_wish_names_lots_and_shipments_that_are_there_and_ones_own(
    world: World, grower: Party, lot: str
) -> None:
    other = world.register("Other", "buyer")
    fate = {"fate": "waste"}
    assert isinstance(
        refusal(world, grower.id, "disposal/1", {"take": take("x", 1), **fate}), UnknownLotError
    )
    assert isinstance(refusal(world, other.id, "disposal/1", {"take": take(lot, 1), **fate}), NotHolderError)
    too_much = {"take": take(lot, kg(11)), **fate}
    assert isinstance(refusal(world, grower.id, "disposal/1", too_much), OverdrawnLotError)
    wrong = {"take": {"lot": lot, "quantity": "1e3"}, **fate}
    assert isinstance(refusal(world, grower.id, "disposal/1", wrong), AmountFormError)
    receipt = {"takes_over": {"shipment": "x"}, "outcome": "accepted"}
    assert isinstance(refusal(world, grower.id, "receipt/1", receipt), UnknownShipmentError)


def test_a_draft_books_what_has_occurred(world: World, grower: Party, lot: str) -> None:
    future = {"from": "2026-07-01", "to": "2027-01-01", "zone": "Asia/Shanghai"}
    body = {"occurred": future, "take": take(lot, 1), "fate": "waste"}
    assert isinstance(refusal(world, grower.id, "disposal/1", body), FutureDateError)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("lychee\u202e", BidiCharacterError),
        ("lychee\u0000", ControlCharacterError),
        ("cafe\u0301", NotNormalizedTextError),
    ],
)
def test_a_name_that_shows_something_else_than_it_says_is_refused_before_it_is_signed(
    world: World, grower: Party, name: str, error: type[LedgerError]
) -> None:
    body = {"outputs": [output(name, 5)], "policy": {"id": "mass/1"}}
    assert type(refusal(world, grower.id, "production/1", body)) is error


def test_a_draft_has_the_clients_id_and_a_language_of_the_ledger(
    world: World, grower: Party, lot: str
) -> None:
    body = {"occurred": JUNE, "take": take(lot, 1), "fate": "waste"}
    id_ = "01985c6c-0000-7000-8000-000000000000"
    assert drafted(world, grower.id, "disposal/1", body, id=id_).draft.envelope.id == id_
    assert isinstance(refusal(world, grower.id, "disposal/1", body, id="1"), FieldFormError)
    assert isinstance(refusal(world, grower.id, "disposal/1", body, language="fr"), SummaryTemplateError)


def test_a_registration_a_key_and_an_attestation_move_nothing(world: World, grower: Party) -> None:
    party = Party("New")
    made = drafted(world, "ignored", "registration/1", {"occurred": JUNE, **registration(party)})
    assert (made.transfers, made.draft.envelope.issuer) == ((), "")
    change = {"key": {"action": "add", **world.joining(grower, party.key)}}
    assert drafted(world, grower.id, "key/1", {"occurred": JUNE, **change}).transfers == ()


def test_a_draft_is_made_now_unless_somebody_says_when(world: World) -> None:
    party = Party("New")
    with world.store.read() as view:
        made = prepare(Wish("registration/1", "", {"occurred": JUNE, **registration(party)}), view)
    assert made.draft.envelope.signed_at.endswith("Z")
    assert made.draft.digest() == digest(made.draft.envelope.model_dump())


def test_a_correction_is_drafted_from_what_is_dropped_and_added(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 3),), lines=(own(3), bought(5)))
    body = {"occurred": JUNE, "corrects": made.digest, "change": {"drop_lines": ["1"], "add_lines": [own(4)]}}
    moves = transfers_json(drafted(world, grower.id, "correction/1", body).transfers)
    assert [(move["from"]["kind"], move["to"]["kind"], move["components"]) for move in moves] == [
        ("goods_in_process", "outside_taken_over", {"fossil.secondary": "5"}),
        ("environment", "goods_in_process", {"fossil.calculated": "4"}),
        ("goods_in_process", "lot", {"fossil.calculated": "4"}),
        ("lot", "goods_in_process", {"fossil.secondary": "5"}),
    ]
    assert lot_id(made.digest, 0) in str(moves)


def test_a_draft_of_keys_and_roles_says_no_before_anybody_signs(world: World, grower: Party) -> None:
    other = world.register("Other", "buyer")
    add = {"key": {"action": "add", "address": other.address}}
    error = refusal(world, grower.id, "key/1", add)
    assert isinstance(error, KeyTakenError)
    assert error.organization == other.id
    error = refusal(world, grower.id, "key/1", {"key": {"action": "revoke", "address": grower.address}})
    assert isinstance(error, LastKeyError)
    taken = Party("Twin", key=other.key)
    assert isinstance(refusal(world, "", "registration/1", registration(taken)), KeyTakenError)
    attested = {
        "subject": other.id,
        "roles": ["port"],
        "validity": {"from": "2026-01-01", "to": "2026-12-31"},
    }
    error = refusal(world, grower.id, "attestation/1", attested)
    assert isinstance(error, NotAccreditorError)
    assert error.address == grower.address
