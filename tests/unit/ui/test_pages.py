"""The pages as HTML: complete, in the reader's language, safe from what strangers write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api.ui import journey
from api.ui.language import LANGUAGES, Language, Writing
from api.ui.organization import Profile
from api.ui.pages import (
    Found,
    render_error,
    render_organization,
    render_passport,
    render_start,
)
from api.ui.passport_view import PassportView
from ledger.identity import KeyRecord, RoleRecord
from ledger.passport import Checks, Passport
from ledger.provenance_document import ProvenanceDocument
from tests.builders import World
from tests.unit.ui.reading import Checker, page_of, text_of
from tests.unit.ui.showcase import GTIN, documents, links, row, show

HOSTILE = "\"><script>alert(1)</script><b x='"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", ["sea", "refused", "plain", "empty"])
def test_every_passport_is_a_sound_page_in_every_language(which: str, language: Language) -> None:
    page = page_of(getattr(show(), which), language)
    checker = Checker(page)
    assert f'<html lang="{language}">' in page
    assert checker.styled == []
    assert not {"script", "style", "iframe", "object"} & checker.tags
    assert all(address.startswith(("/", "#")) for address in checker.addresses)
    if language != "en":
        assert "Gaps, by name" not in page


def test_what_can_be_compared_with_the_goods_stands_first() -> None:
    text = text_of(page_of(show().sea))
    places = [
        text.index(one) for one in ("6,000 kg", "IQF-2026-07", "MSKU1234565", "kg CO₂e per kg", "By tier")
    ]
    assert places == sorted(places)
    assert GTIN in text


def test_the_seal_counts_the_answers_that_stand_below_it() -> None:
    document, _ = documents(show().sea)
    values = [one.value for one in document.checks.answers]
    counted = {one: values.count(one) for one in ("good", "bad", "unknown")}
    assert sum(counted.values()) == 11
    assert text_of(page_of(show().sea)).count(Writing("en")("checks.count", **counted)) == 2


def test_the_page_says_what_the_documents_say() -> None:
    document, graph = documents(show().sea)
    write, text = Writing("en"), text_of(page_of(show().sea))
    assert write.rate(document.per_unit.gross) in text
    assert write.rate(document.per_unit.net) in text
    assert write.percent(document.primary_share) in text
    assert write.percent(document.flagged_share) in text
    assert write("quality.primary.rule") in text
    assert "More than 20 % of the gross at dispatch" in text
    assert "7.00 kg claimed by parties" in text
    assert text.count("Why: the supplier gave no passport") == len(graph.gaps)
    assert "CC-BY-SA-4.0" in text
    assert "accredited: buyer" in text
    assert "not verified by an accreditor" in text
    assert "A local chain shows the mechanism" in text
    assert "As of checkpoint" in text
    assert f"passport verify passport-{show().sea[:16]}.json" in text
    assert all(verdict.detail.split(":")[0][:30] in text for verdict in document.checks.verdicts[:1])


def test_the_stops_of_the_journey_add_up_to_the_figure() -> None:
    document, graph = documents(show().sea)
    stops = journey.stops(document, graph, Writing("en"))
    icons = [stop.icon for stop in stops]
    assert icons == ["supplier", "sender", "road", "hub", "sea", "other", "consignee"]
    nodes = {node.statement: int(node.reaches.gross_mg) for node in graph.nodes}
    assert sum(nodes.values()) == int(document.footprint.gross_mg)
    assert [stop.muted for stop in stops] == [False] * 5 + [True, False]
    assert stops[1].name == "Dianbai Cold Chain Packhouse Co."


def test_the_page_says_how_each_production_was_shared_and_names_what_bears_nothing() -> None:
    document, graph = documents(show().sea)
    text = text_of(page_of(show().sea))
    made = [node for node in graph.nodes if node.policy]
    assert (text.count("By mass mass/1"), text.count("Waste carries nothing cut-off/1"), len(made)) == (
        2,
        1,
        3,
    )
    assert "Bears nothing, by its maker’s choice: culls." in text
    assert text.index("妃子笑荔枝 Feizixiao lychee (FZX-0620)") < text.index("carton on the way")
    assert "按质量分摊 mass/1" in text_of(page_of(show().sea, "zh-Hans"))
    (harvest,) = (node for node in made if len(node.outputs) == 2)
    assert [output.share for output in harvest.outputs] == ["1.000000", "0.000000"]
    assert [output.on_the_way for output in harvest.outputs] == [True, False]
    other = harvest.model_copy(update={"policy": "value_added/7"})
    renamed = graph.model_copy(update={"nodes": (other,)})
    assert "value added.7 value_added/7" in text_of(
        render_passport(document, renamed, "en", links(document.id))
    )


def test_goods_sold_outside_and_names_that_are_not_known_are_shown_too() -> None:
    document, graph = documents(show().plain)
    nameless = document.model_copy(update={"sender": document.sender.model_copy(update={"name": ""})})
    text = text_of(render_passport(nameless, graph, "en", links(document.id)))
    assert "a buyer without an account" in text
    assert document.sender.id in text


def test_a_tier_with_many_suppliers_names_three() -> None:
    document, graph = documents(show().sea)
    tier = next(node for node in graph.nodes if node.tier == 2)
    more = [
        tier.model_copy(
            update={"organization": tier.organization.model_copy(update={"id": f"org_{n}", "name": f"S{n}"})}
        )
        for n in range(9)
    ]
    crowd = graph.model_copy(update={"nodes": (*graph.nodes, *more)})
    assert journey.stops(document, crowd, Writing("en"))[0].note.endswith(" …")


def test_many_activities_end_in_one_row_for_the_rest() -> None:
    document, graph = documents(show().sea)
    first = graph.activities[0]
    many = tuple(first.model_copy(update={"name": f"activity_{n}"}) for n in range(20))
    view = PassportView(document, graph.model_copy(update={"activities": many}), Writing("en"))
    rows = view.activities().rows
    assert len(rows) == 8
    assert rows[-1].cells[0] == "13 more"


def test_a_gap_whose_factor_is_not_at_hand_is_named_by_digest() -> None:
    document, graph = documents(show().sea)
    gaps = tuple(gap.model_copy(update={"factor": None, "text": None}) for gap in graph.gaps)
    text = text_of(
        render_passport(document, graph.model_copy(update={"gaps": gaps}), "zh-Hans", links(document.id))
    )
    assert graph.gaps[0].factor_digest[:16] in text


def test_a_passport_without_gaps_or_emissions_says_so() -> None:
    text = text_of(page_of(show().empty))
    assert "No gaps: everything behind this passport was signed" in text
    assert "Nothing was emitted." in text
    assert "No line carries a flag." in text


def test_chinese_readers_get_a_factors_chinese_name() -> None:
    _, graph = documents(show().sea)
    named = [gap for gap in graph.gaps if gap.factor and gap.factor.name_zh]
    assert named
    assert named[0].factor is not None
    assert str(named[0].factor.name_zh) in page_of(show().sea, "zh-Hans")
    assert str(named[0].factor.name_zh) not in page_of(show().sea, "en")


def test_a_failed_check_warns_and_a_pending_one_says_pending() -> None:
    document, graph = documents(show().sea)
    failed = document.checks.verdicts[2].model_copy(
        update={"value": "bad", "reason": "wrong-key", "detail": HOSTILE}
    )
    skipped = document.checks.verdicts[3].model_copy(update={"value": "unknown", "reason": "not-reached"})
    checks = document.checks.model_copy(update={"verdicts": (failed, skipped), "anchor": None, "as_of": None})
    page = render_passport(document.model_copy(update={"checks": checks}), graph, "en", links(document.id))
    text = text_of(page)
    assert "A check failed: do not rely on it" in text
    assert "A signature or summary does not fit its statement." in text
    assert "An earlier check failed, so this one was not reached." in text
    assert "Pending: the newest checkpoint is not on a chain yet." in text
    assert "<script" not in page


def test_an_unchecked_passport_says_so() -> None:
    document, graph = documents(show().sea)
    page = render_passport(document.model_copy(update={"checks": Checks()}), graph, "en", links(document.id))
    assert "Not checked yet" in page


def hostile(value: Any) -> Any:
    """Put hostile text into every text of a document that a stranger chooses."""
    if isinstance(value, dict):
        chosen = {"product", "name", "text", "origin", "destination", "batch", "licence", "source", "key"}
        return {
            key: HOSTILE if key in chosen and isinstance(one, str) else hostile(one)
            for key, one in value.items()
        }
    return [hostile(one) for one in value] if isinstance(value, list) else value


def test_what_strangers_write_is_never_markup() -> None:
    document, graph = documents(show().sea)
    bad = Passport.model_validate(hostile(document.model_dump(mode="json")))
    plain = hostile(graph.model_dump(mode="json"))
    for name in ("activities", "scopes", "stages", "of_which", "gwp", "flags"):
        plain[name] = graph.model_dump(mode="json")[name]
    for language in LANGUAGES:
        page = render_passport(bad, ProvenanceDocument.model_validate(plain), language, links(document.id))
        assert "alert(1)" in page
        assert "script" not in Checker(page).tags


def test_soil_and_purchases_are_operation_and_never_called_burnt_fuel() -> None:
    document, graph = documents(show().sea)
    page = render_passport(document, graph, "en", links(document.id))
    assert "fuels and power made and delivered" in page
    assert "Fuels: burnt" not in page


def test_start_and_error_pages_are_sound_and_escape_what_was_searched() -> None:
    line = row(documents(show().sea)[0])
    for found in (Found(), Found([line], HOSTILE), Found([])):
        for language in LANGUAGES:
            page = render_start(found, language)
            assert "script" not in Checker(page).tags
    assert "No shipment has been handed on yet." in render_start(Found([]), "en")
    assert "未找到" in render_error(404, "zh-Hans")
    assert "The fault is ours" in render_error(503, "en")
    Checker(render_error(422, "zh-Hant", "/01/x?p=1"))


def test_every_state_of_roles_and_keys_is_named() -> None:
    world = World()
    farm = world.register("Farm", "farmer", "port")
    with world.store.read() as view:
        known = view.organization(farm.id)
    assert known is not None
    until = datetime(2026, 7, 8, tzinfo=UTC)
    keys = (
        *known.keys,
        KeyRecord("0x" + "1" * 40, 0, "rotated", 3, until),
        KeyRecord("0x" + "2" * 40, 0, "revoked", 3),
    )
    roles = (RoleRecord("verifier", "2024-01-01", "2024-12-31", "a" * 64),)
    page = render_organization(Profile(replace(known, keys=keys, roles=roles), [], "2026-07-01"), "en")
    text = text_of(page)
    assert "farmer by its own word" in text
    assert "port by its own word; not verified by an accreditor" in text
    assert "verifier attested, but not today (until 31 December 2024)" in text
    assert "replaced; still valid until 8 July 2026" in text
    assert "revoked" in text
    assert "unverified" in text
    nobody = replace(known, roles_claimed=(), roles=())
    silent = render_organization(Profile(nobody, None, "2026-07-01"), "en")
    assert "It claims no role." in silent
