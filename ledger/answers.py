"""What a reader asks of a passport, answered one by one from the verifier's numbered steps.

Eleven questions, each good, bad or unknown, with a fixed reason and as of when. A clock that is wrong, a
chain or a log that doesn't answer, a part that is hidden: unknown, never bad. None of them says that the
passport belongs to the goods in front of the reader: what can be compared with those stands first
(`Report.goods`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from ledger.verification import Report, Verdict

Value = Literal["good", "bad", "unknown"]
NOT_ASKED: Final = "no-witness-asked"
NO_OPINION: Final = "no-opinion"
NOT_REACHED: Final = "not-reached"
NOT_STATED: Final = "no-state-entries"
ATTESTED: Final = "attested"
LAST_STEP: Final = 9


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer: `as_of` is the size of the log that it holds for, `at` that entry's time."""

    question: str
    value: Value
    reason: str
    detail: str
    as_of: int | None
    at: str | None

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


_ASKED: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    "integrity": ((1, "form"), (2, "parts and references"), (3, "signatures and summaries")),
    "issuer": ((4, "roles"),),
    "key_at_signing": ((4, "keys and roles"), (4, "revoked keys")),
    "key_now": ((9, "keys since then"),),
    "log_inclusion": ((5, "log inclusion"), (6, "checkpoint")),
    "nothing_left_out": (
        (2, "disclosures"),
        (9, "nothing else left out"),
        (9, "each lot handed on once"),
    ),
    "witnesses": ((6, "witnesses"),),
    "chain": ((7, "anchor"),),
    "conservation": ((8, "conservation along the graph"), (8, "hidden tiers")),
    "attestation": (),
    "supersession": ((9, "nothing else left out"),),
}
"""By question, the steps and verdicts that answer it; the worst of them decides."""
QUESTIONS: Final = tuple(_ASKED)
_KEYS: Final = ("key_now",)
_LOTS: Final = ("nothing_left_out",)
_OF_REASON: Final[dict[str, tuple[str, ...]]] = {
    "withheld-key-statement": _KEYS,
    "lot-handed-on-twice": _LOTS,
    "lot-refilled": _LOTS,
    "taker-list": _LOTS,
    "needless-take": _LOTS,
    "not-accreditor": ("issuer",),
    "attestation-content": ("issuer",),
}
"""Reasons of a bad step that answer other questions than the step's first name says."""
_ORDER: Final = ("bad", "unknown", "good")
_WITHOUT: Final = {
    "witnesses": (NOT_ASKED, "No witness was named whose cosignature is asked for."),
    "attestation": (NO_OPINION, "Nobody gives an opinion on these statements."),
}


def answers(report: Report) -> tuple[Answer, ...]:
    """Return the answers in the order of the questions.

    What comes after a step that found something bad is unknown, `not-reached`; so is a question that a bad
    step would answer, had it not stopped at another one's.
    """
    return tuple(_attestation(report) if one == "attestation" else _answer(one, report) for one in QUESTIONS)


def _answer(question: str, report: Report) -> Answer:
    found = [
        one
        for one in report.verdicts
        if (one.step, one.name) in _ASKED[question] and question in _OF_REASON.get(one.reason, (question,))
    ]
    found += [
        one for one in report.verdicts if one.value == "bad" and question in _OF_REASON.get(one.reason, ())
    ]
    if not found and question in _KEYS:
        # Whether a key was given up since can't be known either from a log that states nothing.
        found = [one for one in report.verdicts if one.reason == NOT_STATED]
    if not found:
        reason, detail = _WITHOUT.get(question, (NOT_REACHED, ""))
        return Answer(question, "unknown", reason, detail, None, None)
    # What somebody vouches for is attested, never proved: that is said where all is good.
    return _of(
        question, report, min(found, key=lambda one: (_ORDER.index(one.value), one.reason != ATTESTED))
    )


def _of(question: str, report: Report, verdict: Verdict) -> Answer:
    known = [time for time in (report.logged_at, report.state_at) if time is not None]
    at = report.state_at if verdict.step == LAST_STEP else max(known, default=None)
    return Answer(question, verdict.value, verdict.reason, verdict.detail, verdict.as_of, at)


def _attestation(report: Report) -> Answer:
    """Answer by the best opinion on what stands behind the passport, else by who vouches for hidden tiers."""
    question = "attestation"
    if report.opinion is not None:
        value, reason, detail = report.opinion
        size = None if report.checkpoint is None else report.checkpoint.size
        return Answer(question, value, reason, detail, size, report.logged_at)
    vouched = next((one for one in report.verdicts if one.name == "hidden tiers"), None)
    if vouched is not None:
        return _of(question, report, vouched)
    return Answer(question, "unknown", *_WITHOUT[question], None, None)
