"""Verifying a passport from bytes alone: what verifies, and what the log and the chain have to say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledger import canonical
from ledger.chain import errors as chain_errors
from ledger.errors import LedgerError
from ledger.interfaces import Anchor
from ledger.log import tiles
from ledger.log.note_keys import VerifierKeyFormError
from ledger.services import tile_reader
from ledger.verification import verify
from ledger.verification_steps.log_proofs import NO_ANSWER
from tests.builders import World, kg
from tests.bundle_worlds import (
    Keys,
    Rebuilt,
    Story,
    anchor,
    bundle_bytes,
    failure,
    play,
    played,
)


@pytest.fixture
def story() -> Story:
    return played()[0]


@pytest.fixture
def raw() -> bytes:
    return played()[1]


def key(story: Story) -> str:
    return story.world.signer.verifier.text()


def test_everything_known_reads_good_and_only_omission_stays_unknown(story: Story, raw: bytes) -> None:
    report = verify(
        raw,
        trusted_log_key=key(story),
        anchor_reader=lambda stated: stated,
        now=datetime(2026, 7, 2, tzinfo=UTC),
    )
    assert [(one.step, one.value) for one in report.verdicts] == [
        *((step, "good") for step in (1, 2, 3, 4, 4, 5, 6, 7, 8)),
        (9, "unknown"),
    ]
    with story.world.store.read() as view:
        assert {one.as_of for one in report.verdicts} == {view.size()}
    assert report.ok
    assert report.passport == story.shipment


def test_the_figures_are_those_of_the_books(story: Story, raw: bytes) -> None:
    figures = verify(raw).figures
    assert figures is not None
    with story.world.store.read() as view:
        shipment = view.shipment(story.shipment)
    assert shipment is not None
    assert figures.components == shipment.total.wire()
    assert figures.gross_mg == shipment.total.gross_mg()
    assert figures.net_mg == figures.gross_mg
    assert figures.quantity == kg(1000)
    assert (figures.declared_unit, figures.gross_kg_per_unit) == ("kg", f"{figures.gross_mg / 1e9:.6f}")
    assert figures.status == "received"
    assert figures.tiers == 2
    assert [gap.key for gap in figures.gaps] == ["urea-1", "carton-2", "ice-1"], "the corrected gap is gone"
    assert figures.gwp == ("AR5",)


def test_without_a_receipt_the_handlings_shown_are_all_that_is_good(story: Story) -> None:
    for passport, status in ((story.open_shipment, "open"), (story.outside, "outside")):
        report = verify(bundle_bytes(story.world, passport))
        assert [one.reason for one in report.verdicts if one.step == 8] == ["good-for-handlings-shown"]
        assert report.figures is not None
        assert report.figures.status == status


def test_the_report_is_plain_json_with_amounts_as_texts(raw: bytes) -> None:
    report = verify(raw)
    plain = json.loads(canonical.encode(report.as_json()))
    assert plain["ok"] is True
    assert plain["figures"]["quantity"] == "1000000000"
    assert plain["figures"]["gaps"][0]["mg"] == "800640000"
    assert plain["figures"]["uncertainty"]["gross"] is None
    assert plain["figures"]["uncertainty"]["not_stated_share"] == "1.000000"
    assert plain["verdicts"][0] == {
        "step": 1,
        "name": "form",
        "value": "good",
        "reason": "ok",
        "detail": f"The bundle has its one form, {len(raw)} bytes.",
        "as_of": plain["verdicts"][1]["as_of"],
    }
    assert plain["checkpoint"]["size"] == plain["anchor"]["size"] == plain["verdicts"][0]["as_of"]
    assert plain["checkpoint"]["root"] == plain["anchor"]["root"]
    assert len(plain["log_key_fingerprint"].replace(" ", "")) == 32


def test_a_report_on_nonsense_knows_nothing() -> None:
    report = verify(b"nonsense")
    plain = report.as_json()
    assert (plain["passport"], plain["figures"], plain["log_key"]) == (None, None, None)
    assert plain["log_key_fingerprint"] is plain["checkpoint"] is plain["anchor"] is None
    assert [one["step"] for one in plain["verdicts"]] == list(range(1, 10))


def test_a_trusted_key_that_can_not_be_read_is_the_callers_mistake(raw: bytes) -> None:
    with pytest.raises(VerifierKeyFormError):
        verify(raw, trusted_log_key="nobody")


def test_without_a_trusted_key_the_bundles_own_is_shown_for_comparison(story: Story, raw: bytes) -> None:
    report = verify(raw)
    verdict = next(one for one in report.verdicts if one.step == 6)
    assert (verdict.value, verdict.reason) == ("unknown", "log-key-not-given")
    assert key(story) in verdict.detail
    assert report.log_key == key(story)


def test_an_entry_from_the_future_is_refused(raw: bytes) -> None:
    assert failure(verify(raw, now=datetime(2026, 6, 29, tzinfo=UTC))) == (5, "future-entry")


# The log and the chain.


def test_an_altered_record_in_a_rebuilt_log_fails_against_the_anchor() -> None:
    world, keys = World(), Keys()
    play(world, keys)
    anchored = anchor(world)
    forged = Rebuilt(world)
    story = play(forged, keys, litres=48)
    raw = bundle_bytes(forged, story.shipment)
    trusted = world.signer.verifier.text()
    assert verify(raw, trusted_log_key=trusted).ok, "the operator's own second history shows no seam"
    with forged.store.read() as view:
        assert view.size() == anchored.size
    anchor(forged)
    claims = bundle_bytes(forged, story.shipment)
    report = verify(claims, trusted_log_key=trusted, anchor_reader=lambda _: anchored)
    assert failure(report) == (7, "anchor-root")


def test_a_rebuilt_log_that_keeps_the_true_anchor_contradicts_it() -> None:
    world, keys = World(), Keys()
    play(world, keys)
    anchored = anchor(world)
    forged = Rebuilt(world)
    story = play(forged, keys, litres=48)
    with forged.store.write() as writer:
        writer.keep_anchor(anchored)
    assert failure(verify(bundle_bytes(forged, story.shipment))) == (7, "anchor-root")


def test_an_anchor_that_the_chain_lost_verifies_by_a_proof_to_a_later_one() -> None:
    world = World()
    story = play(world)
    anchor(world)
    raw = bundle_bytes(world, story.shipment)
    world.register("Later", "buyer")
    world.register("Later still", "buyer")
    later = anchor(world)

    def proof(old: int, new: int) -> list[bytes]:
        with world.store.read() as view:
            return tiles.consistency_proof(tile_reader(view), old, new)

    assert failure(verify(raw, anchor_reader=lambda _: later)) == (7, "anchor-size")
    assert verify(raw, anchor_reader=lambda _: later, consistency_reader=proof).ok
    forged = replace(later, root=b"\7" * 32)
    report = verify(raw, anchor_reader=lambda _: forged, consistency_reader=proof)
    assert failure(report) == (7, "consistency-proof")


def test_the_chain_may_hold_an_anchor_of_the_checkpoint_itself() -> None:
    world = World()
    story = play(world)
    anchor(world, 7)
    raw = bundle_bytes(world, story.shipment)
    with world.store.read() as view:
        newest = view.checkpoint()
        held = replace(view.anchors()[0], size=view.size(), root=newest.root if newest else b"")
    report = verify(raw, anchor_reader=lambda _: held)
    assert [one.reason for one in report.verdicts if one.step == 7] == ["ok"]


@pytest.mark.parametrize(
    ("error", "value"),
    [
        (chain_errors.ChainUnreachableError("http://localhost", "refused"), "unknown"),
        (chain_errors.ChainRefusedError("http://localhost", "busy"), "unknown"),
        (chain_errors.AnchorEventMissingError("0x", 1, 2), "unknown"),
        (TimeoutError("slow"), "unknown"),
        (chain_errors.AnchorNotFoundError("0x", "0x", 9, 3), "bad"),
        (chain_errors.WrongChainError("http://localhost", 1, 2), "unknown"),
        (chain_errors.ContractMissingError("0x", 1), "bad"),
    ],
)
def test_a_chain_that_is_away_is_unknown_and_one_that_denies_is_bad(
    raw: bytes, error: Exception, value: str
) -> None:
    def read(_: Anchor) -> Anchor:
        raise error

    report = verify(raw, anchor_reader=read)
    verdict = next(one for one in report.verdicts if one.step == 7)
    assert verdict.value == value
    if isinstance(error, LedgerError):
        assert verdict.reason == error.problem_type()
        assert (error.problem_type() in NO_ANSWER) == (value == "unknown")


def test_a_log_that_doesnt_answer_leaves_a_lost_anchor_unknown_never_bad() -> None:
    world = World()
    story = play(world)
    anchor(world)
    raw = bundle_bytes(world, story.shipment)
    world.register("Later", "buyer")
    later = anchor(world)

    def silent(_first: int, _second: int) -> list[bytes]:
        raise ConnectionRefusedError("nobody listens")

    report = verify(raw, anchor_reader=lambda _: later, consistency_reader=silent)
    verdict = next(one for one in report.verdicts if one.step == 7)
    assert (verdict.value, verdict.reason) == ("unknown", "log-unreachable")
    assert "nobody listens" in verdict.detail
    assert report.ok
