"""The verifier's steps, and its answers to a reader's questions, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.ui.language import Writing
from ledger.answers import ATTESTED
from ledger.passport import AnswerShown, VerdictShown
from ledger.verification import SECOND, THIRD

MARKS: Final = {"good": "✓", "bad": "✗", "unknown": "?"}


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer as the page shows it."""

    title: str
    value: str
    value_text: str
    mark: str
    text: str
    as_of: str


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One step of the verifier."""

    number: str
    title: str
    value: str
    value_text: str
    mark: str
    text: str
    detail: str


def verdict_row(verdict: VerdictShown, write: Writing) -> VerdictRow:
    """Return one step's verdict; a step's second and third ones have no number of their own."""
    second = verdict.name in {*SECOND.values(), *THIRD.values()}
    key = verdict.name.replace(" ", "_") if second else str(verdict.step)
    text = write.named("reason", verdict.reason) if write.has(f"reason.{verdict.reason}") else None
    return VerdictRow(
        number="" if second else str(verdict.step),
        title=write(f"check.{key}"),
        value=verdict.value,
        value_text=write(f"checks.value.{verdict.value}"),
        mark=MARKS[verdict.value],
        text=text or write(f"check.{key}.{verdict.value}"),
        detail=verdict.detail,
    )


def answer_row(answer: AnswerShown, write: Writing) -> AnswerRow:
    """Return one question's answer, with as of when."""
    when = ""
    if answer.as_of is not None and answer.at is not None:
        at = answer.at.replace("T", " ").replace("Z", " UTC")
        when = write("answers.as_of", size=answer.as_of, at=at)
    return AnswerRow(
        title=write(f"question.{answer.question}"),
        value=answer.value,
        value_text=write(f"checks.value.{answer.value}"),
        mark=MARKS[answer.value],
        text=write(f"reason.{ATTESTED}")
        if answer.reason == ATTESTED
        else write(f"question.{answer.question}.{answer.value}"),
        as_of=when,
    )
