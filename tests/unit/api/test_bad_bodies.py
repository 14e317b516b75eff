"""Bodies that no strict reader takes, and those beyond the limits: refused before they are read further."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest

from tests.builders import Party
from tests.served import Served, refused, served
from tests.unit.api.refusing import harvest, unchanged

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One ledger for all: nothing of this is ever written."""
    with served(tmp_path_factory.mktemp("refusing")) as running:
        yield running


@pytest.fixture(scope="module")
def farm(here: Served) -> Party:
    return here.world.register("Farm", "farmer")


TEXTS: list[tuple[str, bytes, int, str]] = [
    ("NaN", b'{"envelope": NaN}', 400, "non-finite-number"),
    ("Infinity", b'{"envelope": -Infinity}', 400, "non-finite-number"),
    ("an exponent", b'{"envelope": 1e400}', 400, "fractional-number"),
    ("a fraction", b'{"envelope": 0.5}', 400, "fractional-number"),
    ("042", b'{"envelope": 042}', 400, "json-syntax"),
    ("minus zero", b'{"envelope": -0}', 400, "negative-zero"),
    ("10^400", b'{"envelope": 1' + b"0" * 400 + b"}", 400, "number-too-large"),
    ("a hundred thousand brackets", b"[" * 100_000, 400, "json-too-deep"),
    ("a hundred thousand objects", b'{"a":' * 100_000, 400, "json-too-deep"),
    ("twenty levels", b'{"a":' * 20 + b"1" + b"}" * 20, 400, "json-too-deep"),
    ("a key twice", b'{"envelope": {"v": "1", "v": "1"}}', 400, "duplicate-key"),
    ("a key that is no ASCII", '{"küche": 1}'.encode(), 400, "non-ascii-key"),
    ("a bidi character", '{"envelope": "\u202e"}'.encode(), 400, "bidi-character"),
    ("an escaped bidi character", rb'{"envelope": "\u202e"}', 400, "bidi-character"),
    ("a zero-width character", '{"envelope": "a\u200bb"}'.encode(), 400, "zero-width-character"),
    ("a control character", rb'{"envelope": "\u0000"}', 400, "control-character"),
    ("a text that is not normalized", '{"envelope": "e\u0301"}'.encode(), 400, "not-normalized-text"),
    ("half a character", rb'{"envelope": "\ud800"}', 400, "lone-surrogate"),
    ("malformed UTF-8", b'{"envelope": "\xff"}', 400, "invalid-utf8"),
    ("a byte order mark", b"\xef\xbb\xbf{}", 400, "byte-order-mark"),
    ("truncated JSON", b'{"envelope": {"v"', 400, "json-syntax"),
]


@pytest.mark.parametrize(("raw", "status", "kind"), [case[1:] for case in TEXTS], ids=[c[0] for c in TEXTS])
def test_a_text_that_would_have_to_be_repaired_is_refused(
    here: Served, raw: bytes, status: int, kind: str
) -> None:
    with unchanged(here):
        assert refused(here.client.post("/v1/statements", content=raw, headers=JSON)) == (status, kind)
        lines = here.client.post("/v1/statements", content=raw, headers=NDJSON)
        assert refused(lines) == (status, kind)
        assert lines.json()["index"] == 0
        for path in (
            "/v1/drafts/production/1",
            "/v1/factors/resolve",
            "/v1/session/challenges",
            "/v1/session/tokens",
        ):
            answer = here.client.post(path, content=raw, headers=JSON)
            assert refused(answer) == (status, kind), path


SHAPES: list[tuple[str, bytes, str]] = [
    ("an empty body", b"", "json-syntax"),
    ("an empty array", b"[]", "no-statements"),
    ("null", b"null", "not-an-object"),
    ("a text", b'"statement"', "not-an-object"),
    ("an array of arrays", b"[[]]", "not-an-object"),
    ("an empty object", b"{}", "missing-field"),
    ("a thousand and one", b"[" + b",".join([b"{}"] * 1001) + b"]", "too-many-statements"),
]


@pytest.mark.parametrize(("raw", "kind"), [case[1:] for case in SHAPES], ids=[case[0] for case in SHAPES])
def test_a_body_without_statements_or_with_too_many_is_refused(here: Served, raw: bytes, kind: str) -> None:
    with unchanged(here):
        assert refused(here.client.post("/v1/statements", content=raw, headers=JSON))[1] == kind


def test_lines_without_a_statement_or_with_too_many_are_refused(here: Served) -> None:
    with unchanged(here):
        for raw, kind in ((b"\n\n", "no-statements"), (b"{}\n" * 1001, "too-many-statements")):
            assert refused(here.client.post("/v1/statements", content=raw, headers=NDJSON))[1] == kind


def stream(size: int) -> Iterator[bytes]:
    block = b" " * (1 << 20)
    for _ in range(size >> 20):
        yield block


@pytest.mark.parametrize(("path", "limit"), [("/v1/statements", 32), ("/v1/drafts/production/1", 5)])
def test_a_body_over_the_limit_is_refused_whatever_its_header_says(
    here: Served, path: str, limit: int
) -> None:
    size = (limit + 1) << 20
    with unchanged(here):
        assert refused(here.client.post(path, content=b" " * size, headers=JSON)) == (
            413,
            "request-too-large",
        )
        chunked = here.client.post(path, content=stream(size), headers=JSON)
        assert refused(chunked) == (413, "request-too-large")
        for length in ("9" * 30, "-1", "many"):
            answer = here.client.post(path, content=b"{}", headers={**JSON, "Content-Length": length})
            assert refused(answer) == (413, "request-too-large")


def test_a_compressed_body_is_not_taken(here: Served, farm: Party) -> None:
    raw = gzip.compress(json.dumps(harvest(here.world, farm).wire()).encode())
    with unchanged(here):
        for encoding in ("gzip", "GZip", "br", "gzip, identity"):
            answer = here.client.post(
                "/v1/statements", content=raw, headers={**JSON, "Content-Encoding": encoding}
            )
            assert refused(answer) == (415, "compressed-body")
    assert here.post(harvest(here.world, farm), **{"Content-Encoding": "identity"}).status_code == 201


def test_a_statement_over_four_mebibytes_is_refused_alone_in_an_array_and_on_a_line(
    here: Served, farm: Party
) -> None:
    wire = harvest(here.world, farm).wire()
    wire["parts"] = wire["parts"] * 8000
    raw = json.dumps(wire).encode()
    assert len(raw) > 4 << 20
    with unchanged(here):
        for content, headers in ((raw, JSON), (b"[" + raw + b"]", JSON), (raw, NDJSON)):
            answer = here.client.post("/v1/statements", content=content, headers=headers)
            assert refused(answer) == (413, "statement-too-large")
            assert answer.json()["index"] == 0
