"""A delegate speaks for an organization in some things only, up to a sum, up to a date."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ledger import books, signing
from ledger.bundle import opened, to_bytes
from ledger.delegating import (
    DelegateQuotaError,
    DelegateScopeError,
    DelegateTimeError,
    check_delegate,
    is_scope_hidden,
)
from ledger.disclosure import hide
from ledger.identifiers import lot_id
from ledger.identity import KeyChangeError, LastKeyError, Organization, RevokedKeyError
from ledger.in_memory import InMemoryStore
from ledger.replaying import replay
from ledger.signed import Statement
from ledger.sql.packing import pack_organization, unpack_organization
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.builders import Party, World, kg, output, own, take
from tests.bundle_worlds import bundle_bytes, failure
from tests.unit.refusals import as_stated, refused

YEAR = {"from": "2026-07-01T00:00:00Z", "until": "2026-12-31T23:59:59Z"}
OVER = {"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
QUAY = {"name": "Quay 3", "locode": "CNYTN"}


class Terminal:
    """A port with a gateway that signs its meter readings, and goods of a packhouse on their way."""

    def __init__(self, **scope: Any) -> None:
        self.world = World()
        self.port = self.world.register("Port", "port")
        self.house = self.world.register("Packhouse", "supplier")
        self.lot = self.world.produce(self.house, "lychee", kg(100), lines=(burnt(9),))
        self.shipment = self.world.dispatch(self.house, self.lot, kg(50), to=None)
        self.gateway = signing.new_private_key()
        self.open = self.world.dispatch(self.house, self.lot, kg(10), to=self.port, handlers=(self.port,))
        self.delegated = self.delegate(self.gateway, **scope)

    def change(self, key: bytes, **scope: Any) -> dict[str, Any]:
        delegation = {"kinds": ["handling/1"], **YEAR, **scope}
        return {"action": "delegate", **self.world.joining(self.port, key), "delegation": delegation}

    def delegate(self, key: bytes, **scope: Any) -> Statement:
        return self.world.state(self.port, "key/1", {"key": self.change(key, **scope)})

    def reading(self, litres: int = 1, *, place: dict[str, str] | None = None, leg: str = "a") -> Statement:
        """Return a handling that the gateway signed, not posted."""
        body: dict[str, Any] = {"target": {"shipment": self.open}, "lines": [burnt(litres)]}
        body["leg"] = {"key": leg, "mode": "hub", "mass_mg": str(kg(10))}
        if place is not None:
            body["leg"] |= {"from": place}
        return self.world.sign(self.port, "handling/1", body, key=self.gateway)

    def known(self) -> Organization:
        with self.world.store.read() as view:
            found = view.organization(self.port.id)
        assert found is not None
        return found


def production(terminal: Terminal, party: Party, key: bytes, activity: str | None = None) -> Statement:
    line = own(5)
    if activity is not None:
        line["source"]["activity"] = activity
    body = {"outputs": [output("ice", kg(1))], "lines": [line], "policy": {"id": "mass/1"}}
    return terminal.world.sign(party, "production/1", body, key=key)


def test_a_gateway_signs_meter_readings_for_its_port_and_the_bundle_shows_that_it_may() -> None:
    terminal = Terminal()
    terminal.world.post(terminal.reading())
    report = verify(bundle_bytes(terminal.world, terminal.open))
    assert report.failure() is None, report.failure()
    (*_, key) = terminal.known().keys
    assert (key.used_statements, key.state) == (1, "active")
    assert terminal.known().active_keys() == (terminal.port.address,)


def test_a_delegate_states_only_the_kinds_that_it_is_for() -> None:
    terminal = Terminal()
    error = refused(terminal.world, production(terminal, terminal.port, terminal.gateway), DelegateScopeError)
    assert (error.what, error.stated, error.allowed) == ("kinds", "production/1", ("handling/1",))
    assert "delegate that too" in str(error)


def test_a_delegate_changes_no_keys_and_delegates_nothing_on() -> None:
    terminal = Terminal()
    fresh = signing.new_private_key()
    for change in (
        {"action": "add", **terminal.world.joining(terminal.port, fresh)},
        {"action": "revoke", "address": terminal.port.address},
        terminal.change(fresh),
    ):
        statement = as_stated(terminal.world, terminal.port, "key/1", {"key": change}, key=terminal.gateway)
        assert refused(terminal.world, statement, DelegateScopeError).stated == "key/1"


def test_a_delegate_for_answers_gives_no_standing_acceptance() -> None:
    terminal = Terminal(kinds=["acceptance/1"])
    standing = {"from": "any", "limit_mg": "5", "validity": {"from": "2026-01-01", "to": "2026-12-31"}}
    statement = as_stated(
        terminal.world, terminal.port, "acceptance/1", {"standing": standing}, key=terminal.gateway
    )
    assert refused(terminal.world, statement, DelegateScopeError).stated == "standing acceptances"


def test_before_and_after_its_time_by_the_log_s_clock_a_delegate_is_refused() -> None:
    later = {"from": "2026-08-01T00:00:00Z", "until": "2026-08-31T23:59:59Z"}
    terminal = Terminal(**later)
    error = refused(terminal.world, terminal.reading(), DelegateTimeError)
    assert (error.start, error.end) == (later["from"], later["until"])
    terminal.world.clock.time += timedelta(days=40)
    terminal.world.post(terminal.reading())
    terminal.world.clock.time += timedelta(days=40)
    assert "2026-09" in refused(terminal.world, terminal.reading(leg="b"), DelegateTimeError).at


def test_at_another_place_or_none_a_delegate_for_a_site_is_refused() -> None:
    terminal = Terminal(sites=["Quay 3"])
    terminal.world.post(terminal.reading(place=QUAY))
    error = refused(terminal.world, terminal.reading(place={"name": "Quay 4"}, leg="b"), DelegateScopeError)
    assert (error.what, error.stated) == ("sites", "Quay 4")
    nowhere = refused(terminal.world, terminal.reading(leg="c"), DelegateScopeError)
    assert nowhere.stated == "a statement that names none"


def test_the_site_of_a_production_and_the_origin_of_a_shipment_count_too() -> None:
    terminal = Terminal(kinds=["production/1", "dispatch/1"], sites=["Quay 3"])
    body = {
        "outputs": [output("ice", kg(2))],
        "lines": [own(5)],
        "policy": {"id": "mass/1"},
        "site": {"name": "Quay 3"},
    }
    made = terminal.world.sign(terminal.port, "production/1", body, key=terminal.gateway)
    terminal.world.post(made)
    sale = {"take": take(lot_id(made.digest, 0), kg(1)), "consignee": "outside"}
    places = {"from": {"name": "Quay 3"}, "to": {"name": "Rotterdam"}}
    for more, fine in (({"places": places}, True), ({}, False)):
        sold = terminal.world.sign(terminal.port, "dispatch/1", {**sale, **more}, key=terminal.gateway)
        if fine:
            terminal.world.post(sold)
        else:
            refused(terminal.world, sold, DelegateScopeError)


def test_another_activity_than_the_delegate_s_is_refused() -> None:
    terminal = Terminal(kinds=["production/1"], activities=["diesel"])
    terminal.world.post(production(terminal, terminal.port, terminal.gateway))
    other = production(terminal, terminal.port, terminal.gateway, "petrol")
    assert refused(terminal.world, other, DelegateScopeError).stated == "petrol"


def test_beyond_its_number_of_statements_a_delegate_is_refused_with_both_numbers() -> None:
    terminal = Terminal(statements="1")
    terminal.world.post(terminal.reading())
    error = refused(terminal.world, terminal.reading(leg="b"), DelegateQuotaError)
    assert (error.unit, error.limit, error.used, error.asked) == ("statements", 1, 1, 1)


def test_beyond_its_sum_of_carbon_a_delegate_is_refused_with_both_numbers() -> None:
    one = int(burnt(1)["amount"]["components"]["fossil.calculated"])
    terminal = Terminal(kinds=["production/1", "dispatch/1"], co2e_mg="7")
    made = production(terminal, terminal.port, terminal.gateway)
    terminal.world.post(made)
    sale = {"take": take(lot_id(made.digest, 0), kg(1)), "consignee": "outside"}
    sold = terminal.world.sign(terminal.port, "dispatch/1", sale, key=terminal.gateway)
    error = refused(terminal.world, sold, DelegateQuotaError)
    assert (error.unit, error.limit, error.used, error.asked) == ("mg CO2e", 7, 5, 5)
    assert "7 mg CO2e in all; 5 are stated and 5 would come on top" in str(error)
    assert one > 7


def test_a_delegate_is_revoked_like_any_key_but_is_never_the_last_one() -> None:
    terminal = Terminal()
    last = {"action": "revoke", "address": terminal.port.address}
    refused(terminal.world, as_stated(terminal.world, terminal.port, "key/1", {"key": last}), LastKeyError)
    change = {"action": "revoke", "address": signing.address_of(terminal.gateway)}
    terminal.world.state(terminal.port, "key/1", {"key": change})
    refused(terminal.world, terminal.reading(), RevokedKeyError)


@pytest.mark.parametrize(
    ("scope", "action"),
    [
        ({"kinds": ["handling/1"], "from": YEAR["until"], "until": YEAR["from"]}, "delegate"),
        (
            {"kinds": ["handling/1"], "from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"},
            "delegate",
        ),
        ({"kinds": ["handling/1"], **YEAR}, "add"),
        (None, "delegate"),
    ],
)
def test_a_delegation_has_its_form_and_its_time(scope: dict[str, Any] | None, action: str) -> None:
    world = World()
    port = world.register("Port", "port")
    change: dict[str, Any] = {"action": action, **world.joining(port, signing.new_private_key())}
    if scope is not None:
        change["delegation"] = scope
    refused(world, as_stated(world, port, "key/1", {"key": change}), KeyChangeError)


def test_a_replay_gives_the_same_quotas() -> None:
    terminal = Terminal(sites=["Quay 3"], statements="9", co2e_mg="99000000000")
    terminal.world.post(terminal.reading(place=QUAY))
    again = InMemoryStore()
    with terminal.world.store.read() as view, again.write() as scratch:
        replay(scratch, view.entries(0, view.size()))
    known = terminal.known()
    with again.read() as view:
        assert view.organization(terminal.port.id) == known
    assert unpack_organization(known.id, pack_organization(known)) == known
    assert known.keys[-1].used_mg > 0


def test_a_bundle_that_shows_more_than_the_quota_is_bad_at_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(statements="1")
    with monkeypatch.context() as lenient:  # an operator that looks away
        lenient.setattr(books, "with_use", lambda organization, _statement: organization)
        for leg in ("a", "b"):
            terminal.world.post(terminal.reading(leg=leg))
    raw = bundle_bytes(terminal.world, terminal.open)
    assert failure(verify(raw)) == (4, "delegate-quota")


def test_a_bundle_with_a_statement_beyond_a_delegate_s_scope_is_bad_at_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal(sites=["Quay 3"])
    with monkeypatch.context() as lenient:
        lenient.setattr(books, "check_delegate", lambda *_: None)
        terminal.world.post(terminal.reading(place={"name": "Quay 4"}))
    raw = bundle_bytes(terminal.world, terminal.open)
    assert failure(verify(raw)) == (4, "delegate-scope")


def test_what_is_hidden_of_a_delegate_s_scope_stays_open_and_is_no_fault() -> None:
    terminal = Terminal(sites=["Quay 3"], activities=["diesel"])
    shown = terminal.reading(place=QUAY)
    (*_, key) = terminal.known().keys
    hidden = replace(terminal.reading(), hidden=("ab" * 32,))
    check_delegate(terminal.port.id, key, hidden, terminal.world.clock.now())
    assert is_scope_hidden(key, hidden)
    assert not is_scope_hidden(key, shown)
    partly = replace(shown, hidden=("ab" * 32,))
    assert not is_scope_hidden(key, partly)
    bare = replace(partly, body=shown.body.model_copy(update={"lines": ()}))
    assert is_scope_hidden(key, bare)
    assert not is_scope_hidden(terminal.known().keys[0], hidden)


def test_hidden_sites_leave_the_verdict_on_keys_open() -> None:
    terminal = Terminal(sites=["Quay 3"])
    made = terminal.reading(place=QUAY)
    terminal.world.post(made)
    bundle = opened(bundle_bytes(terminal.world, terminal.open)).bundle
    hidden = hide(made, lambda path: path != "/leg")
    statements = [
        one.model_copy(update={"parts": list(hidden.parts), "hidden": list(hidden.hidden)})
        if one.entry.envelope.id == made.envelope.id
        else one
        for one in bundle.statements
    ]
    report = verify(to_bytes(bundle.model_copy(update={"statements": statements})))
    keys = next(one for one in report.verdicts if one.step == 4)
    assert (keys.value, keys.reason) == ("unknown", "delegate-scope-hidden")
    assert made.digest in keys.detail
