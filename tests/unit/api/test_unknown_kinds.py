"""Statements of unknown kinds over HTTP: acknowledged, shown as not booked, in nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.commands.verifying import verify
from ledger.audit import audit
from ledger.identifiers import lot_id
from ledger.in_memory import InMemoryStore
from ledger.wire import RESERVED_KINDS
from scripts.vectors.bundle_cases.good_and_form import good_open
from scripts.vectors.bundle_cases.unknown_kinds import good_unknown_kind
from scripts.vectors.handmade_log import burnt
from tests.builders import kg, output
from tests.served import Served, check_acknowledged, refused
from tests.unknown_kinds import unknown


def test_a_statement_of_an_unknown_kind_is_acknowledged_and_shown_as_not_booked(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    statement = unknown(here.world, farm, "weighing/1", {"/scale": "12", "/lots/0": "ab" * 32 + ".0"})
    answer = here.post(statement)
    assert answer.status_code == 201
    check_acknowledged(here, answer.json())
    assert here.post(statement).status_code == 200
    shown = here.client.get(f"/v1/statements/{statement.digest}").json()
    assert (shown["booked"], shown["flags"]) == (False, ["kind_not_known"])
    assert shown["envelope"]["kind"] == "weighing/1"
    assert shown["parts"] == statement.wire()["parts"]
    found = here.client.get("/v1/statements", params={"issuer": farm.id, "id": statement.envelope.id})
    assert found.json() == shown
    proof = here.client.get(f"/v1/log/proofs/{statement.digest}")
    assert proof.status_code == 200


def test_what_is_kept_is_in_nobodys_way(here: Served) -> None:
    world = here.world
    farm, buyer = world.register("Farm", "farmer"), world.register("Buyer", "buyer")
    here.post(unknown(world, farm, "weighing/1", {"/note": "before"}))
    made = world.production(farm, (output("lychee", kg(100)),), lines=(burnt(4),))
    assert here.client.get(f"/v1/statements/{made.digest}").json()["booked"] is True
    shipment = world.dispatch(farm, lot_id(made.digest, 0), kg(50), to=buyer)
    here.post(unknown(world, farm, "inspection/3", {"/shipment": shipment, "/lot": lot_id(made.digest, 0)}))
    for path in (
        f"/v1/passports/{shipment}",
        f"/v1/passports/{shipment}/provenance",
        f"/v1/passports/{shipment}/bundle",
        f"/v1/organizations/{farm.id}",
        f"/v1/organizations/{farm.id}/books",
        f"/v1/lots/{lot_id(made.digest, 0)}",
        f"/p/{shipment}",
        "/",
        "/v1/organizations",
    ):
        answer = here.client.get(path)
        assert answer.status_code == 200, (path, answer.text)
    table = here.client.get(f"/v1/organizations/{farm.id}/books", headers={"Accept": "text/csv"})
    assert table.status_code == 200
    verdicts = here.client.get(f"/v1/passports/{shipment}/verify").json()["verdicts"]
    assert "bad" not in {one["value"] for one in verdicts}
    assert "kind-not-known" not in {one["reason"] for one in verdicts}
    with here.wired.store.read() as view:
        report = audit(view, InMemoryStore())
    assert report.good, report.findings


def test_a_kind_that_a_later_version_books_is_refused_by_its_name(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    kind = min(RESERVED_KINDS)
    good = unknown(here.world, farm, "weighing/1", {})
    before = here.size()
    answer = here.post([good, unknown(here.world, farm, kind, {})])
    assert refused(answer) == (422, "reserved-kind")
    assert kind in answer.json()["detail"]
    assert here.size() == before


def test_too_many_parts_of_an_unknown_kind_are_refused(here: Served) -> None:
    farm = here.world.register("Farm", "farmer")
    statement = unknown(here.world, farm, "weighing/1", {}).wire()
    statement["parts"] = [
        {"salt": f"{number:032x}", "path": f"/x/{number % 1000}/{number // 1000}", "value": ""}
        for number in range(2_001)
    ]
    answer = here.client.post("/v1/statements", json=statement)
    assert refused(answer) == (413, "unknown-kind-too-large")


def test_the_command_line_says_loudly_that_the_carbon_could_not_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for make, warned in ((good_unknown_kind, True), (good_open, False)):
        file = tmp_path / "passport.bundle"
        file.write_bytes(make().raw)
        with pytest.raises(SystemExit) as ended:
            verify(file)
        assert ended.value.code == 0
        said = capsys.readouterr()
        assert ("THE CARBON COULD NOT BE CHECKED" in said.err) == warned
        assert ("kind-not-known" in said.out) == warned
