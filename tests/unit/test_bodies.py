from __future__ import annotations

from typing import Any

import pytest

from ledger import bodies
from ledger.bodies import NestedPartError, UnknownBody, UnknownKindTooLargeError, lay_out, read_body
from ledger.body import Body
from ledger.canonical import UnencodableValueError
from ledger.forms import FieldFormError, MissingFieldError
from ledger.parts import (
    MissingPathError,
    PartFormError,
    RepeatedPathError,
    RepeatedSaltError,
    UnknownPathError,
)
from ledger.texts import BidiCharacterError, ControlCharacterError
from tests.builders import JUNE
from tests.unknown_kinds import parts_of

KIND = "weighing/1"


def read(values: dict[str, Any], **changed: Any) -> Body:
    whole = {"/occurred": JUNE, "/ref": "0" * 32, **values, **changed}
    pieces = parts_of({path: value for path, value in whole.items() if value is not ...})
    return read_body(KIND, pieces, lay_out(KIND, pieces))


def test_of_an_unknown_kind_the_period_the_reference_and_what_it_names_are_read() -> None:
    first, second, organization = "ab" * 32, "cd" * 32, "org_" + "a" * 32
    body = read(
        {
            "/inputs/0": {"lot": f"{first}.12", "again": [first], "no": 7, "none": None, "sure": True},
            "/weigher": organization,
            "/scale/name": f"no digest: {second}",
            "/scale/certificate": second,
            "/note": "in the rain",
        }
    )
    assert isinstance(body, UnknownBody)
    assert (body.occurred.start, body.ref, body.note) == ("2026-06-01", "0" * 32, "in the rain")
    assert body.mentions == (first, second)
    assert body.organizations == (organization,)


@pytest.mark.parametrize("near", ["AB" * 32, "ab" * 31, "ab" * 33, "ab" * 32 + ".", "ab" * 32 + ".01", " "])
def test_what_only_looks_like_a_digest_names_nothing(near: str) -> None:
    body = read({"/x": near})
    assert isinstance(body, UnknownBody)
    assert body.mentions == body.organizations == ()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "x",
        "/X",
        "/x/",
        "//x",
        "/0",
        "/x/00",
        "/x/1000",
        "/x/٠",
        "/x-y",
        "/" + "a" * 80,
        "/a" * 9,
        "/x\n",
    ],
)
def test_a_path_of_an_unknown_kind_follows_the_grammar_of_all_kinds(path: str) -> None:
    with pytest.raises(UnknownPathError) as caught:
        read({path: "x"})
    assert (caught.value.kind, caught.value.path) == (KIND, path[:80])


@pytest.mark.parametrize("path", ["/occurred", "/ref"])
def test_what_every_kind_has_an_unknown_one_has_too(path: str) -> None:
    with pytest.raises(MissingPathError) as caught:
        read({}, **{path: ...})
    assert (caught.value.kind, caught.value.path) == (KIND, path)


def test_what_every_kind_has_is_checked_as_in_every_kind() -> None:
    with pytest.raises(FieldFormError, match="/ref"):
        read({}, **{"/ref": "short"})
    with pytest.raises(FieldFormError, match="/occurred/zone"):
        read({}, **{"/occurred": {**JUNE, "zone": "Asia/Atlantis"}})
    with pytest.raises(MissingFieldError, match="/occurred/to"):
        read({}, **{"/occurred": {"from": "2026-06-01", "zone": "Asia/Shanghai"}})
    with pytest.raises(PartFormError) as caught:
        read({"/note": None})
    assert caught.value.path == "/note"


def test_a_part_or_a_salt_stands_once() -> None:
    pieces = parts_of({"/occurred": JUNE, "/ref": "0" * 32, "/x": "1"})
    again = parts_of({"/x": "2"})
    with pytest.raises(RepeatedPathError):
        lay_out(KIND, (*pieces, *again))
    with pytest.raises(RepeatedSaltError):
        lay_out(KIND, (*pieces, again[0].model_copy(update={"path": "/y", "salt": pieces[0].salt})))


@pytest.mark.parametrize(
    ("outer", "inner"), [("/x", "/x/0"), ("/x", "/x/y/z"), ("/occurred", "/occurred/to")]
)
def test_a_part_does_not_lie_inside_another(outer: str, inner: str) -> None:
    with pytest.raises(NestedPartError) as caught:
        read({inner: "a"}, **({outer: "b"} if outer == "/x" else {}))
    assert (caught.value.path, caught.value.outer) == (inner, outer)


def test_what_is_kept_unread_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    value: Any = "x"
    for _ in range(bodies.MAX_LEVELS):
        value = [value]
    assert isinstance(read({"/deep": value}), UnknownBody)
    with pytest.raises(UnknownKindTooLargeError, match="9 or more levels"):
        read({"/deep": [value]})
    monkeypatch.setattr(bodies, "MAX_PARTS", 4)
    assert isinstance(read({"/a": "1", "/b": "2"}), UnknownBody)
    with pytest.raises(UnknownKindTooLargeError) as many:
        read({"/a": "1", "/b": "2", "/c": "3"})
    assert (many.value.what, many.value.count, many.value.limit) == ("parts", 5, 4)
    monkeypatch.setattr(bodies, "MAX_BYTES", 200)
    assert isinstance(read({"/a": "x" * 90}), UnknownBody)
    with pytest.raises(UnknownKindTooLargeError, match="bytes"):
        read({"/a": "x" * 180})


def test_a_value_of_an_unknown_kind_is_one_that_can_be_written() -> None:
    for value in (1.5, float("nan"), 2**53, {"é": 1}, [object()]):
        with pytest.raises(UnencodableValueError):
            read({"/x": value})
    with pytest.raises(BidiCharacterError):
        read({"/x": [{"y": "lychee\u202e"}]})
    with pytest.raises(ControlCharacterError):
        read({"/x": {"a\tb": "1"}})
