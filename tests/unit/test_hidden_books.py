"""The books of a bundle that hides what stands behind some goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ledger.attested import (
    AttestedLiabilityError,
    AttestedStatementError,
    OwnConservationError,
    check_attested,
    handed_on,
)
from ledger.books import Moment
from ledger.bundle import opened, to_bytes
from ledger.disclosure import disclosed, hide, shown_statements, tiers
from ledger.disclosure_bodies import ConservationBody
from ledger.hidden_books import HiddenBooks
from ledger.rules import StatedLiabilityError, UnknownLotError
from ledger.shipping import NotConsigneeError
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.statements import DispatchBody, ReceiptBody
from ledger.verification import verify
from ledger.verification_steps.disclosures import commitment
from ledger.verification_steps.reading import read_contents
from scripts.vectors.handmade_log import burnt
from tests.builders import World, a_season, kg, take
from tests.bundle_worlds import bundle_bytes, failure, play, played
from tests.unknown_kinds import unknown


def trade(raw: bytes) -> tuple[list[tuple[Statement, Moment]], HiddenBooks]:
    """Return the statements of a bundle with its second tier hidden, and empty books that expect them."""
    contents = read_contents(opened(to_bytes(disclosed(opened(raw).bundle, "trade"))))
    books = HiddenBooks(played()[0].world.ledger.terms)
    return [(one.statement, one.moment) for one in contents.placed], books


def booked(changed: dict[str, Any]) -> HiddenBooks:
    """Book the bundle of the played season after the hidden dispatch was said to be other than it is."""
    placed, books = trade(played()[1])
    placed = [
        (replace(one, body=one.body.model_copy(update=changed)), moment)
        if isinstance(one.body, HiddenBody) and one.kind == "dispatch/1"
        else (one, moment)
        for one, moment in placed
    ]
    books.expect(one for one, _ in placed)
    for statement, moment in placed[1:]:
        books.take_in(statement, moment)
    return books


def take_all(books: HiddenBooks, placed: Sequence[tuple[Statement, Moment]]) -> None:
    for statement, moment in placed:
        books.take_in(statement, moment)


def test_what_a_receipt_takes_over_is_never_less_than_the_hidden_dispatch_handed_on() -> None:
    with pytest.raises(StatedLiabilityError):
        booked({"liability": {"fossil.calculated": str(10**15)}})
    with pytest.raises(NotConsigneeError):
        booked({"consignee": "org_" + "a" * 32})
    assert booked({"liability": None, "consignee": None}).shipment(played()[0].shipment) is not None


def test_a_lot_that_a_hidden_receipt_did_not_make_is_nobodys() -> None:
    placed, books = trade(played()[1])
    books.expect(one for one, _ in placed)
    for statement, moment in placed[1:]:
        books.take_in(statement, moment)
    receipt = next(one for one, _ in placed if isinstance(one.body, ReceiptBody))
    assert books.lot(f"{receipt.digest}.0") is not None
    assert books.lot("ab" * 32 + ".0") is None
    taker = next(one for one, _ in placed if one.kind == "production/1")
    wrong = taker.body.inputs[0].model_copy(update={"lot": f"{receipt.digest}.7"})  # type: ignore[attr-defined]
    body = taker.body.model_copy(update={"inputs": (wrong,)})
    fresh = HiddenBooks(books.terms())
    changed = [(replace(one, body=body) if one is taker else one, moment) for one, moment in placed]
    fresh.expect(one for one, _ in changed)
    with pytest.raises(UnknownLotError):
        take_all(fresh, changed[1:])


def test_goods_that_came_back_from_a_hidden_receipt_are_the_senders() -> None:
    world = World()
    farm, buyer, last = (world.register(name) for name in ("Farm", "Buyer", "Last"))
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    sent = world.dispatch(farm, lot, kg(5), to=buyer)
    back = world.receive(buyer, sent, accepted=False)
    again = world.dispatch(farm, back, kg(5), to=last)
    raw = bundle_bytes(world, again)
    for profile in ("trade", "total"):
        report = verify(to_bytes(disclosed(opened(raw).bundle, profile)))
        assert report.ok
        assert report.figures is not None
        assert report.figures.gross_mg == 10_000_000 * 4 // 4 // 2


def test_goods_that_were_shared_on_arrival_can_be_handed_on_with_their_origin_hidden() -> None:
    world = World()
    farm, buyer, last = (world.register(name) for name in ("Farm", "Buyer", "Last"))
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    sent = world.dispatch(farm, lot, kg(8), to=buyer)
    quantities = {"accepted": str(kg(5)), "returned": str(kg(2)), "lost": str(kg(1))}
    body = {"takes_over": {"shipment": sent}, "outcome": "accepted", "quantities": quantities}
    receipt = world.state(buyer, "receipt/1", body)
    again = world.dispatch(buyer, f"{receipt.digest}.0", kg(5), to=last)
    report = verify(to_bytes(disclosed(opened(bundle_bytes(world, again)).bundle, "trade")))
    assert report.ok
    assert report.figures is not None
    assert report.figures.gross_mg == 5_000_000
    assert handed_on(receipt) == handed_on(world.logged(sent).statement)


def test_every_kind_that_hands_something_on_says_how_much() -> None:
    world = World()
    a_season(world)
    with world.store.read() as view:
        logged = [one.statement for one in view.entries(0, view.size())]
    giving = {one.kind for one in logged if handed_on(one) is not None}
    assert giving == {
        *("dispatch/1", "handling/1", "receipt/1", "correction/1", "production/1", "opening/1"),
    }


def attest(named: Sequence[dict[str, Any]]) -> None:
    story = played()[0]
    world = story.world
    auditor = world.accreditor
    body = {"passport": story.shipment, "hands_on": list(named), "level": "limited"}
    with world.store.read() as view:
        known = view.statement(story.shipment)
        assert known is not None
        model = ConservationBody.model_validate(
            {**known.body.model_dump(include={"occurred", "ref"}), **body}
        )
        said = replace(known, envelope=known.envelope.model_copy(update={"issuer": auditor.id}))
        check_attested(said, model, view.statement, whole=False)


def test_a_bundle_checks_what_is_attested_against_all_that_it_shows() -> None:
    story = played()[0]
    there = story.world.logged(story.shipment).statement
    right = handed_on(there)
    assert right is not None
    gone = {"statement": "ab" * 32, "liability": {}}
    attest([{"statement": story.shipment, "liability": right.wire()}, gone])
    with pytest.raises(AttestedLiabilityError):
        attest([{"statement": story.shipment, "liability": {}}])
    with pytest.raises(AttestedStatementError, match="twice"):
        attest([{"statement": "ab" * 32, "liability": {}}] * 2)
    with pytest.raises(AttestedStatementError, match="hands nothing on"):
        attest([{"statement": story.world.opening.digest, "liability": {}}])
    with story.world.store.read() as view:
        logged = [one.statement for one in view.entries(0, view.size())]
    own = next(one for one in logged if one.issuer == story.world.accreditor.id)
    with pytest.raises(OwnConservationError):
        attest([{"statement": own.digest, "liability": {}}])


def test_an_attestation_that_contradicts_what_is_hidden_fails_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A log that took it in without looking is found out by whoever reads a bundle."""
    from ledger import books  # noqa: PLC0415 - to be changed

    table: dict[Any, Any] = books._GOODS

    story = play(World())
    world = story.world
    auditor = world.register("Auditor", "verifier")
    raw = bundle_bytes(world, story.shipment)
    figures = verify(to_bytes(disclosed(opened(raw).bundle, "trade"))).figures
    assert figures is not None
    digests = [one.statement for one in figures.hidden]
    monkeypatch.setitem(table, ConservationBody, lambda *_: ())
    amounts = [handed_on(world.logged(digest).statement) for digest in digests]
    stated = [
        {"statement": digest, "liability": amount.wire()}
        for digest, amount in zip(digests, amounts, strict=True)
        if amount is not None
    ]
    stated[1]["liability"] = {"fossil.calculated": "1"}
    body = {"passport": story.shipment, "hands_on": stated, "level": "limited"}
    world.state(auditor, "conservation/1", body)
    monkeypatch.undo()
    shown = to_bytes(disclosed(opened(bundle_bytes(world, story.shipment)).bundle, "trade"))
    assert failure(verify(shown)) == (8, "attested-liability")


def test_a_receiver_commits_to_what_its_bundle_shows() -> None:
    raw = played()[1]
    whole = commitment(opened(raw))
    hidden = commitment(opened(to_bytes(disclosed(opened(raw).bundle, "trade"))))
    assert (whole.profile, hidden.profile) == ("full", "trade")
    assert int(whole.parts) > int(hidden.parts)
    assert whole.digest != hidden.digest


def test_what_the_log_says_it_holds_goes_with_what_is_shown() -> None:
    story = play(World())
    story.world.ledger.state(story.world.operator.key)
    raw = bundle_bytes(story.world, story.shipment)
    assert opened(raw).bundle.state is not None
    for profile in ("amounts", "trade", "total"):
        shown = to_bytes(disclosed(opened(raw).bundle, profile))
        report = verify(shown)
        assert report.ok, report.failure()
        assert all(one.value != "bad" for one in report.verdicts)


def test_a_kind_that_is_not_known_is_hidden_whole_but_for_its_day() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    statement = unknown(world, farm, "weather/1", {"/rain": "much"})
    kept = hide(statement, lambda path: path == "/occurred")
    assert [part.path for part in kept.parts] == ["/occurred"]
    assert kept.digest == statement.digest
    assert hide(statement, lambda _: True) is statement


def test_tiers_count_companies_not_statements() -> None:
    story = played()[0]
    with story.world.store.read() as view:
        known = {one.statement.digest: one.statement for one in view.entries(0, view.size())}
    found = tiers(known, story.shipment)
    issuers = {tier: {known[one].issuer for one in found if found[one] == tier} for tier in (1, 2)}
    names = {party.id: name for name, party in story.parties.items()}
    assert {names[one] for one in issuers[1]} == {"Packhouse"}
    assert {names[one] for one in issuers[2]} == {"Grower", "Carrier", "Port"}
    shown = shown_statements(known.values(), story.shipment, "trade")
    assert all(isinstance(known[one].body, DispatchBody) is not None for one in shown)
    assert take(story.shipment, 1)
