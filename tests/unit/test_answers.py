"""A reader's questions are answered one by one, in fixed words, and what fails is named where it belongs."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from ledger.answers import QUESTIONS, Answer, answers
from ledger.log.cosignature import cosign
from ledger.verification import Report, Verdict, verify
from scripts.vectors.handmade_log import burnt
from tests.builders import World, kg, take
from tests.bundle_worlds import bundle_bytes, played
from tests.opening_books import opine, withdraw
from tests.unit.test_attesting import Verified
from tests.unit.test_hidden import hidden_parts, report_of
from tests.unit.test_verification_vectors import FOLDER, INDEX, chain
from tests.unit.test_verification_witnesses import FIRST, TIME_S, checked, head, with_lines

BY_STEP: Final = {
    1: "integrity",
    2: "integrity",
    3: "integrity",
    4: "key_at_signing",
    5: "log_inclusion",
    6: "log_inclusion",
    7: "chain",
    8: "conservation",
}


def of(vector: dict[str, Any]) -> dict[str, Any]:
    raw = (FOLDER / vector["file"]).read_bytes()
    report = verify(raw, trusted_log_key=vector["log_key"], anchor_reader=chain(vector["chain"]))
    found = answers(report)
    assert tuple(one.question for one in found) == QUESTIONS
    return {one.question: one for one in found}


@pytest.mark.parametrize("vector", INDEX, ids=[vector["name"] for vector in INDEX])
def test_what_fails_is_the_answer_to_the_question_that_it_belongs_to(vector: dict[str, Any]) -> None:
    found = of(vector)
    bad = {question for question, one in found.items() if one.value == "bad"}
    if vector["step"] is None:
        assert bad <= {"attestation"}
        assert found["integrity"].value != "bad"
        return
    assert bad, vector["reason"]
    reasons = {found[question].reason for question in bad}
    assert reasons == {vector["reason"]}
    if vector["step"] in BY_STEP and vector["reason"] not in ("not-accreditor", "disclosures-withheld"):
        assert BY_STEP[vector["step"]] in bad
    assert json.loads(json.dumps([one.as_json() for one in found.values()]))


def good() -> list[dict[str, Any]]:
    return [one for one in INDEX if one["step"] is None]


def test_every_value_of_a_question_occurs_among_the_golden_bundles() -> None:
    seen = {(question, one.value) for vector in INDEX for question, one in of(vector).items()}
    for question in set(QUESTIONS) - {"witnesses", "attestation"}:
        for value in ("good", "bad", "unknown"):
            assert (question, value) in seen or (question, value) == ("key_now", "bad"), (question, value)


def made(*verdicts: Verdict) -> dict[str, Answer]:
    """Return the answers to verdicts that are written by hand."""
    report = Report(None, verdicts, None, None, None, None, logged_at="t1", state_at="t2")
    return {one.question: one for one in answers(report)}


def test_a_withheld_key_statement_and_a_lot_handed_on_twice_answer_their_own_questions() -> None:
    keys = made(Verdict(9, "nothing else left out", "bad", "withheld-key-statement", "", 7))
    assert (keys["key_now"].value, keys["key_now"].as_of, keys["key_now"].at) == ("bad", 7, "t2")
    assert keys["supersession"].reason == keys["nothing_left_out"].reason == "not-reached"
    lots = made(Verdict(9, "nothing else left out", "bad", "lot-handed-on-twice", "", 7))
    assert lots["nothing_left_out"].value == "bad"
    assert lots["supersession"].value == lots["key_now"].value == "unknown"


def test_a_log_that_states_nothing_leaves_later_revocations_unknown_for_that_reason() -> None:
    silent = made(Verdict(9, "nothing else left out", "unknown", "no-state-entries", "", 7))
    answer = silent["key_now"]
    assert (answer.value, answer.reason, answer.as_of) == ("unknown", "no-state-entries", 7)


def test_no_answer_is_as_of_an_earlier_time_than_one_about_fewer_entries() -> None:
    stated = next(one for one in good() if of(one)["key_now"].value == "good")
    timed = [(one.as_of, one.at) for one in of(stated).values() if one.as_of is not None and one.at]
    times = [at for _, at in sorted(timed)]
    assert len(set(timed)) > 1
    assert times == sorted(times)


def test_who_vouches_for_hidden_tiers_answers_where_nobody_gives_an_opinion() -> None:
    found = made(Verdict(8, "hidden tiers", "good", "attested", "by somebody", 7))
    assert (found["attestation"].value, found["attestation"].reason) == ("good", "attested")
    assert found["conservation"].value == "good"
    shown = Verdict(8, "conservation along the graph", "good", "ok", "adds up", 7)
    both = made(shown, Verdict(8, "hidden tiers", "good", "attested", "by somebody", 7))
    assert both["conservation"].reason == "attested", "attested is never called proved"


def test_the_best_opinion_answers_and_a_withdrawn_one_does_not() -> None:
    story = Verified()

    def told() -> tuple[str, str]:
        one = next(one for one in answers(story.verified()) if one.question == "attestation")
        return one.value, one.reason

    assert told() == ("unknown", "no-opinion")
    stranger = story.world.register("Stranger", "buyer")
    first = opine(story.world, stranger, story.farm, story.harvest)
    assert told() == ("unknown", "attester-not-accredited")
    withdraw(story.world, stranger, story.farm, first, "2026-06-20")
    assert told() == ("unknown", "opinion-withdrawn")
    concluded = {
        "disclaimed": ("unknown", "opinion-disclaimed"),
        "modified": ("unknown", "opinion-modified"),
        "adverse": ("bad", "adverse-opinion"),
        "unmodified": ("good", "ok"),
    }
    for conclusion, expected in concluded.items():
        opine(story.world, story.verifier, story.farm, story.harvest, conclusion=conclusion)
        assert told() == expected


def test_what_can_be_compared_with_the_goods_stands_first_in_the_report() -> None:
    vector = next(one for one in good() if one["name"] == "good-received")
    report = verify((FOLDER / vector["file"]).read_bytes())
    assert report.goods is not None
    assert list(report.goods)[:3] == ["product", "quantity", "lot"]
    assert report.as_json()["goods"] == report.goods
    assert verify(b"").goods is None


def test_hidden_goods_say_that_they_are_hidden() -> None:
    # The passport is the last dispatch of the story.
    kinds = [one["entry"]["envelope"]["kind"] for one in json.loads(played()[1])["statements"]]
    last = kinds.count("dispatch/1") - 1
    shown = report_of(hidden_parts("dispatch/1", lambda path: path in {"/goods", "/ref"}, last)).goods
    assert shown == {"product": "hidden", "quantity": "hidden"}


def test_places_stand_among_what_can_be_compared() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(9),))
    there = {"from": {"name": "Orchard"}, "to": {"name": "Cold store"}}
    body = {"take": take(lot, kg(4)), "consignee": "outside", "places": there}
    sent = world.state(farm, "dispatch/1", body)
    goods = verify(bundle_bytes(world, sent.digest)).goods
    assert goods is not None
    assert (goods["from"], goods["to"]) == ("Orchard", "Cold store")


def test_a_witness_that_nobody_named_and_a_chain_that_is_away_are_unknown_never_bad() -> None:
    away = next(one for one in INDEX if one["name"] == "good-chain-away")
    found = of(away)
    assert (found["chain"].value, found["chain"].reason) == ("unknown", "chain-unreachable")
    assert (found["witnesses"].value, found["witnesses"].reason) == ("unknown", "no-witness-asked")
    raw = with_lines(cosign(head(), FIRST, TIME_S))
    watched = {one.question: one for one in answers(checked(raw, 1, FIRST))}
    assert watched["witnesses"].value == "good"


def test_answers_say_as_of_which_entry_and_when() -> None:
    vector = next(one for one in good() if one["name"] == "good-received")
    found = of(vector)
    assert found["conservation"].as_of is not None
    assert found["conservation"].at is not None
    assert found["conservation"].at.endswith("Z")
