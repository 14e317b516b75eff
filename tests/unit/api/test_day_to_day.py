"""The commands of every day where something is in the way: books that move, a ledger that says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from api.client import LedgerClient, ServerRefusedError
from api.commands import asking
from api.commands.asking import Way
from api.company import Company, company_at
from api.correcting import _own_lot
from api.holdings import read_lot
from api.previews import PreviewDiffersError, booked, preview_json
from api.receiving import Answer, Arriving, BadPassportError, answer, read_passport
from api.stating import Desk, Drafted, Stated
from ledger.drafting import Wish, prepare, transfers_json
from ledger.keystore import Keystore
from ledger.records.answers import DraftDiffersError, _compare
from ledger.records.cells import At
from ledger.records.intents import Intent
from ledger.signed import read
from ledger.verification import verify
from tests.builders import Party, World, bought, kg, own, take

URL = "http://ledger.test"
GOODS = {"quantity": "2000000", "unit": "mg"}


def refusal(problem: str, status: int = 409) -> ServerRefusedError:
    return ServerRefusedError(URL, status, problem, "it says why")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def farm(world: World) -> Party:
    return world.register("Example Farm", "farmer")


def drafted(world: World, farm: Party) -> Drafted:
    """Return the draft of a shipment of one tonne to somebody outside."""
    lot = world.produce(farm, "荔枝", kg(4000), lines=(own(kg(8)), bought(kg(4))))
    body = {"take": take(lot, kg(1000)), "consignee": "outside"}
    with world.store.read() as view:
        wish = Wish(
            "dispatch/1",
            farm.id,
            {"occurred": {"from": "2026-06-20", "to": "2026-06-20", "zone": "UTC"}, **body},
        )
        preview = prepare(wish, view, world.clock.now())
    made = preview.draft
    parts = [part.model_dump() for part in made.parts]
    unsigned = {"envelope": made.envelope.model_dump(), "parts": parts}
    unread = {"alg": "eip712-secp256k1", "key": "0x" + "0" * 40, "value": "0x" + "0" * 130}
    statement = read({**unsigned, "signature": unread}, check_signature=False)
    intent = Intent(At("the test", 1), "farm", "dispatch/1", "D-1", "2026-06-20", wish.body, {})
    return Drafted(
        intent, statement, unsigned, made.summary, {"transfers": transfers_json(preview.transfers)}
    )


def test_a_ledger_that_would_book_something_else_than_the_draft_is_not_signed_for(
    world: World, farm: Party
) -> None:
    one = drafted(world, farm)
    assert booked(one)
    (transfer,) = one.preview["transfers"]
    less = {name: str(int(mg) - 1) for name, mg in transfer["components"].items()}
    for announced in ([], [{**transfer, "components": less}], [transfer, transfer]):
        with pytest.raises(PreviewDiffersError, match="Nothing was signed"):
            booked(replace(one, preview={"transfers": announced}))
    said = preview_json(one)["passport"]
    assert said["shares"] == {"measured or calculated": "0.6667", "estimated": "0.3333"}
    assert said["per_unit"] == {"unit": "kg", "gross": "0.003000", "net": "0.003000"}


class OtherDesk:
    """A desk whose ledger refuses a number of drafts because its books moved."""

    def __init__(self, made: Drafted, refusals: int, problem: str = "stale-lot") -> None:
        self.made, self.refusals, self.problem, self.drafts = made, refusals, problem, 0

    def resume(self) -> list[str]:
        return []

    def draft(self, _intent: Intent, _language: str) -> Drafted:
        self.drafts += 1
        return self.made

    def sign(self, _drafted: Drafted, _key: bytes) -> Stated:
        if self.refusals:
            self.refusals -= 1
            raise refusal(self.problem)
        return Stated("ab" * 32, {})


def company(farm: Party, **parts: Any) -> Company:
    unused: Any = None
    made = Company("farm", farm.id, "UTC", farm.key, unused, unused, unused, cast("Any", {}), unused)
    return replace(made, **parts)


def test_where_the_books_moved_a_fresh_draft_is_shown_and_signed_a_few_times(
    world: World, farm: Party, capsys: pytest.CaptureFixture[str]
) -> None:
    one = drafted(world, farm)
    desk = OtherDesk(one, 2)
    here = company(farm, desk=cast("Desk", desk))
    stated, _shown = asking.state(here, one.intent, Way(as_json=True, yes=True))
    assert stated is not None
    assert desk.drafts == 3
    assert capsys.readouterr().err.count("The books moved meanwhile") == 2
    for other in (OtherDesk(one, 9), OtherDesk(one, 1, "overdrawn-lot")):
        here = company(farm, desk=cast("Desk", other))
        with pytest.raises(ServerRefusedError):
            asking.state(here, one.intent, Way(as_json=True, yes=True))
    assert other.drafts == 1


class Shipped:
    """What a ledger gives of one passport: its document, and a bundle or a refusal."""

    def __init__(self, bundle: Callable[[], bytes]) -> None:
        self._bundle = bundle

    def shipment(self, given: str) -> str:
        return given

    def passport(self, identifier: str) -> dict[str, Any]:
        return {"id": identifier, "stops": [], "goods": GOODS}

    def bundle(self, _identifier: str) -> bytes:
        return self._bundle()


def arriving(world: World, farm: Party, bundle: Callable[[], bytes]) -> Arriving:
    shipped = cast("Any", Shipped(bundle))
    log = cast("Any", type("Log", (), {"verifier_key": world.signer.verifier.text()}))
    return read_passport(company(farm, client=shipped, names=shipped, log=log), "ab" * 32)


def raising(error: Exception) -> Callable[[], bytes]:
    def give() -> bytes:
        raise error

    return give


def test_goods_whose_passport_does_not_hold_are_not_taken_over_but_may_be_refused(
    world: World, farm: Party
) -> None:
    found = arriving(world, farm, lambda: b"{}")
    with pytest.raises(BadPassportError, match="--refuse REASON"):
        answer(found, Answer(None, (), ()))
    assert answer(found, Answer("no passport", (), ()))["outcome"] == "refused"


def test_a_bundle_of_another_passport_is_no_passport_of_these_goods() -> None:
    report = replace(verify(b"{}"), passport="cd" * 32, verdicts=())
    with pytest.raises(BadPassportError, match="its bundle is of passport cdcd"):
        answer(Arriving({"id": "ab" * 32, "stops": [], "goods": GOODS}, report), Answer(None, (), ()))


def test_a_passport_that_is_under_no_checkpoint_yet_is_said_to_be_unchecked(
    world: World, farm: Party
) -> None:
    found = arriving(world, farm, raising(refusal("pending-passport")))
    assert found.report is None
    assert answer(found, Answer(None, (), ("org_" + "a" * 32,)))["handlers"] == ["org_" + "a" * 32]
    with pytest.raises(ServerRefusedError):
        arriving(world, farm, raising(refusal("not-visible", 404)))


def test_only_an_unknown_key_is_called_not_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keystore(tmp_path, scrypt_cost=2).new("farm", "correct horse")
    monkeypatch.setattr(LedgerClient, "log", lambda _: {"log_id": "ab" * 32, "verifier_key": "key"})

    def refuse(_client: LedgerClient, _key: bytes) -> str:
        raise refusal("busy", 418)

    monkeypatch.setattr(LedgerClient, "sign_in", refuse)
    with pytest.raises(ServerRefusedError), company_at(URL, tmp_path, None, lambda: "correct horse"):
        pass


def test_a_lot_is_shown_without_the_passport_that_its_holder_may_not_see(world: World, farm: Party) -> None:
    packhouse = world.register("Example Packhouse", "supplier")
    lot = world.produce(farm, "荔枝", kg(4000), lines=(own(kg(8)),))
    received = world.receive(packhouse, world.dispatch(farm, lot, kg(1000), to=packhouse))
    wire = world.logged(received[:64]).statement.wire()
    answers: dict[str, dict[str, Any]] = {
        f"lots/{received}": {"id": received},
        f"lots/{received}/postings": {"postings": []},
    }

    class Ledger:
        status = 404

        def read(self, path: str) -> dict[str, Any]:
            return answers.get(path) or dict(wire)

        def passport(self, _identifier: str) -> dict[str, Any]:
            raise refusal("not-visible", self.status)

        def lot(self, given: str) -> dict[str, Any]:
            return {"id": given}

    ledger = Ledger()
    here = company(packhouse, client=cast("Any", ledger), names=cast("Any", ledger))
    assert read_lot(here, received).passport is None
    ledger.status = 500
    with pytest.raises(ServerRefusedError):
        read_lot(here, received)


def test_a_lot_that_was_handled_and_may_not_be_seen_is_not_shown(farm: Party) -> None:
    class Ledger:
        status = 404

        def read(self, _path: str) -> dict[str, Any]:
            raise refusal("not-visible", self.status)

    ledger = Ledger()
    here = company(farm, client=cast("Any", ledger))
    assert _own_lot(here, "ab" * 32) is None
    ledger.status = 500
    with pytest.raises(ServerRefusedError):
        _own_lot(here, "ab" * 32)


def test_a_draft_that_shares_a_shipment_otherwise_than_asked_is_not_signed() -> None:
    part = {"quantity": "4", "liability": {"fossil.calculated": "9"}}
    asked = {"quantities": {"accepted": "4", "lost": "1"}}
    lost = {"quantity": "1", "liability": {}}
    _compare(asked, {"quantities": {"accepted": part, "returned": None, "lost": lost}}, "")
    for drafted in ({"accepted": part}, {"accepted": part, "lost": part}, {}):
        with pytest.raises(DraftDiffersError, match="Don't sign it"):
            _compare(asked, {"quantities": drafted}, "")
    answered = {"cause": "ab" * 32, "outcome": "accepted"}
    _compare({"answer": answered}, {"answer": {**answered, "increase": {"fossil.calculated": "1"}}}, "")
    with pytest.raises(DraftDiffersError):
        _compare({"answer": answered}, {"answer": {**answered, "outcome": "refused"}}, "")
