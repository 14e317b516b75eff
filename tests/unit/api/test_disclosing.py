"""Who is shown how much of a passport, by the grants of its sender and of those further up."""

from __future__ import annotations

from typing import Any

from api.passports import bundle_bytes
from ledger.bundle import opened, parse, to_bytes
from ledger.disclosure import disclosed
from ledger.verification import verify
from ledger.verification_steps.disclosures import disclosed_as
from ledger.verification_steps.reading import read_contents
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import Party, kg
from tests.served import Served, refused

LONG = "2999-01-01T00:00:00Z"
OVER = "2026-07-01T00:00:00Z"


class Chain:
    """A farm, a packhouse and an importer, on a ledger of members."""

    def __init__(self, here: Served) -> None:
        self.here, world = here, here.world
        self.world = world
        self.farm, self.packhouse = world.register("Hidden Farm", "farmer"), world.register("Packhouse")
        self.importer, self.bank = world.register("Importer", "buyer"), world.register("Bank")
        lot = world.produce(self.farm, "lychee", kg(3000), lines=(burnt(480), supplied(640, "urea-1")))
        self.first = world.dispatch(self.farm, lot, kg(2900), to=self.packhouse)
        bulk = world.receive(self.packhouse, self.first)
        packed = world.produce(
            self.packhouse, "packed", kg(2800), lines=(burnt(7),), inputs=((bulk, kg(2900)),)
        )
        self.passport = world.dispatch(self.packhouse, packed, kg(1000), to=self.importer)

    def bundle(self, party: Party | None, passport: str | None = None, **query: str) -> Any:
        headers = self.here.as_viewer(party) if party else {}
        return self.here.client.get(
            f"/v1/passports/{passport or self.passport}/bundle", params=query, headers=headers
        )

    def hidden(self, party: Party | None, **query: str) -> int:
        answer = self.bundle(party, **query)
        assert answer.status_code == 200, answer.text
        assert verify(answer.content).ok
        return sum(len(one.hidden or ()) for one in parse(answer.content).statements)

    def link(self) -> str:
        headers = self.here.as_viewer(self.packhouse)
        return str(
            self.here.client.get(f"/v1/passports/{self.passport}/link", headers=headers).json()["address"]
        ).partition("s=")[2][:32]


def test_without_any_grant_a_party_sees_all_as_before(members: Served) -> None:
    chain = Chain(members)
    assert chain.hidden(chain.importer) == 0
    assert chain.hidden(chain.importer, profile="total") > 0
    assert refused(chain.bundle(chain.bank)) == (404, "not-visible")
    assert chain.bundle(chain.importer, profile="all").status_code in {400, 422}


def test_a_grant_shows_a_stranger_what_it_says_until_it_is_over(members: Served) -> None:
    chain = Chain(members)
    chain.world.grant(chain.packhouse, chain.bank, "trade", passport=chain.passport, until=LONG)
    assert b"Hidden Farm" not in chain.bundle(chain.bank).content
    assert b"urea-1" not in chain.bundle(chain.bank).content
    headers = members.as_viewer(chain.bank)
    for path in ("", "/provenance", "/verify"):
        answer = members.client.get(f"/v1/passports/{chain.passport}{path}", headers=headers)
        assert answer.status_code == 200
        assert "Hidden Farm" not in answer.text
        assert "urea-1" not in answer.text
    page = members.client.get(f"/p/{chain.passport}", headers=headers)
    assert page.status_code == 200
    assert "Hidden Farm" not in page.text
    assert refused(chain.bundle(chain.farm)) == (404, "not-visible"), "granted to others only"
    assert b"Hidden Farm" in chain.bundle(chain.packhouse).content, "the sender itself"


def test_a_grant_that_is_over_shows_nothing_more(members: Served) -> None:
    chain = Chain(members)
    chain.world.grant(chain.packhouse, chain.bank, "full", passport=chain.passport, until=OVER)
    assert refused(chain.bundle(chain.bank)) == (404, "not-visible")
    assert b"Hidden Farm" not in chain.bundle(chain.importer).content, "its parties see the total"
    lot = chain.world.logged(chain.passport).statement.body.take.lot  # type: ignore[attr-defined]
    chain.world.grant(chain.packhouse, chain.importer, "full", lot=lot, until=LONG)
    assert chain.hidden(chain.importer) == 0, "a grant on the lot counts for its passports"


def test_whoever_has_the_link_is_shown_what_bearers_are_granted(members: Served) -> None:
    chain = Chain(members)
    link = chain.link()
    assert chain.hidden(None, s=link) == 0
    chain.world.grant(chain.packhouse, chain.bank, "full", passport=chain.passport, until=LONG)
    total = chain.hidden(None, s=link)
    assert total > 0
    chain.world.grant(chain.packhouse, None, "amounts", passport=chain.passport, until=LONG)
    assert b"Hidden Farm" not in chain.bundle(None, s=link).content
    assert b"urea-1" in chain.bundle(None, s=link).content


def test_what_a_supplier_keeps_back_nobody_further_on_can_show(members: Served) -> None:
    chain = Chain(members)
    chain.world.grant(chain.farm, chain.packhouse, "total", passport=chain.first, until=LONG)
    for party in (chain.importer, chain.packhouse):
        assert b"urea-1" not in chain.bundle(party).content
    chain.world.grant(chain.packhouse, chain.farm, "full", passport=chain.passport, until=LONG)
    assert b"urea-1" in chain.bundle(chain.farm).content, "its own"
    chain.world.grant(chain.packhouse, chain.importer, "full", passport=chain.passport, until=LONG)
    chain.world.grant(chain.farm, chain.packhouse, "full", passport=chain.first, until=LONG)
    assert b"urea-1" in chain.bundle(chain.packhouse).content
    assert b"urea-1" not in chain.bundle(chain.importer).content


def test_what_a_receiver_was_shown_stays_shown_when_the_grant_is_over(members: Served) -> None:
    chain = Chain(members)
    chain.world.grant(chain.packhouse, chain.importer, "trade", passport=chain.passport, until=OVER)
    with members.wired.store.read() as view:
        raw = bundle_bytes(members.wired, chain.passport, view, "trade")
    said = disclosed_as(read_contents(opened(raw)).statements, chain.passport, "trade")
    receipt = {
        "takes_over": {"shipment": chain.passport},
        "outcome": "accepted",
        "disclosed": said.model_dump(),
    }
    assert b"Packhouse" in chain.bundle(chain.importer).content
    before = len(chain.bundle(chain.importer).content)
    chain.world.state(chain.importer, "receipt/1", receipt)
    assert len(chain.bundle(chain.importer).content) > before + 3000
    kept = chain.bundle(chain.importer).content
    assert verify(kept, receiver=chain.importer.id).ok
    found = {(one.name, one.value) for one in verify(kept).verdicts}
    assert ("disclosures", "good") in found
    less = disclosed(parse(kept), "total")
    withheld = verify(to_bytes(less), receiver=chain.importer.id)
    failure = withheld.failure()
    assert failure is not None
    assert (failure.step, failure.reason) == (2, "disclosures-withheld")
    for_others = {(one.name, one.value, one.reason) for one in verify(to_bytes(less)).verdicts}
    assert ("disclosures", "unknown", "disclosures-withheld") in for_others


def test_a_receiver_that_says_it_was_shown_more_is_not_believed(members: Served) -> None:
    chain = Chain(members)
    chain.world.grant(chain.packhouse, chain.importer, "total", passport=chain.passport, until=OVER)
    claimed = {"profile": "full", "parts": "3", "digest": "ab" * 32}
    receipt = {"takes_over": {"shipment": chain.passport}, "outcome": "accepted", "disclosed": claimed}
    chain.world.state(chain.importer, "receipt/1", receipt)
    assert b"urea-1" not in chain.bundle(chain.importer).content
    answer = verify(chain.bundle(chain.packhouse).content)
    assert ("disclosures", "unknown", "disclosures-withheld") in {
        (one.name, one.value, one.reason) for one in answer.verdicts
    }


def test_who_sees_a_suppliers_passport_from_further_on_needs_its_grant_once_it_gave_one(
    members: Served,
) -> None:
    chain = Chain(members)
    assert chain.bundle(chain.importer, chain.first).status_code == 200
    chain.world.grant(chain.farm, chain.packhouse, "full", passport=chain.first, until=LONG)
    assert refused(chain.bundle(chain.importer, chain.first)) == (404, "not-visible")
    lot = chain.world.logged(chain.first).statement.body.take.lot  # type: ignore[attr-defined]
    chain.world.grant(chain.farm, chain.importer, "trade", lot=lot, until=LONG)
    assert chain.bundle(chain.importer, chain.first).status_code == 200
    other = chain.world.produce(chain.farm, "lychee", kg(1), lines=(burnt(1),))
    chain.world.grant(chain.farm, None, "full", lot=other, until=LONG)
    assert chain.bundle(chain.importer, chain.first).status_code == 200


def test_a_demo_shows_all_to_everybody_and_less_where_it_is_asked_for(here: Served) -> None:
    chain = Chain(here)
    assert chain.hidden(None) == 0
    assert chain.hidden(None, profile="trade") > 0
    page = here.client.get(f"/p/{chain.passport}?profile=trade&lang=zh-Hans").text
    assert "[已隐藏]" in page
    assert "Hidden Farm" not in page
    assert "本护照的部分内容已隐藏" in page
    assert here.client.get(f"/p/{chain.passport}?profile=all").status_code == 422
