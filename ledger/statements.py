"""The signed facts: one body model per kind, exactly as it crosses the border.

Which paths of a body are salted parts of their own is in `parts.py`; what may be said when is in
`books.py` and `identity.py`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.acceptances import AcceptanceBody
from ledger.allocation.inputs import PolicyInputs
from ledger.arrivals import ArrivedParts
from ledger.body import Body, Validity
from ledger.disclosure_bodies import ConservationBody, Disclosed, GrantBody
from ledger.identifiers import (
    Address,
    Container,
    Digest,
    Ed25519Hex,
    Gtin,
    LotId,
    OrganizationId,
    Secp256k1Hex,
    Sscc,
)
from ledger.key_bodies import KeyChange, OwnKey
from ledger.lines import Line, Take
from ledger.logistics.forms import Element, Share
from ledger.product import Product
from ledger.reestimates import ReestimateBody
from ledger.reversal_bodies import ImpairmentBody, ReversalBody
from ledger.state.body import StateBody
from ledger.stated import (
    AccountingPolicyBody,
    CountersignatureBody,
    OpeningBody,
    Opinion,
    PeriodCloseBody,
)
from ledger.wire import (
    Code,
    ComponentMap,
    Gwp,
    Many,
    Name,
    Role,
    Text,
    Unit,
    Whole,
    Wire,
)

OutputKind = Literal["co_product", "by_product", "scrap", "abnormal_loss", "in_process", "asset"]


class OutputBalance(Wire):
    """The booked half of an output: number, what kind of output, quantity, weight in the sharing, liability.

    Without a kind it is a product. What is lost abnormally goes to an account of its own and makes no goods;
    what is still in process, or an asset that serves for long, is held like a lot and shown apart. Normal
    loss is no output: the good ones carry it.
    """

    no: Whole
    kind: OutputKind | None = None
    quantity: Whole
    unit: Unit
    weight: Whole
    liability: ComponentMap


class Output(Wire):
    """One output of a production."""

    balance: OutputBalance
    product: Product


class Policy(Wire):
    """The allocation policy: a versioned name of `allocation`, and what it computes the weights with."""

    id: Code
    inputs: PolicyInputs | None = None


class Place(Wire):
    """Where: a name, a UN/LOCODE or a GLN where there is one."""

    name: Name
    locode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")] | None = None


class LogKeys(Wire):
    """The log's public keys: Ed25519 for notes, secp256k1 (compressed) for the chain."""

    ed25519: Ed25519Hex
    secp256k1: Secp256k1Hex


class LogOpenBody(Body):
    """The first entry: who the log is and what never changes in it."""

    origin: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9./-]{0,98}[a-z0-9])?$")]
    keys: LogKeys
    gwp: Gwp
    units: Many[Unit]
    components: Literal["components/1"]
    accreditors: Many[Address] = ()


class RegistrationBody(Body):
    """An organization introduces itself; its id is the digest of this."""

    key: OwnKey
    roles_claimed: Many[Role]
    name: Name
    contact: Text | None = None
    sites: Many[Place] = ()


class KeyBody(Body):
    """An organization changes its keys."""

    key: KeyChange
    name: Name | None = None
    contact: Text | None = None
    sites: Many[Place] = ()


class ProductionBody(Body):
    """Inputs and own lines become output lots."""

    inputs: Many[Take] = ()
    lines: Many[Line] = ()
    outputs: Annotated[Many[Output], Field(min_length=1)]
    policy: Policy
    handlers: Many[OrganizationId] = ()
    site: Place | None = None


class Target(Wire):
    """What was handled: one shipment or one lot."""

    shipment: Digest | None = None
    lot: LotId | None = None


class Leg(Element):
    """A transport leg or hub stay (ISO 14083), from where to where."""

    origin: Place | None = Field(default=None, alias="from")
    destination: Place | None = Field(default=None, alias="to")


class HandlingBody(Body):
    """A carrier or port appends what carrying or handling emitted."""

    target: Target
    inputs: Many[Take] = ()
    lines: Annotated[Many[Line], Field(min_length=1)]
    leg: Leg | None = None
    share: Share | None = None


class Terms(Wire):
    """The terms of delivery: who bears the risk on the way (Incoterms 2020)."""

    incoterm: Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"]


class Goods(Wire):
    """What can be compared with the goods themselves."""

    product: Name
    quantity: Whole
    unit: Unit
    gtin: Gtin | None = None
    batch: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,20}$")] | None = None
    sscc: Sscc | None = None
    container: Container | None = None


class Places(Wire):
    """Where a shipment goes from and to."""

    origin: Place = Field(alias="from")
    destination: Place = Field(alias="to")


class DispatchBody(Body):
    """An interval of a lot is handed on: the passport's statement."""

    take: Take
    liability: ComponentMap
    consignee: OrganizationId | Literal["outside"]
    handlers: Many[OrganizationId] = ()
    terms: Terms | None = None
    goods: Goods
    places: Places | None = None


class TakesOver(Wire):
    """The shipment and the handlings that are taken over with it, in log order."""

    shipment: Digest
    handlings: Many[Digest] = ()


class ReceiptBody(Body):
    """The consignee accepts a shipment, refuses it (then it returns to the sender), or states its loss.

    Where it is shared, `quantities` say how: then `outcome` is accepted where any of it is, else refused, and
    `liability` is of that first part. Otherwise both are of the whole.
    """

    takes_over: TakesOver
    outcome: Literal["accepted", "refused", "lost"]
    liability: ComponentMap
    quantities: ArrivedParts | None = None
    handlers: Many[OrganizationId] = ()
    disclosed: Disclosed | None = None
    reason: Text | None = None

    def kept(self) -> int | None:
        """Return how much of the shipment the consignee keeps, None where that is not a part of it."""
        taken = self.quantities.accepted if self.quantities else None
        return int(taken.quantity) if taken else None

    def lots(self) -> tuple[tuple[str, ComponentMap], ...]:
        """Return the lots that it makes, by number: "accepted" or "returned", and what each carries."""
        if self.quantities is None:
            made = {"accepted": "accepted", "refused": "returned"}.get(self.outcome)
            return () if made is None else ((made, self.liability),)
        return tuple((name, part.liability) for name, part in self.quantities.stated() if name != "lost")


class DisposalBody(Body):
    """An interval of a lot leaves the books: to a consumer, as waste, for own use, or lost abnormally."""

    take: Take
    liability: ComponentMap
    fate: Literal["consumer", "waste", "own_use", "abnormal_loss"]
    customer: Text | None = None


class Change(Wire):
    """What a correction does to a production: lines dropped by number, lines and inputs added."""

    drop_lines: Many[Whole] = ()
    add_lines: Many[Line] = ()
    add_inputs: Many[Take] = ()


class CorrectionBody(Body):
    """A mistake or an estimate is replaced; nothing is edited."""

    corrects: Digest
    change: Change
    reason: Text | None = None


class AttestationBody(Body):
    """Somebody vouches for an organization, in one of three ways.

    An accreditor gives it `roles`; a verifier gives an `opinion` on statements of its; whoever attested
    something `withdraws` it. All three say from when to when that holds.
    """

    subject: OrganizationId
    roles: Many[Role] = ()
    opinion: Opinion | None = None
    withdraws: Digest | None = None
    validity: Validity
    evidence: Text | None = None


BODIES: Final[dict[str, type[Body]]] = {
    "log_open/1": LogOpenBody,
    "registration/1": RegistrationBody,
    "key/1": KeyBody,
    "production/1": ProductionBody,
    "handling/1": HandlingBody,
    "dispatch/1": DispatchBody,
    "receipt/1": ReceiptBody,
    "disposal/1": DisposalBody,
    "correction/1": CorrectionBody,
    "attestation/1": AttestationBody,
    "accounting_policy/1": AccountingPolicyBody,
    "countersignature/1": CountersignatureBody,
    "opening/1": OpeningBody,
    "period_close/1": PeriodCloseBody,
    "reversal/1": ReversalBody,
    "impairment/1": ImpairmentBody,
    "conservation/1": ConservationBody,
    "grant/1": GrantBody,
    "acceptance/1": AcceptanceBody,
    "reestimate/1": ReestimateBody,
    "state/1": StateBody,
}
"""The model of each kind; an old version keeps its frozen model for ever."""
