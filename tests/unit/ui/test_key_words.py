"""An organization's page says what a delegate may, where a passkey signs, since when a key is distrusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.routes.organizations import key_json
from api.ui.language import LANGUAGES, Writing
from api.ui.organization import Profile
from api.ui.pages import render_organization
from api.ui.passkey import render_passkey
from api.ui.vouching import distrusted_lines
from ledger.identity import KeyRecord
from ledger.key_bodies import Delegation, Passkey
from ledger.revoked_shown import DistrustedShown
from tests.builders import World
from tests.passkeys import SoftPasskey
from tests.unit.ui.reading import text_of

SCOPE = Delegation.model_validate(
    {
        "kinds": ("handling/1",),
        "from": "2026-07-01T00:00:00Z",
        "until": "2026-12-31T23:59:59Z",
        "sites": ("Quay 3",),
        "activities": ("diesel",),
        "statements": "1000",
        "co2e_mg": "5000000",
    }
)
BARE = Delegation.model_validate({"kinds": ("handling/1",), "from": SCOPE.start, "until": SCOPE.end})
KEYS = (
    KeyRecord("0x" + "1" * 40, 0, delegation=SCOPE, used_statements=3, used_mg=2_000_000),
    KeyRecord("0x" + "2" * 40, 0, passkey=Passkey.model_validate(SoftPasskey().stated())),
    KeyRecord("0x" + "3" * 40, 0, "revoked", 9, reason="stolen", untrusted_from=5, distrusted_at=9),
    KeyRecord("0x" + "4" * 40, 0, delegation=BARE),
)


def test_every_kind_of_key_says_what_it_may() -> None:
    world = World()
    port = world.register("Port", "port")
    with world.store.read() as view:
        known = view.organization(port.id)
    assert known is not None
    profile = Profile(replace(known, keys=(*known.keys, *KEYS)), [], "2026-07-01")
    text = text_of(render_organization(profile, "en"))
    assert "Delegate for handling, 1 July 2026 to 31 December 2026" in text
    for said in (
        "at Quay 3",
        "for diesel",
        "3 of 1000 statements",
        "Passkey for passports.example",
        "stolen",
    ):
        assert said in text
    assert "not trusted from log size 5 on" in text
    for language in LANGUAGES:
        assert "Quay 3" in render_organization(profile, language)


def test_every_kind_of_key_is_there_for_programs_too() -> None:
    delegate, passkey, revoked, bare = map(key_json, KEYS)
    assert delegate["delegation"]["used_statements"] == "3"
    assert delegate["delegation"]["until"] == SCOPE.end
    assert passkey["passkey"]["rp_id"] == "passports.example"
    assert (revoked["reason"], revoked["untrusted_from"]) == ("stolen", 5)
    assert "sites" not in bare["delegation"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["stolen", None])
def test_a_passport_says_which_statement_is_in_doubt_in_three_languages(
    language: str, reason: str | None
) -> None:
    shown = DistrustedShown(
        statement="ab" * 32,
        kind="production/1",
        organization="org_" + "a" * 32,
        organization_name="荔枝园",
        key="0x" + "1" * 40,
        position=7,
        untrusted_from=5,
        revoked_at=9,
        reason=reason,
    )
    write = Writing(next(one for one in LANGUAGES if one == language))
    (line,) = distrusted_lines([shown], write)
    assert "荔枝园" in line
    assert "production/1" in line
    assert write(f"distrusted.reason.{reason or 'none'}") in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_to_sign_with_a_phone_runs_its_own_script_only(language: str) -> None:
    page = render_passkey(next(one for one in LANGUAGES if one == language))
    assert page.count("<script") == 1
    assert '<script type="module" src="/static/passkey.js?v=' in page
