"""What an operator can't hide: each cheat is really done, with a real ledger, and the reader finds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ledger import bundle, canonical
from ledger.audit import audit
from ledger.closure import closure as honest_closure
from ledger.in_memory import InMemoryStore, InMemoryView
from ledger.interfaces import LedgerView, Logged
from ledger.log import merkle
from ledger.services import _publish
from ledger.signed import entry_bytes, utc_text
from ledger.state.deriving import state_roots
from ledger.state.records import map_key
from ledger.state.stating import state_entry
from ledger.state_interfaces import Subject
from ledger.verification import Report, verify
from scripts.vectors.handmade_log import burnt, supplied
from tests.adjusted import Chain, answer
from tests.builders import BEGINNING, Party, World, kg, output
from tests.bundle_worlds import altered, bundle_bytes, failure

Change = Callable[[dict[str, Any]], object]


class Sale:
    """A farm sells a part of its lychee to a buyer; a carrier takes it there, and the log states all that."""

    def __init__(self) -> None:
        self.world = World()
        self.farm, self.buyer = self.world.register("Farm", "farmer"), self.world.register("Buyer", "buyer")
        self.carrier = self.world.register("Carrier", "carrier")
        self.lot = self.make(10)
        self.shipment = self.sell(4, self.buyer)
        self.handling = self.world.handle(self.carrier, (burnt(3),), shipment=self.shipment, leg="lorry")
        self.receipt = self.world.receive(self.buyer, self.shipment).partition(".")[0]
        self.state()

    def make(self, kilograms: int) -> str:
        """Harvest some lychee; return the lot."""
        lines = (burnt(7), supplied(9, f"urea-{kilograms}"))
        return self.world.production(self.farm, (output("lychee", kg(kilograms)),), lines=lines).digest + ".0"

    def sell(self, kilograms: int, to: Party | None) -> str:
        """Sell some of the lot; return the shipment."""
        return self.world.dispatch(self.farm, self.lot, kg(kilograms), to=to, handlers=(self.carrier,))

    def state(self) -> None:
        """Let the log state what it holds."""
        self.world.ledger.state(self.world.operator.key)

    def bytes(self, shipment: str = "") -> bytes:
        """Return a passport's bundle."""
        return bundle_bytes(self.world, shipment or self.shipment)

    def report(self, shipment: str = "") -> Report:
        """Verify a passport."""
        return verify(self.bytes(shipment))


@pytest.fixture
def sale() -> Sale:
    """A fresh sale."""
    return Sale()


def last(report: Report) -> list[tuple[str, str, str]]:
    """Return the verdicts of the last step."""
    return [(one.name, one.value, one.reason) for one in report.verdicts if one.step == 9]


def withheld(monkeypatch: pytest.MonkeyPatch, *digests: str) -> None:
    """Let the operator's bundles leave out statements."""

    def closure(view: LedgerView, passport: str) -> list[Logged]:
        return [one for one in honest_closure(view, passport) if one.statement.digest not in digests]

    monkeypatch.setattr(bundle, "closure", closure)


def test_an_honest_passport_reads_good_in_all_three(sale: Sale) -> None:
    assert last(sale.report()) == [
        ("nothing else left out", "good", "ok"),
        ("keys since then", "good", "ok"),
        ("each lot handed on once", "good", "ok"),
    ]


def test_a_late_handling_that_the_operator_hides_is_missed(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = sale.world.handle(sale.carrier, (burnt(1),), shipment=sale.shipment, leg="waiting").digest
    sale.state()
    assert sale.report().ok
    withheld(monkeypatch, late)
    report = sale.report()
    assert failure(report) == (9, "withheld-statement")
    assert late in str(report.failure())


def test_a_receipt_that_the_operator_hides_is_missed(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    withheld(monkeypatch, sale.receipt)
    assert failure(sale.report()) == (9, "withheld-statement")


def test_an_older_version_of_a_passport_is_not_taken_for_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Chain()
    corrected = chain.less()
    accepted = answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    chain.world.ledger.state(chain.world.operator.key)
    assert verify(bundle_bytes(chain.world, chain.first)).ok
    withheld(monkeypatch, corrected.digest, accepted.digest)
    report = verify(bundle_bytes(chain.world, chain.first))
    assert failure(report) == (9, "withheld-statement")


def test_an_old_bundle_under_an_old_checkpoint_says_as_of_when_it_is(sale: Sale) -> None:
    old = sale.bytes()
    sale.world.correct(sale.farm, sale.lot.partition(".")[0], drop=(1,), add=(supplied(5, "urea-new"),))
    sale.state()
    report = verify(old)
    assert report.ok
    size = json.loads(old)["state"]["entry"]["position"]
    assert [report.verdicts[0].as_of, report.verdicts[-1].as_of] == [size + 1, size]


def sold_twice(sale: Sale) -> str:
    """Let a patched ledger forget that a part of the lot was sold, and sell it again; return the shipment."""
    with sale.world.store.write() as writer:
        lot = writer.lot(sale.lot)
        assert lot is not None
        writer.keep_lot(replace(lot, taken=0))
    return sale.sell(4, None)


def test_goods_handed_on_twice_show_to_both_buyers(sale: Sale) -> None:
    second = sold_twice(sale)
    sale.state()
    assert failure(sale.report()) == (9, "lot-handed-on-twice")
    assert failure(sale.report(second)) == (9, "lot-handed-on-twice")


def test_a_second_hand_over_can_be_left_out_of_no_list_and_unshown_reads_unknown(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = sold_twice(sale)
    sale.state()
    raw = sale.bytes()

    def hidden(value: dict[str, Any]) -> None:
        value["state"]["others"] = []

    report = verify(altered(raw, hidden))
    assert last(report)[2] == ("each lot handed on once", "unknown", "takes-not-shown")

    def unlisted(value: dict[str, Any]) -> None:
        hidden(value)
        record = next(one for one in value["state"]["records"] if one["subject"] == "lot")
        record["takers"].remove(second)

    assert failure(verify(altered(raw, unlisted))) == (9, "taker-list")
    honest = InMemoryView.taken_by

    def without(view: InMemoryView, lots: Sequence[str], since: int) -> Mapping[str, Sequence[str]]:
        return {lot: [d for d in found if d != second] for lot, found in honest(view, lots, since).items()}

    monkeypatch.setattr(InMemoryView, "taken_by", without)
    sale.world.rotate(sale.farm)
    sale.sell(1, None)
    sale.state()
    # The operator's map counts the second hand-over no more than its list; the goods sold next give it away.
    assert failure(sale.report()) == (9, "taker-list")


def test_an_operator_whose_state_leaves_out_a_hand_over_is_caught_by_its_buyer_and_by_the_audit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sale = Sale()
    second = sold_twice(sale)
    honest = InMemoryView.taken_by

    def without(view: InMemoryView, lots: Sequence[str], since: int) -> Mapping[str, Sequence[str]]:
        return {lot: [d for d in found if d != second] for lot, found in honest(view, lots, since).items()}

    monkeypatch.setattr(InMemoryView, "taken_by", without)
    sale.state()
    assert sale.report().ok
    assert failure(sale.report(second)) == (9, "taker-list")
    monkeypatch.undo()
    with sale.world.store.read() as view:
        position = view.position(second)
        found = audit(view, InMemoryStore())
    assert ("books", f"statement {position}") in {(one.part, one.what) for one in found.findings}


def stated_falsely(world: World) -> int:
    """Let the operator log another root than that of what the log holds; return the entry's position."""
    at = utc_text(world.clock.now())
    with world.store.write() as writer:
        size = writer.size()
        lie = state_entry(bytes(32), size, BEGINNING, world.log_id, world.operator.key)
        entry = entry_bytes(lie, at)
        logged = Logged(size, at, lie, entry, merkle.leaf_hash(entry))
        writer.append(logged, ())
        _publish(writer, size, [logged.leaf_hash], world.signer, at)
    return size


def test_a_state_entry_that_does_not_match_the_books_is_named_by_the_audit(sale: Sale) -> None:
    sale.sell(1, None)
    size = stated_falsely(sale.world)
    with sale.world.store.read() as view:
        found = audit(view, InMemoryStore())
        checks = list(state_roots(view.entries(0, view.size())))
    assert ("state", f"state entry {size}") in {(one.part, one.what) for one in found.findings}
    assert [one.good for one in checks] == [True, False]
    assert found.states == 2


def test_a_withheld_revocation_is_missed_and_a_shown_one_reads_unknown(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = sale.farm.address
    sale.world.rotate(sale.farm)
    revoked = sale.world.state(sale.farm, "key/1", {"key": {"action": "revoke", "address": old}})
    sale.state()
    report = sale.report()
    assert report.ok
    assert last(report)[1] == ("keys since then", "unknown", "key-revoked-since")
    withheld(monkeypatch, revoked.digest)
    assert failure(sale.report()) == (9, "withheld-key-statement")


def test_a_withheld_withdrawal_of_a_role_is_missed(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    validity = {"from": "2026-01-01", "to": "2026-12-31"}
    about = {"subject": sale.carrier.id, "validity": validity}
    given = sale.world.state(sale.world.accreditor, "attestation/1", {**about, "roles": ["carrier"]})
    sale.state()
    assert sale.report().ok
    late = {"from": "2026-06-01", "to": "2026-12-31"}
    taken = {**about, "withdraws": given.digest, "validity": late}
    withdrawn = sale.world.state(sale.world.accreditor, "attestation/1", taken)
    assert sale.report().ok, "the withdrawal is newer than the state entry"
    sale.state()
    assert sale.report().ok
    withheld(monkeypatch, withdrawn.digest)
    report = sale.report()
    assert failure(report) == (9, "withheld-role")
    assert given.digest in str(report.failure())


def test_what_was_logged_after_the_newest_state_entry_is_proved_absent_and_reads_unknown(sale: Sale) -> None:
    other = sale.world.register("Another farm", "farmer")
    lot = sale.world.production(other, (output("lychee", kg(2)),), lines=(burnt(1),)).digest + ".0"
    shipment = sale.world.dispatch(other, lot, kg(1), to=None)
    raw = sale.bytes(shipment)
    records = json.loads(raw)["state"]["records"]
    assert {one["subject"]: one["record"] for one in records if one["id"] in {other.id, lot, shipment}} == {
        "keys": None,
        "lot": None,
        "passport": None,
    }
    assert last(verify(raw)) == [
        ("nothing else left out", "unknown", "newer-than-state"),
        ("keys since then", "unknown", "newer-than-state"),
        ("each lot handed on once", "good", "ok"),
    ]


def test_what_came_after_the_state_entry_is_said_not_to_be_covered(sale: Sale) -> None:
    sale.world.handle(sale.carrier, (burnt(1),), shipment=sale.shipment, leg="waiting")
    sale.world.rotate(sale.farm)
    report = sale.report()
    assert report.ok
    assert "not covered" in next(one.detail for one in report.verdicts if one.step == 9)


def test_a_claim_that_nobody_took_over_is_counted() -> None:
    sale = Sale()
    shipment = sale.sell(2, sale.buyer)
    stranger = sale.world.register("Stranger", "port")
    sale.world.handle(stranger, (burnt(2),), shipment=shipment)
    sale.state()
    report = sale.report(shipment)
    assert report.ok
    assert "1 more are claimed" in next(one.detail for one in report.verdicts if one.step == 9)


def of(value: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the first record of a kind in a bundle's state."""
    found: dict[str, Any] = next(one for one in value["state"]["records"] if one["subject"] == kind)
    return found


def passport_said_absent(value: dict[str, Any]) -> None:
    """Claim that the map doesn't hold the passport."""
    of(value, "passport")["record"] = None


def passport_without_receipt(value: dict[str, Any]) -> None:
    """Change a record."""
    of(value, "passport")["record"]["receipt"] = None


def keys_for_the_lot(value: dict[str, Any]) -> None:
    """Put another kind's record into the lot's place."""
    of(value, "lot")["record"] = of(value, "keys")["record"]


def absent_behind_another(value: dict[str, Any]) -> None:
    """Claim that the passport's way ends at a leaf of the map's other half."""
    one = of(value, "passport")
    log = value["statements"][0]["entry"]["envelope"]["log"]
    left = map_key(log, Subject("passport", one["id"]))[0] < 128
    one["record"], one["other"] = None, {"key": ("ff" if left else "00") * 32, "value": "11" * 32}


def proof_too_short(value: dict[str, Any]) -> None:
    """Leave out the last step."""
    of(value, "keys")["siblings"].pop()


def proof_too_long(value: dict[str, Any]) -> None:
    """Add a step."""
    of(value, "keys")["siblings"].append("00" * 32)


def record_left_out(value: dict[str, Any]) -> None:
    """Say nothing about the last subject."""
    value["state"]["records"].pop()


def record_too_many(value: dict[str, Any]) -> None:
    """Say something about one more."""
    value["state"]["records"].append(value["state"]["records"][-1])


def records_out_of_order(value: dict[str, Any]) -> None:
    """Swap two."""
    records = value["state"]["records"]
    records[0], records[1] = records[1], records[0]


def not_a_state_entry(value: dict[str, Any]) -> None:
    """Put another statement into the state entry's place."""
    value["state"]["entry"] = value["statements"][1]


def null_for_nothing(value: dict[str, Any]) -> None:
    """Write what is left out."""
    value["state"] = None


def null_hidden(value: dict[str, Any]) -> None:
    """Write that nothing of the state entry is hidden."""
    value["state"]["entry"]["hidden"] = None


def needless_interval(value: dict[str, Any]) -> None:
    """Show an interval that nobody asked for: of a statement that is in the bundle."""
    one = next(s for s in value["statements"] if s["entry"]["envelope"]["kind"] == "dispatch/1")
    parts = [part for part in one["parts"] if part["path"] == "/take"]
    rest = [p for p in one["parts"] if p["path"] != "/take"]
    hidden = sorted(canonical.part_digest(p["salt"], p["path"], p["value"]) for p in rest)
    entry = one["entry"]
    shown = {"envelope": entry["envelope"], "signature": entry["signature"], "parts": parts, "hidden": hidden}
    value["state"]["others"] = [shown]


@pytest.mark.parametrize(
    ("change", "step", "reason"),
    [
        (passport_said_absent, 9, "map-proof"),
        (passport_without_receipt, 9, "map-proof"),
        (keys_for_the_lot, 9, "map-proof"),
        (absent_behind_another, 9, "map-proof-key"),
        (proof_too_short, 9, "map-proof"),
        (proof_too_long, 9, "map-proof"),
        (record_left_out, 9, "state-records"),
        (record_too_many, 9, "state-records"),
        (records_out_of_order, 9, "state-records"),
        (not_a_state_entry, 9, "state-kind"),
        (null_for_nothing, 1, "field-form"),
        (null_hidden, 1, "field-form"),
        (needless_interval, 9, "needless-take"),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_a_changed_state_fails_by_name(sale: Sale, change: Change, step: int, reason: str) -> None:
    assert failure(verify(altered(sale.bytes(), change))) == (step, reason)


def test_the_state_of_another_log_or_of_no_log_is_refused(sale: Sale) -> None:
    other = json.loads(Sale().bytes())["state"]["entry"]

    def foreign(value: dict[str, Any]) -> None:
        value["state"]["entry"] = other

    assert failure(verify(altered(sale.bytes(), foreign))) == (9, "foreign-log")

    def signed_by_the_farm(value: dict[str, Any]) -> None:
        value["state"]["entry"]["entry"]["signature"]["value"] = "0x" + "11" * 64 + "1b"

    report = verify(altered(sale.bytes(), signed_by_the_farm))
    assert failure(report)[0] == 9


def test_what_the_log_states_about_an_interval_of_somebody_else_must_be_signed(sale: Sale) -> None:
    sale.sell(1, None)
    sale.state()
    raw = sale.bytes()
    assert len(json.loads(raw)["state"]["others"]) == 1

    def other_quantity(value: dict[str, Any]) -> None:
        value["state"]["others"][0]["parts"][0]["value"]["to"] = "1"

    assert failure(verify(altered(raw, other_quantity))) == (9, "body-digest")

    def other_log(value: dict[str, Any]) -> None:
        value["state"]["others"][0]["envelope"]["log"] = "00" * 32

    assert failure(verify(altered(raw, other_log))) == (9, "foreign-log")

    def twice(value: dict[str, Any]) -> None:
        value["state"]["others"] *= 2

    assert failure(verify(altered(raw, twice))) == (9, "needless-take")
