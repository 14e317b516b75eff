"""The byte form of what is signed, and what the strict reader refuses."""

from __future__ import annotations

import base64
import copy
import hashlib
import importlib.util
import json
import random
import string
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical, encodings, reading, texts
from ledger.canonical import (
    CanonicalFormError,
    body_digest,
    digest,
    encode,
    parse,
    parse_canonical,
    part_digest,
)

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/canonical/forms.json").read_text())
LIMIT = 100_000
HOSTILE_LIMIT = 4 * 1024 * 1024


@pytest.fixture(params=["orjson", "standard library"], autouse=True, scope="module")
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run every test with the native form and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "standard library":
            patch.setattr(canonical, "orjson", None)
            patch.setattr(reading, "orjson", None)
        yield str(request.param)


def random_text(chance: random.Random) -> str:
    pools = (
        string.ascii_letters + " ",
        string.printable.strip(),
        "荔枝龙眼广东包装厂𠮷🍒éßñ",
        '"\\/<>&\u0301\t\n\x7f',
    )
    return "".join(chance.choice(chance.choice(pools)) for _ in range(chance.randrange(12)))


def random_value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind < 3:
        return random_text(chance)
    if kind == 3:
        return chance.choice([True, False, None])
    if kind < 6:
        return chance.choice([0, -1, 7, 2**53 - 1, 1 - 2**53, chance.randrange(-(2**53) + 1, 2**53)])
    if kind == 6:
        return [random_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    keys = (
        "".join(chance.choices(string.ascii_letters + "_/ .-09", k=chance.randrange(8))) for _ in range(4)
    )
    return {key: random_value(chance, depth + 1) for key in keys}


def test_ten_thousand_random_bodies_have_the_bytes_that_rfc_8785_gives_them() -> None:
    chance = random.Random(8785)  # noqa: S311 - the same bodies every time
    for _ in range(10_000):
        value = {"body": random_value(chance)}
        assert encode(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("vector", VECTORS["written"], ids=lambda vector: vector["name"])
def test_every_value_has_its_one_byte_form(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["bytes"])
    assert encode(vector["value"]) == raw
    assert digest(vector["value"]) == vector["sha256"] == hashlib.sha256(raw).hexdigest()
    assert parse_canonical(raw, max_bytes=LIMIT) == vector["value"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_what_would_need_repair_is_refused_by_name(vector: dict[str, Any]) -> None:
    with pytest.raises(CanonicalFormError) as refused:
        parse(base64.b64decode(vector["document"]), max_bytes=LIMIT)
    assert type(refused.value).__name__ == vector["error"]
    assert str(refused.value).endswith(".")


def test_a_body_is_committed_to_part_by_part() -> None:
    parts = VECTORS["parts"]
    digests = [part_digest(part["salt"], part["path"], part["value"]) for part in parts]
    assert digests == [part["digest"] for part in parts]
    assert body_digest(digests) == body_digest(reversed(digests)) == VECTORS["body_digest"]


def test_the_vectors_are_what_their_generator_writes() -> None:
    path = ROOT / "scripts/vectors/crypto_vectors.py"
    spec = importlib.util.spec_from_file_location("crypto_vectors", path)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    for name, document in generator.documents().items():
        assert (ROOT / "tests/vectors" / name).read_text() == generator.written(document), name


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        0.0,
        float("nan"),
        2**53,
        -(2**53),
        10**400,
        "\ud800",
        {"荔": 1},
        {1: "a"},
        {None: "a"},
        ("a",),
        b"a",
        {"a"},
        [{"a": [2.0]}],
        {"x": "\udfff"},
    ],
    ids=repr,
)
def test_a_value_without_canonical_form_is_never_written(value: Any) -> None:
    with pytest.raises(canonical.UnencodableValueError):
        encode(value)


def test_a_list_inside_itself_is_never_written() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(canonical.UnencodableValueError, match="64 levels"):
        encode(ring)


def test_values_of_64_levels_are_written_and_65_are_not() -> None:
    value: Any = "leaf"
    for _ in range(canonical.MAX_ENCODED_DEPTH):
        value = [value]
    assert encode(value) == b"[" * 64 + b'"leaf"' + b"]" * 64
    with pytest.raises(canonical.UnencodableValueError):
        encode([value])


@pytest.mark.parametrize("document", [b'{"a": 1}', b'{"b":1,"a":2}', b'["\\u0061"]', b"[1]\n", b'["a\\/b"]'])
def test_readable_but_other_bytes_than_the_canonical_ones_are_refused(document: bytes) -> None:
    parse(document, max_bytes=LIMIT)
    with pytest.raises(canonical.NotCanonicalError):
        parse_canonical(document, max_bytes=LIMIT)


def test_the_first_byte_that_differs_is_named() -> None:
    with pytest.raises(canonical.NotCanonicalError) as refused:
        parse_canonical(b'{"a":1 }', max_bytes=LIMIT)
    assert refused.value.offset == 6
    with pytest.raises(canonical.NotCanonicalError) as refused:
        parse_canonical(b'{"a":1} ', max_bytes=LIMIT)
    assert refused.value.offset == 7


def test_sixteen_levels_are_read_and_the_limit_can_be_set() -> None:
    assert parse(b"[" * 16 + b"]" * 16, max_bytes=LIMIT) == parse("[" * 16 + "]" * 16, max_bytes=LIMIT)
    assert parse(b'[["[[[["]]', max_bytes=LIMIT, max_depth=2) == [["[[[["]]
    assert parse(b'[["\\"[[[["]]', max_bytes=LIMIT, max_depth=2) == [['"[[[[']]
    with pytest.raises(reading.JsonTooDeepError):
        parse(b'[["]",["]"]]]', max_bytes=LIMIT, max_depth=2)


@pytest.mark.parametrize("document", ["荔" * 40_000, b"1" * 100_001, "a" * 100_001])
def test_size_is_limited_in_bytes_before_anything_else(document: str | bytes) -> None:
    with pytest.raises(reading.JsonTooLargeError):
        parse(document, max_bytes=LIMIT)


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (b"[" * 4_000_000, "JsonTooDeepError"),
        (b'{"a":' * 500_000, "JsonTooDeepError"),
        (b"[]" * 2_000_000, "JsonSyntaxError"),
        (b'"' + b'\\"' * 2_000_000, "JsonSyntaxError"),
        (b'"' * 4_000_001, "JsonSyntaxError"),
        (b"1" * 4_000_000, "NumberTooLargeError"),
        (b"[" * 16 + b"1e" * 2_000_000, "FractionalNumberError"),
        (b'["' + b"\\" * 4_000_001 + b'"]', "JsonSyntaxError"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:4]),
)
def test_a_hostile_document_of_four_mebibytes_is_refused_in_one_pass(document: bytes, verdict: str) -> None:
    with pytest.raises(CanonicalFormError) as refused:
        parse(document, max_bytes=HOSTILE_LIMIT)
    assert type(refused.value).__name__ == verdict


def test_numbers_inside_texts_are_texts() -> None:
    value = {"a": "1.5 NaN -0 1e9 99999999999999999999", "b": 'x"-0"', "c": 0, "d": True, "e": [None, -5]}
    assert parse(encode(value), max_bytes=LIMIT) == value


def test_halves_of_characters_are_found_only_where_they_are() -> None:
    assert parse(b'["\\ud83c\\udf52"]', max_bytes=LIMIT) == ["🍒"]
    assert parse(b'["\\\\ud800"]', max_bytes=LIMIT) == ["\\ud800"]
    with pytest.raises(texts.LoneSurrogateError):
        parse('["\ud800"]', max_bytes=LIMIT)


def test_a_refusal_says_where_the_text_is() -> None:
    with pytest.raises(texts.ZeroWidthCharacterError) as refused:
        parse('{"a":"x","goods":[{"name":"ly\u200bchee"}]}', max_bytes=LIMIT)
    assert (refused.value.where, refused.value.character) == ("/goods/0/name", "U+200B")
    with pytest.raises(texts.ControlCharacterError) as control:
        parse('"\x7f"', max_bytes=LIMIT)
    assert control.value.where == "/"
    with pytest.raises(reading.NonAsciiKeyError) as key:
        parse('{"a":{"é":1}}', max_bytes=LIMIT)
    assert (key.value.path, key.value.key) == ("/a", "é")
    with pytest.raises(reading.DuplicateKeyError) as twice:
        parse('{"a":{"kg":"1","kg":"2"}}', max_bytes=LIMIT)
    assert twice.value.key == "kg"


def test_every_invisible_format_character_of_unicode_is_refused_in_a_text() -> None:
    # Visible in spite of their category: number signs of Arabic and Syriac, Kaithi, hieroglyph joiners.
    visible = {
        *range(0x600, 0x606),
        0x6DD,
        0x70F,
        0x890,
        0x891,
        0x8E2,
        0x110BD,
        0x110CD,
        *range(0x13430, 0x13440),
    }
    for code in range(0x110000):
        refused = unicodedata.category(chr(code)) in {"Cf", "Cc", "Zl", "Zp", "Cs"} and code not in visible
        if refused:
            assert not texts.is_plain(chr(code)), hex(code)
            with pytest.raises(CanonicalFormError):
                texts.check_text(chr(code), "name")


def test_plain_texts_pass_the_long_look_too() -> None:
    reading._check_texts({"goods": ["荔枝", 3, None, {"batch": "A1"}]})


@given(st.text())
def test_the_quick_look_at_a_text_agrees_with_the_full_one(text: str) -> None:
    try:
        passed = texts.check_text(text, "name") == text
    except CanonicalFormError:
        passed = False
    assert texts.is_plain(text) == passed


leaves = st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1)
json_texts = st.text('ab"\\/ 荔é🍒{}[]:,0-.', max_size=8)
json_keys = st.text('abc /"\\', max_size=3)
json_values = st.recursive(
    leaves | json_texts,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(json_keys, below, max_size=4),
    max_leaves=12,
)


@given(json_values, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_written_is_read_again_whatever_the_layout(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    before = copy.deepcopy(value)
    assert parse_canonical(encode(value), max_bytes=LIMIT) == value
    assert parse(json.dumps(value, ensure_ascii=ascii_only, indent=indent), max_bytes=LIMIT) == value
    assert value == before


@given(st.binary(max_size=40) | st.text(' {}[]":,01.eE-\\u"d8abtrufalsn', max_size=40).map(str.encode))
def test_both_readers_give_the_same_verdict_on_anything(document: bytes) -> None:
    verdicts = []
    for module in (importlib.import_module("orjson") if reading.orjson else None, None):
        kept, reading.orjson = reading.orjson, module
        try:
            verdicts.append(("read", parse(document, max_bytes=LIMIT)))
        except CanonicalFormError as error:
            verdicts.append(("refused", str(error)))
        finally:
            reading.orjson = kept
    assert verdicts[0] == verdicts[1]


def test_a_speed_up_that_is_not_installed_is_done_without() -> None:
    assert reading._optional("no_such_speed_up") is None


@pytest.mark.parametrize("text", ["AB", "a", "a ", " 0", "0x", "zz", "", "abcd", None, 12])
def test_hex_has_one_form(text: Any) -> None:
    assert encodings.hex_bytes("ab", 1, "digest") == b"\xab"
    with pytest.raises(encodings.HexFormError, match="digest"):
        encodings.hex_bytes(text, 1, "digest")


@pytest.mark.parametrize(
    "text", ["AQ", "AQ=", "AR==", "A-==", "AQ==\n", " AQ==", "AQ==AQ==", "AQE=", "", "é", None, b"AQ=="]
)
def test_base64_has_one_form(text: Any) -> None:
    assert encodings.base64_bytes("AQ==", 1, "root") == b"\x01"
    with pytest.raises(encodings.Base64FormError, match="root"):
        encodings.base64_bytes(text, 1, "root")


def test_a_body_is_committed_to_by_its_parts_whoever_writes_them() -> None:
    parts = [(f"{number:032x}", f"/lines/{number}/amount", {"gwp": "AR5"}) for number in range(3)]
    found = canonical.digest_of_parts(parts)
    assert found == canonical.body_digest(canonical.part_digest(*part) for part in reversed(parts))
    assert canonical.digest_of_parts([]) == canonical.body_digest([])
