"""A log of many statements, made the same way each time: goods that pass from company to company.

A round has 20 statements: 6 productions, 5 dispatches, 3 handlings, 5 receipts and a correction. Five chains
of goods run through it: what a company received in one round goes into its production of the next, and one
of the chains also uses goods whose production was corrected. Parts, salts, digests and liabilities are real;
signatures have the form of one and are by nobody, so such a log can be booked again, but never posted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ledger.components import NOTHING, Components
from ledger.forms import validated
from ledger.identifiers import lot_id
from ledger.interfaces import Logged
from ledger.log.merkle import leaf_hash
from ledger.signed import Statement, draft, entry_bytes, utc_text
from ledger.statements import BODIES, LogOpenBody, ProductionBody
from ledger.terms import address_of_public_key, log_id_of
from ledger.wire import Signature
from scripts.bench.record_lines import carriage_lines, fuel_burnt, production_lines, sum_of

SEED: Final = 20250601
COMPANIES: Final = 40
CARRIERS: Final = 4
CHAINS: Final = 5
CARRIED: Final = 3
"""Chains whose goods a carrier brings."""
ROUND: Final = 20
FIRST: Final = 1 + COMPANIES + CARRIERS
"""Entries before the first round: the log's opening and the registrations."""
MADE_MG: Final = 3_000_000_000
SENT_MG: Final = 2_000_000_000
PRODUCT: Final = "Fresh lychee / 鲜荔枝"
DROPPED: Final = 6
"""The line that a correction replaces: a generator's diesel."""
READ_AGAIN: Final = range(500, 600)
"""What it is replaced by, in litres: more than any that was read first."""
JOURNEY: Final = {
    "distance_basis": "actual",
    "from": {"name": "Packhouse, Conghua"},
    "to": {"name": "Container terminal, Nansha", "locode": "CNNSA"},
}
OPENED: Final = datetime(2025, 6, 1, tzinfo=UTC)
LOG_KEY: Final = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
"""The base point of secp256k1 (SEC 2, 2.4.1), compressed: a key with which nobody signs."""
NO_SIGNATURE: Final = "0x" + "11" * 64 + "1b"


@dataclass(frozen=True, slots=True)
class Stock:
    """A lot that waits to be taken, whole or in part."""

    lot: str
    quantity: int
    total: Components
    basis: tuple[str, ...] = ()

    def take(self, quantity: int) -> dict[str, Any]:
        """Return the take of its first part."""
        whole = {"quantity": str(self.quantity), "liability": self.total.wire()}
        return {
            "lot": self.lot,
            "basis": {"statements": list(self.basis), **whole},
            "from": "0",
            "to": str(quantity),
            "liability": self.part(quantity).wire(),
        }

    def part(self, quantity: int) -> Components:
        """Return what its first part carries."""
        return self.total.interval(0, quantity, self.quantity)


class History:
    """A log in the making; `statements` gives it in log order, once."""

    def __init__(self) -> None:
        self._random = random.Random(SEED)  # noqa: S311 - the same log each time; nothing is secret
        self._log = "00" * 32
        self._size, self._at, self._occurred = 0, "", {"from": "", "to": "", "zone": "UTC"}
        self._ids: list[str] = []
        self._received: dict[int, Stock] = {}
        self._corrected: Stock | None = None

    @property
    def organizations(self) -> Sequence[str]:
        """The ids of the companies and then the carriers, in the order of their registration."""
        return self._ids

    def statements(self, rounds: int) -> Iterator[Logged]:
        """Return the log's opening, the registrations, and so many rounds of 20 statements."""
        self._begin(0)
        yield self._opened()
        for number in range(COMPANIES + CARRIERS):
            yield self._registered(number)
        for number in range(rounds):
            self._begin(number)
            yield from self._round(number)

    def _begin(self, number: int) -> None:
        moment = OPENED + timedelta(seconds=30 * number)
        self._at = utc_text(moment)
        day = moment.date().isoformat()
        self._occurred = {"from": day, "to": day, "zone": "UTC"}

    def _logged(self, kind: str, issuer: int | None, body: Mapping[str, Any], key: str = "") -> Logged:
        """Return the next entry: the body in parts, as `issuer` would have signed it."""
        plain = {"occurred": self._occurred, "ref": self._salt(), **body}
        made = draft(
            kind,
            validated(BODIES[kind], plain),
            log=self._log,
            issuer="" if issuer is None else self._ids[issuer],
            identifier=self._client_id(),
            signed_at=datetime.fromisoformat(self._at),
            salt=self._salt,
        )
        named = key if issuer is None else _address(issuer)
        by_nobody = {"alg": "eip712-secp256k1", "key": named, "value": NO_SIGNATURE}
        signature = validated(Signature, by_nobody)
        statement = Statement(made.envelope, signature, made.parts, made.body, made.digest())
        entry = entry_bytes(statement, self._at)
        logged = Logged(self._size, self._at, statement, entry, leaf_hash(entry))
        self._size += 1
        return logged

    def _salt(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def _client_id(self) -> str:
        digits = f"{self._size:012x}7{self._random.getrandbits(12):03x}8{self._random.getrandbits(60):015x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _opened(self) -> Logged:
        body = {
            "origin": "bench.example/log",
            "keys": {"ed25519": "00" * 32, "secp256k1": LOG_KEY},
            "gwp": "AR5",
            "units": ["mg"],
            "components": "components/1",
            "ref": self._salt(),
        }
        self._log = log_id_of(validated(LogOpenBody, {"occurred": self._occurred, **body}))
        return self._logged("log_open/1", None, body, address_of_public_key(bytes.fromhex(LOG_KEY)))

    def _registered(self, number: int) -> Logged:
        body = {
            "key": {"alg": "eip712-secp256k1", "address": _address(number)},
            "roles_claimed": ["supplier" if number < COMPANIES else "carrier"],
            "name": f"Example Company {number} (example)",
        }
        logged = self._logged("registration/1", None, body, _address(number))
        self._ids.append(logged.statement.issuer)
        return logged

    def _round(self, number: int) -> Iterator[Logged]:
        """Produce, send, carry, receive and correct once."""
        holders = [(chain * COMPANIES // CHAINS + number) % COMPANIES for chain in range(CHAINS)]
        ready, under_way = [], []
        for chain, holder in enumerate(holders):
            used = [self._received.get(chain), self._corrected if chain == 0 else None]
            logged, stocks = self._produced(holder, [stock for stock in used if stock], (MADE_MG,))
            ready.append(stocks[0])
            yield logged
        next_holder = (holders[0] + 1) % COMPANIES
        stocked, spare = self._produced(next_holder, [], (SENT_MG, MADE_MG))
        yield stocked
        for chain, holder in enumerate(holders):
            logged = self._dispatched(holder, (holder + 1) % COMPANIES, chain, ready[chain])
            under_way.append((logged.statement.digest, ready[chain].part(SENT_MG)))
            yield logged
        handled: dict[int, tuple[str, Components]] = {}
        for chain in range(CARRIED):
            logged, added = self._handled(chain, under_way[chain][0])
            handled[chain] = logged.statement.digest, added
            yield logged
        for chain, holder in enumerate(holders):
            yield self._taken_over(chain, (holder + 1) % COMPANIES, under_way[chain], handled.get(chain))
        yield self._correction(next_holder, stocked.statement, spare[0])

    def _produced(
        self, holder: int, used: Sequence[Stock], quantities: Sequence[int]
    ) -> tuple[Logged, list[Stock]]:
        """State a production with lines of its own, out of the stocks that it uses up."""
        lines = production_lines(f"P-{self._size}", self._random)
        own = sum_of([line["amount"] for line in lines])
        pool = Components.total_of((own, *(stock.total for stock in used)))
        shares = pool.shared(list(quantities))
        outputs = [
            {
                "balance": {
                    "no": str(number),
                    "quantity": str(quantity),
                    "unit": "mg",
                    "weight": str(quantity),
                    "liability": share.wire(),
                },
                "product": {"name": PRODUCT, "batch": f"B{self._size}"},
            }
            for number, (quantity, share) in enumerate(zip(quantities, shares, strict=True))
        ]
        taken = [stock.take(stock.quantity) for stock in used]
        body = {"inputs": taken, "lines": lines, "outputs": outputs, "policy": {"id": "mass/1"}}
        logged = self._logged("production/1", holder, body)
        digest = logged.statement.digest
        made = zip(quantities, shares, strict=True)
        return logged, [Stock(lot_id(digest, n), quantity, share) for n, (quantity, share) in enumerate(made)]

    def _dispatched(self, holder: int, consignee: int, chain: int, stock: Stock) -> Logged:
        body = {
            "take": stock.take(SENT_MG),
            "liability": stock.part(SENT_MG).wire(),
            "consignee": self._ids[consignee],
            "handlers": [self._ids[COMPANIES + chain]] if chain < CARRIED else [],
            "goods": {"product": PRODUCT, "quantity": str(SENT_MG), "unit": "mg"},
            "terms": {"incoterm": "FCA"},
            "places": {"from": JOURNEY["from"], "to": JOURNEY["to"]},
        }
        return self._logged("dispatch/1", holder, body)

    def _handled(self, chain: int, shipment: str) -> tuple[Logged, Components]:
        lines = carriage_lines(f"H-{self._size}", self._random)
        leg = {"key": "lorry", "mode": "road", "mass_mg": str(SENT_MG), "distance_m": "118000", **JOURNEY}
        body = {"target": {"shipment": shipment}, "lines": lines, "leg": leg}
        added = sum_of([line["amount"] for line in lines])
        return self._logged("handling/1", COMPANIES + chain, body), added

    def _taken_over(
        self,
        chain: int,
        consignee: int,
        shipment: tuple[str, Components],
        handled: tuple[str, Components] | None,
    ) -> Logged:
        passport, sent = shipment
        total = sent + (handled[1] if handled else NOTHING)
        takes_over = {"shipment": passport, "handlings": [handled[0]] if handled else []}
        body = {"takes_over": takes_over, "outcome": "accepted", "liability": total.wire()}
        body["reason"] = "Weighed and counted on arrival."
        logged = self._logged("receipt/1", consignee, body)
        self._received[chain] = Stock(lot_id(logged.statement.digest, 0), SENT_MG, total)
        return logged

    def _correction(self, holder: int, made: Statement, stock: Stock) -> Logged:
        """Correct a line of a production whose goods are all there; one of its lots is used next."""
        assert isinstance(made.body, ProductionBody)  # noqa: S101 - made above
        kept = [line.amount.model_dump() for n, line in enumerate(made.body.lines) if n != DROPPED]
        added = fuel_burnt(self._random.choice(READ_AGAIN), "Generator, read again")
        pool = sum_of([*kept, added["amount"]])
        change = {"drop_lines": [str(DROPPED)], "add_lines": [added]}
        body = {"corrects": made.digest, "change": change, "reason": "The meter was read again."}
        logged = self._logged("correction/1", holder, body)
        share = pool.shared([SENT_MG, MADE_MG])[0]
        self._corrected = Stock(stock.lot, stock.quantity, share, (logged.statement.digest,))
        return logged


def _address(number: int) -> str:
    return f"0x{number + 1:040x}"
