"""A phone's fingerprint in a real browser: registers a farm, signs its harvest, joins a company."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.passports import bundle_bytes
from ledger.eip712 import possession_digest
from ledger.identifiers import lot_id
from ledger.identity import Organization
from ledger.keccak import keccak256
from ledger.signing import statement_digest
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.browser.chromium import Page, chromium, program
from tests.builders import JUNE, kg, output, take
from tests.served import Served, served

PICTURES = Path("var/test-artifacts/passkey")
NEEDED = bool(os.environ.get("CI"))
WAITS_S = 20
VIRTUAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(program() is None and not NEEDED, reason="no Chromium on the path, and not in CI"),
]


@dataclass
class Phone:
    """A phone with a fingerprint, on the page of a ledger."""

    here: Served
    page: Page
    address: str

    def run(self, expression: str) -> Any:
        """Return the value of a promise in the page."""
        result = self.page.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def fill(self, form: str, **fields: str) -> tuple[str, str]:
        """Fill a form, send it, and return how it ended: done or failed, and what the page says."""
        for name, value in fields.items():
            self.page.evaluate(f"document.querySelector('#{form} [name={name}]').value = {json.dumps(value)}")
        self.page.evaluate("document.getElementById('status').dataset.state = ''")
        self.page.evaluate(f"document.querySelector('#{form} button').click()")
        deadline = time.monotonic() + WAITS_S
        while (state := self.page.evaluate("document.getElementById('status').dataset.state")) not in {
            "done",
            "failed",
        }:
            assert time.monotonic() < deadline, state
            time.sleep(0.05)
        return str(state), str(self.page.evaluate("document.getElementById('status').textContent"))

    def draft(self, kind: str, organization: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return a draft as the ledger gives it."""
        asked = {"issuer": organization, "body": {"occurred": JUNE, **body}}
        answer = self.here.client.post(f"/v1/drafts/{kind}", json=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def sign(self, draft: dict[str, Any]) -> tuple[str, str]:
        """Sign a draft on the page."""
        return self.fill("sign", draft=json.dumps(draft, ensure_ascii=False))

    def organization(self, identifier: str) -> Organization:
        """Return an organization as the log knows it."""
        with self.here.wired.store.read() as view:
            found = view.organization(identifier)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    with served(tmp_path_factory.mktemp("passkey")) as here, chromium() as page:
        here.world.clock.time = here.world.clock.time.replace(year=2030)
        config = uvicorn.Config(
            here.client.app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        page.call("WebAuthn.enable")
        page.call("WebAuthn.addVirtualAuthenticator", options=VIRTUAL)
        address = f"http://localhost:{port}"
        page.open(f"{address}/passkey", language="en")
        yield Phone(here, page, address)
        server.should_exit = True
        thread.join()


def test_the_page_computes_what_it_signs_as_the_ledger_does(phone: Phone) -> None:
    # The very module that runs in the page: another address would start it twice.
    module = "import(document.querySelector('script[type=module]').src)"
    for size in (0, 1, 135, 136, 137, 300):
        digest = phone.run(f"{module}.then(m => m.hex(m.keccak256(new Uint8Array({size}).fill(7))))")
        assert digest == keccak256(b"\x07" * size).hex()
    party = phone.here.world.register("Digest", "farmer")
    body = {"outputs": [output("荔枝", kg(1))], "lines": [burnt(1)], "policy": {"id": "mass/1"}}
    draft = phone.draft("production/1", party.id, body)
    envelope = draft["statement"]["envelope"]
    given = json.dumps(draft, ensure_ascii=False)
    assert phone.run(f"{module}.then(m => m.hex(m.statementDigest(({given}).statement.envelope)))") == (
        statement_digest(envelope).hex()
    )
    assert phone.run(f"{module}.then(m => m.checkDraft({given}))") is None
    log, key = phone.here.world.log_id, party.address
    possession = f"m.hex(m.possessionDigest('{log}', '{party.id}', '{key}'))"
    assert phone.run(f"{module}.then(m => {possession})") == possession_digest(log, party.id, key).hex()


def test_a_farm_registers_harvests_and_sells_by_fingerprint_alone(phone: Phone) -> None:
    phone.page.complaints.clear()
    state, said = phone.fill("register", name="荔枝园 Orchard", role="farmer")
    assert state == "done", said
    farm = said.rpartition(" ")[2]
    (key,) = phone.organization(farm).keys
    assert key.passkey is not None
    assert (key.passkey.rp_id, key.passkey.origins) == ("localhost", (phone.address,))
    body = {"outputs": [output("lychee", kg(10))], "lines": [burnt(9)], "policy": {"id": "mass/1"}}
    harvest = phone.draft("production/1", farm, body)
    state, said = phone.sign(harvest)
    assert state == "done", said
    sale = {"take": take(lot_id(harvest["digest"], 0), kg(4)), "consignee": "outside"}
    sent = phone.draft("dispatch/1", farm, sale)
    state, said = phone.sign(sent)
    assert state == "done", said
    with phone.here.wired.store.read() as view:
        raw = bundle_bytes(phone.here.wired, sent["digest"], view)
    report = verify(raw)
    assert report.failure() is None, report.failure()
    phone.page.picture(PICTURES / "signed.png")
    # The browser would have us take RSA keys too, for authenticators that know no other.
    assert [one for one in phone.page.complaints if "pubKeyCredParams" not in one] == []


def test_a_draft_that_says_something_else_than_it_shows_is_not_signed(phone: Phone) -> None:
    farm = phone.here.world.register("Farm", "farmer").id
    body = {"outputs": [output("lychee", kg(10))], "lines": [burnt(9)], "policy": {"id": "mass/1"}}
    draft = phone.draft("production/1", farm, body)
    state, said = phone.sign({**draft, "summary": "Something harmless"})
    assert (state, "summary_keccak" in said) == ("failed", True)
    changed = "This is no draft as the ledger gave it, or it was changed since."
    assert changed.rstrip(".") in said
    for formless in ("not json", "{}", '{"statement": null}'):
        state, said = phone.fill("sign", draft=formless)
        assert (state, said) == ("failed", f"Not signed: {changed}")
    parts = draft["statement"]["parts"]
    parts[0]["value"] = {**parts[0]["value"], "from": "2020-01-01"}
    state, said = phone.sign(draft)
    assert (state, "body_digest" in said) == ("failed", True)


def test_a_phone_joins_a_company_whose_wallet_states_it(phone: Phone) -> None:
    world = phone.here.world
    house = world.register("Packhouse", "supplier")
    phone.page.evaluate("localStorage.clear()")
    state, said = phone.fill("join", organization=house.id)
    assert state == "done", said
    world.state(house, "key/1", {"key": json.loads(said)})
    body = {"outputs": [output("ice", kg(1))], "lines": [burnt(1)], "policy": {"id": "mass/1"}}
    state, said = phone.sign(phone.draft("production/1", house.id, body))
    assert state == "done", said


@pytest.mark.parametrize(("language", "width"), [("en", 360), ("zh-Hans", 360), ("zh-Hant", 1280)])
def test_the_page_fits_a_phone_in_three_languages(phone: Phone, language: str, width: int) -> None:
    page = phone.page.open(f"{phone.address}/passkey?lang={language}", width=width)
    page.picture(PICTURES / f"{language}-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
