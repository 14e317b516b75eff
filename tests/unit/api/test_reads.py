"""Every route that reads, with a whole season behind it."""

from __future__ import annotations

from typing import Any

import pytest

from api.passports import checks_of, factor_finder, link_of, report_of
from api.routes.factors import EXAMPLE
from ledger import canonical, signing
from ledger.factor import factor_digest
from ledger.factors.library import FactorLibrary
from ledger.log import checkpoint, merkle
from ledger.quantities import kilograms_text
from ledger.statements import ProductionBody
from ledger.verification import verify
from tests.bundle_worlds import Story
from tests.served import Served, check_acknowledged, refused

Season = tuple[Served, Story]
NOBODY = "0" * 64


def get(season: Season, path: str, **query: Any) -> Any:
    answer = season[0].client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pages(season: Season, path: str, name: str, **query: Any) -> list[dict[str, Any]]:
    found, after = [], ""
    while after is not None:
        page = get(season, path, after=after, limit=2, **query)
        assert len(page[name]) <= 2
        found += page[name]
        after = page["next"]
    return found


def test_a_statement_is_found_by_digest_and_by_the_issuers_own_id(season: Season) -> None:
    here, story = season
    logged = here.world.logged(story.shipment)
    shown = get(season, f"/v1/statements/{story.shipment}")
    assert shown["digest"] == story.shipment
    assert shown["position"] == logged.position
    assert shown["anchored"] == "anchored"
    envelope = shown["envelope"]
    assert canonical.digest(envelope) == story.shipment
    assert {"salt", "path", "value"} == shown["parts"][0].keys()
    assert signing.check_signature(envelope, shown["signature"]) == shown["signature"]["key"]
    check_acknowledged(here, shown["acknowledgement"])
    again = get(season, "/v1/statements", issuer=envelope["issuer"], id=envelope["id"])
    assert again == shown
    for path in (f"/v1/statements/{NOBODY}", "/v1/statements?issuer=&id=" + envelope["id"]):
        assert refused(here.client.get(path)) == (404, "not-visible")


def test_organizations_are_listed_in_pages_with_roles_and_keys(season: Season) -> None:
    here, story = season
    found = pages(season, "/v1/organizations", "organizations")
    assert [one["name"] for one in found].count("Packhouse") == 1
    assert len(found) == len(story.parties) + 1
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)
    packhouse = get(season, f"/v1/organizations/{story.parties['Packhouse'].id}")
    assert packhouse in found
    assert [key["state"] for key in packhouse["keys"]] == ["rotated", "active"]
    carrier = get(season, f"/v1/organizations/{story.parties['Carrier'].id}")
    assert carrier["verified"]
    assert carrier["roles"] == [{"role": "carrier", "accredited": True, "needs_accreditation": True}]
    assert carrier["attested"][0]["from"] == "2026-01-01"
    assert refused(here.client.get("/v1/organizations/org_" + "a" * 32)) == (404, "not-visible")
    assert refused(here.client.get("/v1/organizations/nobody")) == (422, "field-form")


def sums_of(books: dict[str, Any]) -> dict[str, int]:
    slots = {slot for name in (*COLUMNS, "opening", "closing") for slot in books[name]}
    came = ("opening", "direct", "removals", "imported", "gaps", "taken_over")
    went = ("handed_on", "disposed", "lost")
    return {
        slot: sum(int(books[name].get(slot, 0)) for name in came)
        - sum(int(books[name].get(slot, 0)) for name in went)
        for slot in slots
    }


COLUMNS = ("direct", "removals", "imported", "gaps", "taken_over", "handed_on", "disposed", "lost")
PERIODS: list[dict[str, str]] = [
    {},
    {"from": "2026-06-01", "to": "2026-06-30"},
    {"from": "2026-07-01"},
    {"to": "2026-05-31"},
    {"from": "0001-01-01", "to": "9999-12-31"},
]


@pytest.mark.parametrize("period", PERIODS)
def test_books_close_in_every_component_and_period(season: Season, period: dict[str, str]) -> None:
    _, story = season
    for party in story.parties.values():
        books = get(season, f"/v1/organizations/{party.id}/books", **period)
        closing = sums_of(books)
        assert {slot: mg for slot, mg in closing.items() if mg} == {
            slot: int(mg) for slot, mg in books["closing"].items()
        }
        assert books["gross_mg"]["closing"].lstrip("-").isdigit()
    grower = get(season, f"/v1/organizations/{story.parties['Grower'].id}/books", **period)
    moved = any(grower[name] for name in COLUMNS)
    assert moved == (period in (PERIODS[0], PERIODS[1], PERIODS[4]))
    if period == PERIODS[2]:
        assert grower["opening"] == grower["closing"] != {}


def test_a_period_that_ends_before_it_begins_is_refused(season: Season) -> None:
    here, story = season
    path = f"/v1/organizations/{story.parties['Grower'].id}/books"
    asked = {"from": "2026-06-30", "to": "2026-06-01"}
    assert refused(here.client.get(path, params=asked)) == (422, "date-order")
    assert refused(here.client.get(path, params={"from": "June"})) == (422, "field-form")
    stranger = "/v1/organizations/org_" + "a" * 32 + "/books"
    assert refused(here.client.get(stranger)) == (404, "not-visible")


def test_lots_show_what_is_left_and_what_it_carries(season: Season) -> None:
    here, story = season
    every = pages(season, "/v1/lots", "lots")
    assert len(every) >= 5
    mine = pages(season, "/v1/lots", "lots", holder=story.parties["Packhouse"].id)
    assert mine == [lot for lot in every if lot["holder"] == story.parties["Packhouse"].id]
    for lot in every:
        assert get(season, f"/v1/lots/{lot['id']}") == {**lot, "claims": [], "removals": []}
        assert int(lot["quantity_left"]) <= int(lot["quantity_original"])
        assert (lot["removals_mg"], lot["net_mg"]) == ("0", lot["gross_mg"])
    assert refused(here.client.get(f"/v1/lots/{NOBODY}.0")) == (404, "not-visible")
    assert refused(here.client.get("/v1/lots/lot-7")) == (422, "field-form")


def test_passports_are_listed_for_all_and_for_one_party(season: Season) -> None:
    _, story = season
    every = pages(season, "/v1/passports", "passports")
    assert {story.shipment, story.open_shipment, story.outside} < {one["id"] for one in every}
    statuses = {one["id"]: one["status"] for one in every}
    assert statuses[story.shipment] == "received"
    assert statuses[story.open_shipment] == "open"
    carried = pages(season, "/v1/passports", "passports", party=story.parties["Importer"].id)
    assert {one["id"] for one in carried} == {story.shipment, story.open_shipment}


def test_a_passport_with_its_provenance(season: Season) -> None:
    here, story = season
    document = get(season, f"/v1/passports/{story.shipment}")
    assert document["id"] == story.shipment
    graph = get(season, f"/v1/passports/{story.shipment}/provenance")
    assert graph["nodes"]
    assert graph["edges"]
    for path in ("", "/provenance", "/bundle", "/verify", "/qr.svg"):
        answer = here.client.get(f"/v1/passports/{NOBODY}{path}")
        assert refused(answer) == (404, "not-visible")
        assert refused(here.client.get(f"/v1/passports/nothing{path}")) == (422, "field-form")


def test_a_bundle_verifies_by_its_bytes_alone_and_as_the_server_says(season: Season) -> None:
    here, story = season
    for passport in (story.shipment, story.open_shipment, story.outside):
        answer = here.client.get(f"/v1/passports/{passport}/bundle")
        assert (
            answer.headers["content-disposition"] == f'attachment; filename="passport-{passport[:16]}.json"'
        )
        report = verify(answer.content, trusted_log_key=here.world.signer.verifier.text())
        assert report.ok, report.verdicts
        by_server, by_bytes = get(season, f"/v1/passports/{passport}/verify"), report.as_json()
        # The server asks its own chain, too.
        asked = [verdict for verdict in by_server.pop("verdicts") if verdict["step"] == 7]
        assert by_server == {name: value for name, value in by_bytes.items() if name != "verdicts"}
        assert [verdict["value"] for verdict in asked] in (["good"], ["unknown"])


def test_the_code_on_the_box_is_an_svg(season: Season) -> None:
    here, story = season
    answer = here.client.get(f"/v1/passports/{story.shipment}/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")


def test_the_logs_terms_and_its_newest_checkpoint(season: Season) -> None:
    here, _ = season
    terms = get(season, "/v1/log")
    assert terms["log_id"] == here.world.log_id
    assert terms["size"] == here.size()
    assert terms["anchor_address"] == here.world.operator.address
    note = here.client.get("/v1/log/checkpoint")
    assert note.headers["content-type"].startswith("text/plain")
    signed = checkpoint.verify(note.text, here.world.signer.verifier)
    assert signed.size == here.size()


def test_an_inclusion_proof_leads_to_the_checkpoints_root(season: Season) -> None:
    here, story = season
    proof = get(season, f"/v1/log/proofs/{story.shipment}")
    signed = checkpoint.verify(proof["checkpoint"], here.world.signer.verifier)
    merkle.check_inclusion(
        bytes.fromhex(proof["leaf_hash"]),
        proof["position"],
        proof["size"],
        [bytes.fromhex(node) for node in proof["proof"]],
        signed.root,
    )
    assert proof["anchored"] == "anchored"
    assert proof["anchors"][0]["root"] == signed.root.hex()
    assert refused(here.client.get(f"/v1/log/proofs/{NOBODY}")) == (404, "not-visible")


def test_a_consistency_proof_shows_that_the_log_grew(season: Season) -> None:
    here, _ = season
    with here.wired.store.read() as view:
        roots = {one.size: one.root for one in view.checkpoints()}
    first, second = sorted(roots)[3], here.size()
    answer = get(season, "/v1/log/consistency", first=first, second=second)
    nodes = [bytes.fromhex(node) for node in answer["proof"]]
    merkle.check_consistency(first, second, nodes, roots[first], roots[second])
    beyond = here.client.get("/v1/log/consistency", params={"first": 1, "second": second + 1})
    assert refused(beyond) == (422, "tree-sizes")
    backwards = here.client.get("/v1/log/consistency", params={"first": 5, "second": 4})
    assert refused(backwards) == (422, "tree-sizes")
    assert refused(here.client.get("/v1/log/consistency", params={"first": 0, "second": 1})) == (
        422,
        "field-form",
    )


def test_anchors_and_how_the_chain_is(season: Season) -> None:
    here, _ = season
    shown = get(season, "/v1/anchors")
    assert shown["enabled"]
    assert shown["pending"] == 0
    assert shown["anchors"][-1]["size"] == here.size()
    ready = get(season, "/readyz")
    assert ready["status"] == "ready"
    assert ready["chain"]["reachable"]
    assert ready["chain"]["fund_address"] is None
    assert get(season, "/healthz") == {"status": "up"}


def test_everything_recorded_lies_somewhere(season: Season) -> None:
    sums = get(season, "/v1/conservation")
    assert sums["holds"]
    assert sums["recorded_mg"] == sums["accounted_mg"] != "0"
    assert all(recorded == accounted for recorded, accounted in sums["by_component"].values())


def test_factors_are_searched_listed_and_read_by_digest(season: Season) -> None:
    here, _ = season
    found = get(season, "/v1/factors", q="diesel", limit=3)
    assert 0 < len(found["factors"]) <= 3
    assert {"source", "licence", "gwp", "data_year", "digest"} <= found["factors"][0].keys()
    assert found["datasets"]
    listed = get(season, "/v1/factors", offset=5, limit=2)
    assert len(listed["factors"]) == 2
    one = listed["factors"][0]
    assert get(season, f"/v1/factors/{one['digest']}") == one
    assert refused(here.client.get("/v1/factors/" + NOBODY)) == (404, "unknown-factor")
    assert refused(here.client.get("/v1/factors", params={"dataset": "no such set"})) == (
        404,
        "unknown-dataset",
    )
    assert refused(here.client.get("/v1/factors", params={"limit": "201"})) == (422, "field-form")


def test_a_factor_is_chosen_for_a_gap_and_says_why(season: Season) -> None:
    here, _ = season
    query = EXAMPLE
    answer = here.client.post("/v1/factors/resolve", json=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["factor"]
    unknown = here.client.post("/v1/factors/resolve", json={**query, "colour": "brown"})
    assert refused(unknown) == (422, "unknown-field")
    nothing = here.client.post("/v1/factors/resolve", json={"item": "cartons", "region": "CN", "year": 2024})
    assert refused(nothing) == (422, "empty-gap-query")


def test_the_shipped_factors_are_the_same_for_everybody(season: Season) -> None:
    factor = FactorLibrary.shipped().get("china-grid.cn-gd.2023")
    assert get(season, f"/v1/factors/{factor_digest(factor)}")["region"] == "CN-GD"


def test_no_statement_of_the_season_was_left_out(season: Season) -> None:
    here, _ = season
    with here.wired.store.read() as view:
        kinds = {one.statement.kind for one in view.entries(0, view.size())}
        made = [one for one in view.entries(0, view.size()) if isinstance(one.statement.body, ProductionBody)]
    assert kinds == {
        *("log_open/1", "registration/1", "attestation/1", "key/1", "production/1", "correction/1"),
        *("dispatch/1", "handling/1", "receipt/1", "disposal/1"),
    }
    assert len(made) == 2


def test_books_come_as_a_table_for_who_asks_for_one(season: Season) -> None:
    here, story = season
    path = f"/v1/organizations/{story.parties['Packhouse'].id}/books"
    answer = here.client.get(path, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = [line.split(",") for line in answer.text.splitlines()]
    books = get(season, path)
    assert rows[0][0] == "component"
    columns = [name.removesuffix("_kg_co2e") for name in rows[0][1:]]
    for component, *cells in rows[1:]:
        for name, cell in zip(columns, cells, strict=True):
            assert kilograms_text(int(books[name].get(component, "0"))) == cell


def test_a_factor_that_the_library_lacks_is_a_gap_of_the_document_only(season: Season) -> None:
    here, _ = season
    assert factor_finder(here.wired)(NOBODY) is None


def test_a_code_for_what_is_no_dispatch_leads_to_its_page(season: Season) -> None:
    here, story = season
    with here.wired.store.read() as view:
        receipt = view.shipment(story.shipment)
        assert receipt is not None
        address = link_of(here.wired, receipt.answered_by, view, "https://here.example")
        assert address == f"https://here.example/p/{receipt.answered_by}"
        assert f"s={here.wired.sign_in.link_secret(story.shipment)}" in link_of(
            here.wired, story.shipment, view, "https://here.example"
        )


def test_checks_without_an_anchor_say_so(season: Season) -> None:
    here, story = season
    raw = here.client.get(f"/v1/passports/{story.shipment}/bundle").content
    report = report_of(here.wired, raw)
    with here.wired.store.read() as view:
        shown = checks_of(report, view)
        assert shown.anchor is not None
        assert shown.anchor.local
        view.anchors = list  # type: ignore[method-assign]
        assert checks_of(report, view).anchor is None
    assert len(shown.verdicts) == len(report.verdicts)
