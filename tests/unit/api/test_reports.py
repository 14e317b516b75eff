"""Reports over HTTP: as JSON, CSV, Excel and pages; for whom; and the evidence of a period."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from ledger.log import checkpoint, merkle
from ledger.log.checkpoint import VerifierKey
from ledger.quantities import kilograms_text
from scripts.vectors.handmade_log import burnt
from tests.bundle_worlds import Story
from tests.served import Served, refused
from tests.unit.ui.reading import Checker, text_of

Season = tuple[Served, Story]
PERIOD = {"from": "2026-06-01", "to": "2026-06-30"}
NOBODY = "org_" + "a" * 32


def books_of(season: Season, company: str, **asked: str) -> Any:
    here, story = season
    return here.client.get(f"/v1/organizations/{story.parties[company].id}/books", params=asked)


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def lot_of(season: Season) -> str:
    here, story = season
    with here.wired.store.read() as view:
        shipment = view.shipment(story.shipment)
    assert shipment is not None
    return shipment.lot


def test_a_trial_balance_as_csv_adds_up_to_zero_for_every_company(season: Season) -> None:
    for company in season[1].parties:
        answer = books_of(season, company, report="trial-balance", format="csv", **PERIOD)
        assert answer.headers["content-disposition"].endswith('trial-balance-2026-06-01-2026-06-30.csv"')
        sums: dict[str, Decimal] = {}
        for row in rows_of(answer):
            closing = Decimal(row["closing_kg_co2e"])
            sums[row["component"]] = sums.get(row["component"], Decimal(0)) + closing
        assert sums
        assert not any(sums.values()), company


def test_a_statement_as_csv_leads_from_opening_to_closing(season: Season) -> None:
    answer = books_of(season, "Packhouse", format="csv", table="calculation")
    rows = {row["line"]: Decimal(row["gross_kg_co2e"]) for row in rows_of(answer)}
    closing = rows.pop("closing")
    assert sum(rows.values()) == closing > 0
    other = books_of(season, "Packhouse", format="csv", table="nothing")
    assert refused(other) == (404, "unknown-table")
    assert "calculation" in other.json()["detail"]


def test_a_workbook_has_kilograms_as_numbers_and_milligrams_as_text_beside_them(season: Season) -> None:
    answer = books_of(season, "Packhouse", format="xlsx", lang="zh-Hans")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["说明", "期初到期末", "按产品（总排放）", "按组分"]
    sheet = book["按组分"]
    headings = [cell.value for cell in sheet[1]]
    closing, exact = headings.index("期末, kg CO2e"), headings.index("期末, mg CO2e")
    stated = books_of(season, "Packhouse").json()
    assert sheet.max_row - 1 == len(rows_of(books_of(season, "Packhouse", format="csv")))
    total = 0
    for row in sheet.iter_rows(min_row=2, values_only=True):
        amount, text = row[closing], row[exact]
        assert isinstance(amount, float | int)
        assert isinstance(text, str)
        assert round(amount * 10**6) == int(text)
        total += int(text)
    assert total == sum(map(int, stated["closing"].values()))
    first = book["期初到期末"]
    assert first.cell(first.max_row, 2).value == f"=ROUND(SUM(B2:B{first.max_row - 1}),6)"
    known = openpyxl.load_workbook(io.BytesIO(answer.content), data_only=True)["期初到期末"]
    assert known.cell(known.max_row, 2).value == int(stated["gross_mg"]["closing"]) / 10**6
    again = books_of(season, "Packhouse", format="xlsx", lang="zh-Hans")
    assert again.content == answer.content


def test_the_statement_says_the_same_by_product_as_in_all(season: Season) -> None:
    stated = books_of(season, "Packhouse").json()
    names = [one["product"] for one in stated["products"]]
    assert {"lychee", "packed lychee"} <= set(names)
    for column in ("opening", "direct", "taken_over", "handed_on", "closing"):
        parts = sum(int(one["gross_mg"][column]) for one in stated["products"])
        assert parts == int(stated["gross_mg"][column])
    assert sum(int(one["gross_mg"]["transformed"]) for one in stated["products"]) == 0


def test_scopes_follow_the_tags_of_lines_and_what_was_taken_over(season: Season) -> None:
    grower = books_of(season, "Grower", report="scopes").json()["tables"]["scopes"]
    gross = {(row["scope"], row["category"], row["origin"]): int(row["gross"]) for row in grower}
    stated = books_of(season, "Grower").json()["gross_mg"]
    assert gross["1", "", "own"] == int(stated["direct"])
    assert gross["3", "1", "own"] == int(stated["gaps"])
    packhouse = books_of(season, "Packhouse", report="scopes").json()["tables"]["scopes"]
    taken = {row["category"]: int(row["gross"]) for row in packhouse if row["origin"] == "taken_over"}
    assert set(taken) == {"1", "4"}
    assert sum(taken.values()) == int(books_of(season, "Packhouse").json()["gross_mg"]["taken_over"])


def test_the_ledger_of_a_lot_ends_with_its_balance(season: Season) -> None:
    here, _ = season
    lot = lot_of(season)
    shown = here.client.get(f"/v1/lots/{lot}/ledger").json()
    held = here.client.get(f"/v1/lots/{lot}").json()
    postings = shown["tables"]["postings"]
    assert postings[-1]["balance"] == held["gross_mg"]
    assert [row["kind"] for row in postings][:3] == ["production/1", "disposal/1", "handling/1"]
    last = shown["tables"]["running"][-1]
    assert {name: mg for name, mg in last.items() if name in held["liability"]} == held["liability"]
    table = here.client.get(f"/v1/lots/{lot}/ledger", params={"format": "csv"})
    assert rows_of(table)[0]["statement"] == postings[0]["statement"]
    assert refused(here.client.get(f"/v1/lots/{'0' * 64}.0/ledger")) == (404, "not-visible")


def test_a_study_keeps_what_iso_14067_keeps_apart(season: Season) -> None:
    here, story = season
    passport = here.client.get(f"/v1/passports/{story.shipment}").json()
    shown = here.client.get(f"/v1/passports/{story.shipment}/study").json()
    figures = {row["what"]: row for row in shown["tables"]["figures"]}
    assert figures["gross"]["amount"] == passport["footprint"]["gross_mg"]
    assert figures["net"]["amount"] == passport["footprint"]["net_mg"]
    assert figures["gross"]["per_unit"] == passport["per_unit"]["gross"]
    assert {"fossil", "aircraft", "luc", "biogenic_non_co2", "land_removal", "biogenic_co2_out"} <= set(
        figures
    )
    known = {row["what"]: row["value"] for row in shown["tables"]["knowledge"]}
    assert known["primary_share"] == passport["primary_share"]
    assert len(shown["tables"]["gaps"]) == passport["gaps"]
    policies = shown["tables"]["policies"]
    assert [row["policy"] for row in policies] == ["mass/1", "cut-off/1"]
    assert policies[1]["without_burden"] == "culls"
    assert shown["declared_unit"] == "kg"


def test_the_whole_ledger_shows_signed_and_estimated_apart(season: Season) -> None:
    here, _ = season
    shown = here.client.get("/v1/closure").json()["tables"]
    sums = [{row["account"]: row for row in shown[side]}["total"] for side in ("recorded", "accounted")]
    assert sums[0] == sums[1]
    assert int(sums[0]["signed"]) > 0 < int(sums[0]["may_overlap"])
    conservation = here.client.get("/v1/conservation").json()
    assert int(sums[0]["signed"]) + int(sums[0]["may_overlap"]) == int(conservation["recorded_mg"])


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_every_report_has_a_page_that_is_whole_in_every_language(season: Season, language: str) -> None:
    here, story = season
    packhouse, lot = story.parties["Packhouse"].id, lot_of(season)
    for path in (
        f"/o/{packhouse}/books",
        f"/o/{packhouse}/books?from=2026-06-01&to=2026-06-30",
        f"/o/{packhouse}/books?report=trial-balance&from=2026-06-01",
        f"/o/{packhouse}/books?report=scopes&to=2026-12-31",
        f"/o/{packhouse}/books?report=lot&lot={lot}",
        f"/p/{story.shipment}/study",
        "/closure",
    ):
        answer = here.client.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200, path
        assert answer.headers["content-language"] == language
        assert not Checker(answer.text).styled
        assert not re.search(r"report\.[a-z]+\.", text_of(answer.text)), path
        for address in re.findall(r'href="(/v1/[^"]+)"', answer.text):
            assert here.client.get(address.replace("&amp;", "&")).status_code == 200, address


def test_pages_lead_to_the_reports(season: Season) -> None:
    here, story = season
    packhouse = story.parties["Packhouse"].id
    assert f'href="/o/{packhouse}/books"' in here.client.get(f"/o/{packhouse}").text
    assert f'href="/p/{story.shipment}/study"' in here.client.get(f"/p/{story.shipment}").text
    secret = here.wired.sign_in.link_secret(story.shipment)
    linked = here.client.get(f"/p/{story.shipment}?s={secret}").text
    assert f'href="/p/{story.shipment}/study?s={secret}"' in linked


def test_the_page_shows_exact_kilograms_and_remembers_the_language(season: Season) -> None:
    here, story = season
    path = f"/o/{story.parties['Packhouse'].id}/books"
    closing = int(books_of(season, "Packhouse").json()["gross_mg"]["closing"])
    answer = here.client.get(path, params={"lang": "zh-Hans"})
    assert f"{Decimal(kilograms_text(closing)):,f}" in text_of(answer.text).replace(" ", "")
    assert "language=zh-Hans" in answer.headers["set-cookie"]
    here.client.cookies.clear()


def test_a_page_of_a_report_that_is_not_there_is_not_found(season: Season) -> None:
    here, story = season
    packhouse = story.parties["Packhouse"].id
    for path, status in (
        (f"/o/{NOBODY}/books", 404),
        (f"/o/{packhouse}/books?report=gossip", 404),
        (f"/o/{packhouse}/books?from=yesterday", 422),
        (f"/o/{packhouse}/books?from=2026-07-01&to=2026-06-01", 422),
        (f"/o/{packhouse}/books?report=lot&lot=nothing", 404),
        (f"/p/{'0' * 64}/study", 404),
    ):
        assert here.client.get(path).status_code == status, path
    assert refused(here.client.get(f"/v1/organizations/{NOBODY}/evidence")) == (404, "not-visible")


def test_members_see_their_own_reports_only(members: Served) -> None:
    grower, buyer = members.world.register("Grower", "farmer"), members.world.register("Buyer", "buyer")
    lot = members.world.produce(grower, "=lychee", 10**9, lines=(burnt(100),))
    for path in (f"/v1/organizations/{grower.id}/books", f"/v1/organizations/{grower.id}/evidence"):
        assert refused(members.client.get(path)) == (404, "not-visible")
        assert refused(members.client.get(path, headers=members.as_viewer(buyer))) == (404, "not-visible")
    assert members.client.get(f"/o/{grower.id}/books").status_code == 404
    assert members.client.get(f"/o/{grower.id}/books?lot={lot}").status_code == 404
    signed_in = members.as_viewer(grower)
    books = f'href="/o/{grower.id}/books"'
    assert books in members.client.get(f"/o/{grower.id}", headers=signed_in).text
    assert books not in members.client.get(f"/o/{grower.id}", headers=members.as_viewer(buyer)).text
    assert members.client.get(f"/o/{grower.id}/books", headers=signed_in).status_code == 200
    assert members.client.get(f"/o/{grower.id}/books?lot={lot}", headers=signed_in).status_code == 200
    asked = {"format": "csv", "table": "products"}
    table = members.client.get(f"/v1/organizations/{grower.id}/books", params=asked, headers=signed_in)
    assert "'=lychee" in table.text


def test_the_evidence_of_a_period_can_be_checked_without_the_ledger(season: Season) -> None:
    here, story = season
    packhouse = story.parties["Packhouse"].id
    answer = here.client.get(f"/v1/organizations/{packhouse}/evidence", params=PERIOD)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    listed = json.loads(files.pop("manifest.json"))
    assert {one["name"]: one["sha256"] for one in listed["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert (listed["organization"], listed["from"], listed["to"]) == (packhouse, *PERIOD.values())
    verifier = VerifierKey.parse(files["log_key.txt"].decode().strip())
    head = checkpoint.verify(files["checkpoint.txt"], verifier)
    lines = [json.loads(line) for line in files["proofs.ndjson"].splitlines()]
    stated = [json.loads(line) for line in files["statements.ndjson"].splitlines()]
    assert [one["position"] for one in lines] == [one["position"] for one in stated]
    for line in lines:
        proof = [bytes.fromhex(one) for one in line["proof"]]
        leaf = bytes.fromhex(line["leaf_hash"])
        merkle.check_inclusion(leaf, line["position"], head.size, proof, head.root)
    kinds = {one["entry"]["envelope"]["kind"] for one in stated}
    assert {"log_open/1", "registration/1", "receipt/1", "dispatch/1", "production/1"} <= kinds
    assert json.loads(files["reports/statement.json"])["organization"] == packhouse
    assert files["factors.ndjson"]
    assert here.client.get(f"/v1/organizations/{packhouse}/evidence", params=PERIOD).content == answer.content
