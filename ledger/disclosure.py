"""What a passport shows to whom: four profiles, and making a bundle show less without changing a signed byte.

| profile | what it shows |
| --- | --- |
| `full` | every part |
| `amounts` | of tiers 2 and up what is booked, without names, sources, prices, places: all adds up again |
| `trade` | of tier 2 what each hand-over carries, by component and evidence; recipes and names stay hidden |
| `total` | the goods, what they carry, and what was added on their way; everything behind is hidden |

Tier 1 is what the sender says, and what is said about its shipment; a tier higher is each company further up.
`amounts` still tells how much of which lot went into another, and by which factor a gap is filled, so
whoever knows the trade can read a recipe from it; `trade` and `total` don't. What stands behind a hidden
hand-over is left out, because the hand-over's own digest commits to all of it. Ids of organizations and the
time of entries stay visible, as in the log.

Whoever holds a bundle can hide more of it, and nobody can make it show more, or something else.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

from ledger.behind import DISPATCH, IDENTITY_KINDS, goods_behind, identities_behind
from ledger.bodies import is_known
from ledger.bundle import Bundle, factors_named
from ledger.closure import parties
from ledger.errors import LedgerError
from ledger.factor import factor_digest
from ledger.hidden import (
    OCCURRED,
    REFERENCE,
    SIGNED_FOR,
    digests_of,
    pattern_of,
    read_partly,
    read_shown,
)
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.state.bundling import trimmed
from ledger.statements import AttestationBody, CorrectionBody, HandlingBody

Profile = Literal["full", "amounts", "trade", "total"]
PROFILES: Final[tuple[Profile, ...]] = ("full", "amounts", "trade", "total")
"""From what shows most to what shows least."""
LOG_OPEN: Final = "log_open/1"
CONSERVATION: Final = "conservation/1"
BOOKED: Final = frozenset(
    {
        *(OCCURRED, "/key", "/roles_claimed", "/policy", "/handlers", "/inputs/*", "/lines/*/amount"),
        *("/outputs/*/balance", "/target", "/take", "/liability", "/consignee", "/terms", "/fate"),
        *("/takes_over", "/outcome", "/quantities", "/corrects", "/change", "/lots/*/balance"),
        *("/subject", "/roles", "/opinion", "/withdraws", "/validity", "/statement", "/closing"),
        *("/reverses", "/amount", "/cause", "/impairs", "/expectation", "/answer", "/standing", "/asset"),
        *("/quantity_left", "/attests", "/lines/*/removal"),
    }
)
"""What profile `amounts` shows of tiers 2 and up: what the books are made of, and what checks them."""
HAND_OVER: Final = frozenset({OCCURRED, "/liability", "/consignee"})
"""What profile `trade` shows of a hand-over behind which all is hidden."""
NAMELESS: Final = frozenset(
    {OCCURRED, "/key", "/roles_claimed", "/subject", "/roles", "/withdraws", "/validity", "/statement"}
)
"""What is shown of an organization that is named by nothing that is shown whole."""


@dataclass(eq=False)
class UnknownProfileError(LedgerError):
    """There is no such way to disclose a passport."""

    profile: str
    sentence: ClassVar[str] = "There is no profile {profile!r}. Take full, amounts, trade or total."


def check_profile(text: str) -> Profile:
    """Return a profile by its name.

    Raises:
        UnknownProfileError: there is none.
    """
    for profile in PROFILES:
        if profile == text:
            return profile
    raise UnknownProfileError(text[:40])


def widest(profiles: Iterable[Profile]) -> Profile:
    """Return the profile that shows most; of none `total`."""
    return min(profiles, key=PROFILES.index, default="total")


def shows_as_much(one: Profile, other: Profile) -> bool:
    """Say whether a profile shows all that another does."""
    return PROFILES.index(one) <= PROFILES.index(other)


def disclosed(bundle: Bundle, profile: Profile) -> Bundle:
    """Return a bundle that shows what a profile shows, of what it shows itself.

    Raises:
        MissingReferenceError, PassportKindError: the bundle is no closure of its passport.
        LedgerError: any class that `hidden.read_shown` names.
    """
    if profile == "full":
        return bundle
    read = [
        read_shown(one.entry.envelope, one.entry.signature, one.parts, one.hidden or ())
        for one in bundle.statements
    ]
    shown = shown_statements(read, bundle.passport, profile)
    statements = [
        one.model_copy(update={"parts": list(after.parts), "hidden": list(after.hidden) or None})
        for one, before in zip(bundle.statements, read, strict=True)
        if (after := shown.get(before.digest)) is not None
    ]
    named = {factor for statement in shown.values() for factor in factors_named(statement)}
    factors = [factor for factor in bundle.factors if factor_digest(factor) in named]
    state = bundle.state
    if state is not None:
        goods = goods_behind(shown, bundle.passport)
        records, others = trimmed(state.records, state.others, shown, goods)
        state = state.model_copy(update={"records": records, "others": others})
    return bundle.model_copy(update={"statements": statements, "factors": factors, "state": state})


def shown_statements(
    statements: Iterable[Statement], passport: str, profile: Profile
) -> dict[str, Statement]:
    """Return what a profile shows of a passport's closure, by digest, in the same order.

    Raises:
        MissingReferenceError, PassportKindError: it is no closure of the passport.
    """
    known = {statement.digest: statement for statement in statements}
    if profile == "full":
        return known
    plan = _Plan(known, passport, profile)
    after: dict[str, Statement] = {}
    for digest, statement in known.items():
        shows = plan.shows(statement)
        if shows is not None:
            after[digest] = hide(statement, shows)
    goods = goods_behind(after, passport)
    needed = {*goods, *identities_behind(after, goods)}
    return {digest: one for digest, one in after.items() if digest in needed or one.kind == LOG_OPEN}


def hide(statement: Statement, shows: Callable[[str], bool]) -> Statement:
    """Return a statement that shows only parts with these paths, of those that it shows.

    Where a part that its signed line is made of is hidden, the random `/ref` is hidden too: with it, and the
    line's hash, the hidden part could be guessed.

    Raises:
        HiddenTimeError: when it occurred would be hidden.
    """
    kind = statement.kind
    kept = [part for part in statement.parts if shows(part.path)]
    gone = {pattern_of(part.path) for part in statement.parts if part not in kept}
    if gone & set(SIGNED_FOR.get(kind, ())) or (gone and not is_known(kind)):
        kept = [part for part in kept if part.path != REFERENCE]
    hidden = digests_of(part for part in statement.parts if part not in kept)
    together = tuple(sorted((*statement.hidden, *hidden)))
    if not together:
        return statement
    body = read_partly(kind, kept, len(together))
    return replace(statement, parts=tuple(kept), body=body, hidden=together)


def _everything(_: str) -> bool:
    return True


class _Plan:
    """Which parts of each statement of one passport a profile shows."""

    def __init__(self, statements: Mapping[str, Statement], passport: str, profile: Profile) -> None:
        self._profile = profile
        self._tiers = tiers(statements, passport)
        self._near = {digest for digest, tier in self._tiers.items() if tier <= self._open}
        self._named = {party for digest in self._near for party in parties(statements[digest])}
        self._named |= {one.issuer for one in statements.values() if isinstance(one.body, AttestationBody)}

    @property
    def _open(self) -> int:
        return 0 if self._profile == "total" else 1

    def shows(self, statement: Statement) -> Callable[[str], bool] | None:
        """Return which paths are shown; None where the statement is left out as a whole."""
        if statement.kind in (LOG_OPEN, CONSERVATION) or statement.digest in self._near:
            return _everything
        if statement.kind in IDENTITY_KINDS:
            return self._of_identity(statement)
        if self._profile == "amounts":
            return _amounts(statement)
        handed = self._profile == "trade" and statement.kind == DISPATCH
        return _only(HAND_OVER if handed else frozenset({OCCURRED}))

    def _of_identity(self, statement: Statement) -> Callable[[str], bool] | None:
        body = statement.body
        if isinstance(body, AttestationBody):
            if body.opinion is not None:
                return _everything if self._near.issuperset(body.opinion.statements) else None
            return _everything if body.subject in self._named else _only(NAMELESS)
        policy = {"/policy"} if self._profile == "amounts" else frozenset[str]()
        return _everything if statement.issuer in self._named else _only(NAMELESS | policy)


def _only(patterns: frozenset[str]) -> Callable[[str], bool]:
    return lambda path: pattern_of(path) in patterns


def _amounts(statement: Statement) -> Callable[[str], bool]:
    """Show what is booked; what a correction adds is hidden whole, because its lines say what they are of."""
    body = statement.body
    named = isinstance(body, CorrectionBody) and body.change.add_lines
    if named or not is_known(statement.kind):
        return _only(frozenset({OCCURRED}))
    return _only(HAND_OVER if isinstance(body, HiddenBody) else BOOKED)


def tiers(statements: Mapping[str, Statement], passport: str) -> dict[str, int]:
    """Return, by statement about goods, how many companies up it stands: 0 for the passport itself.

    What was said about its shipment, handlings and receipt, is of tier 0 as well; what the sender says is of
    tier 1. What came later about something (a correction, an answer) is as near as the nearest it names.
    """
    graph = goods_behind(statements, passport)
    found: dict[str, int] = {}
    queue = [(0, number, digest) for number, digest in enumerate(_about(statements, graph, passport))]
    heapq.heapify(queue)
    order = {digest: number for number, digest in enumerate(statements)}
    later: dict[str, list[str]] = {}
    for digest, named in graph.items():
        for one in named:
            later.setdefault(one, []).append(digest)
    while queue:
        tier, _, digest = heapq.heappop(queue)
        if digest in found:
            continue
        found[digest] = tier
        for up in graph[digest]:
            heapq.heappush(queue, (max(1, tier + _step(statements, digest, up, passport)), order[up], up))
        for after in later.get(digest, ()):
            if order[after] > order[digest] and _told_later(statements[after], digest):
                heapq.heappush(queue, (tier, order[after], after))
    for digest in graph:
        found.setdefault(digest, max(found.values()))
    return found


def _about(statements: Mapping[str, Statement], graph: Mapping[str, object], passport: str) -> list[str]:
    """Return the passport's dispatch and what was said about its shipment."""
    about = [passport]
    for digest in graph:
        body = statements[digest].body
        target = body.target.shipment if isinstance(body, HandlingBody) else None
        taken = getattr(getattr(body, "takes_over", None), "shipment", None)
        if passport in (target, taken) or statements[digest].kind == CONSERVATION:
            about.append(digest)
    return about


def _step(statements: Mapping[str, Statement], digest: str, up: str, passport: str) -> int:
    """Return how many companies further up a statement is than one that refers to it."""
    one, other = statements[digest], statements[up]
    body = other.body
    on_a_lot = isinstance(body, HandlingBody) and body.target.lot is not None
    return int(one.issuer != other.issuer and not on_a_lot and digest != passport)


def _told_later(statement: Statement, about: str) -> bool:
    body = statement.body
    return isinstance(body, CorrectionBody) and body.corrects == about


def profile_of(bundle: Bundle) -> Profile:
    """Return the profile by which a bundle shows what it shows: the least that hides nothing more of it."""
    if not any(one.hidden for one in bundle.statements):
        return "full"
    return next(profile for profile in reversed(PROFILES) if disclosed(bundle, profile) == bundle)
