from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from ledger import parts, signing
from ledger.errors import LedgerError
from ledger.forms import FieldFormError, MissingFieldError, UnknownFieldError
from ledger.parts import PartFormError
from ledger.signed import Statement, read
from ledger.statements import BODIES
from tests.builders import Party, World, a_season


@pytest.fixture(scope="module")
def season() -> dict[str, Statement]:
    """One statement of each kind, the last of a season."""
    world = World()
    a_season(world)
    with world.store.read() as view:
        return {logged.statement.kind: logged.statement for logged in view.entries(0, view.size())}


def objects(value: Any, model: Any) -> Iterator[tuple[dict[str, Any], type[BaseModel]]]:
    """Walk a plain value along its model: every object in it, with the form that it has."""
    queue = [(value, model)]
    while queue:
        value, model = queue.pop()
        for found in _models(model):
            if isinstance(value, dict):
                yield value, found
                fields = {field.alias or name: field for name, field in found.model_fields.items()}
                queue += [(value[name], fields[name].annotation) for name in value]
        if isinstance(value, list):
            queue += [(item, inner) for item in value for inner in typing.get_args(model)]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return [found for inner in typing.get_args(annotation) for found in _models(inner)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def with_value(statement: Statement, path: str, value: Any, key: bytes) -> dict[str, Any]:
    """Sign a statement again with another value of one part."""
    pieces = [p.model_copy(update={"value": value}) if p.path == path else p for p in statement.parts]
    envelope = statement.envelope.model_dump() | {"body_digest": parts.body_digest(pieces)}
    return {
        "envelope": envelope,
        "signature": signing.sign(envelope, key),
        "parts": [p.model_dump() for p in pieces],
    }


def form_of(kind: str, path: str) -> Any:
    """Return the annotation that a part's value has in the kind's model."""
    found: Any = BODIES[kind]
    for step in path[1:].split("/"):
        if step.isdigit():
            found = typing.get_args(found)[0]
        else:
            found = next(f.annotation for n, f in found.model_fields.items() if (f.alias or n) == step)
    return found


class Trial:
    """One part of a statement, to be signed again with something wrong in it."""

    def __init__(self, statement: Statement, path: str) -> None:
        self.statement, self.path, self.key = statement, path, Party("Signer").key
        self.value = next(p["value"] for p in statement.wire()["parts"] if p["path"] == path)

    def refusal(self) -> LedgerError:
        with pytest.raises(LedgerError) as caught:
            read(with_value(self.statement, self.path, self.value, self.key))
        return caught.value

    def refusal_of_null(self, found: dict[str, Any], name: str) -> type[LedgerError]:
        """Say null in one place, and put back what was there."""
        before = dict(found)
        found[name] = None
        error = type(self.refusal())
        found.clear()
        found.update(before)
        return error


def trials(statement: Statement) -> Iterator[tuple[Trial, dict[str, Any], type[BaseModel]]]:
    for part in statement.parts:
        trial = Trial(statement, part.path)
        for found, model in objects(trial.value, form_of(statement.kind, part.path)):
            yield trial, found, model


@pytest.mark.parametrize("kind", BODIES)
def test_no_object_of_a_statement_says_null_or_has_a_field_of_its_own(
    season: dict[str, Statement], kind: str
) -> None:
    seen = 0
    for trial, found, model in trials(season[kind]):
        assert trial.refusal_of_null(found, "own_field") is UnknownFieldError
        for name, field in model.model_fields.items():
            error = trial.refusal_of_null(found, field.alias or name)
            assert error is (FieldFormError if field.is_required() else PartFormError) or (
                not field.is_required() and field.default == () and error is FieldFormError
            )
            seen += 1
    assert seen >= 3


@pytest.mark.parametrize("kind", BODIES)
def test_every_field_that_a_statement_needs_is_named_when_absent(
    season: dict[str, Statement], kind: str
) -> None:
    for trial, found, model in trials(season[kind]):
        for name, field in model.model_fields.items():
            if field.is_required():
                before = found.pop(field.alias or name)
                error = trial.refusal()
                assert isinstance(error, MissingFieldError)
                assert error.field.endswith(f"/{field.alias or name}")
                found[field.alias or name] = before
