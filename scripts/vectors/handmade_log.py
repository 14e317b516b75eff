"""A log made by hand: every statement is signed and logged, none is checked by any books.

Bundles of it can be wrong in any way that a careless or dishonest operator could make them. Keys, salts,
ids and times follow from names and numbers, so the same bundles come out every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger import signing
from ledger.bodies import lay_out, read_body
from ledger.bundle import FORMAT, factors_named
from ledger.components import Components
from ledger.factor import Factor, factor_digest
from ledger.identifiers import lot_id
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, NoteSigner
from ledger.log.checkpoint import sign as sign_note
from ledger.lots import Lot
from ledger.parts import Part, body_digest, model_of
from ledger.periods import CivilDay
from ledger.signed import WITHOUT_ISSUER, Draft, Statement, draft, entry_bytes, utc_text
from ledger.statements import LogOpenBody
from ledger.terms import log_id_of
from ledger.wire import Envelope

ORIGIN: Final = "vectors.example/log"
BEGINNING: Final = datetime(2026, 7, 1, 8, 0, 0, tzinfo=UTC)
JUNE: Final = {"from": "2026-06-01", "to": "2026-06-30", "zone": "Asia/Shanghai"}
CHAIN_ID: Final = 31337
CONTRACT: Final = "0x" + "c0" * 20
UNITS: Final = ("mg", "mL", "Wh", "kg·km", "s", "m2", "piece", "TEU")
KG: Final = 1_000_000

Wire = dict[str, Any]
Change = Callable[[Wire], object]


def made_up_factor(name: str, value: str, per: str, evidence: str, gwp: str = "AR5") -> Factor:
    """Return a factor that no source published."""
    return Factor.model_validate(
        {
            "id": f"test.{name}",
            "name": name,
            "value": value,
            "per": per,
            "basis": "total",
            "gwp": gwp,
            "source": "made up for tests",
            "dataset": "test",
            "dataset_version": "1",
            "data_year": 2025,
            "region": "CN",
            "licence": "CC0",
            "channel": "fossil",
            "stage": "operation",
            "evidence": evidence,
        }
    )


DIESEL: Final = made_up_factor("diesel", "2.5", "L", "calculated")
UREA: Final = made_up_factor("urea", "1.251", "kg", "secondary")
DIESEL_AR6: Final = made_up_factor("diesel-ar6", "2.5", "L", "calculated", "AR6")
LEAK: Final = made_up_factor("leak", "2.5", "L", "calculated", "AR4").model_copy(
    update={"basis": "gases", "gases": {"made_up_gas": "1"}}
)
LIBRARY: Final = {factor_digest(factor): factor for factor in (DIESEL, UREA, DIESEL_AR6, LEAK)}


def burnt(litres: int, factor: Factor = DIESEL) -> Wire:
    """Return a line of own diesel: 2.5 kg CO2e a litre."""
    return {
        "amount": {"components": {"fossil.calculated": str(litres * 2_500_000)}, "gwp": "AR5"},
        "source": {
            "activity": "diesel",
            "quantity": str(litres),
            "unit": "L",
            "factor": factor_digest(factor),
            "tags": {"scope": "1", "stage": "operation"},
        },
    }


def supplied(kilograms: int, key: str) -> Wire:
    """Return a gap: urea without a passport, 1.251 kg CO2e a kilogram."""
    digest = factor_digest(UREA)
    return {
        "amount": {
            "components": {"fossil.secondary": str(kilograms * 1_251_000)},
            "gwp": "AR5",
            "gap": {"key": key, "reason": "no-passport", "factor": digest},
        },
        "source": {
            "activity": "fertiliser",
            "quantity": str(kilograms),
            "unit": "kg",
            "factor": digest,
            "tags": {"scope": "3", "category": "1", "stage": "operation"},
        },
    }


def private_key(name: str) -> bytes:
    """Return the secp256k1 key of a name."""
    return hashlib.sha256(f"the key of {name}".encode()).digest()


def address(name: str) -> str:
    """Return the address of a name's key."""
    return signing.address_of(private_key(name))


def total(lines: Iterable[Wire]) -> Components:
    """Return the sum of lines."""
    return Components.total_of(Components.parse(line["amount"]["components"]) for line in lines)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A dispatch with its lot, what it carries and who gets it."""

    id: str
    lot: Lot
    quantity: int
    carried: Components
    consignee: str


class HandmadeLog:
    """A log whose statements are signed by the keys of names; `at` are seconds from July 2026 on."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.statements: list[Statement] = []
        self.ids: dict[str, str] = {}
        seed = hashlib.sha256(f"the note key of {origin}".encode()).digest()
        self.signer = NoteSigner(origin, Ed25519PrivateKey.from_private_bytes(seed))
        self.origin = origin
        self._salts = 0
        body = self._opening()
        self.log_id = log_id_of(body)
        self._log("log_open/1", body, "", "Operator")

    @property
    def key(self) -> str:
        """The log's key as one line."""
        return self.signer.verifier.text()

    def _opening(self) -> LogOpenBody:
        operator = ec.derive_private_key(int.from_bytes(private_key("Operator")), ec.SECP256K1())
        point = operator.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return LogOpenBody.model_validate(
            {
                "occurred": JUNE,
                "ref": "0" * 32,
                "origin": self.origin,
                "keys": {"ed25519": self.signer.verifier.public_key.hex(), "secp256k1": point.hex()},
                "gwp": "AR5",
                "units": UNITS,
                "components": "components/1",
                "accreditors": (address("Accreditor"),),
            }
        )

    def _log(self, kind: str, body: Any, issuer: str, signer: str, log: str | None = None) -> Statement:
        number = len(self.statements)
        made = draft(
            kind,
            body,
            log=log or self.log_id,
            issuer=issuer,
            identifier=f"01980000-0000-7000-8000-{number:012x}",
            signed_at=BEGINNING + timedelta(seconds=number),
            salt=self._salt,
        )
        statement = made.sign(private_key(signer))
        self.statements.append(statement)
        return statement

    def _salt(self) -> str:
        self._salts += 1
        return hashlib.sha256(f"salt {self._salts}".encode()).hexdigest()[:32]

    def state(  # noqa: PLR0913 - a statement has these fields
        self,
        name: str,
        kind: str,
        body: Wire,
        change: Change | None = None,
        *,
        signer: str | None = None,
        log: str | None = None,
    ) -> Statement:
        """Sign and log what a name says, after a change to the right body."""
        whole = {"occurred": dict(JUNE), "ref": f"{len(self.statements):032x}", **body}
        if change is not None:
            change(whole)
        issuer = "" if kind in WITHOUT_ISSUER else self.ids[name]
        return self._log(kind, model_of(kind).model_validate(whole), issuer, signer or name, log)

    def keep(self, name: str, kind: str, values: Wire) -> Statement:
        """Sign and log a statement of a kind that isn't known, by its parts."""
        number = len(self.statements)
        whole = {"/occurred": dict(JUNE), "/ref": f"{number:032x}", **values}
        pieces = tuple(Part(salt=self._salt(), path=path, value=value) for path, value in whole.items())
        line = f"A line of {kind} that a newer version writes."
        envelope = {
            "v": "1",
            "log": self.log_id,
            "kind": kind,
            "id": f"01980000-0000-7000-8000-{number:012x}",
            "issuer": self.ids[name],
            "signed_at": utc_text(BEGINNING + timedelta(seconds=number)),
            "summary_template": f"{kind}/en",
            "summary_keccak": signing.summary_keccak(line),
            "body_digest": body_digest(pieces),
        }
        body = read_body(kind, pieces, lay_out(kind, pieces))
        made = Draft(Envelope.model_validate(envelope), pieces, body, line).sign(private_key(name))
        self.statements.append(made)
        return made

    def register(self, name: str, *roles: str) -> str:
        """Register an organization and return its id."""
        key = {"alg": "eip712-secp256k1", "address": address(name)}
        body = {"key": key, "roles_claimed": list(roles), "name": name}
        self.ids[name] = self.state(name, "registration/1", body).issuer
        return self.ids[name]

    def attest(self, name: str, *roles: str) -> Statement:
        """Let the accreditor give a name roles for 2026."""
        if "Accreditor" not in self.ids:
            self.register("Accreditor", "verifier")
        validity = {"from": "2026-01-01", "to": "2026-12-31"}
        body = {"subject": self.ids[name], "roles": list(roles), "validity": validity}
        return self.state("Accreditor", "attestation/1", body)

    def produce(  # noqa: PLR0913 - a production has these fields
        self,
        name: str,
        product: str,
        quantity: int,
        *,
        lines: Sequence[Wire] = (),
        inputs: Sequence[Wire] = (),
        change: Change | None = None,
    ) -> Lot:
        """Make one lot out of lines and offered intervals; return it as the books would have it."""
        taken = (Components.parse(one["liability"]) for one in inputs)
        pool = Components.total_of((total(lines), *taken))
        balance = {"no": "0", "quantity": str(quantity), "unit": "mg", "weight": str(quantity)}
        body = {
            "inputs": list(inputs),
            "lines": list(lines),
            "outputs": [{"balance": {**balance, "liability": pool.wire()}, "product": {"name": product}}],
            "policy": {"id": "mass/1"},
        }
        statement = self.state(name, "production/1", body, change)
        return self.lot(statement, name, product, quantity, pool)

    def lot(self, maker: Statement, name: str, product: str, quantity: int, carried: Components) -> Lot:
        """Return a fresh lot."""
        return Lot(
            id=lot_id(maker.digest, 0),
            holder=self.ids[name],
            product=product,
            unit="mg",
            total=carried,
            quantity=quantity,
            taken=0,
            began=CivilDay("2026-06-01", JUNE["zone"]),
            made="production",
            original_quantity=quantity,
            given=carried,
        )

    def dispatch(  # noqa: PLR0913 - a dispatch has these fields
        self,
        name: str,
        lot: Lot,
        quantity: int,
        to: str,
        *,
        handlers: Sequence[str] = (),
        change: Change | None = None,
        signer: str | None = None,
        log: str | None = None,
    ) -> Shipped:
        """Hand on a quantity from where the lot stands."""
        offer = lot.offer(quantity)
        body = {
            "take": offer,
            "liability": offer["liability"],
            "consignee": self.ids.get(to, to),
            "handlers": [self.ids[one] for one in handlers],
            "goods": {"product": lot.product, "quantity": str(quantity), "unit": "mg"},
        }
        made = self.state(name, "dispatch/1", body, change, signer=signer, log=log)
        left = replace(lot, taken=int(offer["to"]))
        return Shipped(made.digest, left, quantity, Components.parse(offer["liability"]), to)

    def handle(self, name: str, lines: Sequence[Wire], target: Wire, leg: str | None = None) -> Statement:
        """Append what handling a shipment or lot emitted."""
        body: Wire = {"target": target, "inputs": [], "lines": list(lines)}
        if leg is not None:
            body["leg"] = {"key": leg, "mode": "road", "mass_mg": str(100 * KG)}
        return self.state(name, "handling/1", body)

    def receive(
        self, shipped: Shipped, handlings: Sequence[Statement] = (), change: Change | None = None
    ) -> Lot:
        """Accept a shipment with the handlings listed; return the new lot."""
        added = (total(part.value for part in _amounts(one)) for one in handlings)
        carried = Components.total_of((shipped.carried, *added))
        listed = [handling.digest for handling in handlings]
        body = {
            "takes_over": {"shipment": shipped.id, "handlings": listed},
            "outcome": "accepted",
            "liability": carried.wire(),
        }
        made = self.state(shipped.consignee, "receipt/1", body, change)
        return self.lot(made, shipped.consignee, shipped.lot.product, shipped.quantity, carried)

    def bundle(self, passport: str, *, without: Iterable[str] = (), anchored: bool = False) -> Wire:
        """Return the bundle of a passport with all statements but those named by digest."""
        entries = [
            entry_bytes(statement, utc_text(BEGINNING + timedelta(seconds=number)))
            for number, statement in enumerate(self.statements)
        ]
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        size, root = len(leaves), merkle.root_of(leaves)
        dropped = set(without)
        kept = [(n, s) for n, s in enumerate(self.statements) if s.digest not in dropped]
        named = sorted({factor for _, statement in kept for factor in factors_named(statement)})
        note = sign_note(Checkpoint(self.origin, size, root), self.signer)
        return {
            "format": FORMAT,
            "passport": passport,
            "statements": [self._bundled(number, statement, leaves) for number, statement in kept],
            "factors": [LIBRARY[digest].record() for digest in named],
            "checkpoint": note.removesuffix("\n").split("\n"),
            "anchor": self.anchor(size, root) if anchored else None,
        }

    def _bundled(self, number: int, statement: Statement, leaves: Sequence[bytes]) -> Wire:
        plain = statement.wire()
        return {
            "position": number,
            "entry": {
                "v": "1",
                "at": utc_text(BEGINNING + timedelta(seconds=number)),
                "envelope": plain["envelope"],
                "signature": plain["signature"],
            },
            "parts": plain["parts"],
            "proof": [one.hex() for one in inclusion(leaves, number)],
        }

    @staticmethod
    def anchor(size: int, root: bytes) -> Wire:
        """Return an anchor as a bundle states it."""
        return {
            "chain_id": CHAIN_ID,
            "contract": CONTRACT,
            "log_address": address("Operator"),
            "size": size,
            "root": root.hex(),
            "transaction": "0x" + "ab" * 32,
            "block": 7,
            "consistency": [],
        }


def _amounts(handling: Statement) -> list[Any]:
    """Return the parts of a handling that hold amounts, as if each were a line."""
    found = [part for part in handling.parts if part.path.endswith("/amount")]
    return [part.model_copy(update={"value": {"amount": part.value}}) for part in found]


def inclusion(leaves: Sequence[bytes], number: int) -> list[bytes]:
    """Return the proof of a leaf in the tree over all leaves."""

    def node(level: int, index: int) -> bytes:
        return merkle.root_of(leaves[index << level : (index + 1) << level])

    return merkle.inclusion_proof(number, len(leaves), node)
