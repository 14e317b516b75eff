"""Bundles of a newer ledger: what stands on a statement of an unknown kind is neither good nor bad."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

from ledger import bundle, production
from ledger import closure as closing
from ledger import signing as keys
from ledger.behind import goods_behind, identities_behind, tier_count
from ledger.bundle_books import BundleBooks
from ledger.closure import UnknownPassportError
from ledger.components import NOTHING
from ledger.factor import factor_digest
from ledger.identifiers import lot_id
from ledger.identity import KeyRecord, UnknownOrganizationError
from ledger.interfaces import LedgerView, Logged
from ledger.rules import UnknownLotError
from ledger.signed import Statement
from ledger.verification import Report, verify
from scripts.vectors.handmade_log import LIBRARY, burnt, supplied
from tests.builders import Party, World, kg, output
from tests.bundle_worlds import altered, bundle_bytes, failure, numbers
from tests.unknown_kinds import unknown

KIND_NOT_KNOWN = "kind-not-known"


@dataclass
class Newer:
    """A newer ledger's season: its harvest is of a kind that isn't known here, all that follows is."""

    world: World
    grower: Party
    packhouse: Party
    importer: Party
    harvest: Statement
    sent: str
    shipment: str


def lot_from(world: World, like: str, kept: Statement) -> str:
    """Book a lot for a statement of an unknown kind, as a newer ledger would."""
    made = lot_id(kept.digest, 0)
    with world.store.write() as writer:
        lot = writer.lot(like)
        assert lot is not None
        writer.keep_lot(dataclasses.replace(lot, id=made, total=NOTHING))
    return made


@pytest.fixture
def newer() -> Newer:
    world = World()
    grower, packhouse = world.register("Grower", "farmer"), world.register("Packhouse", "supplier")
    importer = world.register("Importer", "buyer")
    earlier = world.production(grower, (output("seedlings", kg(900)),), lines=(burnt(12),))
    values = {"/inputs/0": {"lot": lot_id(earlier.digest, 0)}, "/season": "2026", "/log": world.log_id}
    harvest = unknown(world, grower, "production/2", values)
    world.post(harvest)
    lot = lot_from(world, lot_id(earlier.digest, 0), harvest)
    sent = world.dispatch(grower, lot, kg(500), to=packhouse)
    bulk = world.receive(packhouse, sent)
    packed = world.production(
        packhouse, (output("packed", kg(480)),), lines=(burnt(7),), inputs=((bulk, kg(500)),)
    )
    shipment = world.dispatch(packhouse, lot_id(packed.digest, 0), kg(100), to=importer)
    return Newer(world, grower, packhouse, importer, harvest, sent, shipment)


def verdicts(report: Report) -> dict[str, tuple[str, str]]:
    return {f"{one.step} {one.name}": (one.value, one.reason) for one in report.verdicts}


def with_more(monkeypatch: pytest.MonkeyPatch, *extra: Statement, unchecked: bool = False) -> None:
    """Let bundles hold more statements, as a newer ledger's closure would; `unchecked` without any reason."""
    asked = closing.closure

    def closure(view: LedgerView, passport: str) -> list[Logged]:
        more = [logged for one in extra if (logged := view.logged(one.digest)) is not None]
        found = {one.statement.digest: one for one in (*asked(view, passport), *more)}
        return sorted(found.values(), key=lambda logged: logged.position)

    monkeypatch.setattr(bundle, "closure", closure)
    if unchecked:
        monkeypatch.setattr(bundle, "_included", lambda behind, _passport: behind)


def test_a_passport_on_goods_of_an_unknown_kind_reads_unknown_and_gives_no_figures(newer: Newer) -> None:
    report = verify(bundle_bytes(newer.world, newer.shipment))
    assert report.ok
    assert report.figures is None
    found = verdicts(report)
    assert found["2 parts and references"] == ("good", "ok")
    assert found["3 signatures and summaries"] == ("good", "ok")
    assert found["3 summaries"] == ("unknown", KIND_NOT_KNOWN)
    assert found["4 keys and roles"] == ("good", "ok")
    assert found["5 log inclusion"] == ("good", "ok")
    assert found["8 conservation along the graph"] == ("unknown", KIND_NOT_KNOWN)
    details = {one.name: one.detail for one in report.verdicts}
    assert "2 tiers or more" in details["parts and references"]
    assert "production/2 (1)" in details["summaries"]
    summed = details["conservation along the graph"]
    assert "production/2 (1)" in summed
    assert "Of 5 known statements about goods 1 add up without them; 2 lines were computed" in summed


def test_what_stands_behind_an_unknown_kind_is_in_the_bundle_too(newer: Newer) -> None:
    raw = bundle_bytes(newer.world, newer.shipment)
    assert len(numbers(raw, "production/1")) == 2
    without = altered(raw, lambda plain: plain["statements"].pop(numbers(raw, "production/1")[0]))
    report = verify(without)
    found = verdicts(report)
    assert found["2 parts and references"] == ("unknown", KIND_NOT_KNOWN)
    assert "whether 1 digests named there are of statements that are missing" in report.verdicts[1].detail


def test_a_statement_of_an_unknown_kind_can_not_be_changed_or_left_out(newer: Newer) -> None:
    raw = bundle_bytes(newer.world, newer.shipment)
    (at,) = numbers(raw, "production/2")
    changed = altered(raw, lambda plain: plain["statements"][at]["parts"][3].update(value="2027"))
    assert failure(verify(changed)) == (2, "body-digest")
    dropped = altered(raw, lambda plain: plain["statements"].pop(at))
    assert failure(verify(dropped)) == (2, "missing-reference")
    kind = {"kind": "production/3", "summary_template": "production/3/en"}
    renamed = altered(raw, lambda plain: plain["statements"][at]["entry"]["envelope"].update(kind))
    assert failure(verify(renamed))[0] == 2, "the dispatch takes from another digest"
    template = {"summary_template": "production/1/en"}
    other = altered(raw, lambda plain: plain["statements"][at]["entry"]["envelope"].update(template))
    assert failure(verify(other))[0] == 2
    signature = {"key": "0x" + "1" * 40}
    forged = altered(raw, lambda plain: plain["statements"][at]["entry"]["signature"].update(signature))
    assert failure(verify(forged)) == (3, "wrong-key")
    nested = altered(raw, lambda plain: plain["statements"][at]["parts"][3].update(path="/ref/x"))
    assert failure(verify(nested))[0] == 2


def test_a_statement_of_an_unknown_kind_is_no_passport(newer: Newer) -> None:
    raw = bundle_bytes(newer.world, newer.shipment)
    other = altered(raw, lambda plain: plain.update(passport=newer.harvest.digest))
    assert failure(verify(other)) == (2, "passport-kind")
    with newer.world.store.read() as view, pytest.raises(UnknownPassportError):
        bundle.build(view, newer.harvest.digest, LIBRARY.get)


def test_an_unknown_kind_that_names_the_shipment_may_have_changed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    grower, buyer = world.register("Grower", "farmer"), world.register("Buyer", "buyer")
    made = world.production(grower, (output("lychee", kg(900)),), lines=(burnt(12),))
    shipment = world.dispatch(grower, lot_id(made.digest, 0), kg(500), to=buyer)
    named = {"/target": {"shipment": shipment}, "/with": grower.id, "/for": "org_" + "a" * 32}
    late = unknown(world, buyer, "handling/2", named)
    world.post(late)
    assert verify(bundle_bytes(world, shipment)).figures is not None
    with_more(monkeypatch, late)
    report = verify(bundle_bytes(world, shipment))
    found = verdicts(report)
    assert found["2 parts and references"] == ("good", "ok")
    assert found["8 conservation along the graph"] == ("unknown", KIND_NOT_KNOWN)
    assert "Of 2 known statements about goods 2 add up" in report.verdicts[-2].detail
    assert report.figures is None


def test_an_unknown_kind_that_names_nothing_here_does_not_belong(
    newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = unknown(newer.world, newer.grower, "weighing/1", {"/of": "ab" * 32})
    stranger = newer.world.register("Stranger", "buyer")
    key = unknown(newer.world, stranger, "key/2", {})
    newer.world.post(stray, key)
    with_more(monkeypatch, stray, unchecked=True)
    assert failure(verify(bundle_bytes(newer.world, newer.shipment))) == (2, "unreferenced-statement")
    with_more(monkeypatch, key, unchecked=True)
    assert failure(verify(bundle_bytes(newer.world, newer.shipment))) == (2, "unreferenced-statement")


def test_an_unknown_kind_may_name_factors_and_identities(
    newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = newer.world
    factor = min(LIBRARY)
    assert factor not in bundle_bytes(world, newer.shipment).decode()
    verifier = world.register("Verifier", "verifier")
    with world.store.read() as view:
        registered = view.identity_statements(verifier.id)[0].statement
    values = {
        "/of": newer.sent,
        "/factor": factor,
        "/registration": registered.digest,
        "/opening": world.opening.digest,
    }
    opinion = unknown(world, newer.grower, "opinion/1", values)
    world.post(opinion)
    with_more(monkeypatch, opinion, registered)
    raw = bundle_bytes(world, newer.shipment)
    assert verdicts(verify(raw))["2 parts and references"][0] == "unknown", "the factor's record is not there"

    def add(plain: dict[str, list[object]]) -> None:
        digests = {factor_digest(one): one for one in LIBRARY.values()}
        named = {factor, *(d for d, one in digests.items() if one.record() in plain["factors"])}
        plain["factors"] = [digests[digest].record() for digest in sorted(named)]

    assert verdicts(verify(altered(raw, add)))["2 parts and references"] == ("good", "ok")


def test_a_newer_key_statement_leaves_open_whose_keys_speak(
    newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, packhouse = newer.world, newer.packhouse
    fresh = keys.new_private_key()
    change = unknown(world, packhouse, "key/2", {"/key": {"address": keys.address_of(fresh)}})
    world.post(change)
    with world.store.write() as writer:
        held = writer.organization(packhouse.id)
        assert held is not None
        added = KeyRecord(keys.address_of(fresh), writer.size() - 1)
        writer.keep_organization(dataclasses.replace(held, keys=(*held.keys, added)))
    packhouse.key = fresh
    lot = world.produce(packhouse, "juice", kg(5), lines=(burnt(3),))
    shipment = world.dispatch(packhouse, lot, kg(2), to=newer.importer)
    assert failure(verify(bundle_bytes(world, shipment))) == (4, "unknown-key")
    with_more(monkeypatch, change)
    report = verify(bundle_bytes(world, shipment))
    found = verdicts(report)
    assert found["4 keys and roles"] == ("unknown", KIND_NOT_KNOWN)
    assert packhouse.id in next(one.detail for one in report.verdicts if one.step == 4)
    assert found["8 conservation along the graph"] == ("unknown", KIND_NOT_KNOWN)
    assert report.ok


def test_what_the_known_rules_refuse_after_an_unknown_kind_is_not_called_bad(
    newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, grower = newer.world, newer.grower
    first = world.production(grower, (output("lychee", kg(9)),), lines=(supplied(37, "carton-1"),))
    release = unknown(world, grower, "correction/2", {"/corrects": first.digest})
    world.post(release)
    monkeypatch.setattr(production, "keep_gaps", lambda *_: None)
    second = world.production(
        grower,
        (output("packed", kg(9)),),
        lines=(supplied(40, "carton-1"),),
        inputs=((lot_id(first.digest, 0), kg(9)),),
    )
    shipment = world.dispatch(grower, lot_id(second.digest, 0), kg(3), to=newer.importer)
    monkeypatch.undo()
    assert failure(verify(bundle_bytes(world, shipment))) == (8, "gap-covered-twice")
    with_more(monkeypatch, release)
    report = verify(bundle_bytes(world, shipment))
    assert report.ok
    assert "Of 3 known statements about goods 1 add up" in report.verdicts[-2].detail


def test_what_the_known_rules_refuse_before_an_unknown_kind_is_bad(
    newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = bundle_bytes(newer.world, newer.shipment)
    taken_in = BundleBooks.take_in

    def refuse(books: BundleBooks, statement: Statement, moment: object) -> None:
        if statement.kind == "production/1":
            raise UnknownLotError("the first")
        taken_in(books, statement, moment)  # type: ignore[arg-type]

    monkeypatch.setattr(BundleBooks, "take_in", refuse)
    assert failure(verify(raw)) == (8, "unknown-lot")


def test_an_unknown_kind_of_an_organization_that_is_not_registered_is_bad(newer: Newer) -> None:
    raw = bundle_bytes(newer.world, newer.shipment)
    at = numbers(raw, "registration/1")
    without = altered(raw, lambda plain: plain["statements"].pop(at[0]))
    assert failure(verify(without)) == (4, UnknownOrganizationError.problem_type())


def test_the_walk_ends_however_unknown_kinds_name_each_other(newer: Newer) -> None:
    world = newer.world
    first = unknown(world, newer.grower, "weighing/1", {"/of": newer.sent})
    second = unknown(world, newer.grower, "weighing/1", {"/of": [first.digest, newer.harvest.digest]})
    attested = unknown(world, world.accreditor, "attestation/2", {"/subject": newer.grower.id})
    world.post(first, second, attested)
    with world.store.read() as view:
        statements = {one.statement.digest: one.statement for one in view.entries(0, view.size())}
    graph = goods_behind(statements, newer.shipment)
    assert {first.digest, second.digest, newer.harvest.digest} <= set(graph)
    assert graph[second.digest] == (first.digest, newer.harvest.digest)
    assert tier_count(statements, graph) == 2
    assert attested.digest in identities_behind(statements, graph)
