"""Ready-made worlds for tests: a log with its operator, organizations with keys, and what they state.

    world = World()
    farm, packhouse = world.register("Farm", "farmer"), world.register("Packhouse", "supplier")
    lot = world.produce(farm, "lychee", kg(4500), lines=(own(1_200_000_000), bought(800_000_000)))
    shipment = world.dispatch(farm, lot, kg(3000), to=packhouse)
    received = world.receive(packhouse, shipment)

Everything goes through the ledger's own services: drafts complete the shares, keys sign, the books check.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger import signing
from ledger.attested import handed_on
from ledger.drafting import Wish, prepare
from ledger.identifiers import lot_id
from ledger.in_memory import InMemoryStore
from ledger.interfaces import FactorSource, LedgerStore, Logged
from ledger.log.checkpoint import NoteSigner
from ledger.possession import prove_possession
from ledger.services import Answer, open_log
from ledger.signed import Statement, draft
from ledger.statements import LogOpenBody
from ledger.terms import log_id_of
from ledger.wire import ROLES
from tests.removing import impair, kept, owned, reverse

ORIGIN: Final = "ledger.example/test"
FACTOR: Final = hashlib.sha256(b"a factor of the tests").hexdigest()
JUNE: Final = {"from": "2026-06-01", "to": "2026-06-30", "zone": "Asia/Shanghai"}
BEGINNING: Final = datetime(2026, 7, 1, 8, 0, 0, tzinfo=UTC)

Line = dict[str, Any]


def kg(kilograms: int) -> int:
    """Return whole kilograms in mg."""
    return kilograms * 1_000_000


def policy_of(outputs: Sequence[Line]) -> dict[str, Any]:
    """Return the policy that these outputs' weights are of: by mass, without those of weight 0."""
    numbers = [number for number, one in enumerate(outputs) if one["balance"]["weight"] == "0"]
    return without_burden(*numbers) if numbers else {"id": "mass/1"}


def without_burden(*numbers: int, others: str = "mass/1", **inputs: Any) -> dict[str, Any]:
    """Return the policy that lets these outputs carry nothing on; the others share by another."""
    waste = [{"output": str(number), "because": "waste"} for number in numbers]
    return {"id": "cut-off/1", "inputs": {"cut_off": {"outputs": waste, "others": others}, **inputs}}


def by_value(*revenues: int) -> dict[str, Any]:
    """Return the policy that shares by revenue, in fen, of the outputs in their order."""
    outputs = [{"output": str(number), "revenue": str(one)} for number, one in enumerate(revenues)]
    averaged = {"from": "2026-01-01", "to": "2026-06-30"}
    values = {"currency": "CNY", "averaged": averaged, "outputs": outputs}
    return {"id": "economic/1", "inputs": {"values": values}}


def named(policy: str | dict[str, Any]) -> dict[str, Any]:
    """Return a policy by its name alone, or whole as it is."""
    return {"id": policy} if isinstance(policy, str) else policy


class SteppingClock:
    """A clock that goes on by a second whenever somebody looks."""

    def __init__(self, start: datetime = BEGINNING) -> None:
        self.time = start

    def now(self) -> datetime:
        """Return the next second."""
        self.time += timedelta(seconds=1)
        return self.time


@dataclass(slots=True)
class Party:
    """An organization with its signing key; `id` is set when it registers."""

    name: str
    roles: tuple[str, ...] = ()
    key: bytes = field(default_factory=signing.new_private_key)
    id: str = ""

    @property
    def address(self) -> str:
        """The key's address."""
        return signing.address_of(self.key)


def own(mg: int, component: str = "fossil.calculated", **more: str) -> Line:
    """Return a line of own, direct emissions; `more` adds components by channel__evidence.

    A removal says how it is kept; whose it is, is filled in when it is signed (`owned`).
    """
    components = {component: str(mg), **{name.replace("__", "."): mg for name, mg in more.items()}}
    # A footprint from another system says which share of it is primary.
    share = {"primary_share": "0"} if any(name.endswith(".imported") for name in components) else {}
    return {
        "amount": {"components": components, "gwp": "AR5", **share},
        "source": {
            "activity": "diesel",
            "quantity": "100",
            "unit": "L",
            "factor": FACTOR,
            "tags": {"scope": "1", "stage": "operation"},
        },
        **kept(components),
    }


def bought(mg: int, key: str | None = None, component: str = "fossil.secondary") -> Line:
    """Return a line that fills a gap: something bought without a passport; the key is fresh by default."""
    gap = {"key": key or f"purchase-{secrets.token_hex(8)}", "reason": "no-passport", "factor": FACTOR}
    return {
        "amount": {"components": {component: str(mg)}, "gwp": "AR5", "gap": gap},
        "source": {
            "activity": "fertiliser",
            "quantity": "100",
            "unit": "kg",
            "factor": FACTOR,
            "tags": {"scope": "3", "category": "1", "stage": "operation"},
        },
    }


def output(product: str, quantity: int, weight: int | None = None, *, batch: str | None = None) -> Line:
    """Return an output in mg; its weight is its mass by default."""
    named = {"name": product} if batch is None else {"name": product, "batch": batch}
    weight = quantity if weight is None else weight
    return {
        "balance": {"quantity": str(quantity), "unit": "mg", "weight": str(weight)},
        "product": named,
    }


class World:
    """A log with its operator and accreditor, in any store; statements are signed and posted at once.

    Each verb returns what it made: a lot's id, a shipment's id, or the statement. With `sign` a statement
    is made without being posted; `post` posts any number at once.
    """

    def __init__(
        self, store: LedgerStore | None = None, *, origin: str = ORIGIN, factors: FactorSource | None = None
    ) -> None:
        self.store: LedgerStore = InMemoryStore() if store is None else store
        self.clock = SteppingClock()
        self.operator = Party("Operator")
        self.accreditor = Party("Accreditor", ("verifier",))
        self.signer = NoteSigner(origin, Ed25519PrivateKey.generate())
        self.opening = self._opening(origin)
        self.ledger = open_log(self.store, self.opening, self.signer, self.clock, factors)
        self.log_id = self.ledger.terms.log_id
        self._register(self.accreditor)

    def _opening(self, origin: str) -> Statement:
        private = ec.derive_private_key(int.from_bytes(self.operator.key), ec.SECP256K1())
        public = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        body = LogOpenBody.model_validate(
            {
                "occurred": JUNE,
                "ref": secrets.token_hex(16),
                "origin": origin,
                "keys": {"ed25519": self.signer.verifier.public_key.hex(), "secp256k1": public.hex()},
                "gwp": "AR5",
                "units": ("mg", "mL", "Wh", "kg·km", "s", "m2", "piece", "TEU"),
                "components": "components/1",
                "accreditors": (self.accreditor.address,),
            }
        )
        made = draft("log_open/1", body, log=log_id_of(body), issuer="", signed_at=BEGINNING)
        return made.sign(self.operator.key)

    def sign(
        self,
        party: Party,
        kind: str,
        body: dict[str, Any],
        *,
        key: bytes | None = None,
        id_: str | None = None,
    ) -> Statement:
        """Return a signed statement of what a party means, completed from the books, not posted."""
        with self.store.read() as view:
            wish = Wish(kind, party.id, {"occurred": JUNE, **owned(body, party.id)}, id=id_)
            made = prepare(wish, view, self.clock.now()).draft
        return made.sign(key or party.key)

    def post(self, *statements: Statement) -> list[Answer]:
        """Post statements, all or none."""
        return self.ledger.post(statements)

    def state(self, party: Party, kind: str, body: dict[str, Any]) -> Statement:
        """Sign and post one statement."""
        statement = self.sign(party, kind, body)
        self.post(statement)
        return statement

    def register(self, name: str, *roles: str, key: bytes | None = None) -> Party:
        """Register an organization; roles that need it are attested too."""
        party = Party(name, roles, key or signing.new_private_key())
        self._register(party)
        if set(roles) & {"port", "carrier", "verifier"}:
            self.attest(party, *roles)
        return party

    def _register(self, party: Party) -> Statement:
        statement = self.state(party, "registration/1", registration(party))
        party.id = statement.issuer
        return statement

    def attest(self, party: Party, *roles: str) -> Statement:
        """Let the accreditor give an organization roles for 2026."""
        body = {
            "subject": party.id,
            "roles": list(roles),
            "validity": {"from": "2026-01-01", "to": "2026-12-31"},
        }
        return self.state(self.accreditor, "attestation/1", body)

    def joining(self, party: Party, new: bytes) -> dict[str, str]:
        """Return the address of a new key of a party, and the key's proof that it joins it."""
        proof = prove_possession(self.log_id, party.id, new)
        return {"address": signing.address_of(new), "proof": proof}

    def rotate(self, party: Party, grace_days: int | None = None) -> bytes:
        """Give a party a new key and rotate the old one out; return the old key."""
        new, old = signing.new_private_key(), party.key
        change = {"action": "rotate", **self.joining(party, new), "replaces": party.address}
        if grace_days is not None:
            change["grace_days"] = str(grace_days)
        self.state(party, "key/1", {"key": change})
        party.key = new
        return old

    def produce(
        self,
        party: Party,
        product: str,
        quantity: int,
        *,
        lines: Sequence[Line] = (),
        inputs: Sequence[tuple[str, int]] = (),
        batch: str | None = None,
    ) -> str:
        """Make one lot out of own lines, gaps and taken lots (id, quantity); return the lot's id."""
        outputs = (output(product, quantity, batch=batch),)
        return lot_id(self.production(party, outputs, lines=lines, inputs=inputs).digest, 0)

    def production(
        self,
        party: Party,
        outputs: Sequence[Line],
        *,
        lines: Sequence[Line] = (),
        inputs: Sequence[tuple[str, int]] = (),
        policy: str | dict[str, Any] | None = None,
    ) -> Statement:
        """Make several lots (see `output`); return the statement."""
        body = {
            "outputs": list(outputs),
            "lines": list(lines),
            "inputs": [take(*one) for one in inputs],
            "policy": policy_of(outputs) if policy is None else named(policy),
        }
        return self.state(party, "production/1", body)

    def dispatch(
        self, party: Party, lot: str, quantity: int, *, to: Party | None, handlers: Sequence[Party] = ()
    ) -> str:
        """Hand goods on to somebody, to `outside` when None; return the shipment's id."""
        body = {
            "take": take(lot, quantity),
            "consignee": to.id if to else "outside",
            "handlers": [handler.id for handler in handlers],
        }
        return self.state(party, "dispatch/1", body).digest

    def handle(
        self,
        party: Party,
        lines: Sequence[Line],
        *,
        shipment: str | None = None,
        lot: str | None = None,
        inputs: Sequence[tuple[str, int]] = (),
        leg: str | None = None,
    ) -> Statement:
        """Append what carrying or handling a shipment or lot emitted."""
        target = {"shipment": shipment} if shipment is not None else {"lot": lot}
        body: dict[str, Any] = {"target": target, "lines": list(lines)}
        body["inputs"] = [take(*one) for one in inputs]
        if leg is not None:
            body["leg"] = {"key": leg, "mode": "road", "mass_mg": str(kg(3000))}
        return self.state(party, "handling/1", body)

    def receive(
        self, party: Party, shipment: str, *, accepted: bool = True, claims: Sequence[Statement] = ()
    ) -> str:
        """Accept or refuse a shipment, with handlings that nobody listed; return the new lot's id."""
        takes_over = {"shipment": shipment, "claims": [claim.digest for claim in claims]}
        body = {"takes_over": takes_over, "outcome": "accepted" if accepted else "refused"}
        return lot_id(self.state(party, "receipt/1", body).digest, 0)

    def dispose(self, party: Party, lot: str, quantity: int, fate: str = "waste") -> Statement:
        """Let goods leave the books: to a consumer, as waste, for own use."""
        return self.state(party, "disposal/1", {"take": take(lot, quantity), "fate": fate})

    def correct(
        self,
        party: Party,
        production: str,
        *,
        drop: Sequence[int] = (),
        add: Sequence[Line] = (),
        inputs: Sequence[tuple[str, int]] = (),
    ) -> Statement:
        """Correct a production: drop lines by number, add lines and inputs."""
        change = {
            "drop_lines": [str(number) for number in drop],
            "add_lines": list(add),
            "add_inputs": [take(*one) for one in inputs],
        }
        return self.state(party, "correction/1", {"corrects": production, "change": change})

    def grant(
        self,
        party: Party,
        to: Party | None,
        profile: str,
        *,
        passport: str | None = None,
        lot: str | None = None,
        until: str = "2026-12-31T00:00:00Z",
    ) -> Statement:
        """Let somebody, or whoever has the link (None), see a passport or those of a lot by a profile."""
        given = {"to": to.id if to else "bearer", "profile": profile, "until": until}
        about = {"passport": passport} if passport else {"lot": lot}
        return self.state(party, "grant/1", {"grant": {**given, **about}})

    def vouch(self, party: Party, passport: str, named: Sequence[str]) -> Statement:
        """Attest that what these statements behind a passport hand on is what went into them."""
        hands_on = []
        for digest in named:
            amount = handed_on(self.logged(digest).statement)
            assert amount is not None
            hands_on.append({"statement": digest, "liability": amount.wire()})
        body = {"passport": passport, "hands_on": hands_on, "level": "reasonable"}
        return self.state(party, "conservation/1", body)

    def logged(self, digest: str) -> Logged:
        """Return a statement with its place."""
        with self.store.read() as view:
            found = view.logged(digest)
        assert found is not None
        return found


def take(lot: str, quantity: int) -> dict[str, str]:
    """Return a wish to take a quantity in mg from a lot."""
    return {"lot": lot, "quantity": str(quantity)}


def registration(party: Party) -> dict[str, Any]:
    """Return the body by which a party registers."""
    roles = [role for role in party.roles if role in ROLES]
    key = {"alg": "eip712-secp256k1", "address": party.address}
    return {"key": key, "roles_claimed": roles, "name": party.name}


def a_season(world: World) -> tuple[str, str]:
    """Play a small season with every kind of statement; return the ids of two shipments.

    A grower makes three lots, corrects, sells to a packhouse by lorry with a listed carrier and a port
    that nobody listed; the packhouse packs and sells to an importer, who refuses once; some is wasted.
    """
    from tests.adjusted import an_adjustment  # noqa: PLC0415 - it is built of this
    from tests.opening_books import a_start  # noqa: PLC0415 - it is built of this

    grower, packhouse = world.register("Grower", "farmer"), world.register("Packhouse", "supplier")
    carrier, port = world.register("Carrier", "carrier"), world.register("Port", "port")
    importer = world.register("Importer", "buyer")
    a_start(world)
    harvest = world.production(
        grower,
        (output("lychee", kg(3000), batch="L1"), output("lychee", kg(1500)), output("culls", kg(500), 0)),
        lines=(own(1_200_000_000), bought(800_000_000), bought(200_000_001, component="fossil.spend")),
    )
    world.correct(grower, harvest.digest, drop=(2,), add=(bought(150_000_000, "carton-7"),))
    hedge = world.production(grower, (output("wood", kg(9)),), lines=(own(500, "land_removal.measured"),))
    impair(world, grower, hedge.digest, permanence={"years": "10"}, reserve="0.1")
    reverse(world, grower, hedge.digest, 200)
    store = output("cold store", kg(10**6))
    store["balance"]["kind"] = "asset"
    built = world.production(packhouse, (store,), lines=(own(500_000_003),))
    lasts = {"asset": lot_id(built.digest, 0), "quantity_left": str(kg(2 * 10**6))}
    world.state(packhouse, "reestimate/1", lasts)
    first = lot_id(harvest.digest, 0)
    to_packhouse = world.dispatch(grower, first, kg(3000), to=packhouse, handlers=(carrier,))
    world.handle(carrier, (own(100_000_003),), shipment=to_packhouse, leg="lorry")
    unlisted = world.handle(port, (own(7_000_001),), shipment=to_packhouse)
    bulk = world.receive(packhouse, to_packhouse, claims=(unlisted,))
    packed = world.produce(
        packhouse, "packed lychee", kg(2850), lines=(bought(300_000_000),), inputs=((bulk, kg(3000)),)
    )
    world.handle(packhouse, (own(11_111_111),), lot=packed)
    to_importer = world.dispatch(packhouse, packed, kg(1000), to=importer, handlers=(carrier, port))
    world.handle(carrier, (own(90_000_007),), shipment=to_importer, leg="ship")
    returned = world.receive(importer, to_importer, accepted=False)
    world.dispose(packhouse, returned, kg(999))
    world.dispatch(packhouse, packed, kg(500), to=None)
    world.rotate(packhouse)
    open_one = world.dispatch(packhouse, packed, kg(700), to=importer)
    world.grant(packhouse, importer, "trade", passport=open_one)
    world.vouch(port, open_one, (to_packhouse,))
    an_adjustment(world, grower, packhouse)
    world.ledger.state(world.operator.key)
    return to_packhouse, open_one
