from __future__ import annotations

import secrets
from typing import Any

import pytest

from ledger.body import Body
from ledger.forms import FieldFormError, MissingFieldError, validated
from ledger.parts import (
    PATHS,
    MissingPathError,
    Part,
    PartFormError,
    PathNumberError,
    RepeatedPathError,
    RepeatedSaltError,
    UnknownPathError,
    body_digest,
    check_written,
    join,
    model_of,
    split,
)
from ledger.statements import BODIES
from ledger.wire import KINDS
from tests.builders import World, a_season


def part(path: str, value: Any, salt: str | None = None) -> Part:
    return Part(salt=salt or secrets.token_hex(16), path=path, value=value)


def a_disposal() -> list[Part]:
    take = {
        "lot": "ab" * 32 + ".0",
        "basis": {"statements": [], "quantity": "10", "liability": {}},
        "from": "0",
        "to": "10",
        "liability": {},
    }
    return [
        part("/occurred", {"from": "2026-06-01", "to": "2026-06-02", "zone": "Asia/Shanghai"}),
        part("/ref", "0" * 32),
        part("/take", take),
        part("/liability", {}),
        part("/fate", "waste"),
    ]


def read(parts: list[Part]) -> Body:
    body = validated(model_of("disposal/1"), join("disposal/1", parts))
    check_written("disposal/1", body, parts)
    return body


def test_every_kind_has_a_model_and_its_paths() -> None:
    assert tuple(BODIES) == tuple(PATHS) == KINDS


def test_every_statement_of_a_season_is_cut_into_parts_and_put_together_again() -> None:
    world = World()
    a_season(world)
    with world.store.read() as view:
        statements = [logged.statement for logged in view.entries(0, view.size())]
    assert {statement.kind for statement in statements} == set(KINDS)
    for statement in statements:
        parts = split(statement.kind, statement.body)
        assert [p.path for p in parts] == [p.path for p in statement.parts]
        assert validated(model_of(statement.kind), join(statement.kind, parts)) == statement.body
        assert len({p.salt for p in parts}) == len(parts)
        assert body_digest(parts) != body_digest(statement.parts)


def test_the_order_of_the_parts_changes_nothing() -> None:
    parts = a_disposal()
    assert read(parts[::-1]) == read(parts)
    assert body_digest(parts[::-1]) == body_digest(parts)


@pytest.mark.parametrize(
    "path",
    [
        "/colour",
        "/take/lot",
        "/take/",
        "take",
        "//take",
        "/Take",
        "/lines/0/amount",
        "/fate/0",
        "",
        "/",
        "/" + "a" * 90,
    ],
)
def test_a_part_that_the_kind_does_not_have_is_refused_by_its_path(path: str) -> None:
    with pytest.raises(UnknownPathError) as caught:
        join("disposal/1", [*a_disposal(), part(path, "x")])
    assert caught.value.kind == "disposal/1"
    assert caught.value.path == path[:80]


@pytest.mark.parametrize(
    "path", ["/lines/00/amount", "/lines/٠/amount", "/lines/1000/amount", "/lines/-1/amount"]
)
def test_the_number_of_a_line_has_one_written_form(path: str) -> None:
    with pytest.raises(UnknownPathError):
        join("production/1", [part(path, {})])


def test_a_part_given_twice_is_refused() -> None:
    with pytest.raises(RepeatedPathError) as caught:
        join("disposal/1", [*a_disposal(), part("/fate", "consumer")])
    assert str(caught.value) == "Part /fate is given twice. Keep one."


def test_a_salt_used_twice_is_refused_because_one_part_would_betray_the_other() -> None:
    parts = a_disposal()
    with pytest.raises(RepeatedSaltError) as caught:
        join("disposal/1", [*parts, part("/note", "n", salt=parts[0].salt)])
    assert caught.value.path == "/note"


def test_a_part_that_the_kind_requires_is_named_when_absent() -> None:
    for number, missing in enumerate(a_disposal()):
        parts = a_disposal()
        del parts[number]
        with pytest.raises(MissingPathError) as caught:
            join("disposal/1", parts)
        assert (caught.value.kind, caught.value.path) == ("disposal/1", missing.path)


def test_numbered_parts_count_without_a_hole() -> None:
    parts = a_disposal()[:2]
    parts += [part("/key", {}), part("/roles_claimed", []), part("/name", "x"), part("/sites/1", {})]
    with pytest.raises(PathNumberError) as caught:
        join("registration/1", parts)
    assert caught.value.path == "/sites"


@pytest.mark.parametrize("path", ["/note", "/customer"])
def test_a_part_that_says_null_is_refused_because_absent_says_the_same(path: str) -> None:
    assert getattr(read([*a_disposal(), part(path, "somebody")]), path[1:]) == "somebody"
    with pytest.raises(PartFormError) as caught:
        read([*a_disposal(), part(path, None)])
    assert caught.value.path == path
    assert "null" in str(caught.value)


def test_a_required_part_that_says_null_is_refused() -> None:
    parts = a_disposal()
    parts[4] = part("/fate", None)
    with pytest.raises(FieldFormError):
        read(parts)


def test_a_field_of_a_part_has_one_form_too() -> None:
    parts = a_disposal()
    take = dict(parts[2].value)
    take["basis"] = {name: take["basis"][name] for name in ("quantity", "liability")}
    parts[2] = part("/take", take)
    with pytest.raises(PartFormError) as caught:
        read(parts)
    assert caught.value.path == "/take"


def test_an_empty_list_that_may_be_absent_is_left_out() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    lot = world.produce(grower, "lychee", 10)
    dispatch = world.logged(world.dispatch(grower, lot, 5, to=None)).statement
    paths = [p.path for p in dispatch.parts]
    assert "/handlers" not in paths
    parts = [*dispatch.parts, part("/handlers", [])]
    body = validated(model_of("dispatch/1"), join("dispatch/1", parts))
    with pytest.raises(PartFormError) as caught:
        check_written("dispatch/1", body, parts)
    assert caught.value.path == "/handlers"


def test_a_line_without_its_amount_is_incomplete() -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    lot = world.produce(grower, "lychee", 10)
    production = world.logged(lot[:64]).statement
    parts = [*production.parts, part("/lines/0/price", {"currency": "CNY"})]
    with pytest.raises(MissingFieldError):
        validated(model_of("production/1"), join("production/1", parts))
