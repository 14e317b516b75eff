"""A market with everything that companies state: they also join, attest, close months, and have removals.

Months go by: what is stated is dated in the month that is just over, and the months before it are closed by
one company after the other. What every company held at a month's end is added up apart from the balances.
"""

from __future__ import annotations

import secrets
from calendar import monthrange
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from ledger.accounts import Account, Transfer
from ledger.identity import Organization
from ledger.interfaces import Movement
from ledger.overlay import Overlay
from ledger.possession import prove_possession
from ledger.reports.period import holds
from ledger.signed import Statement
from ledger.signing import address_of, new_private_key
from ledger.statements import ProductionBody
from tests.builders import output, own
from tests.removing import reversal
from tests.unit.conservation.market import MANY_KEYS, MARKUP, REFUSALS, START, Market
from tests.unit.conservation.plain_books import TERMS, PlainBooks

STATEMENTS_A_MONTH: Final = 1_000
MONTHS: Final = 6
MOST_COMPANIES: Final = 24
MANY_POLICIES: Final = 100
STRICT: Final = 7
"""Of each eight companies this one asks for two signatures above `THRESHOLD_MG`."""
THRESHOLD_MG: Final = 10**9
VALIDITY: Final = {"from": "2026-01-01", "to": "2026-12-31"}
SAID_OF_STATEMENTS: Final = (
    *("ClosedPeriodError", "TooEarlyError", "UnclosablePeriodError"),
    *("OverReversedError", "UnknownRemovalError", "ReversedLineError", "NotImpairedError"),
    *("SecondSignatureMissingError", "SameKeyTwiceError"),
)
"""The ways in which the rules say no to what only this market does."""


@dataclass(slots=True)
class Stored:
    """A removal of some company: what of it is still stored, and the reserve that stands behind it."""

    company: str
    statement: str
    component: str
    mg: int
    reserve: Decimal


class DatedBooks(PlainBooks):
    """Books that also tell what each organization held by the end of each civil date."""

    def __init__(self, accreditor: str) -> None:
        super().__init__(replace(TERMS, accreditors=(accreditor,)))
        self.held: dict[str, dict[date, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))

    def enter(self, transfers: Sequence[Transfer], end: date) -> None:
        """Add up what transfers bring to organizations, and take from them."""
        for transfer in transfers:
            for account, sign in ((transfer.target, 1), (transfer.source, -1)):
                if holds(account, account.organization):
                    held = self.held[account.organization][end]
                    for slot, mg in transfer.components.items():
                        held[slot] += sign * mg

    def movements(
        self, organization: str | None = None, first: date | None = None, last: date | None = None
    ) -> Iterator[Movement]:
        """Yield what came to an organization in each period, added up."""
        assert organization is not None
        assert first is None
        outside, inside = Account("environment", organization), Account("lot", organization, "all")
        for end, held in self.held[organization].items():
            for slot, mg in held.items():
                if mg and (last is None or end <= last):
                    ends = (outside, inside) if mg > 0 else (inside, outside)
                    yield Movement(0, 0, *ends, slot, abs(mg))


class DatedOverlay(Overlay):
    """Changes kept apart, over books that know dates."""

    def __init__(self, below: DatedBooks) -> None:
        super().__init__(below)
        self.movements = below.movements


class WholeMarket(Market):
    """A market in which every kind of statement is made."""

    refusals = (*REFUSALS, *SAID_OF_STATEMENTS)
    books: DatedBooks

    def __init__(self, random: Random, companies: int = 8) -> None:
        accreditor = "0x" + secrets.token_hex(20)
        self.logged: list[tuple[int, Statement]] = []
        self.founders: list[Organization] = []
        self.second_keys: dict[str, str] = {}
        self.removals: deque[Stored] = deque(maxlen=40)
        self.attested: deque[tuple[str, str, str]] = deque(maxlen=40)
        super().__init__(random, companies, DatedBooks(accreditor))
        self.accreditor = self._registered("Accreditor", accreditor)

    def operations(self) -> dict[str, Callable[[], None]]:
        """Return what companies do, by name."""
        return super().operations() | {
            "join": self.join,
            "attest": self.attest,
            "keep_by": self.keep_by,
            "countersign": self.countersign,
            "close": self.close,
            "backdate": self.backdate,
            "remove": self.remove,
            "reverse": self.reverse,
            "impair": self.impair,
        }

    def month(self) -> int:
        """Return how many months have gone by since the market began."""
        return min(MONTHS - 1, self.position // STATEMENTS_A_MONTH)

    def now(self) -> datetime:
        """Return the log's time: soon after the end of the month that is being stated."""
        return START + timedelta(days=31 * self.month(), minutes=self.position)

    def join(self) -> None:
        """Let a new company register and begin its books; every other one holds goods already."""
        if len(self.companies) >= MOST_COMPANIES:
            self.produce()
            return
        number = len(self.companies)
        company = self._registered(f"Company {number}", self._new_address())
        self.companies.append(company)
        self.held[company] = []
        self._begin(company, number)

    def attest(self) -> None:
        """Give roles, give an opinion on what somebody produced, or take back what was attested."""
        ways = (self._give_roles, self._give_opinion, self._withdraw)
        self.random.choice(ways)()

    def keep_by(self) -> None:
        """State the accounting policies anew."""
        company = self._company()
        if len(self.books.organizations[company].policies) > MANY_POLICIES:
            self.produce()
            return
        self._keep_by(company, f"0.0{self.random.randint(1, 9)}")

    def countersign(self) -> None:
        """Hand goods on with the second signature of a company that asks for two; or with one twice."""
        if not self.second_keys:
            self.join()
            return
        company = self.random.choice(tuple(self.second_keys))
        to = self.random.choice((*self.companies, "outside"))
        sent = self._made(company, "dispatch/1", {"take": self._takes(company, 1)[0], "consignee": to})
        key = self.second_keys[company] if self.random.random() < 0.8 else self.keys[company]
        self._state(company, "countersignature/1", {"statement": sent.digest}, key=key)
        self._book(sent)
        (self.sold_outside if to == "outside" else self.open).append(sent.digest)

    def close(self) -> None:
        """Close a company's first open month, if it is not the one that is being stated."""
        company = self._company()
        closed = self.books.organizations[company].closed_until
        month = date.fromisoformat(closed).month - 5 if closed else 0
        if month >= self.month():
            self.produce()
            return
        self._state(company, "period_close/1", {"occurred": period(month)})
        assert self.books.organizations[company].closed_until == period(month)["to"]

    def backdate(self) -> None:
        """Let something leave the books with a date in the month before."""
        if not self.month():
            self.dispose()
            return
        company = self._company()
        take = self._takes(company, 1)[0]
        body = {"take": take, "fate": "waste", "occurred": period(self.month() - 1)}
        self._state(company, "disposal/1", body)

    def remove(self) -> None:
        """Make goods of a grove that takes up carbon."""
        company, mg = self._company(), self._mg()
        component = self.random.choice(("land_removal.measured", "tech_removal.calculated"))
        line = own(mg, component)
        reserve = Decimal("0.9")
        line["removal"] = {**line["removal"], "owner": company, "reserve": str(reserve)}
        outputs = [output("fruit", self.random.randint(1, 10**9)), output("wood", 11)]
        body = {"lines": [line, *self._lines(2)], "outputs": outputs, "policy": {"id": "mass/1"}}
        made = self._state(company, "production/1", body)
        self.productions.append(made)
        self.removals.append(Stored(company, made.digest, component, mg, reserve))

    def reverse(self) -> None:
        """Let some of what is stored go back, or try more than there is."""
        if not self.removals:
            self.remove()
            return
        one = self.random.choice(self.removals)
        mg = self.random.choice((1, one.mg // 2 or 1, one.mg or 1, one.mg + 1))
        self._state(one.company, "reversal/1", reversal(one.statement, mg, one.component))
        one.mg -= mg
        assert one.mg >= 0

    def impair(self) -> None:
        """Write the reserve behind a removal down, or try to leave it as it is."""
        if not self.removals:
            self.remove()
            return
        one = self.random.choice(self.removals)
        lower = one.reserve * self.random.choice((Decimal("0.9"), Decimal("0.9"), Decimal(1)))
        body = {
            "impairs": {"statement": one.statement, "line": "0"},
            "expectation": {"reserve": f"{lower:.12f}".rstrip("0")},
        }
        self._state(one.company, "impairment/1", body)
        one.reserve = Decimal(body["expectation"]["reserve"])

    def check_everything(self) -> None:
        """Add up what everybody held by date too: all dates together are the balances."""
        super().check_everything()
        held: dict[str, Counter[int]] = defaultdict(Counter)
        for account, balance in self.books.balances.items():
            if holds(account, account.organization):
                held[account.organization].update(balance)
        for company in self.companies:
            dated: Counter[int] = Counter()
            for amounts in self.books.held[company].values():
                dated.update(amounts)
            assert +dated == +held[company]
            assert not -dated

    def replayed(self) -> PlainBooks:
        """Book everything that was logged again, into fresh books."""
        return Replay(self).books

    def _register(self, company: str) -> None:
        super()._register(company)
        self.founders.append(self.books.organizations[company])

    def _registered(self, name: str, address: str) -> str:
        body = {
            "key": {"alg": "eip712-secp256k1", "address": address},
            "roles_claimed": ["supplier"],
            "name": name,
        }
        company = self._state("", "registration/1", body, key=address).issuer
        self.keys[company] = address
        return company

    def _begin(self, company: str, number: int) -> None:
        super()._begin(company, number)
        if number % 8 == STRICT:
            private_key = new_private_key()
            proof = prove_possession(self.books.terms().log_id, company, private_key)
            change = {"action": "add", "address": address_of(private_key), "proof": proof}
            self._state(company, "key/1", {"key": change})
            self.second_keys[company] = address_of(private_key)
            self._keep_by(company, "0.05")

    def _keep_by(self, company: str, materiality: str) -> None:
        policy = {"materiality": materiality, "cut_off": "By day.", "electricity": "market", "markup": MARKUP}
        if company in self.second_keys:
            policy["second_signature_above_mg"] = str(THRESHOLD_MG)
        self._state(company, "accounting_policy/1", {"policy": policy})

    def _give_roles(self) -> None:
        subject = self._company()
        if len(self.books.organizations[subject].roles) > MANY_KEYS:
            self._give_opinion()
            return
        body = {"subject": subject, "roles": ["port", "verifier"], "validity": VALIDITY}
        self._attested(self.accreditor, body)

    def _give_opinion(self) -> None:
        if not self.productions:
            self.produce()
            return
        about = self.random.choice(self.productions)
        assert isinstance(about.body, ProductionBody)
        opinion = {
            "standard": "ISO 14064-3:2019",
            "scope": "The emissions stated, cradle to gate.",
            "level": "limited",
            "conclusion": "unmodified",
            "statements": [about.digest],
        }
        who = self.random.choice([one for one in self.companies if one != about.issuer])
        self._attested(who, {"subject": about.issuer, "opinion": opinion, "validity": VALIDITY})

    def _withdraw(self) -> None:
        if not self.attested:
            self._give_roles()
            return
        who, subject, attestation = self.random.choice(self.attested)
        validity = {"from": f"2026-{self.random.randint(6, 12):02}-01", "to": "2099-12-31"}
        body = {"subject": subject, "withdraws": attestation, "validity": validity}
        self._state(who, "attestation/1", body)

    def _attested(self, who: str, body: dict[str, Any]) -> None:
        made = self._state(who, "attestation/1", body)
        self.attested.append((who, body["subject"], made.digest))

    def _made(self, company: str, kind: str, body: dict[str, Any], key: str | None = None) -> Statement:
        return super()._made(company, kind, {"occurred": period(self.month()), **body}, key)

    def _overlay(self) -> Overlay:
        return DatedOverlay(self.books)

    def _check_step(
        self, statement: Statement, transfers: Sequence[Transfer], touched: dict[Account, dict[int, int]]
    ) -> None:
        super()._check_step(statement, transfers, touched)
        self.books.enter(transfers, date.fromisoformat(statement.body.occurred.end))
        self.logged.append((self.position, replace(statement, parts=())))


class Replay(WholeMarket):
    """What a market logged, booked again in the same order at the same times."""

    def __init__(self, market: WholeMarket) -> None:
        self.books = DatedBooks(*market.books.terms().accreditors)
        self.recorded, self.accounted = Counter(), Counter()
        self.held = defaultdict(list)
        self.logged = []
        for founder in market.founders:
            self.books.keep_organization(founder)
        for position, statement in market.logged:
            self.position = position - 1
            self._book(statement)


def period(month: int) -> dict[str, str]:
    """Return a whole civil month, counted from June 2026."""
    year, number = divmod(2026 * 12 + 5 + month, 12)
    last = monthrange(year, number + 1)[1]
    first = f"{year}-{number + 1:02}-"
    return {"from": f"{first}01", "to": f"{first}{last:02}", "zone": "Asia/Shanghai"}
