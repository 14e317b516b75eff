"""No bought credit gets in, by no field and no name; what is netted was removed by who says so."""

from __future__ import annotations

import re
import types
import typing
from typing import Any

import pytest
from pydantic import BaseModel

from api.ui.language import LANGUAGES, Language, words
from ledger.accounts import SOURCES
from ledger.claims import NeutralityClaimError
from ledger.components import CHANNELS, EVIDENCES
from ledger.drafting import Wish, prepare
from ledger.errors import LedgerError
from ledger.reversing import RemovalEvidenceError, RemovalNotStatedError
from ledger.statements import BODIES
from tests.builders import JUNE, World, bought, kg, output, own, take
from tests.removing import KEPT

CREDIT = re.compile(r"(?<!ac)credit|offset|neutral|compensat|avoid|insetting|retire|token")
"""Certificates are those of contract power (Scope 2), accreditors those who attest roles."""


@pytest.fixture
def world() -> World:
    return World()


def models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if isinstance(annotation, types.GenericAlias | types.UnionType) or typing.get_args(annotation):
        return [found for inner in typing.get_args(annotation) for found in models(inner)]
    return []


def literals(annotation: Any) -> list[str]:
    """Return the choices that an annotation allows."""
    if typing.get_origin(annotation) is typing.Literal:
        return [str(choice) for choice in typing.get_args(annotation)]
    return [found for inner in typing.get_args(annotation) for found in literals(inner)]


def test_no_field_and_no_choice_of_any_statement_is_for_credits_or_claims() -> None:
    seen: set[type[BaseModel]] = set()
    queue: list[type[BaseModel]] = list(BODIES.values())
    names: list[str] = []
    while queue:
        model = queue.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            names += [field.alias or name, *literals(field.annotation)]
            queue += models(field.annotation)
    assert len(seen) > 30
    assert "land_use" in names, "choices are walked too"
    assert [name for name in names if CREDIT.search(name)] == []


def test_no_component_and_no_source_is_for_credits() -> None:
    assert [name for name in (*CHANNELS, *EVIDENCES, *SOURCES) if CREDIT.search(name)] == []


@pytest.mark.parametrize("channel", ["land_removal", "tech_removal", "ccs_capture"])
@pytest.mark.parametrize("evidence", ["secondary", "spend", "imported"])
def test_nobody_books_a_removal_that_was_bought_or_came_from_elsewhere(
    world: World, channel: str, evidence: str
) -> None:
    buyer = world.register("Buyer", "buyer")
    component = f"{channel}.{evidence}"
    credit = own(5, component) if evidence == "imported" else bought(5, component=component)
    for removal, error in ((None, RemovalNotStatedError), (KEPT, RemovalEvidenceError)):
        line = {name: part for name, part in credit.items() if name != "removal"}
        line |= {} if removal is None else {"removal": {**removal, "owner": buyer.id}}
        with pytest.raises(error):
            world.production(buyer, (output("lychee", kg(1)),), lines=(own(10), line))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_never_say_that_anything_is_neutral(language: Language) -> None:
    claims = re.compile(r"neutral|net[ -]?zero|climate[ -]positive|碳中和|净零|淨零|零碳", re.IGNORECASE)
    texts = words(language).items()
    assert [key for key, text in texts if claims.search(text)] == []


CLAIMS = (
    "Carbon neutral lychee",
    "CARBON-NEUTRAL lychee",
    "CO₂-compensated fruit",
    "climate positive fruit",
    "Net-zero avocado",
    "zero emission lychee",
    "carbon offset lychee",
    "碳中和荔枝",
    "零碳荔枝",
    "淨零荔枝",
    "负碳荔枝",
)


def refusal(world: World, kind: str, issuer: str, body: dict[str, Any]) -> LedgerError:
    with world.store.read() as view, pytest.raises(LedgerError) as caught:
        prepare(Wish(kind, issuer, {"occurred": JUNE, **body}), view, world.clock.now())
    return caught.value


@pytest.mark.parametrize("name", CLAIMS)
def test_goods_whose_name_claims_neutrality_are_refused(world: World, name: str) -> None:
    farm = world.register("Farm", "farmer")
    made = {"outputs": [output("lychee", kg(1)), output(name, kg(1))], "policy": {"id": "mass/1"}}
    error = refusal(world, "production/1", farm.id, made)
    assert isinstance(error, NeutralityClaimError)
    assert error.field == "outputs/1/product/name"
    assert error.claim in name


def test_neither_a_dispatch_nor_a_line_nor_an_opening_balance_makes_the_claim(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(1), lines=(own(5),))
    goods = {"take": take(lot, kg(1)), "consignee": "outside", "goods": {"product": "Net zero lychee"}}
    error = refusal(world, "dispatch/1", farm.id, goods)
    assert isinstance(error, NeutralityClaimError)
    assert error.field == "goods/product"
    line = own(5)
    line["source"]["text"] = "Carbon-neutral cartons"
    handled = refusal(world, "handling/1", farm.id, {"target": {"lot": lot}, "lines": [own(1), line]})
    assert isinstance(handled, NeutralityClaimError)
    assert handled.field == "lines/1/source/text"
    starter = world.register("Starter", "farmer")
    balance = {
        "no": "0",
        "quantity": "9",
        "unit": "mg",
        "liability": {"fossil.calculated": "5"},
        "gwp": "AR5",
    }
    opened = {"balance": balance, "product": {"name": "碳中和荔枝"}, "evidence": {"text": "stock count"}}
    plain = {**opened, "product": {"name": "lychee"}}
    with world.store.read() as view:
        prepare(Wish("opening/1", starter.id, {"occurred": JUNE, "lots": [plain]}), view, world.clock.now())
    begun = refusal(world, "opening/1", starter.id, {"lots": [opened]})
    assert isinstance(begun, NeutralityClaimError)
    assert begun.field == "lots/0/product/name"


@pytest.mark.parametrize(
    "name",
    ["Lychee, neutral box", "近零碳港口 terminal stay", "Carbon steel crate", "CO2 for ripening"],
)
def test_other_names_pass(world: World, name: str) -> None:
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, name, kg(1), lines=(own(5),))
    assert world.dispatch(farm, lot, kg(1), to=None)
