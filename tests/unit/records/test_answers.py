"""A draft is signed only if it says what was asked and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger import canonical
from ledger.allocation.errors import PolicyWeightError
from ledger.drafting import Wish, prepare
from ledger.parts import body_digest
from ledger.records.answers import DraftDiffersError, _compare, checked_draft
from ledger.signed import BodyDigestError, new_id
from ledger.statements import BODIES
from tests.builders import JUNE, Party, World, bought, kg, output, own, take
from tests.unit.refusals import as_stated

Asked = dict[str, Any]


class Case:
    """A ledger in which a farm has dispatched to a packhouse, and what can be asked of it."""

    def __init__(self) -> None:
        self.world = World()
        self.farm = self.world.register("Farm", "farmer")
        self.packhouse = self.world.register("Packhouse", "supplier")
        self.carrier = self.world.register("Carrier", "carrier")
        self.production = self.world.production(
            self.farm, [output("lychee", kg(10), batch="LZ")], lines=(own(1000), bought(500))
        )
        self.lot = f"{self.production.digest}.0"
        self.shipment = self.world.dispatch(self.farm, self.lot, kg(1), to=self.packhouse)
        self.claim = self.world.handle(self.carrier, [own(7)], shipment=self.shipment)

    def draft(self, kind: str, party: Party, body: Asked) -> tuple[Asked, Asked]:
        """Return the request and the draft that answers it."""
        asked: Asked = {
            "issuer": party.id,
            "language": "en",
            "id": new_id(),
            "body": {"occurred": JUNE, **body},
        }
        with self.world.store.read() as view:
            wish = Wish(kind, party.id, asked["body"], id=asked["id"])
            made = prepare(wish, view, self.world.clock.now()).draft
        parts = [part.model_dump() for part in made.parts]
        return asked, {"envelope": made.envelope.model_dump(), "parts": parts}

    def check(self, kind: str, asked: Asked, drafted: Asked) -> None:
        """Check a draft as a company does."""
        checked_draft(kind, asked, drafted, log_id=self.world.log_id)

    def dispatch(self) -> tuple[Asked, Asked]:
        """Return a dispatch that was asked for, and its draft."""
        return self.draft(
            "dispatch/1",
            self.farm,
            {"take": take(self.lot, kg(2)), "consignee": self.packhouse.id, "handlers": [], "goods": {}},
        )


def _resealed(drafted: Asked, change: Callable[[Asked], None]) -> Asked:
    """Return a draft with changed parts whose envelope fits them again, as a lying server would send it."""
    from ledger.parts import Part  # noqa: PLC0415

    values = {part["path"]: part for part in drafted["parts"]}
    change(values)
    parts = list(values.values())
    digest = body_digest(Part.model_validate(part) for part in parts)
    return {"envelope": {**drafted["envelope"], "body_digest": digest}, "parts": parts}


@pytest.fixture(scope="module")
def case() -> Case:
    return Case()


def test_every_kind_that_the_ledger_completes_is_recognized(case: Case) -> None:
    wishes: list[tuple[str, Party, Asked]] = [
        ("dispatch/1", case.farm, {"take": take(case.lot, kg(2)), "consignee": "outside", "handlers": []}),
        ("disposal/1", case.farm, {"take": take(case.lot, kg(2)), "fate": "waste"}),
        (
            "receipt/1",
            case.packhouse,
            {
                "takes_over": {"shipment": case.shipment, "claims": [case.claim.digest]},
                "outcome": "accepted",
            },
        ),
        (
            "production/1",
            case.farm,
            {
                "inputs": [take(case.lot, kg(1)), take(case.lot, kg(2))],
                "lines": [own(3)],
                "outputs": [output("juice", kg(2))],
                "policy": {"id": "mass/1"},
            },
        ),
        ("handling/1", case.farm, {"target": {"lot": case.lot}, "lines": [own(5)], "inputs": []}),
    ]
    for kind, party, body in wishes:
        case.check(kind, *case.draft(kind, party, body))
    assert {kind for kind, _party, _body in wishes} < set(BODIES)


def test_a_draft_of_somebody_else_s_or_another_kind_is_not_signed(case: Case) -> None:
    asked, drafted = case.dispatch()
    with pytest.raises(DraftDiffersError, match="issuer"):
        case.check("dispatch/1", {**asked, "issuer": case.packhouse.id}, drafted)
    with pytest.raises(DraftDiffersError, match="kind"):
        case.check("disposal/1", asked, drafted)
    with pytest.raises(DraftDiffersError, match="id was asked"):
        case.check("dispatch/1", {**asked, "id": new_id()}, drafted)
    with pytest.raises(DraftDiffersError, match="log"):
        checked_draft("dispatch/1", asked, drafted, log_id="0" * 64)


def test_a_draft_with_other_weights_than_the_policys_is_not_signed(case: Case) -> None:
    made = output("juice", kg(2), kg(1))
    whole = {"no": "0", "liability": {"fossil.calculated": "3"}}
    body = {
        "outputs": [{**made, "balance": {**made["balance"], **whole}}],
        "lines": [own(3)],
        "policy": {"id": "mass/1"},
    }
    forged = as_stated(case.world, case.farm, "production/1", body)
    del made["balance"]["weight"]
    asked = {"issuer": case.farm.id, "body": {"occurred": JUNE, **body, "outputs": [made]}}
    drafted = {
        "envelope": forged.envelope.model_dump(),
        "parts": [part.model_dump() for part in forged.parts],
    }
    with pytest.raises(PolicyWeightError):
        case.check("production/1", asked, drafted)


def test_parts_that_don_t_fit_the_envelope_are_not_signed(case: Case) -> None:
    asked, drafted = case.dispatch()
    for part in drafted["parts"]:
        if part["path"] == "/ref":
            part["value"] = "0" * 32
    with pytest.raises(BodyDigestError):
        case.check("dispatch/1", asked, drafted)


def _set(path: str, value: Any) -> Callable[[Asked], None]:
    def change(parts: Asked) -> None:
        parts[path] = {"path": path, "salt": "ab" * 16, "value": value}

    return change


@pytest.mark.parametrize("consignee", ["outside"])
def test_another_consignee_or_something_beside_is_not_signed(case: Case, consignee: str) -> None:
    asked, drafted = case.dispatch()
    with pytest.raises(DraftDiffersError) as caught:
        case.check("dispatch/1", asked, _resealed(drafted, _set("/consignee", consignee)))
    assert caught.value.field == "consignee"
    with pytest.raises(DraftDiffersError) as caught:
        case.check("dispatch/1", asked, _resealed(drafted, _set("/terms", {"incoterm": "DDP"})))
    assert (caught.value.field, caught.value.asked) == ("terms", "nothing")
    with pytest.raises(DraftDiffersError) as caught:
        case.check("dispatch/1", asked, _resealed(drafted, _set("/handlers", [case.carrier.id])))
    assert caught.value.field == "handlers"


@pytest.mark.parametrize(("name", "value"), [("to", "9000000"), ("lot", "ab" * 32 + ".0")])
def test_another_lot_or_quantity_is_not_signed(case: Case, name: str, value: str) -> None:
    asked, drafted = case.dispatch()

    def change(parts: Asked) -> None:
        parts["/take"]["value"] = {**parts["/take"]["value"], name: value}

    with pytest.raises(DraftDiffersError, match=r"take/(lot|quantity)"):
        case.check("dispatch/1", asked, _resealed(drafted, change))


def test_a_receipt_without_the_handling_that_was_accepted_is_not_signed(case: Case) -> None:
    body = {"takes_over": {"shipment": case.shipment, "claims": [case.claim.digest]}, "outcome": "accepted"}
    asked, drafted = case.draft("receipt/1", case.packhouse, body)
    change = _set("/takes_over", {"shipment": case.shipment, "handlings": []})
    with pytest.raises(DraftDiffersError, match="takes_over/handlings"):
        case.check("receipt/1", asked, _resealed(drafted, change))


def test_a_line_that_was_left_out_is_not_signed(case: Case) -> None:
    body = {"target": {"lot": case.lot}, "lines": [own(5), own(6)], "inputs": []}
    asked, drafted = case.draft("handling/1", case.farm, body)

    def change(parts: Asked) -> None:
        for path in ("/lines/1/amount", "/lines/1/source"):
            del parts[path]

    with pytest.raises(DraftDiffersError) as caught:
        case.check("handling/1", asked, _resealed(drafted, change))
    assert caught.value.field == "lines"
    assert len(str(caught.value)) < 600


def test_the_checked_statement_is_the_one_that_will_be_signed(case: Case) -> None:
    asked, drafted = case.dispatch()
    statement = checked_draft("dispatch/1", asked, drafted, log_id=case.world.log_id)
    assert statement.digest == canonical.digest(drafted["envelope"])


def test_an_estimate_is_of_the_asset_that_was_asked_and_takes_nothing() -> None:
    stands = {"lot": "ab" * 32 + ".0", "basis": {}, "from": "5", "to": "5", "liability": {}}
    _compare({"asset": stands["lot"]}, {"asset": stands}, "")
    for bent in ({"lot": "cd" * 32 + ".0"}, {"to": "6"}, {"liability": {"fossil.measured": "1"}}):
        with pytest.raises(DraftDiffersError, match="asset"):
            _compare({"asset": stands["lot"]}, {"asset": {**stands, **bent}}, "")
