"""What a log and a witness write to each other: one form each way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.log import checkpoint
from ledger.log.checkpoint import CheckpointFormError
from ledger.log.witness_request import (
    WitnessAnswerFormError,
    WitnessRequestFormError,
    parse,
    parse_cosignatures,
    parse_size,
)

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "log" / "notes.json").read_text())
REQUEST: str = VECTORS["add_checkpoint"]
ANSWER: str = VECTORS["add_checkpoint_answer"]
HASH = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="


def test_the_example_of_the_specification_is_read_as_it_was_written() -> None:
    request = parse(REQUEST.encode())
    assert (request.old, len(request.proof), request.note.checkpoint.size) == (20_852_014, 4, 20_852_163)
    assert len(request.note.signatures) == 2
    assert request.text() == REQUEST


def test_a_first_request_has_no_proof() -> None:
    first = "old 0\n\n" + REQUEST.split("\n\n", 1)[1]
    request = parse(first.encode())
    assert (request.old, request.proof) == (0, ())
    assert request.text() == first


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (REQUEST.replace("old 2", "old 02"), "first line"),
        (REQUEST.replace("old 2", "old +2"), "first line"),
        (REQUEST.replace("old 20852014", "old 2_0"), "first line"),
        (REQUEST.replace("old 20852014", "old ٤"), "first line"),
        (REQUEST.replace("old ", "old"), "first line"),
        (REQUEST.replace("old ", "old  "), "first line"),
        (REQUEST.replace("old 20852014\n", ""), "first line"),
        (REQUEST.replace("\n", "\r\n"), "no empty line"),
        (REQUEST.replace(HASH, HASH[:-1]), "no hash"),
        (REQUEST.replace(HASH, HASH + " "), "no hash"),
        (REQUEST.replace(HASH, "\n".join([HASH] * 61)), "64 hashes"),
        (REQUEST.split("\n\n", 1)[0], "no empty line"),
        (REQUEST + "x" * 70_000, "at most 65536"),
        ("", "no empty line"),
    ],
)
def test_there_is_one_form_of_a_request(changed: str, reason: str) -> None:
    with pytest.raises(WitnessRequestFormError, match=reason):
        parse(changed.encode())


def test_the_checkpoint_in_a_request_has_its_one_form() -> None:
    for changed in (REQUEST + "\n", REQUEST.replace("\n20852163\n", "\n+20852163\n"), REQUEST[:-1]):
        with pytest.raises(CheckpointFormError):
            parse(changed.encode())


def test_the_answer_of_the_specification_is_three_signatures() -> None:
    note = checkpoint.parse(REQUEST.split("\n\n", 1)[1])
    lines = parse_cosignatures(ANSWER.encode(), note)
    assert [line.name for line in lines] == ["witness.example/w1"] * 2 + ["witness.example/w2"]
    assert "".join(line.line() for line in lines) == ANSWER


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"ok\n", ANSWER.encode()[:-1], b"x" * 70_000, b"\n" + ANSWER.encode()]
)
def test_there_is_one_form_of_an_answer(raw: bytes) -> None:
    note = checkpoint.parse(REQUEST.split("\n\n", 1)[1])
    with pytest.raises(WitnessAnswerFormError):
        parse_cosignatures(raw, note)


def test_a_size_is_digits_and_one_newline() -> None:
    assert [parse_size(raw) for raw in (b"0\n", b"20852014\n")] == [0, 20_852_014]
    for raw in (b"", b"5", b"05\n", b"+5\n", b"5\n\n", b"5\r\n", "٥\n".encode(), b"9" * 40 + b"\n"):
        with pytest.raises(WitnessAnswerFormError):
            parse_size(raw)
