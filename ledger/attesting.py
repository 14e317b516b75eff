"""Who vouches for whom: roles by accreditors, opinions by verifiers, and taking either back.

Roles count from entry to entry in the books. An opinion books nothing: it is shown beside what it is about,
with the role of whoever gave it. Anybody may give one, so a passport carries a limited number (`closure.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar, Final

from ledger.errors import LedgerError
from ledger.identity import NotAccreditorError, Organization, UnknownOrganizationError, with_roles
from ledger.interfaces import BooksView
from ledger.rules import check_order
from ledger.signed import Statement
from ledger.stated import Opinion
from ledger.statements import AttestationBody

VERIFIER: Final = "verifier"


@dataclass(eq=False)
class AttestationContentError(LedgerError):
    """An attestation attests nothing, or several things at once."""

    stated: str
    sentence: ClassVar[str] = (
        "The attestation states {stated}; it states exactly one of roles, opinion and withdraws."
    )


@dataclass(eq=False)
class OpinionStatementError(LedgerError):
    """An opinion is about something that is no statement of its subject's."""

    statement: str
    problem: str
    sentence: ClassVar[str] = "opinion/statements: {statement} {problem}. Name statements of the subject."


@dataclass(eq=False)
class OwnOpinionError(LedgerError):
    """Somebody gives an opinion on itself."""

    organization: str
    sentence: ClassVar[str] = (
        "{organization} can't give an opinion on its own statements. Let somebody else verify them."
    )


@dataclass(eq=False)
class WithdrawalError(LedgerError):
    """A withdrawal is of something that its issuer didn't attest."""

    withdraws: str
    problem: str
    sentence: ClassVar[str] = "withdraws: {withdraws} {problem}. Name an attestation of your own that holds."


@dataclass(frozen=True, slots=True)
class OpinionOn:
    """An opinion on statements that are at hand: whose, and whether it holds.

    `about` are those of its statements that are at hand; `accredited` says whether its giver had the
    verifier's role when it gave it; `withdrawn_by` is the withdrawal, "" while it stands.
    """

    attestation: str
    attester: str
    subject: str
    opinion: Opinion
    start: str
    end: str
    about: tuple[str, ...]
    accredited: bool
    withdrawn_by: str


def after_attestation(
    attester: Organization, body: AttestationBody, attestation: str, view: BooksView
) -> Organization:
    """Return the organization that an attestation is about, after it.

    Raises:
        AttestationContentError: not exactly one of roles, opinion, withdrawal.
        UnknownOrganizationError: the subject is not registered.
        DateOrderError: what is attested would end before it begins.
        NotAccreditorError: roles by somebody whom the log doesn't name.
        OwnOpinionError, OpinionStatementError: an opinion.
        WithdrawalError: a withdrawal.
    """
    check_content(body)
    subject = view.organization(body.subject)
    # The log names accreditors by the key that they register with; no key added later makes one.
    first = attester.keys[0].address
    if body.roles and first not in view.terms().accreditors:
        raise NotAccreditorError(first)
    if subject is None:
        raise UnknownOrganizationError(body.subject)
    check_order(body.validity.start, body.validity.end, "validity")
    if body.opinion is not None:
        check_opinion(attester.id, body, body.opinion, view.statement, whole=True)
    if body.withdraws is not None:
        return _without(subject, attester.id, body, body.withdraws, view)
    return with_roles(subject, body, attestation)


def check_content(body: AttestationBody) -> None:
    """Check that an attestation attests one thing.

    Raises:
        AttestationContentError: it attests none or several.
    """
    given = {"roles": body.roles, "opinion": body.opinion, "withdraws": body.withdraws}
    stated = [name for name, value in given.items() if value]
    if len(stated) != 1:
        raise AttestationContentError(" and ".join(stated) or "none of them")


def check_opinion(
    attester: str,
    body: AttestationBody,
    opinion: Opinion,
    find: Callable[[str], Statement | None],
    *,
    whole: bool,
) -> None:
    """Check that an opinion is on statements of its subject, and not on the giver's own.

    With `whole`, every statement must be found; a bundle holds only those behind its passport.

    Raises:
        OwnOpinionError: attester and subject are the same.
        OpinionStatementError: a statement is missing, of somebody else, or named twice.
    """
    if attester == body.subject:
        raise OwnOpinionError(attester)
    seen: set[str] = set()
    for digest in opinion.statements:
        found = find(digest)
        if digest in seen:
            raise OpinionStatementError(digest, "is named twice")
        if found is None and whole:
            raise OpinionStatementError(digest, "is in this log no statement")
        if found is not None and found.issuer != body.subject:
            raise OpinionStatementError(digest, f"was issued by {found.issuer}, not by {body.subject}")
        seen.add(digest)


def check_withdrawal(attester: str, body: AttestationBody, withdraws: str, found: Statement | None) -> None:
    """Check that what is withdrawn was attested by the same organization, of the same one.

    Raises:
        WithdrawalError: it wasn't.
    """
    if found is None or not isinstance(found.body, AttestationBody):
        raise WithdrawalError(withdraws, "is no attestation in this log")
    if found.issuer != attester:
        raise WithdrawalError(withdraws, f"was issued by {found.issuer}")
    if found.body.subject != body.subject:
        raise WithdrawalError(withdraws, f"is about {found.body.subject}, not about {body.subject}")
    if found.body.withdraws is not None:
        raise WithdrawalError(withdraws, "is a withdrawal itself")


def _without(
    subject: Organization, attester: str, body: AttestationBody, withdraws: str, view: BooksView
) -> Organization:
    """Return an organization whose roles by one attestation end on the day before its withdrawal holds."""
    check_withdrawal(attester, body, withdraws, view.statement(withdraws))
    last = _day_before(body.validity.start)
    roles = tuple(
        replace(record, end=min(record.end, last)) if record.attestation == withdraws else record
        for record in subject.roles
    )
    return replace(subject, roles=tuple(record for record in roles if record.start <= record.end))


def _day_before(day: str) -> str:
    first = date.fromisoformat(day)
    return day if first == date.min else (first - timedelta(days=1)).isoformat()


def opinions(statements: Sequence[Statement], goods: Collection[str]) -> tuple[OpinionOn, ...]:
    """Return the opinions among a closure's statements on any of its goods, in log order."""
    withdrawn = _withdrawals(statements)
    found = []
    for statement in statements:
        body = statement.body
        if not isinstance(body, AttestationBody) or body.opinion is None:
            continue
        about = tuple(digest for digest in body.opinion.statements if digest in goods)
        if not about:
            continue
        found.append(
            OpinionOn(
                attestation=statement.digest,
                attester=statement.issuer,
                subject=body.subject,
                opinion=body.opinion,
                start=body.validity.start,
                end=body.validity.end,
                about=about,
                accredited=VERIFIER in roles_on(statements, body.occurred.end).get(statement.issuer, ()),
                withdrawn_by=withdrawn.get(statement.digest, ("", ""))[0],
            )
        )
    return tuple(found)


def roles_on(statements: Iterable[Statement], on: str) -> dict[str, tuple[str, ...]]:
    """Return the roles that accreditors attest each organization on a civil date, withdrawn ones not."""
    listed = tuple(statements)
    withdrawn = _withdrawals(listed)
    found: dict[str, tuple[str, ...]] = {}
    for statement in listed:
        body = statement.body
        if not isinstance(body, AttestationBody) or not body.validity.start <= on <= body.validity.end:
            continue
        if statement.digest in withdrawn and withdrawn[statement.digest][1] <= on:
            continue
        found[body.subject] = tuple(dict.fromkeys((*found.get(body.subject, ()), *body.roles)))
    return {subject: roles for subject, roles in found.items() if roles}


def _withdrawals(statements: Iterable[Statement]) -> dict[str, tuple[str, str]]:
    """Return, by attestation, the withdrawal that holds from the earliest day, and that day."""
    found: dict[str, tuple[str, str]] = {}
    for statement in statements:
        body = statement.body
        if isinstance(body, AttestationBody) and body.withdraws is not None:
            one = (statement.digest, body.validity.start)
            before = found.get(body.withdraws, one)
            found[body.withdraws] = one if one[1] < before[1] else before
    return found
