"""A real bundle of a given size: goods that pass from hand to hand, each adding its own."""

from __future__ import annotations

import secrets
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger import signing
from ledger.bundle import build, to_bytes
from ledger.drafting import Wish, prepare
from ledger.factor import amount_mg, factor_digest
from ledger.factors.library import FactorLibrary
from ledger.in_memory import InMemoryStore
from ledger.log.checkpoint import NoteSigner
from ledger.services import Ledger, open_log
from ledger.signed import draft
from ledger.statements import LogOpenBody
from ledger.terms import log_id_of
from scripts.bench.world import OCCURRED

ORIGIN: Final = "bench.example/log"
STATEMENTS_A_HAND: Final = 4
GRID: Final = "china-grid.cn-gd.2023"


class Chain:
    """Organizations that hand one lot on, from the first to the last."""

    def __init__(self, hands: int) -> None:
        self.library = FactorLibrary.shipped()
        self.signer = NoteSigner(ORIGIN, Ed25519PrivateKey.generate())
        self.ledger = self._opened()
        self.keys = [signing.new_private_key() for _ in range(4)]
        self.parties = [self._registered(number, key) for number, key in enumerate(self.keys)]
        lot = self._produced(0, None)
        for hand in range(hands):
            lot = self._passed_on(hand % 3, (hand + 1) % 3, lot)
        self.passport = self._post(0 if hands % 3 == 0 else hands % 3, "dispatch/1", self._leaves(lot))

    def _leaves(self, lot: str) -> dict[str, Any]:
        return {"take": {"lot": lot, "quantity": "1000000000"}, "consignee": "outside"}

    def _opened(self) -> Ledger:
        key = signing.new_private_key()
        number = ec.derive_private_key(int.from_bytes(key, "big"), ec.SECP256K1())
        public = number.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        keys = {"ed25519": self.signer.verifier.public_key.hex(), "secp256k1": public.hex()}
        body = LogOpenBody.model_validate(
            {
                "occurred": OCCURRED,
                "ref": secrets.token_hex(16),
                "origin": ORIGIN,
                "keys": keys,
                "gwp": "AR5",
                "units": ["mg"],
                "components": "components/1",
            }
        )
        opening = draft("log_open/1", body, log=log_id_of(body), issuer="").sign(key)
        return open_log(InMemoryStore(), opening, self.signer)

    def _registered(self, number: int, key: bytes) -> str:
        address = signing.address_of(key)
        body = {
            "key": {"alg": "eip712-secp256k1", "address": address},
            "roles_claimed": ["carrier" if number == 3 else "supplier"],
            "name": f"Example Company {number} (example)",
        }
        digest = self._post(number, "registration/1", body)
        with self.ledger.store.read() as view:
            logged = view.logged(digest)
        return logged.statement.issuer if logged else ""

    def _post(self, party: int, kind: str, body: dict[str, Any]) -> str:
        issuer = "" if kind == "registration/1" else self.parties[party]
        with self.ledger.store.read() as view:
            preview = prepare(Wish(kind, issuer, {"occurred": OCCURRED, **body}), view)
        statement = preview.draft.sign(self.keys[party])
        return self.ledger.post([statement])[0].acknowledgement["digest"]

    def _produced(self, party: int, taken: str | None) -> str:
        inputs = [{"lot": taken, "quantity": "1000000000"}] if taken else []
        body = {
            "inputs": inputs,
            "lines": [_own("812000001"), self._grid()],
            "outputs": [
                {
                    "balance": {"quantity": "1000000000", "unit": "mg", "weight": "1000000000"},
                    "product": {"name": "Lychee, packed (example)"},
                }
            ],
            "policy": {"id": "mass/1"},
        }
        return self._post(party, "production/1", body) + ".0"

    def _passed_on(self, sender: int, receiver: int, lot: str) -> str:
        dispatched = {
            "take": {"lot": lot, "quantity": "1000000000"},
            "consignee": self.parties[receiver],
            "handlers": [self.parties[3]],
        }
        shipment = self._post(sender, "dispatch/1", dispatched)
        self._post(3, "handling/1", {"target": {"shipment": shipment}, "lines": [_own("41000003")]})
        received = {"takes_over": {"shipment": shipment}, "outcome": "accepted"}
        return self._produced(receiver, self._post(receiver, "receipt/1", received) + ".0")

    def _grid(self) -> dict[str, Any]:
        factor = self.library.get(GRID)
        digest = factor_digest(factor)
        gap = {"key": secrets.token_hex(8), "reason": "no_passport", "factor": digest}
        mg = str(amount_mg("321.5", "kWh", factor))
        tags = {"scope": "2", "stage": "energy_provision", "method": "location", "flags": ["co2_only"]}
        quantity = {"quantity": "321.5", "unit": "kWh"}
        source = {"activity": "grid_electricity", **quantity, "factor": digest, "tags": tags}
        return {
            "amount": {"components": {"fossil.secondary": mg}, "gwp": factor.gwp, "gap": gap},
            "source": source,
        }


def _own(mg: str) -> dict[str, Any]:
    tags = {"scope": "1", "stage": "operation"}
    return {
        "amount": {"components": {"fossil.measured": mg}, "gwp": "AR5"},
        "source": {"activity": "diesel_burnt", "quantity": "302.4", "unit": "L", "tags": tags},
    }


def bundle_of(statements: int) -> tuple[bytes, str]:
    """Return a bundle of about so many statements, and the log's verifier key."""
    chain = Chain(max(1, (statements - 7) // STATEMENTS_A_HAND))
    with chain.ledger.store.read() as view:
        bundle = build(view, chain.passport, chain.library.by_digest)
    return to_bytes(bundle), chain.signer.verifier.text()
