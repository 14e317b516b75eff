"""Hidden parts read as hidden, never as absent; and every way to cheat with them is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger import canonical, parts
from ledger.attested import (
    AttestedLiabilityError,
    AttestedStatementError,
    OwnConservationError,
    handed_on,
)
from ledger.errors import LedgerError
from ledger.hidden import digests_of, hiding_of, pattern_of, read_partly, read_shown, summary_is_hidden
from ledger.services import BatchError
from ledger.signed import Statement, read
from ledger.stand_ins import HiddenBody, HiddenLine
from ledger.statements import ProductionBody
from ledger.verification import Report, verify
from tests.builders import World, a_season, kg, output
from tests.bundle_worlds import altered, failure, play, played

Change = Callable[[dict[str, Any]], object]


def part_digest(part: dict[str, Any]) -> str:
    return canonical.part_digest(part["salt"], part["path"], part["value"])


def hidden_parts(kind: str, hides: Callable[[str], bool], which: int = 0) -> Change:
    """Return the change that hides parts of the first statement of a kind, as any holder can."""

    def change(bundle: dict[str, Any]) -> None:
        found = [one for one in bundle["statements"] if one["entry"]["envelope"]["kind"] == kind][which]
        gone = [part for part in found["parts"] if hides(part["path"])]
        assert gone
        found["parts"] = [part for part in found["parts"] if part not in gone]
        found["hidden"] = sorted([*found.get("hidden", []), *map(part_digest, gone)])

    return change


def report_of(*changes: Change) -> Report:
    raw = played()[1]
    for change in changes:
        raw = altered(raw, change)
    return verify(raw)


def values(report: Report) -> dict[str, tuple[str, str]]:
    return {one.name: (one.value, one.reason) for one in report.verdicts}


def test_a_hidden_note_or_place_leaves_every_figure_as_it_was() -> None:
    whole = verify(played()[1])
    report = report_of(hidden_parts("registration/1", lambda path: path in {"/name", "/ref"}))
    assert report.ok
    assert values(report)["summaries"] == ("unknown", "parts-hidden")
    assert values(report)["parts and references"] == ("good", "ok")
    assert report.figures == whole.figures


def test_a_dispatch_may_hide_its_goods_and_still_be_booked() -> None:
    report = report_of(hidden_parts("dispatch/1", lambda path: path in {"/goods", "/ref"}))
    assert report.ok
    assert values(report)["conservation along the graph"] == ("good", "ok")


def test_a_part_claimed_absent_is_refused() -> None:
    """Whoever drops the digest of a hidden part can't give the digest that was signed."""

    def drop(bundle: dict[str, Any]) -> None:
        found = next(one for one in bundle["statements"] if "hidden" in one)
        del found["hidden"]

    hiding = hidden_parts("dispatch/1", lambda path: path == "/goods")
    assert failure(report_of(hiding, drop)) == (2, "body-digest")


def test_a_required_part_that_is_neither_shown_nor_hidden_is_refused() -> None:
    statement = played()[0].world.logged(played()[0].shipment).statement
    shown = [part for part in statement.parts if part.path not in {"/goods", "/ref"}]
    with pytest.raises(parts.MissingPathError, match="/goods"):
        read_partly("dispatch/1", shown, 1)
    assert not isinstance(read_partly("dispatch/1", shown, 2), HiddenBody)


def test_a_part_shown_with_another_salt_or_value_is_refused() -> None:
    def salted(bundle: dict[str, Any]) -> None:
        bundle["statements"][-1]["parts"][0]["salt"] = "0" * 32

    hiding = hidden_parts("dispatch/1", lambda path: path in {"/goods", "/ref"})
    assert failure(report_of(hiding, salted)) == (2, "body-digest")


def test_a_hidden_digest_that_is_shown_too_or_out_of_order_is_refused() -> None:
    def shown_too(bundle: dict[str, Any]) -> None:
        one = bundle["statements"][-1]
        one["hidden"] = [part_digest(one["parts"][0])]

    def unsorted(bundle: dict[str, Any]) -> None:
        found = next(one for one in bundle["statements"] if "hidden" in one)
        found["hidden"].reverse()

    def null(bundle: dict[str, Any]) -> None:
        bundle["statements"][0]["hidden"] = None

    hiding = hidden_parts("dispatch/1", lambda path: path in {"/goods", "/ref"})
    assert failure(report_of(shown_too)) == (2, "hidden-order")
    assert failure(report_of(hiding, unsorted)) == (2, "hidden-order")
    assert failure(report_of(null)) == (1, "field-form")


def test_when_it_happened_cannot_be_hidden() -> None:
    assert failure(report_of(hidden_parts("dispatch/1", lambda path: path == "/occurred"))) == (
        2,
        "hidden-time",
    )


def test_a_salt_used_twice_is_refused_when_posted_and_in_a_bundle() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    outputs = [output("lychee", kg(1))]
    made = world.sign(farm, "production/1", {"outputs": outputs, "policy": {"id": "mass/1"}})
    wire = made.wire()
    wire["parts"][1]["salt"] = wire["parts"][0]["salt"]
    with pytest.raises(parts.RepeatedSaltError):
        read(wire)
    pieces = [made.parts[0], made.parts[2].model_copy(update={"salt": made.parts[0].salt})]
    with pytest.raises(parts.RepeatedSaltError):
        read_partly("production/1", pieces, 20)
    with pytest.raises(parts.RepeatedPathError):
        read_partly("production/1", [made.parts[0], made.parts[0]], 20)


def test_a_hidden_line_can_never_make_a_sum_look_good() -> None:
    """Own lines of the sender are hidden whole: what is left doesn't add up, and nobody says that it does."""
    report = report_of(hidden_parts("production/1", lambda path: path.startswith("/lines/0/"), which=1))
    assert report.ok
    assert values(report)["conservation along the graph"] == ("unknown", "parts-hidden")
    assert report.figures is None


def test_a_wrong_sum_stays_bad_where_nothing_booked_can_be_hidden() -> None:
    raw = Path("tests/vectors/bundles/conservation-receipt-too-small.bundle").read_bytes()
    assert failure(verify(raw))[0] == 8
    names = hidden_parts("registration/1", lambda path: path in {"/name", "/ref"})
    assert failure(verify(altered(raw, names)))[0] == 8
    goods = hidden_parts("dispatch/1", lambda path: path in {"/goods", "/ref"})
    assert failure(verify(altered(raw, goods)))[0] == 8


def test_a_wrong_sum_reads_unknown_where_a_booked_part_may_be_hidden() -> None:
    raw = Path("tests/vectors/bundles/conservation-receipt-too-small.bundle").read_bytes()
    report = verify(altered(raw, hidden_parts("production/1", lambda path: path.endswith("/source"))))
    assert values(report)["conservation along the graph"] == ("unknown", "parts-hidden")
    assert report.figures is None


def test_a_source_that_is_hidden_is_told_by_its_class_and_never_computed_with() -> None:
    story, _ = played()
    with story.world.store.read() as view:
        statements = [one.statement for one in view.entries(0, view.size())]
    production = next(one for one in statements if isinstance(one.body, ProductionBody))
    shown = [one for one in production.parts if not one.path.endswith("/source")]
    body = read_partly("production/1", shown, len(production.parts) - len(shown))
    assert isinstance(body, ProductionBody)
    assert all(isinstance(line, HiddenLine) for line in body.lines)
    assert body.lines[1].source.factor == body.lines[1].amount.gap.factor  # type: ignore[union-attr]


def test_every_kind_can_be_hidden_but_for_the_day_and_reads_as_hidden() -> None:
    world = World()
    a_season(world)
    with world.store.read() as view:
        logged = [one.statement for one in view.entries(0, view.size())]
    for statement in logged:
        kept = [one for one in statement.parts if one.path == "/occurred"]
        hidden = sorted(digests_of(part for part in statement.parts if part not in kept))
        found = read_shown(statement.envelope, statement.signature, kept, hidden)
        assert found.digest == statement.digest
        assert isinstance(found.body, HiddenBody), statement.kind
        assert hiding_of(found).whole
        assert summary_is_hidden(found)
        assert handed_on(found) is None
        assert not summary_is_hidden(statement)
        assert found.wire()["hidden"] == hidden
        assert "hidden" not in statement.wire()


def test_nothing_that_describes_is_needed_to_read_what_is_booked() -> None:
    world = World()
    a_season(world)
    with world.store.read() as view:
        logged = [one.statement for one in view.entries(0, view.size())]
    describing = {"/ref", "/name", "/goods", "/outputs/*/product", "/lots/*/product", "/lots/*/evidence"}
    for statement in logged:
        kept = [one for one in statement.parts if pattern_of(one.path) not in describing]
        if len(kept) < len(statement.parts):
            body = read_partly(statement.kind, kept, len(statement.parts) - len(kept))
            assert type(body) is type(statement.body)


def refusal(world: World, *args: Any) -> LedgerError:
    with pytest.raises(BatchError) as refused:
        world.vouch(*args)
    return refused.value.cause


def test_nobody_attests_its_own_statements_nor_what_is_not_there() -> None:
    story = play(World())
    world = story.world
    auditor, grower = world.register("Auditor", "verifier"), story.parties["Grower"]
    behind = world.logged(story.shipment).statement
    taken = behind.body.take.lot.split(".")[0]  # type: ignore[attr-defined]
    draft_errors: list[type[LedgerError]] = []
    for party, passport, named in (
        (story.parties["Packhouse"], story.shipment, [story.shipment]),
        (auditor, taken, [story.shipment]),
        (auditor, story.shipment, [story.shipment, story.shipment]),
    ):
        with pytest.raises(LedgerError) as refused:
            world.vouch(party, passport, named)
        draft_errors.append(type(refused.value))
    assert draft_errors == [OwnConservationError, AttestedStatementError, AttestedStatementError]
    for wrong, error in (
        ({"statement": story.shipment, "liability": {"fossil.calculated": "1"}}, AttestedLiabilityError),
        ({"statement": "ab" * 32, "liability": {}}, AttestedStatementError),
        ({"statement": grower_registered(world, grower.id), "liability": {}}, AttestedStatementError),
    ):
        body = {"passport": story.shipment, "hands_on": [wrong], "level": "limited"}
        with pytest.raises(error):
            world.state(auditor, "conservation/1", body)


def grower_registered(world: World, organization: str) -> str:
    with world.store.read() as view:
        found: Statement = next(view.identity_statements(organization).__iter__()).statement
    return found.digest
