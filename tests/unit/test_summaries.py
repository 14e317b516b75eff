from __future__ import annotations

from typing import Any

import pytest

from ledger.forms import validated
from ledger.parts import model_of
from ledger.statements import BODIES
from ledger.summaries import LANGUAGES, TEMPLATES, SummaryTemplateError, summary
from tests.builders import JUNE, World, a_season, output, own

REF = "0123456789abcdef" * 2


def line(template: str, **body: Any) -> str:
    kind = template.rsplit("/", 1)[0]
    return summary(template, validated(model_of(kind), {"occurred": JUNE, "ref": REF, **body}))


def dispatch(unit: str = "mg", quantity: str = "3000000000") -> dict[str, Any]:
    liability = {"fossil.measured": "1466666666", "land_removal.measured": "5"}
    take = {
        "lot": "ab" * 32 + ".0",
        "basis": {"statements": [], "quantity": quantity, "liability": liability},
        "from": "0",
        "to": quantity,
        "liability": liability,
    }
    goods = {"product": "妃子笑荔枝 {x}", "quantity": quantity, "unit": unit}
    return {"take": take, "liability": liability, "consignee": "outside", "goods": goods}


def test_every_kind_has_a_line_in_every_language() -> None:
    assert set(TEMPLATES) == {f"{kind}/{language}" for kind in BODIES for language in LANGUAGES}


def test_every_line_carries_the_reference_so_that_nobody_can_guess_it() -> None:
    world = World()
    a_season(world)
    with world.store.read() as view:
        for logged in view.entries(0, view.size()):
            for language in LANGUAGES:
                body = logged.statement.body
                assert body.ref in summary(f"{logged.statement.kind}/{language}", body)


def test_a_wallet_shows_what_is_handed_on_and_with_how_much_carbon() -> None:
    assert line("dispatch/1/en", **dispatch()) == (
        f"Hand on 3000 kg of 妃子笑荔枝 {{x}} with 1466.666666 kg CO2e, 2026-06-01. Reference {REF}"
    )
    assert line("dispatch/1/zh-Hans", **dispatch("piece", "12")) == (
        f"移交 妃子笑荔枝 {{x}} 12 piece，碳排 1466.666666 kg CO2e，2026-06-01。编号 {REF}"
    )
    assert "0.500000 kg of" in line("dispatch/1/en", **dispatch("mg", "500000"))


def test_a_wallet_shows_the_products_of_a_production() -> None:
    balance = {"no": "0", "liability": {}}
    outputs = [output("lychee", 5), output("culls", 5)]
    filled = [{**o, "balance": {**o["balance"], **balance}} for o in outputs]
    shown = line("production/1/en", lines=[own(1)], outputs=filled, policy={"id": "mass/1"})
    assert shown == f"Record the production of lychee, culls, 2026-06-01 to 2026-06-30. Reference {REF}"


def test_a_wallet_shows_who_registers() -> None:
    key = {"alg": "eip712-secp256k1", "address": "0x" + "a" * 40}
    shown = line("registration/1/zh-Hant", key=key, roles_claimed=[], name="從化果園")
    assert shown == f"於 2026-06-01 註冊機構「從化果園」。編號 {REF}"


def test_a_line_is_made_from_a_frozen_template_only() -> None:
    with pytest.raises(SummaryTemplateError) as caught:
        line("key/1/fr", key={"action": "revoke", "address": "0x" + "a" * 40})
    assert caught.value.template == "key/1/fr"
    assert str(caught.value) == "The summary template key/1/fr does not belong to any kind."
