"""Whatever is changed, dropped, swapped or added in a bundle is found at its step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger import canonical, signing
from ledger.errors import LedgerError
from ledger.verification import verify
from scripts.vectors.bundle_cases.stories import short
from tests.bundle_worlds import (
    Story,
    altered,
    bundle_bytes,
    failure,
    numbers,
    played,
    the_chain,
)


@pytest.fixture
def story() -> Story:
    return played()[0]


@pytest.fixture
def raw() -> bytes:
    return played()[1]


# Flip any byte of any signed field.


def signed_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of every text and number in a bundle."""
    if isinstance(value, dict):
        for name in value:
            yield from signed_places(value[name], (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from signed_places(item, (*path, number))
    elif value is not None and value != "":
        yield path


STEPS_BY_FIELD = {
    "parts": {1, 2},
    "envelope": {1, 2, 3},
    "signature": {1, 3},
    "at": {1, 4, 5},
    "v": {1},
    "position": {1, 2, 4, 5},
    "proof": {1, 5},
    "factors": {1, 2},
    "checkpoint": {1, 5, 6},
    "anchor": {1, 7},
    "format": {1},
    "passport": {1, 2},
}
"""At which steps a change of a field may be found."""


def flipped(value: Any, at: int, bit: int) -> Any:
    """Return a text with one bit of one byte flipped, still text; a number with one bit flipped."""
    if isinstance(value, bool) or not isinstance(value, str):
        return value ^ (1 << bit)
    letters = list(value)
    at %= len(letters)
    letters[at] = chr(ord(letters[at]) ^ (1 << bit))
    return "".join(letters)


@seed(20260701)
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(pick=st.integers(0, 10**6), at=st.integers(0, 10**4), bit=st.integers(0, 6))
def test_a_flipped_bit_in_any_field_fails_at_the_right_step(pick: int, at: int, bit: int) -> None:
    _, raw = played()
    places = list(signed_places(json.loads(raw)))
    path = places[pick % len(places)]

    def change(wire: Any) -> None:
        for step in path[:-1]:
            wire = wire[step]
        wire[path[-1]] = flipped(wire[path[-1]], at, bit)

    report = verify(altered(raw, change), anchor_reader=the_chain)
    name = next(step for step in reversed(path) if step in STEPS_BY_FIELD)
    if path[-1] in {"transaction", "block"}:
        assert report.ok or failure(report)[0] == 1, "the chain's own block and transaction are shown"
        return
    assert failure(report)[0] in STEPS_BY_FIELD[name], (path, report.failure())


@seed(20260702)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_the_file_fails(at: int, bit: int) -> None:
    _, raw = played()
    harmed = bytearray(raw)
    harmed[at % len(raw)] ^= 1 << bit
    report = verify(bytes(harmed), anchor_reader=the_chain)
    shown = json.loads(raw)["anchor"]
    told = {"transaction": shown["transaction"], "block": shown["block"]}
    assert not report.ok or json.loads(bytes(harmed))["anchor"] != {**shown, **told}


JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**53 - 1, "", "0", "a" * 64, "0" * 64, "ab" * 33, "9" * 18, "2026-02-30"),
    *([], {}, [[]], {"a": {}}, [None], ["a" * 64], {"fossil.calculated": "1"}, {"from": "1", "to": "0"}),
)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of everything in a bundle but the whole."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inside:
        yield (*path, step)
        yield from nodes(item, (*path, step))


@seed(20260704)
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(pick=st.integers(0, 10**6), junk=st.sampled_from(JUNK), sign=st.booleans())
def test_junk_anywhere_gives_a_verdict_and_never_an_exception(pick: int, junk: Any, *, sign: bool) -> None:
    story, raw = played()
    wire = json.loads(raw)
    places = list(nodes(wire))
    path = places[pick % len(places)]

    def change(wire: Any) -> None:
        place = wire
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = junk
        if sign and path[0] == "statements" and len(path) > 2:
            sign_again(story, wire["statements"][path[1]])

    changed = altered(raw, change)
    report = verify(changed)
    assert len(report.verdicts) in {9, 10}
    assert not report.ok or changed == raw or path[0] == "anchor", "only the chain can tell about anchors"


@seed(20260705)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    pick=st.integers(0, 10**6),
    junk=st.sampled_from((*JUNK, "7", "1000000000", "300000000", "économie", "mL", "kWh", "AR4")),
    kind=st.sampled_from(("production", "dispatch")),
)
def test_junk_that_an_issuer_signed_and_an_operator_logged_gives_a_verdict(
    pick: int, junk: Any, kind: str
) -> None:
    def change(body: Any) -> None:
        places = list(nodes(body))
        place = body
        *above, last = places[pick % len(places)]
        for step in above:
            place = place[step]
        place[last] = junk

    try:
        raw = canonical.encode(short(**{kind: change}).bundle())
    except (ValidationError, LedgerError, KeyError):
        return  # no statement can hold it
    report = verify(raw)
    assert len(report.verdicts) in {9, 10}
    assert report.failure() is None or failure(report)[0] in {1, 2, 3, 4, 8}


def sign_again(story: Story, bundled: Any) -> None:
    """Let the issuer itself sign a changed body, as far as that is possible."""
    try:
        parts = bundled["parts"]
        envelope = bundled["entry"]["envelope"]
        envelope["body_digest"] = canonical.body_digest(
            canonical.part_digest(part["salt"], part["path"], part["value"]) for part in parts
        )
        owner = next(one for one in story.parties.values() if one.id == envelope["issuer"])
        bundled["entry"]["signature"] = dict(signing.sign(envelope, owner.key))
    except (KeyError, TypeError, IndexError, StopIteration, LedgerError):
        return


@pytest.mark.parametrize("share", range(0, 100, 7))
def test_a_truncated_file_is_bad_at_form(raw: bytes, share: int) -> None:
    assert failure(verify(raw[: len(raw) * share // 100]))[0] == 1


# Drop, swap or add statements.


GOODS = ("production/1", "dispatch/1", "receipt/1", "handling/1", "correction/1")


@pytest.mark.parametrize("number", range(21))
def test_a_dropped_statement_is_missed(raw: bytes, number: int) -> None:
    kind = json.loads(raw)["statements"][number]["entry"]["envelope"]["kind"]
    report = verify(altered(raw, lambda wire: wire["statements"].pop(number)))
    if kind == "attestation/1":
        assert report.ok
        assert "role-not-accredited" in {one.reason for one in report.verdicts}
    elif kind == "registration/1":
        assert failure(report) == (4, "unknown-organization") or failure(report)[0] == 2
    elif kind == "key/1":
        assert failure(report) == (4, "unknown-key")
    elif kind == "log_open/1":
        assert failure(report) == (2, "missing-log-opening")
    elif number == numbers(raw, "receipt/1")[-1]:
        assert report.ok, "nothing refers to the answer itself: see the next test"
    else:
        assert failure(report)[0] == 2


def test_dropping_the_answer_to_a_shipment_leaves_it_open_with_the_handlings_shown(raw: bytes) -> None:
    last = numbers(raw, "receipt/1")[-1]
    report = verify(altered(raw, lambda wire: wire["statements"].pop(last)))
    assert report.ok
    assert [one.reason for one in report.verdicts if one.step == 8] == ["good-for-handlings-shown"]


@seed(20260703)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.integers(0, 20), second=st.integers(0, 20))
def test_statements_that_swap_their_places_in_the_log_are_found(first: int, second: int) -> None:
    _, raw = played()
    if first == second:
        return

    def change(wire: Any) -> None:
        one, other = wire["statements"][first], wire["statements"][second]
        for name in ("position", "proof"):
            one[name], other[name] = other[name], one[name]
        wire["statements"].sort(key=lambda bundled: bundled["position"])

    assert failure(verify(altered(raw, change)))[0] in {4, 5}


def test_a_swapped_order_in_the_file_is_bad_at_form(raw: bytes) -> None:
    assert failure(verify(altered(raw, lambda wire: wire["statements"].reverse()))) == (1, "bundle-order")


def test_bodies_of_two_statements_can_not_be_swapped(raw: bytes) -> None:
    first, second = numbers(raw, "handling/1")[:2]

    def change(wire: Any) -> None:
        one, other = wire["statements"][first], wire["statements"][second]
        one["parts"], other["parts"] = other["parts"], one["parts"]

    assert failure(verify(altered(raw, change))) == (2, "body-digest")


def test_a_statement_of_another_passport_can_not_be_added(story: Story, raw: bytes) -> None:
    other = json.loads(bundle_bytes(story.world, story.open_shipment))["statements"]

    def change(wire: Any) -> None:
        known = {one["position"] for one in wire["statements"]}
        wire["statements"] += [one for one in other if one["position"] not in known]
        wire["statements"].sort(key=lambda bundled: bundled["position"])

    assert failure(verify(altered(raw, change))) == (2, "unreferenced-statement")


@pytest.mark.parametrize("number", range(21))
def test_a_strangers_signature_is_a_strangers(raw: bytes, number: int) -> None:
    stranger = signing.new_private_key()

    def change(wire: Any) -> None:
        entry = wire["statements"][number]["entry"]
        entry["signature"] = dict(signing.sign(entry["envelope"], stranger))

    step, reason = failure(verify(altered(raw, change)))
    assert (step, reason) in {
        (4, "unknown-key"),
        (4, "registration-key"),
        (3, "not-a-log-opening"),
        (2, "missing-reference"),
    }
