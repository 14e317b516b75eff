"""Opinions of verifiers, and attestations that are taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger import canonical
from ledger import closure as closing
from ledger.attesting import (
    AttestationContentError,
    OpinionOn,
    OpinionStatementError,
    OwnOpinionError,
    WithdrawalError,
    opinions,
)
from ledger.closure import closure
from ledger.forms import TooManyItemsError
from ledger.identity import NotAccreditorError, Organization, UnknownOrganizationError
from ledger.provenance import provenance
from ledger.signed import Statement
from ledger.verification import Report, verify
from scripts.vectors.handmade_log import HandmadeLog, burnt
from tests.builders import Party, World, kg
from tests.bundle_worlds import bundle_bytes, failure
from tests.opening_books import opine, withdraw
from tests.unit.refusals import as_stated, plain, refused


class Verified:
    """A farm that sold its harvest outside, and a verifier that an accreditor vouches for."""

    def __init__(self) -> None:
        self.world = World()
        self.farm = self.world.register("Farm", "farmer")
        self.verifier = self.world.register("Verifier", "verifier")
        self.lot = self.world.produce(self.farm, "lychee", kg(10), lines=(burnt(9),))
        self.harvest = self.lot.partition(".")[0]
        self.sent = self.world.dispatch(self.farm, self.lot, kg(4), to=None)

    def opinions(self) -> tuple[OpinionOn, ...]:
        with self.world.store.read() as view:
            statements = [logged.statement for logged in closure(view, self.sent)]
        return provenance(statements, self.sent).opinions

    def bundled(self) -> list[str]:
        with self.world.store.read() as view:
            return [logged.statement.digest for logged in closure(view, self.sent)]

    def verified(self) -> Report:
        report = verify(bundle_bytes(self.world, self.sent))
        assert report.failure() is None, report.failure()
        return report

    def known(self, party: Party) -> Organization:
        with self.world.store.read() as view:
            found = view.organization(party.id)
        assert found is not None
        return found


@pytest.fixture
def story() -> Verified:
    return Verified()


def body_of(statement: Statement, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (plain(statement) | changes).items() if value is not None}


def test_an_opinion_is_shown_on_every_passport_that_stands_on_its_statements(story: Verified) -> None:
    given = opine(
        story.world, story.verifier, story.farm, story.harvest, level="reasonable", text="As stated."
    )
    (one,) = story.opinions()
    assert (one.attestation, one.attester, one.subject) == (given.digest, story.verifier.id, story.farm.id)
    assert one.about == (story.harvest,)
    assert (one.opinion.level, one.opinion.conclusion, one.opinion.text) == (
        "reasonable",
        "unmodified",
        "As stated.",
    )
    assert (one.start, one.end) == ("2026-06-01", "2027-05-31")
    assert (one.accredited, one.withdrawn_by) == (True, "")
    assert given.digest in story.bundled()
    story.verified()


def test_an_opinion_on_other_statements_travels_with_no_passport_but_theirs(story: Verified) -> None:
    other = story.world.produce(story.farm, "longan", kg(10), lines=(burnt(3),)).partition(".")[0]
    apart = opine(story.world, story.verifier, story.farm, other)
    both = opine(story.world, story.verifier, story.farm, other, story.harvest)
    assert [one.attestation for one in story.opinions()] == [both.digest]
    assert story.opinions()[0].about == (story.harvest,)
    assert apart.digest not in story.bundled()
    story.verified()


def test_whoever_is_not_accredited_may_give_an_opinion_and_it_is_shown_so(story: Verified) -> None:
    stranger = story.world.register("Stranger", "buyer")
    opine(story.world, stranger, story.farm, story.harvest)
    opine(story.world, story.verifier, story.farm, story.harvest)
    assert [(one.attester, one.accredited) for one in story.opinions()] == [
        (stranger.id, False),
        (story.verifier.id, True),
    ]
    story.verified()


def test_strangers_cannot_make_a_passport_too_large_with_opinions(
    story: Verified, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "MAX_OPINIONS", 2)
    stranger = story.world.register("Stranger", "buyer")
    early = [opine(story.world, stranger, story.farm, story.harvest) for _ in range(3)]
    late = opine(story.world, story.verifier, story.farm, story.harvest)
    for _ in range(3):
        withdraw(story.world, stranger, story.farm, early[0], "2026-06-20")
    assert [one.attestation for one in story.opinions()] == [early[0].digest, late.digest]
    with story.world.store.read() as view:
        kept = [logged.statement for logged in closure(view, story.sent)]
    assert (
        sum(statement.kind == "attestation/1" for statement in kept) == 4
    )  # role, two opinions, one withdrawal
    story.verified()


def test_a_withdrawn_opinion_stays_readable_and_is_shown_as_withdrawn(story: Verified) -> None:
    given = opine(story.world, story.verifier, story.farm, story.harvest)
    back = withdraw(story.world, story.verifier, story.farm, given, "2026-06-20")
    (one,) = story.opinions()
    assert (one.attestation, one.withdrawn_by) == (given.digest, back.digest)
    story.verified()


def test_a_role_that_is_taken_back_ends_the_day_before(story: Verified) -> None:
    carrier = story.world.register("Carrier")
    role = story.world.attest(carrier, "carrier")
    world, accreditor = story.world, story.world.accreditor
    withdraw(world, accreditor, carrier, role, "2026-06-20")
    (record,) = story.known(carrier).roles
    assert (record.start, record.end) == ("2026-01-01", "2026-06-19")
    assert story.known(carrier).has_role("carrier", "2026-06-19")
    assert not story.known(carrier).has_role("carrier", "2026-06-20")
    sent = world.dispatch(story.farm, story.lot, kg(1), to=None, handlers=(carrier,))
    with world.store.read() as view:
        found = provenance([logged.statement for logged in closure(view, sent)], sent)
    assert carrier.id not in found.accredited
    withdraw(world, accreditor, carrier, role, "2025-12-01")
    assert story.known(carrier).roles == ()
    assert verify(bundle_bytes(world, sent)).failure() is None


def test_a_role_taken_back_from_the_first_day_of_all_is_gone(story: Verified) -> None:
    port = story.world.register("Port")
    role = story.world.attest(port, "port")
    withdraw(story.world, story.world.accreditor, port, role, "0001-01-01")
    assert story.known(port).roles == ()


def test_an_attestation_attests_one_thing(story: Verified) -> None:
    given = opine(story.world, story.verifier, story.farm, story.harvest)
    nothing = body_of(given, opinion=None)
    both = body_of(given, withdraws=given.digest)
    for body, stated in ((nothing, "none of them"), (both, "opinion and withdraws")):
        statement = as_stated(story.world, story.verifier, "attestation/1", body)
        assert refused(story.world, statement, AttestationContentError).stated == stated


def test_nobody_gives_an_opinion_on_itself_or_on_what_is_not_its_subjects(story: Verified) -> None:
    world, farm = story.world, story.farm
    given = opine(world, story.verifier, farm, story.harvest)

    def stated(party: Party, subject: str, *statements: str) -> Statement:
        opinion = {**plain(given)["opinion"], "statements": list(statements)}
        return as_stated(world, party, "attestation/1", body_of(given, subject=subject, opinion=opinion))

    assert refused(world, stated(farm, farm.id, story.harvest), OwnOpinionError).organization == farm.id
    missing = refused(world, stated(story.verifier, farm.id, "ab" * 32), OpinionStatementError)
    assert "no statement" in str(missing)
    foreign = refused(world, stated(story.verifier, farm.id, given.digest), OpinionStatementError)
    assert story.verifier.id in str(foreign)
    twice = refused(
        world, stated(story.verifier, farm.id, story.harvest, story.harvest), OpinionStatementError
    )
    assert "twice" in str(twice)
    nobody = "org_" + "a" * 32
    refused(world, stated(story.verifier, nobody, story.harvest), UnknownOrganizationError)
    with pytest.raises(TooManyItemsError):
        opine(world, story.verifier, farm, *(["cd" * 32] * 201))


def test_only_who_attested_something_takes_it_back(story: Verified) -> None:
    world, farm, verifier = story.world, story.farm, story.verifier
    given = opine(world, verifier, farm, story.harvest)
    back = withdraw(world, verifier, farm, given, "2026-06-20")
    other = world.register("Other", "verifier")

    def stated(party: Party, subject: str, withdraws: str) -> Statement:
        body = body_of(back, subject=subject, withdraws=withdraws)
        return as_stated(world, party, "attestation/1", body)

    for statement, problem in (
        (stated(other, farm.id, given.digest), f"was issued by {verifier.id}"),
        (stated(verifier, other.id, given.digest), f"is about {farm.id}"),
        (stated(verifier, farm.id, story.harvest), "is no attestation"),
        (stated(verifier, farm.id, "ef" * 32), "is no attestation"),
        (stated(verifier, farm.id, back.digest), "is a withdrawal itself"),
    ):
        assert problem in refused(world, statement, WithdrawalError).problem


def test_roles_are_still_for_accreditors_alone(story: Verified) -> None:
    body = {
        "subject": story.farm.id,
        "roles": ["port"],
        "validity": {"from": "2026-01-01", "to": "2026-12-31"},
    }
    refused(story.world, as_stated(story.world, story.verifier, "attestation/1", body), NotAccreditorError)


def forged(
    kind: str, body: Any, by: str, *more: tuple[str, Any, str], also: str = "Farm"
) -> tuple[HandmadeLog, str]:
    """Log statements that the books would have refused, around a farm's sale; return log and passport."""
    log = HandmadeLog()
    for name in dict.fromkeys(("Farm", by, also, *(other for _, _, other in more))):
        log.register(name, "verifier")
    harvest = log.produce("Farm", "lychee", kg(10), lines=(burnt(480),))
    log.state(by, kind, body(log, harvest.id.partition(".")[0]))
    for another, other_body, other in more:
        log.state(other, another, other_body(log, harvest.id.partition(".")[0]))
    return log, log.dispatch("Farm", harvest, kg(1), also if also != "Farm" else "outside").id


def opinion_on(subject: str, **more: Any) -> Callable[[HandmadeLog, str], dict[str, Any]]:
    def body(log: HandmadeLog, harvest: str) -> dict[str, Any]:
        opinion: dict[str, Any] = {"standard": "ISO 14064-3:2019", "scope": "All.", "level": "limited"}
        opinion |= {"conclusion": "unmodified", "statements": [harvest]}
        validity = {"from": "2026-06-01", "to": "2027-05-31"}
        return {"subject": log.ids[subject], "opinion": opinion, "validity": validity, **more}

    return body


def taking_back(log: HandmadeLog, _harvest: str) -> dict[str, Any]:
    given = log.statements[-1].digest
    validity = {"from": "2026-06-20", "to": "2027-05-31"}
    return {"subject": log.ids["Farm"], "withdraws": given, "validity": validity}


def test_a_verifier_refuses_bundles_with_attestations_that_break_the_rules() -> None:
    kind = "attestation/1"
    for logged, reason in (
        (forged(kind, opinion_on("Farm"), "Farm"), "own-opinion"),
        (forged(kind, opinion_on("Other"), "Verifier", also="Other"), "opinion-statement"),
        (forged(kind, opinion_on("Farm", roles=["port"]), "Verifier"), "attestation-content"),
        (forged(kind, opinion_on("Farm"), "Verifier", (kind, taking_back, "Other")), "withdrawal"),
    ):
        log, passport = logged
        assert failure(verify(canonical.encode(log.bundle(passport)))) == (4, reason)
    log, passport = forged(kind, opinion_on("Farm"), "Verifier", (kind, taking_back, "Verifier"))
    assert verify(canonical.encode(log.bundle(passport))).failure() is None
    given = next(one.digest for one in log.statements if one.kind == kind)
    torn = log.bundle(passport, without=[given])
    assert failure(verify(canonical.encode(torn))) == (2, "unreferenced-statement")


def test_an_opinion_on_other_goods_is_none_on_these() -> None:
    made = Verified()
    opinion = opine(made.world, made.verifier, made.farm, made.harvest)
    assert opinions([opinion], (made.harvest,))[0].attestation == opinion.digest
    assert opinions([opinion], ()) == ()
