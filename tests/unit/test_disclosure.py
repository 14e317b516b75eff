"""What each profile shows, what it hides, and that hiding changes nothing that was signed."""

from __future__ import annotations

import json
from functools import lru_cache

import pytest

from ledger.adjusted_lines import LogOpeningMissingError
from ledger.bundle import opened, to_bytes
from ledger.components import Components
from ledger.disclosure import (
    PROFILES,
    Profile,
    UnknownProfileError,
    check_profile,
    disclosed,
    profile_of,
    shows_as_much,
    widest,
)
from ledger.line_factors import LineCheck
from ledger.provenance import provenance
from ledger.provenance_document import provenance_document
from ledger.stand_ins import SHOWN_AS, hidden_line
from ledger.verification import Report, verify
from ledger.verification_steps.reading import read_contents
from scripts.vectors.handmade_log import LIBRARY, burnt, supplied
from tests.builders import Party, World, kg, output, take
from tests.bundle_worlds import bundle_bytes, play, played


def as_shown(raw: bytes, profile: Profile) -> bytes:
    return to_bytes(disclosed(opened(raw).bundle, profile))


def verdict(report: Report, step: int, name: str) -> tuple[str, str]:
    found = next(one for one in report.verdicts if (one.step, one.name) == (step, name))
    return found.value, found.reason


@lru_cache(maxsize=1)
def secretive() -> tuple[World, str, Party]:
    """Play two tiers without a correction, of which the second has much to hide."""
    world = World()
    farm, packhouse = world.register("Hidden Valley Farm", "farmer"), world.register("Packhouse", "supplier")
    auditor, importer = world.register("Auditor", "verifier"), world.register("Importer", "buyer")
    change = {"action": "add", **world.joining(farm, farm_key())}
    world.state(farm, "key/1", {"key": change, "name": "Valley II"})
    lines = [burnt(480), {**supplied(640, "order-4711"), "price": PRICE}]
    lines[0]["source"]["text"] = "Diesel of the old tractor"
    body = {
        "outputs": [output("secret lychee", kg(3000), batch="SECRETBATCH")],
        "lines": lines,
        "policy": {"id": "mass/1"},
        "site": {"name": "Secret Farm Road 7"},
        "note": "Secret note",
    }
    harvest = world.state(farm, "production/1", body)
    sent = world.state(
        farm,
        "dispatch/1",
        {
            "take": take(f"{harvest.digest}.0", kg(2900)),
            "consignee": packhouse.id,
            "places": {"from": {"name": "Secret Harbour"}, "to": {"name": "Packhouse Quay"}},
            "goods": {"container": "CSQU3054383"},
        },
    ).digest
    opinion = {
        "standard": "ISO 14064-3",
        "scope": "The Hidden Valley",
        "level": "limited",
        "conclusion": "unmodified",
        "statements": [harvest.digest],
    }
    validity = {"from": "2026-01-01", "to": "2026-12-31"}
    world.state(auditor, "attestation/1", {"subject": farm.id, "opinion": opinion, "validity": validity})
    bulk = world.receive(packhouse, sent)
    packed = world.produce(
        packhouse, "packed lychee", kg(2800), lines=(supplied(300, "ice-1"),), inputs=((bulk, kg(2900)),)
    )
    shipment = world.dispatch(packhouse, packed, kg(1000), to=importer)
    world.receive(importer, shipment)
    return world, shipment, auditor


PRICE = {"minor_units": "424242", "currency": "CNY", "year": "2026", "price_type": "purchaser"}


@lru_cache(maxsize=1)
def farm_key() -> bytes:
    from ledger.signing import new_private_key  # noqa: PLC0415 - one key for the one world

    return new_private_key()


HIDDEN_IN_TRADE = (
    *("Hidden Valley", "Valley II", "order-4711", "424242", "old tractor", "secret lychee", "SECRETBATCH"),
    *("Secret Farm Road", "Secret note", "Secret Harbour", "CSQU3054383", "ISO 14064-3"),
)


@pytest.mark.parametrize("profile", ["trade", "total"])
def test_no_hidden_name_price_or_recipe_occurs_in_the_bytes(profile: Profile) -> None:
    world, shipment, _ = secretive()
    raw = bundle_bytes(world, shipment)
    shown = as_shown(raw, profile).decode()
    for secret in HIDDEN_IN_TRADE:
        assert secret in raw.decode(), secret
        assert secret not in shown, secret
    full = {part["salt"] for one in json.loads(raw)["statements"] for part in one["parts"]}
    there = {part["salt"] for one in json.loads(shown)["statements"] for part in one["parts"]}
    assert there < full
    assert all(salt not in shown for salt in full - there), "no salt of a hidden part is left anywhere"


def test_amounts_show_gaps_and_hide_names_and_prices() -> None:
    world, shipment, _ = secretive()
    shown = as_shown(bundle_bytes(world, shipment), "amounts").decode()
    assert "order-4711" in shown, "a gap is always named: its key is signed with the amount"
    for hidden in set(HIDDEN_IN_TRADE) - {"order-4711"}:
        assert hidden not in shown


def test_whoever_sees_all_amounts_checks_conservation_by_itself() -> None:
    world, shipment, _ = secretive()
    raw = bundle_bytes(world, shipment)
    whole, report = verify(raw), verify(as_shown(raw, "amounts"))
    assert verdict(report, 2, "parts and references") == ("good", "ok")
    assert verdict(report, 3, "summaries") == ("unknown", "parts-hidden")
    assert verdict(report, 8, "conservation along the graph") == ("good", "ok")
    assert all(one.name != "hidden tiers" for one in report.verdicts)
    assert report.figures is not None
    assert whole.figures is not None
    assert report.figures.components == whole.figures.components
    assert report.figures.hidden == ()
    assert [gap.key for gap in report.figures.gaps] == [gap.key for gap in whole.figures.gaps]
    detail = next(one.detail for one in report.verdicts if one.step == 8)
    assert "What 2 were computed from is hidden." in detail


@pytest.mark.parametrize("profile", ["trade", "total"])
def test_totals_and_evidence_are_those_of_the_full_bundle(profile: Profile) -> None:
    story, raw = played()
    whole, report = verify(raw).figures, verify(as_shown(raw, profile))
    assert report.ok
    assert report.figures is not None
    assert whole is not None
    for name in (
        "components",
        "gross_mg",
        "net_mg",
        "quantity",
        "product",
        "status",
        "primary_share",
        "handlings",
    ):
        assert getattr(report.figures, name) == getattr(whole, name)
    assert report.figures.gwp == ("AR5", "hidden")
    assert report.as_json()["figures"]["hidden"][0]["statement"] in raw.decode()
    assert report.passport == story.shipment
    for step, name in ((3, "signatures and summaries"), (5, "log inclusion"), (4, "keys and roles")):
        assert verdict(report, step, name) == ("good", "ok")
    assert verdict(report, 2, "parts and references") == ("unknown", "parts-hidden")
    assert verdict(report, 8, "hidden tiers") == ("unknown", "hidden-tiers")


def test_an_importer_checks_totals_and_conservation_of_a_passport_whose_second_tier_is_hidden() -> None:
    story = play(World())
    world = story.world
    auditor = world.register("Auditor", "verifier")
    raw = bundle_bytes(world, story.shipment)
    hidden = verify(as_shown(raw, "trade")).figures
    assert hidden is not None
    assert [one.kind for one in hidden.hidden] == ["dispatch/1", "handling/1", "handling/1"]
    world.vouch(auditor, story.shipment, [one.statement for one in hidden.hidden])
    raw = bundle_bytes(world, story.shipment)
    report = verify(as_shown(raw, "trade"))
    assert verdict(report, 8, "conservation along the graph") == ("good", "ok")
    assert verdict(report, 8, "hidden tiers") == ("good", "attested")
    said = next(one.detail for one in report.verdicts if one.name == "hidden tiers")
    assert "attested by Auditor" in said
    assert "not proved" in said
    with world.store.read() as view:
        shipment = view.shipment(story.shipment)
    assert shipment is not None
    assert report.figures is not None
    assert report.figures.components == shipment.total.wire()
    assert verify(raw).ok


def test_an_attester_without_an_accredited_role_is_named_as_such() -> None:
    story = play(World())
    stranger = story.world.register("Stranger", "buyer")
    raw = bundle_bytes(story.world, story.shipment)
    hidden = verify(as_shown(raw, "total")).figures
    assert hidden is not None
    story.world.vouch(stranger, story.shipment, [one.statement for one in hidden.hidden])
    report = verify(as_shown(bundle_bytes(story.world, story.shipment), "total"))
    assert verdict(report, 8, "hidden tiers") == ("unknown", "attester-not-accredited")
    report = verify(as_shown(bundle_bytes(story.world, story.shipment), "trade"))
    assert verdict(report, 8, "hidden tiers")[0] == "unknown", "other statements are hidden there"


def test_a_bundle_shows_less_and_less_whatever_the_way_there() -> None:
    raw = played()[1]
    sizes = [len(as_shown(raw, profile)) for profile in PROFILES]
    assert sizes == sorted(sizes, reverse=True)
    assert as_shown(raw, "full") == raw
    for profile in PROFILES:
        once = as_shown(raw, profile)
        assert as_shown(once, profile) == once, "hiding what is hidden changes nothing"
    assert as_shown(as_shown(raw, "trade"), "amounts") == as_shown(raw, "trade")
    assert verify(as_shown(as_shown(raw, "trade"), "total")).ok


def test_provenance_of_hidden_tiers_names_what_is_hidden_and_loses_no_milligram() -> None:
    story, raw = played()
    for profile in ("amounts", "trade", "total"):
        shown = opened(as_shown(raw, profile))
        statements = tuple(read_contents(shown).statements.values())
        found = provenance(statements, story.shipment, shown.factors.get)
        assert found.total.gross_mg() == sum(one.reaches.gross_mg() for one in found.origins)
        document = provenance_document(found, shown.factors.get)
        hidden = [node for node in document.nodes if SHOWN_AS in (node.product, node.organization.name)]
        assert hidden, profile
        assert all(node.quantity is None for node in hidden if node.kind == "dispatch/1")
        assert "hidden" in {share.name for share in document.flags}
        assert "hidden" in {share.name for share in document.scopes}


def test_profiles_have_one_order_and_one_spelling() -> None:
    assert widest(()) == "total"
    assert widest(("trade", "amounts", "total")) == "amounts"
    assert shows_as_much("full", "total")
    assert not shows_as_much("total", "trade")
    assert check_profile("trade") == "trade"
    with pytest.raises(UnknownProfileError, match="'everything'"):
        check_profile("everything")


def test_the_link_between_a_line_and_its_hash_is_hidden_with_the_name() -> None:
    """With `/ref` shown, a name could be guessed from the hash of the line that was signed."""
    for one in json.loads(as_shown(played()[1], "trade"))["statements"]:
        paths = {part["path"] for part in one["parts"]}
        if one.get("hidden"):
            assert "/ref" not in paths


def test_a_bundle_tells_by_which_profile_it_shows_what_it_shows() -> None:
    bundle = opened(played()[1]).bundle
    for profile in PROFILES:
        assert profile_of(disclosed(bundle, profile)) == profile


def test_provenance_of_hidden_tiers_needs_the_logs_first_entry_for_its_gwp_set() -> None:
    story, raw = played()
    shown = opened(as_shown(raw, "total"))
    statements = [one for one in read_contents(shown).statements.values() if one.kind != "log_open/1"]
    with pytest.raises(LogOpeningMissingError):
        provenance(statements, story.shipment, shown.factors.get)


def test_of_a_line_whose_source_is_hidden_nothing_is_checked() -> None:
    line = hidden_line(Components.parse({"fossil.calculated": "5"}), "AR5")
    assert LineCheck("AR5", LIBRARY.__getitem__).check("ab" * 32, "lines/0", line)
