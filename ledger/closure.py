"""What stands behind a passport: every statement that it refers to, and theirs, to the end.

References are digests, so cycles and substitutions can't be made. The walk is a queue, never a
recursion, and bounded (PROTOCOL, Bundle).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.acceptances import AcceptanceBody
from ledger.bodies import UnknownBody
from ledger.disclosure_bodies import ConservationBody
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.interfaces import LedgerView, Logged
from ledger.lines import Line, Take
from ledger.lots import Lot
from ledger.reestimates import ReestimateBody
from ledger.reversal_bodies import ImpairmentBody, ReversalBody
from ledger.signed import Statement
from ledger.stated import CountersignatureBody, OpeningBody
from ledger.statements import (
    AttestationBody,
    CorrectionBody,
    DispatchBody,
    DisposalBody,
    HandlingBody,
    ProductionBody,
    ReceiptBody,
)

MAX_STATEMENTS: Final = 10_000
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_TIERS: Final = 100
MAX_OPINIONS: Final = 100
"""Opinions that travel with a passport."""


@dataclass(eq=False)
class BundleTooLargeError(LedgerError):
    """More stands behind a passport than a bundle may carry."""

    what: str
    count: int
    limit: int
    sentence: ClassVar[str] = "Behind the passport stand {count} {what}; the limit is {limit}."


@dataclass(eq=False)
class UnknownPassportError(LedgerError):
    """No dispatch has this digest."""

    passport: str
    sentence: ClassVar[str] = "There is no passport {passport} in this log. Check the id."


def takes(statement: Statement) -> tuple[Take, ...]:
    """Return the intervals of lots that a statement takes; one that takes nothing says where a lot stands."""
    match statement.body:
        case ProductionBody() | HandlingBody() as body:
            return body.inputs
        case CorrectionBody() as body:
            return body.change.add_inputs
        case DispatchBody() | DisposalBody() as body:
            return (body.take,)
        case ReestimateBody() as body:
            return (body.asset,)
        case _:
            return ()


def lines_stated(statement: Statement) -> Sequence[Line]:
    """Return the lines that a statement adds, by number."""
    match statement.body:
        case ProductionBody() | HandlingBody() as body:
            return body.lines
        case CorrectionBody() as body:
            return body.change.add_lines
        case _:
            return ()


def references(statement: Statement) -> tuple[str, ...]:
    """Return the digests of the statements that a statement refers to.

    For a kind that isn't known these are all digests that it names: some may be of other things.
    """
    found = [
        digest for take in takes(statement) for digest in (lot_parts(take.lot)[0], *take.basis.statements)
    ]
    match statement.body:
        case ReceiptBody() as body:
            found += [body.takes_over.shipment, *body.takes_over.handlings]
        case CorrectionBody() as body:
            found.append(body.corrects)
        case AcceptanceBody() as body if body.answer is not None:
            found += [body.answer.cause, body.answer.target]
        case HandlingBody() as body:
            found += [body.target.shipment] if body.target.shipment else []
            found += [lot_parts(body.target.lot)[0]] if body.target.lot else []
        case ReversalBody() as body:
            found.append(body.reverses.statement)
        case ImpairmentBody() as body:
            found.append(body.impairs.statement)
        case ConservationBody() as body:
            found.append(body.passport)
        case AttestationBody() as body:
            found += body.opinion.statements if body.opinion is not None else ()
            found += [body.withdraws] if body.withdraws is not None else []
        case UnknownBody() as body:
            found += body.mentions
        case _:
            pass
    return tuple(dict.fromkeys(found))


def removal_named(statement: Statement) -> str | None:
    """Return the statement whose removal a reversal or impairment is about, None for every other kind."""
    return references(statement)[0] if isinstance(statement.body, ReversalBody | ImpairmentBody) else None


def parties(statement: Statement) -> tuple[str, ...]:
    """Return the organizations that a statement names: its issuer, and those it is about."""
    found = [statement.issuer] if statement.issuer else []
    match statement.body:
        case DispatchBody() as body:
            found += [party for party in (body.consignee, *body.handlers) if party != "outside"]
        case ProductionBody() | ReceiptBody() | OpeningBody() as body:
            found += body.handlers
        case AttestationBody() as body:
            found.append(body.subject)
        case UnknownBody() as body:
            found += body.organizations
        case _:
            pass
    return tuple(found)


def closure(view: LedgerView, passport: str) -> list[Logged]:
    """Return everything behind a passport, in log order: goods, identities and the log's first entry.

    Among them is what happened since to the removals behind it: their reversals and impairments.

    Raises:
        UnknownPassportError: no dispatch has this digest.
        BundleTooLargeError: more than 10,000 statements.
    """
    shipment = view.shipment(passport)
    if shipment is None:
        raise UnknownPassportError(passport)
    answered = [shipment.answered_by] if shipment.answered_by else []
    handled = [one.statement for one in shipment.handlings]
    start = [passport, *handled, *answered, *_vouched(view, passport)]
    return _behind(view, start, {offer.cause for offer in view.offers_on(passport)})


def _vouched(view: LedgerView, passport: str) -> list[str]:
    """Return who attests that what stands behind a passport adds up: a limited number, the newest."""
    said = [one.digest for one in view.corrections(passport) if isinstance(one.body, ConservationBody)]
    return said[-MAX_OPINIONS:]


def lot_closure(view: LedgerView, lot: Lot) -> list[Logged]:
    """Return everything behind what is left of a lot, in log order, as `closure` does for a shipment.

    Raises:
        BundleTooLargeError: more than 10,000 statements.
    """
    return _behind(view, [lot_parts(lot.id)[0], *lot.basis], set())


def _behind(view: LedgerView, start: Iterable[str], causes: set[str]) -> list[Logged]:
    """Return everything behind some statements, and what the causes of adjustments changed among it."""
    found = _walk(view, start, {})
    _walk(view, list(_corrections_of_distrusted(view, found)), found)
    causes = causes | _answered_causes(found)
    while True:
        before = len(found)
        _walk(view, list(_adjusting(view, found, causes)), found)
        causes |= _answered_causes(found)
        if len(found) == before:
            break
    found.update(_since(view, found))
    found.update(_identities(view, dict(found)))
    for first in view.entries(0, 1):
        found[first.statement.digest] = first
    _limit(found)
    return sorted(found.values(), key=lambda logged: logged.position)


def _answered_causes(found: Mapping[str, Logged]) -> set[str]:
    """Return the causes of the adjustments that statements answer."""
    bodies = (logged.statement.body for logged in found.values())
    answers = (body.answer for body in bodies if isinstance(body, AcceptanceBody))
    return {answer.cause for answer in answers if answer is not None}


def _adjusting(view: LedgerView, found: Mapping[str, Logged], causes: Iterable[str]) -> Iterator[str]:
    """Return what made and what answered the adjustments on the shipments found, as far as they matter here.

    A correction reaches a passport through the answers of all who held the goods in between.
    """
    wanted = frozenset(causes)
    for digest, logged in found.items():
        if isinstance(logged.statement.body, DispatchBody):
            for offer in view.offers_on(digest):
                if offer.cause in wanted:
                    yield offer.cause
                    yield from offer.answers


def _walk(view: LedgerView, start: Iterable[str], found: dict[str, Logged]) -> dict[str, Logged]:
    """Add everything that is referred to, from these statements on, to what was found."""
    queue = deque(start)
    while queue:
        digest = queue.popleft()
        if digest in found:
            continue
        logged = view.logged(digest)
        if logged is None:
            raise UnknownPassportError(digest)
        found[digest] = logged
        _limit(found)
        queue.extend(
            reference
            for reference in references(logged.statement)
            # What an unknown kind names need not be a statement.
            if not isinstance(logged.statement.body, UnknownBody) or view.logged(reference) is not None
        )
    return found


def _corrections_of_distrusted(view: LedgerView, found: Mapping[str, Logged]) -> Iterator[str]:
    """Return the corrections of what keys signed that are not trusted since: they lift the doubt."""
    for logged in found.values():
        issuer = view.organization(logged.statement.issuer)
        if issuer is not None and issuer.distrusted(logged.statement.signature.key, logged.position):
            body = logged.statement.body
            digest = body.corrects if isinstance(body, CorrectionBody) else logged.statement.digest
            corrections = view.corrections(digest)
            yield from (one.digest for one in corrections if isinstance(one.body, CorrectionBody))


def _since(view: LedgerView, found: Mapping[str, Logged]) -> dict[str, Logged]:
    """Return the reversals and impairments of the removals among these statements."""
    later: dict[str, Logged] = {}
    for digest, logged in found.items():
        if any(line.removal is not None for line in lines_stated(logged.statement)):
            for statement in view.corrections(digest):
                since = view.logged(statement.digest) if removal_named(statement) else None
                if since is not None:
                    later[statement.digest] = since
    return later


def _identities(view: LedgerView, goods: Mapping[str, Logged]) -> dict[str, Logged]:
    """Return what tells about all parties, accreditors too: registrations, keys, policies, attestations.

    Of the opinions on these goods a limited number, with those who gave them and who took them back.
    """
    found: dict[str, Logged] = {}
    waiting: dict[str, Logged] = {}
    queue = deque(dict.fromkeys(party for logged in goods.values() for party in parties(logged.statement)))
    seen: set[str] = set()
    _follow(view, queue, seen, found, waiting)
    for digest, logged in _chosen(view, waiting, goods).items():
        found[digest] = logged
        queue.extend(parties(logged.statement))
    _follow(view, queue, seen, found, waiting)
    for digest, logged in waiting.items():
        body = logged.statement.body
        if isinstance(body, AttestationBody) and body.withdraws in found:
            found.setdefault(digest, logged)
        elif isinstance(body, CountersignatureBody) and (body.statement in goods or body.statement in found):
            found[digest] = logged
    _limit(found)
    return found


def _follow(
    view: LedgerView, queue: deque[str], seen: set[str], found: dict[str, Logged], waiting: dict[str, Logged]
) -> None:
    """Find what tells about every party, and about theirs; opinions and their withdrawals wait, one each."""
    withdrawn = set()
    while queue:
        party = queue.popleft()
        if party in seen:
            continue
        seen.add(party)
        for logged in view.identity_statements(party):
            body = logged.statement.body
            if isinstance(body, CountersignatureBody):
                waiting[logged.statement.digest] = logged
                continue
            if isinstance(body, AttestationBody) and not body.roles:
                # Each withdrawal of a role may end it earlier; of an opinion one says all.
                if body.withdraws is None or body.withdraws not in withdrawn or body.withdraws in found:
                    waiting[logged.statement.digest] = logged
                withdrawn.add(body.withdraws)
                continue
            found[logged.statement.digest] = logged
            queue.extend(parties(logged.statement))
        _limit(found)


def _chosen(
    view: LedgerView, waiting: Mapping[str, Logged], goods: Mapping[str, Logged]
) -> dict[str, Logged]:
    """Return the opinions on these goods that travel with them: accredited verifiers' first, then as logged.

    Anybody may state any number of opinions, and none of them may make a passport too large to carry.
    """
    on_goods = []
    for logged in waiting.values():
        body = logged.statement.body
        opinion = body.opinion if isinstance(body, AttestationBody) else None
        if opinion is not None and any(digest in goods for digest in opinion.statements):
            giver = view.organization(logged.statement.issuer)
            stranger = giver is None or not giver.has_role("verifier", body.occurred.end)
            on_goods.append((stranger, logged.position, logged))
    first = sorted(on_goods, key=lambda one: one[:2])[:MAX_OPINIONS]
    return {logged.statement.digest: logged for _, _, logged in first}


def _limit(found: Mapping[str, Logged]) -> None:
    if len(found) > MAX_STATEMENTS:
        raise BundleTooLargeError("statements", len(found), MAX_STATEMENTS)
