"""From what a user means to a statement ready to sign, and what it will book.

A user says which lot and how much; the intervals, shares and liabilities follow from the books and are
filled in here. Whoever signs can compare the parts with what was asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from ledger import canonical
from ledger.accepting import UnknownOfferError, claimed
from ledger.accounting import with_policy
from ledger.accounts import Transfer
from ledger.allocation.sharing import shares
from ledger.attesting import after_attestation
from ledger.body import Occurred
from ledger.books import Moment, after_key_change, check_free_key, move
from ledger.closing import closing_balance, with_close
from ledger.co_products import corrected_sources, policy_weights
from ledger.correcting import NotCorrectableError
from ledger.countersigning import check_threshold, with_countersignature
from ledger.errors import LedgerError
from ledger.forms import FieldFormError, MissingFieldError, validated
from ledger.handling import UnknownShipmentError, with_handlings
from ledger.identity import Organization, UnknownOrganizationError
from ledger.interfaces import BooksView
from ledger.offers import difference_json, offer_id
from ledger.overlay import Overlay
from ledger.parts import model_of
from ledger.picking import METHODS, Stock, in_stock, pick
from ledger.quantities import whole
from ledger.rules import check_period, held_lot
from ledger.shipment_shares import share_shipment
from ledger.signed import MAX_STATEMENT_BYTES, Draft, Statement, draft
from ledger.stated import AccountingPolicyBody, CountersignatureBody, PeriodCloseBody
from ledger.statements import BODIES, AttestationBody, KeyBody, ProductionBody, RegistrationBody
from ledger.wire import Signature

UNSIGNED: Final = Signature(alg="eip712-secp256k1", key="0x" + "0" * 40, value="0x" + "0" * 130)
OF_THE_LOG: Final = ("log_open/1", "state/1")
"""What the log alone states."""


@dataclass(eq=False)
class UnknownKindError(LedgerError):
    """No kind of statement has this name."""

    kind: str
    known: str
    sentence: ClassVar[str] = "There is no kind of statement {kind!r}. Known: {known}."


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft with the transfers that it will book."""

    draft: Draft
    transfers: tuple[Transfer, ...]


Intent = dict[str, Any]
WithoutGoods = (
    RegistrationBody
    | KeyBody
    | AttestationBody
    | AccountingPolicyBody
    | CountersignatureBody
    | PeriodCloseBody
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user means to state: kind, issuer (empty for a registration), body without what follows.

    `language` chooses the summary's; `id` is the client's UUIDv7, made here where it is absent.
    """

    kind: str
    issuer: str
    body: Mapping[str, Any]
    language: str = "en"
    id: str | None = None


def prepare(wish: Wish, view: BooksView, now: datetime | None = None) -> Preview:
    """Complete what a user means and return the draft with what it will book.

    Takes are given as `{"lot", "quantity"}`, inputs also as `{"product", "quantity", "method"}` with the
    method `fifo` or `average` (see `picking`); outputs without number, liability and weight; a receipt
    names the shipment and which unlisted handlings it accepts as `claims`, and, where not all of it was
    accepted, refused or lost, `quantities` with how much was (`{"accepted": "480", "lost": "20"}`).

    Raises:
        UnknownKindError: no such kind can be drafted.
        UnknownOrganizationError: the issuer is not registered.
        LedgerError: any rule that the statement would break.
    """
    kind = wish.kind
    drafted = [name for name in BODIES if name not in OF_THE_LOG]
    if kind not in drafted:
        raise UnknownKindError(kind, ", ".join(drafted))
    issuer = "" if kind == "registration/1" else wish.issuer
    if kind != "registration/1":
        _registered(issuer, view)
    filled = _Filling(issuer, Overlay(view), view).body(kind, wish.body)
    if kind == "period_close/1":
        filled = {"closing": _closing(filled, issuer, view), **filled}
    body = validated(model_of(kind), filled)
    now = now or datetime.now(UTC)
    check_period(body.occurred, now)
    made = draft(
        kind,
        body,
        log=view.terms().log_id,
        issuer=issuer,
        language=wish.language,
        identifier=wish.id,
        signed_at=now,
    )
    _check_postable(made)
    if isinstance(body, WithoutGoods):
        _try_identity(body, issuer, Moment(0, now), view)
        return Preview(made, ())
    trial = Statement(made.envelope, UNSIGNED, made.parts, body, made.digest())
    return Preview(made, move(trial, Overlay(view)))


def _registered(issuer: str, view: BooksView) -> Organization:
    organization = view.organization(issuer)
    if organization is None:
        raise UnknownOrganizationError(issuer or "(none)")
    return organization


def _try_identity(body: WithoutGoods, issuer: str, moment: Moment, view: BooksView) -> None:
    """Check what can be checked of a statement that moves no goods before its key has signed it."""
    match body:
        case RegistrationBody():
            check_free_key(body.key.address, view)
        case KeyBody():
            after_key_change(_registered(issuer, view), body, moment, view)
        case AttestationBody():
            after_attestation(_registered(issuer, view), body, "", view)
        case AccountingPolicyBody():
            check_threshold(_registered(issuer, view), body)
            with_policy(_registered(issuer, view), body, "", moment.position)
        case CountersignatureBody():
            with_countersignature(_registered(issuer, view), "", body, moment.position, view)
        case _:
            with_close(_registered(issuer, view), body, moment.at, view)


def _closing(filled: Intent, issuer: str, view: BooksView) -> dict[str, str]:
    """Return what an organization held at the end of the period that it means to close."""
    if "occurred" not in filled:
        raise MissingFieldError("occurred")
    occurred = validated(Occurred, filled["occurred"], "occurred")
    return closing_balance(view, issuer, occurred.end).wire()


def _check_postable(made: Draft) -> None:
    """Read a draft's parts as strictly as they are read when it is posted: texts, depth, size."""
    canonical.parse(
        canonical.encode([part.model_dump() for part in made.parts]), max_bytes=MAX_STATEMENT_BYTES
    )


class _Filling:
    """Fills in what follows from the books, kind by kind."""

    def __init__(self, issuer: str, view: Overlay, stock: object) -> None:
        self._issuer = issuer
        self._view = view
        self._stock = stock

    def body(self, kind: str, intent: Mapping[str, Any]) -> Intent:
        """Return the whole body."""
        filled: Intent = {"ref": secrets.token_hex(16), **_object(intent, "body")}
        fill: dict[str, Callable[[Intent], None]] = {
            "production/1": self._production,
            "handling/1": self._inputs,
            "dispatch/1": self._dispatch,
            "receipt/1": self._receipt,
            "disposal/1": self._disposal,
            "correction/1": self._correction,
            "opening/1": self._opening,
            "acceptance/1": self._acceptance,
            "reestimate/1": self._reestimate,
        }
        if kind in fill:
            fill[kind](filled)
        return filled

    def take(self, asked: Any, field: str) -> Intent:
        """Return the whole take of a lot and quantity, and advance the lot for the next one."""
        if not isinstance(asked, Mapping) or set(asked) != {"lot", "quantity"}:
            raise FieldFormError(field, repr(asked)[:60], "it names exactly lot and quantity")
        lot = held_lot(self._view, str(asked["lot"]), self._issuer)
        offer = lot.offer(whole(asked["quantity"], f"{field}/quantity"))
        self._view.keep_lot(replace(lot, taken=int(offer["to"])))
        return offer

    def _takes(self, asked: Sequence[Any], field: str) -> list[Intent]:
        """Return the takes of a list; one that names a product becomes takes of the lots in stock."""
        found: list[Intent] = []
        for number, one in enumerate(asked):
            named = f"{field}/{number}"
            if isinstance(one, Mapping) and "product" in one:
                found += [self.take(part, named) for part in self._picked(one, named)]
            else:
                found.append(self.take(one, named))
        return found

    def _picked(self, asked: Mapping[str, Any], field: str) -> list[Intent]:
        if set(asked) != {"product", "quantity", "method"} or asked["method"] not in METHODS:
            problem = f"it names exactly product, quantity and method ({' or '.join(METHODS)})"
            raise FieldFormError(field, repr(asked)[:60], problem)
        product = str(asked["product"])
        lots = (
            in_stock(self._stock, self._issuer, product, self._view.lot)
            if isinstance(self._stock, Stock)
            else []
        )
        taken = pick(lots, product, whole(asked["quantity"], f"{field}/quantity"), asked["method"])
        return [{"lot": lot.id, "quantity": str(quantity)} for lot, quantity in taken]

    def _inputs(self, body: Intent) -> None:
        body["inputs"] = self._takes(_listed(body, "inputs"), "inputs")

    def _production(self, body: Intent) -> None:
        self._inputs(body)
        outputs = [_object(one, f"outputs/{n}") for n, one in enumerate(_listed(body, "outputs"))]
        unweighed = set()
        for number, output in enumerate(outputs):
            balance = _object(output.get("balance", {}), f"outputs/{number}/balance")
            if "weight" not in balance:
                unweighed.add(number)
            output["balance"] = {"weight": "0", **balance, "no": str(number), "liability": {}}
        body["outputs"] = outputs
        whole_body = validated(ProductionBody, body)
        weights = policy_weights(whole_body)
        carried = shares(whole_body.policy, corrected_sources(whole_body, ()), weights)
        for number, (output, share) in enumerate(zip(outputs, carried, strict=True)):
            output["balance"]["liability"] = share.wire()
            if number in unweighed:
                output["balance"]["weight"] = str(weights[number])

    def _opening(self, body: Intent) -> None:
        lots = [_object(one, f"lots/{number}") for number, one in enumerate(_listed(body, "lots"))]
        for number, lot in enumerate(lots):
            lot["balance"] = {**_object(lot.get("balance", {}), f"lots/{number}/balance"), "no": str(number)}
        body["lots"] = lots

    def _dispatch(self, body: Intent) -> None:
        body["take"] = self.take(body.get("take"), "take")
        lot = held_lot(self._view, body["take"]["lot"], self._issuer)
        body["liability"] = body["take"]["liability"]
        goods = {"product": lot.product, "unit": lot.unit, **({"batch": lot.batch} if lot.batch else {})}
        goods["quantity"] = str(int(body["take"]["to"]) - int(body["take"]["from"]))
        body["goods"] = {**goods, **_object(body.get("goods", {}), "goods")}

    def _reestimate(self, body: Intent) -> None:
        """Fill in where the asset stands of which what is left is estimated anew."""
        if "asset" not in body:
            raise MissingFieldError("asset")
        body["asset"] = held_lot(self._view, str(body["asset"]), self._issuer).standing()

    def _disposal(self, body: Intent) -> None:
        body["take"] = self.take(body.get("take"), "take")
        body["liability"] = body["take"]["liability"]

    def _receipt(self, body: Intent) -> None:
        asked = body.get("takes_over")
        if not isinstance(asked, Mapping) or "shipment" not in asked or set(asked) - {"shipment", "claims"}:
            raise FieldFormError("takes_over", repr(asked)[:60], "it names shipment and, if any, claims")
        shipment = self._view.shipment(str(asked["shipment"]))
        if shipment is None:
            raise UnknownShipmentError(str(asked["shipment"])[:64])
        wanted = _listed(asked, "claims")
        claims = [claim.statement for claim in shipment.claimed]
        for digest in wanted:
            if digest not in claims:
                problem = "no unlisted handling of this shipment has this digest"
                raise FieldFormError("takes_over/claims", repr(digest)[:80], problem)
        accepted = [claim for claim in shipment.claimed if claim.statement in wanted]
        after, _replaced = with_handlings(shipment, accepted)
        handlings = [handled.statement for handled in after.handlings]
        body["takes_over"] = {"shipment": shipment.id, "handlings": handlings}
        body["liability"] = after.total.wire()
        if "quantities" in body:
            share_shipment(body, after)

    def _acceptance(self, body: Intent) -> None:
        """Fill in what is open of the adjustment that is answered."""
        asked = body.get("answer")
        if asked is None:
            return
        answer = _object(asked, "answer")
        for name in ("cause", "target"):
            if name not in answer:
                raise MissingFieldError(f"answer/{name}")
        cause, target = str(answer["cause"]), str(answer["target"])
        offer = self._view.offer(offer_id(cause, target))
        if offer is None and cause == target:
            offer = claimed(cause, self._view)
        if offer is None:
            raise UnknownOfferError(offer_id(cause[:64], target[:64]))
        body["answer"] = {**answer, **difference_json(offer.open)}

    def _correction(self, body: Intent) -> None:
        change = _object(body.get("change", {}), "change")
        asked = _listed(change, "add_inputs")
        change["add_inputs"] = self._takes(asked, "change/add_inputs")
        body["change"] = change
        if "corrects" not in body:
            raise MissingFieldError("corrects")
        if self._view.statement(str(body["corrects"])) is None:
            raise NotCorrectableError(str(body["corrects"])[:64], "no statement of this log has this digest")


def _object(value: Any, field: str) -> Intent:
    if not isinstance(value, Mapping):
        raise FieldFormError(field, repr(value)[:60], "it is no object")
    return dict(value)


def _listed(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name, [])
    if not isinstance(value, list | tuple):
        raise FieldFormError(name, repr(value)[:60], "it is no list")
    return list(value)


def transfers_json(transfers: Sequence[Transfer]) -> list[dict[str, Any]]:
    """Return transfers as plain values: from, to, and the components moved."""
    return [
        {
            "from": transfer.source._asdict(),
            "to": transfer.target._asdict(),
            "components": transfer.components.wire(),
        }
        for transfer in transfers
    ]
