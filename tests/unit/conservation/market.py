"""A market in which companies trade at random through the real drafts and booking rules.

Nothing is signed with real keys, but for a new key's own proof: a statement only names the key, and the
key check of the books stays.
Every step is checked on the accounts that it touched; `check_everything` adds all of them up again.
"""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from ledger.accounting import marked_up
from ledger.accounts import SIGNED, SOURCES, Account, Transfer
from ledger.adjusting import added_by
from ledger.books import Moment, book
from ledger.components import NAMES
from ledger.drafting import Wish, prepare
from ledger.errors import LedgerError
from ledger.identity import KeyRecord, Organization
from ledger.lots import Lot, Shipment
from ledger.offers import offer_id
from ledger.overlay import Overlay
from ledger.possession import prove_possession
from ledger.reports import conservation
from ledger.signed import Statement
from ledger.signing import address_of, new_private_key
from ledger.statements import HandlingBody, ProductionBody
from ledger.storing import changed_balances
from ledger.wire import Signature
from tests.builders import JUNE, Line, bought, output, own, policy_of
from tests.opening_books import opened
from tests.unit.conservation.plain_books import PlainBooks

MARKUP: Final = "0.1"
START: Final = datetime(2026, 7, 1, tzinfo=UTC)
OWN: Final = ("fossil.measured", "fossil.calculated", "aircraft.calculated", "luc.imported")
KEPT_PRODUCTIONS: Final = 60
MANY_LOTS: Final = 40
"""A company with more lots than this uses them up whole."""
MANY_SHIPMENTS: Final = 100
MANY_KEYS: Final = 50
REFUSALS: Final = (
    *("OverdrawnLotError", "StaleLotError", "NotHolderError", "NotConsigneeError"),
    *(
        "OfferAnsweredError",
        "UnknownOfferError",
        "UnbearableDecreaseError",
        "NotCorrectableError",
        "StandInChangeError",
    ),
    *("LegCoveredTwiceError", "DroppedLineError", "EmptyCorrectionError", "CircularProductionError"),
    *("UnknownKeyError", "RevokedKeyError"),
)
"""The ways in which the rules say no here; any other refusal is a defect."""


class Market:
    """Companies that make, trade, handle, refuse, correct and lose things, as a random source says."""

    refusals: tuple[str, ...] = REFUSALS

    def __init__(self, random: Random, companies: int = 8, books: PlainBooks | None = None) -> None:
        self.random = random
        self.books = PlainBooks() if books is None else books
        self.companies = [f"org_{'abcdefgh'[n] * 32}" for n in range(companies)]
        self.keys: dict[str, str] = {}
        self.revoked: dict[str, str] = {}
        self.held: dict[str, list[str]] = {company: [] for company in self.companies}
        self.open: list[str] = []
        self.sold_outside: deque[str] = deque(maxlen=20)
        self.productions: deque[Statement] = deque(maxlen=KEPT_PRODUCTIONS)
        self.handlings: deque[Statement] = deque(maxlen=KEPT_PRODUCTIONS)
        self.answered: deque[str] = deque(maxlen=20)
        self.recorded: Counter[int] = Counter()
        self.accounted: Counter[int] = Counter()
        self.position = 0
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        for number, company in enumerate(self.companies):
            self._register(company)
            self._begin(company, number)

    def _register(self, company: str) -> None:
        key = self._new_address()
        self.keys[company] = key
        records = (KeyRecord(key, from_position=-1),)
        self.books.keep_organization(Organization(company, company, ("supplier",), 0, records))

    def _begin(self, company: str, number: int) -> None:
        """State by how much estimates are marked up; every other company holds goods already."""
        policy = {"materiality": "0.05", "cut_off": "By day.", "electricity": "market", "markup": MARKUP}
        self._state(company, "accounting_policy/1", {"policy": policy})
        if number % 2 == 0:
            lots = [opened("goods", 10**9, fossil__secondary=10**8 + 7), opened("goods", 5, luc__spend=11)]
            self._state(company, "opening/1", {"lots": lots})

    def step(self, operation: str | None = None) -> None:
        """Let somebody do something, and check the accounts that it touches."""
        operations = self.operations()
        name = operation or self.random.choice(tuple(operations))
        try:
            operations[name]()
        except LedgerError as error:
            if type(error).__name__ not in self.refusals:
                raise
            self.refused[type(error).__name__] += 1
        else:
            self.done[name] += 1

    def operations(self) -> dict[str, Callable[[], None]]:
        """Return what companies do, by name."""
        return {
            "produce": self.produce,
            "dispatch": self.dispatch,
            "receive": self.receive,
            "handle_shipment": self.handle_shipment,
            "handle_outside": self.handle_outside,
            "handle_lot": self.handle_lot,
            "dispose": self.dispose,
            "reestimate": self.reestimate,
            "correct": self.correct,
            "correct_handling": self.correct_handling,
            "handle_late": self.handle_late,
            "answer": self.answer,
            "answer_claim": self.answer_claim,
            "allow": self.allow,
            "change_key": self.change_key,
            "cheat": self.cheat,
        }

    def produce(self) -> None:
        """Make one to three lots out of own lines, gaps and some of what is held."""
        company = self._company()
        many = 3 if len(self.held[company]) > MANY_LOTS else 1
        inputs = self._takes(company, self.random.randint(0, many))
        outputs = [
            output(
                "goods",
                quantity := self.random.randint(1, 10**10),
                self.random.choice((quantity, quantity, 0)),
            )
            for _ in range(self.random.randint(1, 2))
        ]
        outputs.append(output("goods", 7))
        for made in outputs:
            kind = self.random.choice((None, None, "by_product", "abnormal_loss", "in_process", "asset"))
            if kind is not None:
                made["balance"]["kind"] = kind
        body = {"inputs": inputs, "lines": self._lines(3), "outputs": outputs, "policy": policy_of(outputs)}
        handlers = self._handlers()
        statement = self._state(company, "production/1", {**body, "handlers": handlers})
        self.productions.append(statement)

    def dispatch(self) -> None:
        """Hand on part of a lot, or all of it, to somebody or outside."""
        if len(self.open) > MANY_SHIPMENTS:
            self.receive()
        company = self._company()
        to = self.random.choice((*self.companies, "outside"))
        body: dict[str, Any] = {
            "take": self._takes(company, 1)[0],
            "consignee": to,
            "handlers": self._handlers(),
        }
        if self.random.random() < 0.5:
            body["terms"] = {"incoterm": self.random.choice(("FOB", "DAP"))}
        statement = self._state(company, "dispatch/1", body)
        (self.sold_outside if to == "outside" else self.open).append(statement.digest)

    def receive(self) -> None:
        """Accept, refuse, lose or share a shipment, with some claims; sometimes somebody else tries."""
        shipment = self._open_shipment()
        claims = [claim.statement for claim in shipment.claimed if self.random.random() < 0.7]
        who = shipment.consignee if self.random.random() < 0.95 else self._company()
        outcome = self.random.choice(("accepted", "accepted", "refused", "lost", None))
        body: dict[str, Any] = {"takes_over": {"shipment": shipment.id, "claims": claims}}
        if outcome is None:
            body["quantities"] = self._shared(shipment.quantity)
        else:
            body["outcome"] = outcome
        if body.get("quantities", {}).get("accepted", "0") != "0" or outcome == "accepted":
            body["handlers"] = self._handlers()
        self._state(who, "receipt/1", body)
        self.open.remove(shipment.id)
        self.answered.append(shipment.id)

    def _shared(self, quantity: int) -> dict[str, str]:
        """Return how much of a quantity was accepted, came back and was lost; any of it may be nothing."""
        cuts = sorted(self.random.choice((0, quantity, self.random.randint(0, quantity))) for _ in range(2))
        parts = (cuts[0], cuts[1] - cuts[0], quantity - cuts[1])
        return dict(zip(("accepted", "returned", "lost"), map(str, parts), strict=True))

    def handle_shipment(self) -> None:
        """Carry a shipment: listed or not, or stand in with gaps for who carried it."""
        self._carry(self._open_shipment())

    def handle_outside(self) -> None:
        """Carry goods that were sold outside the ledger."""
        if not self.sold_outside:
            self.dispatch()
            return
        self._carry(self.books.shipments[self.random.choice(self.sold_outside)])

    def _carry(self, shipment: Shipment) -> None:
        parties = (shipment.sender, *shipment.handlers, *shipment.handlers)
        who = self.random.choice(parties) if self.random.random() < 0.8 else self._company()
        body: dict[str, Any] = {"target": {"shipment": shipment.id}, "lines": self._lines(2) or [own(1)]}
        if self.random.random() < 0.6:
            body["leg"] = {"key": f"leg-{self.random.randint(1, 4)}", "mode": "road", "mass_mg": "1"}
        if who == shipment.sender and self.random.random() < 0.8:
            body["lines"] = [self._gap() for _ in range(self.random.randint(1, 2))]
        elif self.random.random() < 0.2:
            body["inputs"] = self._takes(who, 1)
        self.handlings.append(self._state(who, "handling/1", body))

    def handle_late(self) -> None:
        """Report the carriage of a shipment after it was answered."""
        if not self.answered:
            self.receive()
            return
        self._carry(self.books.shipments[self.random.choice(self.answered)])

    def handle_lot(self) -> None:
        """Store or cool a lot: mostly one's own, or as somebody whom its holder names, or not."""
        company = self._company()
        lot = self._lot(company)
        named = (company, company, *self.books.lots[lot].handlers)
        who = self.random.choice(named) if self.random.random() < 0.9 else self._company()
        lines = self._lines(2) or [own(3)]
        body = {"target": {"lot": lot}, "lines": lines}
        statement = self._state(who, "handling/1", body)
        self.handlings.append(statement)
        assert statement.issuer == who

    def dispose(self) -> None:
        """Let something leave the books."""
        company = self._company()
        fate = self.random.choice(("consumer", "waste", "own_use", "abnormal_loss"))
        self._state(company, "disposal/1", {"take": self._takes(company, 1)[0], "fate": fate})

    def reestimate(self) -> None:
        """Expect more or less of an asset than before."""
        company = self._company()
        lots = (self.books.lots[lot] for lot in self.held[company])
        assets = [lot for lot in lots if lot.kept_as == "asset" and lot.left]
        if not assets:
            self.produce()
            return
        asset = self.random.choice(assets)
        quantity = self.random.choice((asset.left + 1, asset.left * 2, self.random.randint(1, 10**10)))
        body = {"asset": asset.id, "quantity_left": str(quantity)}
        if quantity != asset.left:
            self._state(company, "reestimate/1", body)

    def correct(self) -> None:
        """Correct a recent production: drop a line, add lines, add an input."""
        if not self.productions:
            self.produce()
            return
        corrected = self.random.choice(self.productions)
        body = corrected.body
        assert isinstance(body, ProductionBody)
        drop = (
            [str(self.random.randrange(len(body.lines)))] if body.lines and self.random.random() < 0.8 else []
        )
        inputs = self._takes(corrected.issuer, 1) if self.random.random() < 0.5 else []
        change = {"drop_lines": drop, "add_lines": self._lines(2), "add_inputs": inputs}
        self._state(corrected.issuer, "correction/1", {"corrects": corrected.digest, "change": change})

    def correct_handling(self) -> None:
        """Replace lines of a recent handling, wherever its goods are by now."""
        if not self.handlings:
            self.handle_lot()
            return
        corrected = self.random.choice(self.handlings)
        body = corrected.body
        assert isinstance(body, HandlingBody)
        inputs = self._takes(corrected.issuer, 1) if self.random.random() < 0.2 else []
        drop = [str(self.random.randrange(len(body.lines)))]
        change = {"drop_lines": drop, "add_lines": self._lines(2), "add_inputs": inputs}
        self._state(corrected.issuer, "correction/1", {"corrects": corrected.digest, "change": change})

    def answer(self) -> None:
        """Accept or refuse an adjustment, sometimes one that isn't open."""
        open_now = [offer for offer in self.books.offers.values() if offer.open]
        if not open_now:
            self.correct()
            return
        offer = self.random.choice(open_now)
        self._answer(offer.receiver, offer.cause, offer.target)

    def answer_claim(self) -> None:
        """Accept or refuse what somebody claims to have done with goods, late and not being named."""
        inside = [shipment for shipment in self._claimed() if shipment.status != "outside"]
        claims = [(shipment.receiver, one.statement) for shipment in inside for one in shipment.claimed]
        claims += [(lot.holder, digest) for lot in self._claimed_lots() for digest in lot.claimed]
        if not claims:
            self.handle_lot()
            return
        receiver, handling = self.random.choice(claims)
        self._answer(receiver, handling, handling)

    def _answer(self, who: str, cause: str, target: str) -> None:
        outcome = self.random.choice(("accepted", "accepted", "refused"))
        self._state(who, "acceptance/1", {"answer": {"cause": cause, "target": target, "outcome": outcome}})

    def allow(self) -> None:
        """State which adjustments are accepted without being asked."""
        company = self._company()
        if len(self.books.organizations[company].allowances) > MANY_KEYS:
            self.produce()
            return
        standing = {
            "from": self.random.choice((*self.companies, "any")),
            "limit_mg": str(self.random.choice((0, 1, 10**3, 10**15))),
            "validity": {"from": "2026-01-01", "to": "2026-12-31"},
        }
        self._state(company, "acceptance/1", {"standing": standing})

    def change_key(self) -> None:
        """Rotate to a new key, or add one and revoke the old."""
        company, private_key = self._company(), new_private_key()
        if len(self.books.organizations[company].keys) > MANY_KEYS:
            self.produce()
            return
        old, new = self.keys[company], address_of(private_key)
        proof = prove_possession(self.books.terms().log_id, company, private_key)
        change = {"address": new, "proof": proof}
        if self.random.random() < 0.5:
            self._state(company, "key/1", {"key": {"action": "rotate", **change, "replaces": old}})
        else:
            self._state(company, "key/1", {"key": {"action": "add", **change}})
            self.keys[company] = new
            self._state(company, "key/1", {"key": {"action": "revoke", "address": old}})
            self.revoked[company] = old
        self.keys[company] = new

    def cheat(self) -> None:
        """Try what must never work: take more, take twice, use what others hold, sign with another key."""
        company, other = self.random.sample(self.companies, 2)
        lot = self.books.lots[self._lot(company)]
        more = {"lot": lot.id, "quantity": str(lot.left + 1)}
        some = {"lot": lot.id, "quantity": str(lot.left)}
        wishes = {
            "more": (company, more),
            "foreign": (other, some),
            "twice": (company, some),
            "key": (company, some),
            "revoked": (company, some),
        }
        way = self.random.choice(tuple(wishes))
        who, take = wishes[way]
        body = {"take": take, "consignee": other}
        if way == "twice":
            statement = self._state(company, "dispatch/1", body)
            self.open.append(statement.digest)
            self._book(statement)
        wrong = {"key": self._new_address(), "revoked": self.revoked.get(company, self._new_address())}
        self._state(who, "dispatch/1", body, key=wrong.get(way))
        raise AssertionError(way)

    def now(self) -> datetime:
        """Return the log's time."""
        return START + timedelta(minutes=self.position)

    def _state(self, company: str, kind: str, body: dict[str, Any], *, key: str | None = None) -> Statement:
        statement = self._made(company, kind, body, key)
        self._book(statement)
        return statement

    def _made(self, company: str, kind: str, body: dict[str, Any], key: str | None = None) -> Statement:
        wish = Wish(kind, company, {"occurred": JUNE, **body})
        made = prepare(wish, self.books, self.now()).draft
        signature = Signature(alg="eip712-secp256k1", key=key or self.keys[company], value="0x" + "0" * 130)
        return Statement(made.envelope, signature, made.parts, made.body, made.digest())

    def _overlay(self) -> Overlay:
        return Overlay(self.books)

    def _book(self, statement: Statement) -> None:
        overlay = self._overlay()
        self.position += 1
        moment = Moment(self.position, self.now())
        transfers = book(statement, moment, overlay)
        touched = changed_balances(transfers, lambda account: self.books.balances.get(account, {}))
        self.books.take_in(overlay)
        for lot in overlay._lots.values():
            if lot.taken == 0 and not lot.basis and lot.id not in self.held[lot.holder]:
                self.held[lot.holder].append(lot.id)
        self.books.log(statement, self.position)
        self._check_step(statement, transfers, touched)

    def _check_step(
        self, statement: Statement, transfers: Sequence[Transfer], touched: dict[Account, dict[int, int]]
    ) -> None:
        """Write the touched balances; check sums, signs, and that lots and shipments agree with them."""
        assert all(mg > 0 for t in transfers for mg in t.components.values()), statement.kind
        for account, held in touched.items():
            before = self.books.balances.get(account, {})
            totals, sign = (self.recorded, -1) if account.kind in SOURCES else (self.accounted, 1)
            for slot in {*before, *held}:
                totals[slot] += sign * (held.get(slot, 0) - before.get(slot, 0))
            if held:
                self.books.balances[account] = held
            else:
                self.books.balances.pop(account, None)
            self.check_account(account)
        slots = {slot for transfer in transfers for slot in transfer.components}
        assert all(self.recorded[slot] == self.accounted[slot] for slot in slots), statement.kind

    def check_account(self, account: Account) -> None:
        """Check one account against what the rules keep of it."""
        held = self.books.balances.get(account, {})
        if account.kind not in SIGNED:
            assert all(mg >= 0 for mg in held.values()), account
        if account.kind == "goods_in_process" and not account.ref:
            assert not held, account
        if account.kind == "adjustment_offered" and account.ref in self.books.offers:
            assert self.books.offers[account.ref].open == held, account
        if account.ref in self.books.lots:
            lot = self.books.lots[account.ref]
            assert lot.account == account
            lost = account.kind == "abnormal_loss"
            assert dict(lot.given if lost else lot.balance()) == held, account
        if account.kind == "shipment":
            shipment = self.books.shipments[account.ref]
            assert (dict(shipment.total) if shipment.status == "open" else {}) == held, account

    def check_everything(self) -> None:
        """Add up all accounts again, and check every lot, shipment and claim."""
        found = conservation(self.books.balances.items())
        assert found.holds
        assert found.recorded_mg == found.accounted_mg == sum(self.recorded.values())
        assert found.by_component == {
            NAMES[slot]: (mg, mg) for slot, mg in sorted(self.recorded.items()) if mg
        }
        for account in self.books.balances:
            self.check_account(account)
        claims: Counter[tuple[str, int]] = Counter()
        for shipment in self._claimed():
            for claim in shipment.claimed:
                late = self.books.offers.get(offer_id(claim.statement, claim.statement))
                for slot, mg in claim.components.items():
                    claims[claim.handler, slot] += 0 if late and late.open else mg
        for lot in self._claimed_lots():
            for digest in lot.claimed:
                made = self.books.statements[digest]
                assert isinstance(made.body, HandlingBody)
                for slot, mg in added_by(made, made.body, self.books).items():
                    claims[made.issuer, slot] += mg
        unassigned = {
            (account.organization, slot): mg
            for account, held in self.books.balances.items()
            if account.kind == "handling_unassigned"
            for slot, mg in held.items()
        }
        assert {key: mg for key, mg in claims.items() if mg} == unassigned

    def check_every_lot(self) -> None:
        """Check that every lot that ever was holds what its account holds, and every shipment too."""
        for lot in self.books.lots.values():
            self.check_account(lot.account)
        for shipment in self.books.shipments.values():
            self.check_account(Account("shipment", shipment.sender, shipment.id))

    def _claimed(self) -> Iterator[Shipment]:
        return (shipment for shipment in self.books.shipments.values() if shipment.claimed)

    def _claimed_lots(self) -> Iterator[Lot]:
        return (lot for lot in self.books.lots.values() if lot.claimed)

    def _company(self) -> str:
        return self.random.choice(self.companies)

    def _handlers(self) -> list[str]:
        return self.random.sample(self.companies, self.random.randint(0, 2))

    def _lot(self, company: str) -> str:
        """Return a lot of which something is left; one is made where there is none."""
        held = self.held[company]
        while held:
            number = self.random.randrange(len(held))
            if self.books.lots[held[number]].left:
                return held[number]
            held[number] = held[-1]
            held.pop()
        made = self._state(
            company,
            "production/1",
            {"lines": [own(10**9)], "outputs": [output("goods", 10**6)], "policy": {"id": "mass/1"}},
        )
        return f"{made.digest}.0"

    def _takes(self, company: str, count: int) -> list[dict[str, str]]:
        whole = 0.9 if len(self.held[company]) > MANY_LOTS else 0.4
        lots = {self._lot(company) for _ in range(count)}
        takes = []
        for lot in sorted(lots):
            left = self.books.lots[lot].left
            quantity = left if self.random.random() < whole else self.random.randint(1, left)
            takes.append({"lot": lot, "quantity": str(quantity)})
        return takes

    def _lines(self, at_most: int) -> list[Line]:
        return [
            self._gap() if self.random.random() < 0.4 else own(self._mg(), self.random.choice(OWN))
            for _ in range(self.random.randint(0, at_most))
        ]

    def _gap(self) -> Line:
        """Return a gap, half of the time with what its maker adds to the estimate by policy."""
        mg = self._mg()
        line = bought(mg, component=self.random.choice(("fossil.secondary", "fossil.spend")))
        added = marked_up(mg, MARKUP)
        if added and self.random.random() < 0.5:
            line["amount"]["components"]["fossil.markup"] = str(added)
        return line

    def _mg(self) -> int:
        return self.random.choice((1, 2, 3, self.random.randint(1, 10**6), self.random.randint(1, 10**11)))

    def _open_shipment(self) -> Shipment:
        if not self.open:
            company = self._company()
            body = {"take": self._takes(company, 1)[0], "consignee": self._company()}
            self.open.append(self._state(company, "dispatch/1", body).digest)
        return self.books.shipments[self.random.choice(self.open)]

    def _new_address(self) -> str:
        return "0x" + secrets.token_hex(20)
