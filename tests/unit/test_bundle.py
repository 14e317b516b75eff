"""A passport's bundle: what is in it, which checkpoint proves it, and its one form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger import bundle, canonical
from ledger.bundle import (
    BundleFormatError,
    BundleOrderError,
    FactorRecordError,
    MissingFactorRecordError,
    PendingPassportError,
    build,
    parse,
    to_bytes,
)
from ledger.canonical import CanonicalFormError, NotCanonicalError
from ledger.closure import BundleTooLargeError, UnknownPassportError
from ledger.errors import LedgerError
from ledger.forms import FieldFormError, MissingFieldError, UnknownFieldError
from ledger.identifiers import lot_id
from ledger.interfaces import Anchor
from ledger.log.checkpoint import CheckpointFormError
from ledger.reading import JsonTooDeepError
from ledger.verification import verify
from scripts.vectors.handmade_log import LIBRARY, burnt, supplied
from tests.builders import World, kg
from tests.bundle_worlds import Story, altered, anchor, bundle_bytes, play


@pytest.fixture(scope="module")
def story() -> Story:
    return play(World())


@pytest.fixture(scope="module")
def raw(story: Story) -> bytes:
    return bundle_bytes(story.world, story.shipment)


def kinds(raw: bytes) -> list[str]:
    return [one["entry"]["envelope"]["kind"] for one in json.loads(raw)["statements"]]


def test_a_bundle_is_written_and_read_in_one_form(raw: bytes) -> None:
    read = parse(raw)
    assert to_bytes(read) == raw
    assert canonical.encode(read.wire()) == raw


def test_a_bundle_holds_what_stands_behind_its_passport_and_nothing_else(raw: bytes) -> None:
    found = kinds(raw)
    assert found[0] == "log_open/1"
    assert found.count("dispatch/1") == 2
    assert found.count("receipt/1") == 2
    assert found.count("handling/1") == 4
    assert found.count("correction/1") == 1
    assert found.count("key/1") == 1
    assert found.count("disposal/1") == 0, "what else was taken from the lots is nobody's business"


def test_the_factors_are_exactly_those_that_lines_name(raw: bytes) -> None:
    records = json.loads(raw)["factors"]
    assert sorted(record["name"] for record in records) == ["diesel", "urea"]


def test_without_any_anchor_the_newest_checkpoint_serves(story: Story) -> None:
    with story.world.store.read() as view:
        made = build(view, story.shipment, LIBRARY.get)
        newest = view.checkpoint()
    assert newest is not None
    assert made.note() == newest.note
    assert made.anchor is None


def test_the_newest_anchored_checkpoint_that_covers_the_passport_is_taken() -> None:
    world = World()
    story = play(world)
    receipt = story_receipt(story)
    covering, _too_new = anchor(world, receipt + 1), anchor(world, receipt)
    with world.store.read() as view:
        made = build(view, story.shipment, LIBRARY.get)
    assert made.anchor is not None
    assert (made.anchor.size, made.anchor.root) == (covering.size, covering.root.hex())
    assert made.checkpoint[1] == str(covering.size)
    assert made.anchor.consistency == []
    assert verify(to_bytes(made)).ok


def story_receipt(story: Story) -> int:
    """Return the position of the receipt that answers the story's shipment."""
    with story.world.store.read() as view:
        shipment = view.shipment(story.shipment)
        assert shipment is not None
        receipt = view.logged(shipment.answered_by)
    assert receipt is not None
    return receipt.position


def test_an_anchor_older_than_the_passport_comes_with_a_proof_that_the_log_only_grew() -> None:
    world = World()
    story = play(world)
    anchor(world, 7)
    made = parse(bundle_bytes(world, story.shipment))
    assert made.anchor is not None
    assert made.anchor.size == 7
    assert made.anchor.consistency
    report = verify(to_bytes(made), anchor_reader=lambda stated: stated)
    assert report.ok
    assert [one.reason for one in report.verdicts if one.step == 7] == ["partly-anchored"]


def test_an_anchor_whose_checkpoint_is_not_kept_is_passed_over(story: Story) -> None:
    world = World()
    played = play(world)
    made = anchor(world)
    later = Anchor(
        made.chain_id, made.contract, made.log_address, made.size + 9, b"\1" * 32, made.transaction, 8, 0
    )
    with world.store.write() as writer:
        writer.keep_anchor(later)
    with world.store.read() as view:
        assert build(view, played.shipment, LIBRARY.get).checkpoint[1] == str(made.size)
    assert story.world is not world


def test_identities_logged_after_the_checkpoint_are_left_out() -> None:
    world = World()
    story = play(world)
    anchored = anchor(world)
    world.rotate(story.parties["Grower"])
    newcomer = world.register("Late accreditor's friend", "buyer")
    world.attest(story.parties["Carrier"], "carrier")
    raw = bundle_bytes(world, story.shipment)
    assert json.loads(raw)["checkpoint"][1] == str(anchored.size)
    assert kinds(raw).count("key/1") == 1, "only the packhouse's rotation came before the checkpoint"
    assert newcomer.id not in raw.decode()
    assert verify(raw).ok


@pytest.mark.parametrize("published", [0, 5])
def test_a_passport_that_no_checkpoint_covers_yet_is_pending(
    story: Story, monkeypatch: pytest.MonkeyPatch, published: int
) -> None:
    with story.world.store.read() as view:
        newest = view.checkpoint(published) if published else None
        monkeypatch.setattr(view, "checkpoint", lambda: newest)
        with pytest.raises(PendingPassportError, match=f"covers {published} entries") as refused:
            build(view, story.shipment, LIBRARY.get)
    assert refused.value.position > 5


def test_a_factor_without_a_record_is_named(story: Story) -> None:
    with story.world.store.read() as view, pytest.raises(MissingFactorRecordError) as refused:
        build(view, story.shipment, lambda _: None)
    assert refused.value.factor in LIBRARY


def test_only_a_dispatch_has_a_bundle(story: Story) -> None:
    with story.world.store.read() as view, pytest.raises(UnknownPassportError):
        build(view, "ab" * 32, LIBRARY.get)


def test_a_row_of_more_than_100_hand_overs_is_refused() -> None:
    world = World()
    one, other = world.register("One", "supplier"), world.register("Other", "supplier")
    lot = world.produce(one, "crate", kg(10), lines=(burnt(1),))
    for _ in range(50):
        lot = world.receive(other, world.dispatch(one, lot, kg(10), to=other))
        lot = world.receive(one, world.dispatch(other, lot, kg(10), to=one))
    last = world.dispatch(one, lot, kg(10), to=None)
    with world.store.read() as view, pytest.raises(BundleTooLargeError, match="101 tiers"):
        build(view, last, LIBRARY.get)


def test_more_factors_than_a_bundle_takes_are_refused(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_FACTORS", 1)
    with pytest.raises(BundleTooLargeError, match="2 factors"):
        bundle_bytes(story.world, story.shipment)


def test_a_bundle_over_64_mib_is_neither_written_nor_read(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = parse(raw)
    with pytest.raises(BundleTooLargeError, match="67108865 bytes"):
        parse(b" " * (64 * 1024 * 1024 + 1))
    monkeypatch.setattr(bundle, "MAX_BYTES", 1000)
    with pytest.raises(BundleTooLargeError, match="limit is 1000"):
        to_bytes(made)


def test_more_than_10_000_statements_are_refused_before_anything_is_read() -> None:
    with pytest.raises(BundleTooLargeError, match="10001 statements"):
        parse(b'"body_digest"' * 10_001)


def set_(path: tuple[Any, ...], value: Any) -> Any:
    """Return a change of one place in a bundle."""

    def change(wire: Any) -> None:
        for step in path[:-1]:
            wire = wire[step]
        wire[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("format",), "carbon-passport-bundle/2", BundleFormatError),
        (("passport",), "AB" * 32, FieldFormError),
        (("surplus",), "x", UnknownFieldError),
        (("statements",), [], FieldFormError),
        (("statements", 0, "position"), -1, FieldFormError),
        (("statements", 0, "position"), True, FieldFormError),
        (("statements", 0, "position"), "0", FieldFormError),
        (("statements", 0, "position"), 2**53 - 1, BundleOrderError),
        (("statements", 1, "position"), 0, BundleOrderError),
        (("statements", 0, "entry", "v"), "2", FieldFormError),
        (("statements", 0, "entry", "at"), "2026-02-30T00:00:00Z", FieldFormError),
        (("statements", 0, "entry", "at"), "9999-12-31T23:59:59Z", FieldFormError),
        (("statements", 0, "entry", "envelope"), {}, MissingFieldError),
        (("statements", 0, "entry", "signature", "alg"), "none", FieldFormError),
        (("statements", 0, "proof"), ["ab"], FieldFormError),
        (("statements", 0, "proof"), "ab", FieldFormError),
        (("statements", 0, "parts"), ["x"], FieldFormError),
        (("factors", 0, "sector"), None, FactorRecordError),
        (("factors", 0, "value"), "2.50", FieldFormError),
        (("checkpoint",), [], CheckpointFormError),
        (("checkpoint",), "note", FieldFormError),
        (("checkpoint", 1), "007", CheckpointFormError),
        (("anchor",), {}, MissingFieldError),
        (("anchor",), 7, FieldFormError),
    ],
)
def test_a_field_out_of_its_form_is_named(
    raw: bytes, path: tuple[Any, ...], value: Any, error: type[LedgerError]
) -> None:
    with pytest.raises(error):
        parse(altered(raw, set_(path, value)))


def test_factors_out_of_order_are_refused(raw: bytes) -> None:
    with pytest.raises(BundleOrderError, match="Factor 1"):
        parse(altered(raw, lambda wire: wire["factors"].reverse()))


def test_a_checkpoint_line_can_not_hide_another_line(raw: bytes) -> None:
    with pytest.raises(CanonicalFormError):
        parse(altered(raw, set_(("checkpoint", 0), "a\nb")))


def test_a_bundle_in_other_bytes_than_the_canonical_ones_is_refused(raw: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        parse(json.dumps(json.loads(raw), indent=1).encode())


def test_what_is_no_object_is_no_bundle() -> None:
    for other in (b"[]", b'"x"', b"7", b"null"):
        with pytest.raises(BundleFormatError):
            parse(other)


def test_a_bundle_nested_deeper_than_16_levels_is_refused() -> None:
    with pytest.raises(JsonTooDeepError):
        parse(b"[" * 17 + b"]" * 17)


@pytest.mark.parametrize("share", range(0, 100, 9))
def test_a_truncated_bundle_is_refused_with_a_named_error(raw: bytes, share: int) -> None:
    with pytest.raises(LedgerError):
        parse(raw[: len(raw) * share // 100])


def test_a_passport_over_two_farms_holds_both() -> None:
    world = World()
    farms = [world.register(f"Farm {number}", "farmer") for number in range(2)]
    juicer = world.register("Juicer", "supplier")
    lots = [
        world.produce(farm, "lychee", kg(10), lines=(supplied(5, f"urea-{farm.name}"),)) for farm in farms
    ]
    received = [
        world.receive(juicer, world.dispatch(farm, lot, kg(10), to=juicer))
        for farm, lot in zip(farms, lots, strict=True)
    ]
    made = world.production(juicer, [juice()], inputs=[(lot, kg(10)) for lot in received], lines=(burnt(1),))
    raw = bundle_bytes(world, world.dispatch(juicer, lot_id(made.digest, 0), kg(19), to=None))
    assert kinds(raw).count("production/1") == 3
    report = verify(raw)
    assert report.ok
    assert report.figures is not None
    assert report.figures.tiers == 2


def juice() -> dict[str, Any]:
    """Return 19 kg of juice as an output."""
    balance = {"quantity": str(kg(19)), "unit": "mg", "weight": str(kg(19))}
    return {"balance": balance, "product": {"name": "juice"}}
