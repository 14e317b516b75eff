"""From an intent to an acknowledged statement: signed is what was meant, answered is what was signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.client import LedgerClient, ServerRefusedError
from api.stating import AcknowledgementDiffersError, Desk, Log, OtherUnitError
from api.viewers import SignIn
from ledger import signing
from ledger.challenges import InMemoryChallenges
from ledger.drafting import Wish, prepare
from ledger.records.errors import UnresolvedReferenceError
from ledger.records.importing import read_records
from ledger.records.intents import Intent
from ledger.records.references import Register
from ledger.signed import BodyDigestError, read
from ledger.signing import AcknowledgementSignatureError
from tests.builders import World

FILES = {
    "organizations.csv": "organization,name,roles,date,timezone\n"
    "orchard,Example Orchard,farmer,2026-06-01,UTC\n",
    "productions.csv": "production,from,to,policy\nP-1,2026-06-01,2026-06-30,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit\nP-1,LZ,Lychee,4500,kg\n",
}


class Server:
    """A ledger in memory behind HTTP answers; `bend` changes an answer on its way."""

    def __init__(self) -> None:
        self.world = World()
        self.posted: list[dict[str, Any]] = []
        self.bend: dict[str, Any] = {}
        self.lose = 0
        self.hidden = 0
        self.sign_in = SignIn(b"a secret of the tests", self.world.log_id, InMemoryChallenges())
        self.signed_in: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        content = json.loads(request.content) if request.content else {}
        if request.url.path == "/v1/log":
            return httpx2.Response(
                200, json={"log_id": self.world.log_id, "verifier_key": self.world.signer.verifier.text()}
            )
        if request.url.path.startswith("/v1/session/"):
            return httpx2.Response(201, json=self._session(request.url.path, content))
        if request.url.path.startswith("/v1/drafts/"):
            return httpx2.Response(
                200, json=self._draft(request.url.path.removeprefix("/v1/drafts/"), content)
            )
        if request.url.path.startswith("/v1/lots/"):
            return self._lot(request.url.path.removeprefix("/v1/lots/"))
        self.posted.append(content)
        acknowledgement: Mapping[str, Any] = self.world.ledger.post([read(content)])[0].acknowledgement
        if self.lose:
            self.lose -= 1
            return httpx2.Response(502)
        return httpx2.Response(201, json={**acknowledgement, **self.bend})

    def _lot(self, lot_id: str) -> httpx2.Response:
        with self.world.store.read() as view:
            lot = view.lot(lot_id)
        if lot is None or self.hidden:
            return httpx2.Response(self.hidden or 404)
        return httpx2.Response(200, json={"unit": lot.unit})

    def _session(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/challenges"):
            return self.sign_in.challenge("ledger.test", content["key"])
        self.sign_in.answer("ledger.test", content["key"], content)
        self.signed_in.append(content["key"])
        return {"token": self.sign_in.token("org_" + "a" * 32)}

    def _draft(self, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        with self.world.store.read() as view:
            wish = Wish(kind, asked["issuer"], asked["body"], asked["language"])
            made = prepare(wish, view, self.world.clock.now()).draft
        parts = [part.model_dump() for part in made.parts]
        if "product" in self.bend:
            for part in parts:
                if part["path"] == "/outputs/0/product":
                    part["value"] = {**part["value"], "name": self.bend["product"]}
        return {"statement": {"envelope": made.envelope.model_dump(), "parts": parts}}

    def desk(self, register: Register, kept: Path | None = None) -> Desk:
        """Return a desk at this server."""
        client = LedgerClient("http://ledger.test", transport=httpx2.MockTransport(self))
        return Desk(client, Log.of(client), register, kept)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def meant(tmp_path: Path) -> list[Intent]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return read_records([tmp_path / name for name in FILES], organization="orchard", zone="UTC")


def test_a_company_registers_and_states_its_season(
    server: Server, meant: list[Intent], tmp_path: Path
) -> None:
    register, key = Register(), signing.new_private_key()
    desk = server.desk(register, tmp_path / "kept")
    digests = [desk.state(intent, key, "zh-Hans") for intent in meant]
    assert register["address:orchard"] == signing.address_of(key)
    assert register["organization:orchard"].startswith("org_")
    assert register["batch:orchard/LZ"] == f"{digests[1]}.0"
    assert [one["envelope"]["summary_template"] for one in server.posted][1] == "production/1/zh-Hans"
    for digest, posted in zip(digests, server.posted, strict=True):
        kept = json.loads((tmp_path / "kept" / f"{digest}.json").read_text())
        assert kept["statement"] == posted
        assert kept["acknowledgement"]["digest"] == digest
    assert "private" not in str(server.posted)


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_stated_twice(
    server: Server, meant: list[Intent], tmp_path: Path
) -> None:
    register, key, kept = Register(), signing.new_private_key(), tmp_path / "kept"
    server.lose = 1
    with pytest.raises(ServerRefusedError):
        server.desk(register, kept).state(meant[0], key)
    assert "organization:orchard" not in register
    assert not meant[0].is_made(register)
    (digest,) = server.desk(register, kept).resume()
    assert meant[0].is_made(register)
    assert len({str(one) for one in server.posted}) == 1
    assert server.world.logged(digest).position == 2
    assert server.desk(register, kept).resume() == []
    assert server.desk(register).resume() == []


def test_a_draft_of_something_else_is_neither_signed_nor_posted(server: Server, meant: list[Intent]) -> None:
    register, key = Register(), signing.new_private_key()
    desk = server.desk(register)
    desk.state(meant[0], key)
    server.bend = {"product": "Durian"}
    with pytest.raises(BodyDigestError):
        desk.state(meant[1], key)
    assert len(server.posted) == 1
    assert "batch:orchard/LZ" not in register


def test_an_acknowledgement_of_another_statement_is_not_taken(server: Server, meant: list[Intent]) -> None:
    server.bend = {"digest": "0" * 64}
    with pytest.raises(AcknowledgementDiffersError):
        server.desk(Register()).state(meant[0], signing.new_private_key())


def test_an_acknowledgement_that_the_log_didn_t_sign_is_not_taken(
    server: Server, meant: list[Intent]
) -> None:
    server.bend = {"position": 999}
    with pytest.raises(AcknowledgementSignatureError):
        server.desk(Register()).state(meant[0], signing.new_private_key())


def test_what_is_not_known_yet_is_named_before_anything_is_asked(server: Server, meant: list[Intent]) -> None:
    with pytest.raises(UnresolvedReferenceError, match="organization 'orchard'"):
        server.desk(Register()).state(meant[1], signing.new_private_key())
    assert not server.posted


DISPOSED = "disposal,batch,quantity,unit,fate,date\nD-1,LZ,40,{0},consumer,2026-06-30\n"


def disposed(folder: Path, unit: str) -> Intent:
    """Return what a record means that disposes of 40 of the crop in some unit."""
    (folder / "disposals.csv").write_text(DISPOSED.format(unit))
    (made,) = read_records([folder / "disposals.csv"], organization="orchard", zone="UTC")
    return made


def test_goods_counted_in_another_unit_than_the_books_are_not_stated(
    server: Server, meant: list[Intent], tmp_path: Path
) -> None:
    key, desk = signing.new_private_key(), server.desk(Register())
    for intent in meant:
        desk.state(intent, key)
    with pytest.raises(OtherUnitError, match="kept in mg") as refused:
        desk.state(disposed(tmp_path, "piece"), key)
    assert (refused.value.lot, refused.value.counted) == ("LZ", "piece")
    assert len(server.posted) == 2
    assert desk.state(disposed(tmp_path, "kg"), key)


@pytest.mark.parametrize(("status", "stated"), [(404, True), (403, False)])
def test_where_a_lot_may_not_be_seen_the_ledger_itself_decides(
    server: Server, meant: list[Intent], tmp_path: Path, status: int, *, stated: bool
) -> None:
    key, desk = signing.new_private_key(), server.desk(Register())
    for intent in meant:
        desk.state(intent, key)
    server.hidden = status
    if stated:
        assert desk.state(disposed(tmp_path, "kg"), key)
        return
    with pytest.raises(ServerRefusedError):
        desk.state(disposed(tmp_path, "kg"), key)
