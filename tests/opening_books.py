"""Books that begin and close: opening balances, accounting policies, closed periods, opinions."""

from __future__ import annotations

from typing import Any

from ledger.identifiers import lot_id
from ledger.signed import Statement
from tests.builders import Party, World, kg

MAY = {"from": "2026-05-01", "to": "2026-05-31", "zone": "Asia/Shanghai"}
POLICY = {"materiality": "0.05", "cut_off": "By the date of dispatch.", "electricity": "location"}


def opened(product: str, quantity: int, **liability: int) -> dict[str, Any]:
    """Return an opening lot in mg; the liability is by channel__evidence."""
    components = {name.replace("__", "."): str(mg) for name, mg in liability.items()}
    share = {"primary_share": "0.5"} if any(name.endswith(".imported") for name in components) else {}
    return {
        "balance": {"quantity": str(quantity), "unit": "mg", "liability": components, "gwp": "AR5", **share},
        "product": {"name": product},
        "evidence": {"text": f"Stock-taking of {product} and last year's footprint study"},
    }


def open_books(world: World, party: Party, *lots: dict[str, Any]) -> str:
    """Let a party begin its books with these lots; return the first lot's id."""
    return lot_id(world.state(party, "opening/1", {"occurred": MAY, "lots": list(lots)}).digest, 0)


def keep_by(world: World, party: Party, markup: str = "0", **policy: str) -> Statement:
    """Let a party state its accounting policies."""
    return world.state(party, "accounting_policy/1", {"policy": {**POLICY, "markup": markup, **policy}})


def close(world: World, party: Party, first: str, last: str) -> Statement:
    """Let a party close its books for a period."""
    occurred = {"from": first, "to": last, "zone": "Asia/Shanghai"}
    return world.state(party, "period_close/1", {"occurred": occurred})


def opine(world: World, verifier: Party, subject: Party, *statements: str, **changes: Any) -> Statement:
    """Let a verifier give an opinion on statements of a party."""
    opinion = {
        "standard": "ISO 14064-3:2019",
        "scope": "The emissions stated, cradle to gate.",
        "level": "limited",
        "conclusion": "unmodified",
        "statements": list(statements),
        **changes,
    }
    body = {
        "subject": subject.id,
        "opinion": opinion,
        "validity": {"from": "2026-06-01", "to": "2027-05-31"},
    }
    return world.state(verifier, "attestation/1", body)


def withdraw(world: World, attester: Party, subject: Party, attestation: Statement, day: str) -> Statement:
    """Let whoever attested something take it back from a day on."""
    body = {
        "subject": subject.id,
        "withdraws": attestation.digest,
        "validity": {"from": day, "to": "2099-12-31"},
    }
    return world.state(attester, "attestation/1", body)


def a_start(world: World) -> Party:
    """Let a depot begin its books by its policies, close the month before, and agree to what never comes."""
    depot = world.register("Depot", "supplier")
    keep_by(world, depot, "0.2")
    open_books(world, depot, opened("crates", kg(40), fossil__secondary=7_000_001))
    close(world, depot, "2026-05-01", "2026-05-31")
    world.state(depot, "countersignature/1", {"statement": "ab" * 32})
    return depot
