from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

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
