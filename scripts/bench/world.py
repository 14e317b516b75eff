"""Signed statements for the measurements: made and signed before any clock runs."""

from __future__ import annotations

import secrets
from typing import Any, Final

import orjson

from ledger import signing
from ledger.factor import amount_mg, factor_digest
from ledger.factors.library import FactorLibrary
from ledger.signed import Statement, draft
from ledger.statements import DispatchBody, ProductionBody, RegistrationBody

OCCURRED: Final = {"from": "2025-06-01", "to": "2025-06-30", "zone": "Asia/Shanghai"}
PRODUCT: Final = "Fresh lychee / 鲜荔枝"


class Issuer:
    """An example organization of one log, with its key."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.factor = FactorLibrary.shipped().get("china-grid.cn-gd.2023")
        self.pinned = factor_digest(self.factor)
        self.key = signing.new_private_key()
        body = RegistrationBody.model_validate(
            {
                "occurred": OCCURRED,
                "ref": secrets.token_hex(16),
                "key": {"alg": "eip712-secp256k1", "address": signing.address_of(self.key)},
                "roles_claimed": ["farmer"],
                "name": "Example Orchard (example)",
            }
        )
        self.registration = draft("registration/1", body, log=log, issuer="").sign(self.key)
        self.id = self.registration.issuer

    def production(self, number: int) -> Statement:
        """Sign a production with three lines, one of them a gap."""
        amounts = {
            "fossil.measured": str(812_000_000 + number),
            "land_fossil.measured": str(402_000_000 + number),
            "fossil.secondary": str(amount_mg(str(400 + number), "kWh", self.factor)),
        }
        gap = {"key": f"PO-{number}", "reason": "no_passport", "factor": self.pinned}
        bought = (gap, 400 + number)
        lines = [
            _line(name, mg, bought if name.endswith("secondary") else None) for name, mg in amounts.items()
        ]
        balance = {
            "no": "0",
            "quantity": "3000000000",
            "unit": "mg",
            "weight": "3000000000",
            "liability": amounts,
        }
        body = ProductionBody.model_validate(
            {
                "occurred": OCCURRED,
                "ref": secrets.token_hex(16),
                "lines": lines,
                "outputs": [{"balance": balance, "product": {"name": PRODUCT, "batch": f"B{number}"}}],
                "policy": {"id": "mass/1"},
            }
        )
        return draft("production/1", body, log=self.log, issuer=self.id).sign(self.key)

    def dispatch(self, made: Statement) -> Statement:
        """Sign the hand-over of two thirds of a production's lot to somebody outside."""
        assert isinstance(made.body, ProductionBody)  # noqa: S101 - made above
        balance = made.body.outputs[0].balance
        whole = dict(balance.liability)
        part = {name: str(int(mg) * 2 // 3) for name, mg in whole.items()}
        body = DispatchBody.model_validate(
            {
                "occurred": OCCURRED,
                "ref": secrets.token_hex(16),
                "take": {
                    "lot": f"{made.digest}.0",
                    "basis": {"statements": [], "quantity": balance.quantity, "liability": whole},
                    "from": "0",
                    "to": "2000000000",
                    "liability": part,
                },
                "liability": part,
                "consignee": "outside",
                "goods": {"product": PRODUCT, "quantity": "2000000000", "unit": "mg"},
            }
        )
        return draft("dispatch/1", body, log=self.log, issuer=self.id).sign(self.key)

    def pairs(self, count: int, start: int = 0) -> list[Statement]:
        """Sign so many statements: productions, each followed by its dispatch."""
        signed = []
        for number in range(start, start + count // 2):
            made = self.production(number)
            signed += [made, self.dispatch(made)]
        return signed


def _line(component: str, mg: str, gap: tuple[dict[str, str], int] | None) -> dict[str, Any]:
    source: dict[str, Any] = {
        "activity": "diesel_burnt",
        "quantity": "302.4",
        "unit": "L",
        "tags": {"scope": "1", "stage": "operation"},
    }
    amount: dict[str, Any] = {"components": {component: mg}, "gwp": "AR5"}
    if gap:
        amount["gap"], kilowatt_hours = gap
        tags = {"scope": "2", "stage": "energy_provision", "method": "location", "flags": ["co2_only"]}
        used = {"activity": "grid_electricity", "quantity": str(kilowatt_hours), "unit": "kWh"}
        source = {**used, "factor": amount["gap"]["factor"], "tags": tags}
    return {"amount": amount, "source": source}


def as_bytes(statement: Statement) -> bytes:
    """Return a statement as it is posted."""
    return orjson.dumps(statement.wire())


def batches(statements: list[Statement], size: int) -> list[bytes]:
    """Return JSON arrays of so many statements each."""
    rows = [as_bytes(statement) for statement in statements]
    return [b"[" + b",".join(rows[start : start + size]) + b"]" for start in range(0, len(rows), size)]
