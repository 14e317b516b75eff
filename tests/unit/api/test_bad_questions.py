"""Questions out of form, and how nothing is done: a named problem each, and the server goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api import checking, limits
from tests.builders import JUNE, Party
from tests.served import Served, refused, served
from tests.unit.api.refusing import unchanged


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One ledger for all: nothing of this is ever written."""
    with served(tmp_path_factory.mktemp("refusing")) as running:
        yield running


@pytest.fixture(scope="module")
def farm(here: Served) -> Party:
    return here.world.register("Farm", "farmer")


QUERIES = [
    "/v1/statements?issuer=%00&id=01890a5d-ac96-774b-bcce-b302099a8057",
    "/v1/statements?issuer=&id=seven",
    "/v1/statements?issuer=",
    "/v1/organizations?after=%00",
    "/v1/organizations?after=" + "a" * 130,
    "/v1/organizations?limit=0",
    "/v1/organizations?limit=501",
    "/v1/organizations?limit=9" + "9" * 400,
    "/v1/lots?after=%E2%80%AE",
    "/v1/lots?holder=somebody",
    "/v1/passports?party=%27%20or%201=1",
    "/v1/passports?after=%FF",
    "/v1/statements/" + "A" * 64,
    "/v1/statements/%00",
    "/v1/log/proofs/" + "g" * 64,
    "/v1/log/consistency?first=1",
    "/v1/factors?q=" + "a" * 201,
    "/v1/factors?offset=-1",
]


@pytest.mark.parametrize("path", QUERIES)
def test_a_question_out_of_form_is_refused(here: Served, path: str) -> None:
    with unchanged(here):
        answer = here.client.get(path)
        assert refused(answer)[0] == 422, answer.text
        assert answer.json()["facts"]


def test_what_there_is_not_and_how_it_is_not_done(here: Served) -> None:
    assert refused(here.client.get("/v2/statements")) == (404, "not-found")
    assert refused(here.client.get("/v1/lot")) == (404, "not-found")
    answer = here.client.put("/v1/statements", json={})
    assert refused(answer) == (405, "method-not-allowed")
    assert refused(here.client.delete("/v1/log")) == (405, "method-not-allowed")


def test_a_mistake_of_the_program_is_a_problem_too_and_tells_nothing(
    here: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(here.wired.ledger.clock, "now", broken)
    farm = {"issuer": "", "body": {"occurred": JUNE}}
    monkeypatch.setattr(here.client._transport, "raise_server_exceptions", False)
    answer = here.client.post("/v1/drafts/registration/1", json=farm)
    assert answer.status_code == 500
    assert refused(answer) == (500, "internal-error")
    assert "secret" not in answer.text
    here.seen = {one for one in here.seen if not one[3].endswith("internal-error")}


def test_the_limits_are_those_of_the_protocol() -> None:
    assert checking.MAX_REQUEST_BYTES == 32 * 1024 * 1024
    assert limits.MAX_OTHER_BYTES > 4 * 1024 * 1024


def test_a_reader_of_pages_gets_a_page_where_there_is_nothing(here: Served) -> None:
    asked = {"Accept": "text/html"}
    page = here.client.get("/nothing", headers=asked)
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert refused(here.client.get("/v1/nothing", headers=asked)) == (404, "not-found")


def test_a_log_without_a_checkpoint_says_so(here: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.sql.view.SqlView.checkpoint", lambda *_: None)
    assert refused(here.client.get("/v1/log/checkpoint")) == (503, "no-log")
