from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from ledger.body import Occurred
from ledger.forms import FieldFormError, named


def test_of_several_complaints_the_first_is_named_with_its_field() -> None:
    try:
        TypeAdapter(list[Occurred]).validate_python([{"from": "x" * 500, "to": 5, "zone": None}])
    except ValidationError as error:
        found = named(error, "statements")
    assert isinstance(found, FieldFormError)
    assert found.field == "statements/0/from"
    assert len(found.value) == 80
    assert "refused" in str(found)


def test_a_pattern_that_a_value_misses_is_told_as_it_is() -> None:
    moment = TypeAdapter(Annotated[str, StringConstraints(pattern="^[0-9]{4}T[0-9]{2}Z$")])
    try:
        moment.validate_python("2026-07")
    except ValidationError as error:
        found = named(error, "until")
    assert str(found) == "until: '2026-07' is refused: string should match pattern '^[0-9]{4}T[0-9]{2}Z$'."
