"""Before a company signs a draft: is it what was asked, and nothing else?

The ledger fills in intervals, shares and liabilities from the books. Everything that the company wrote
must be there unchanged, and nothing may have been put beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ledger.co_products import check_weights
from ledger.errors import LedgerError
from ledger.parts import join
from ledger.signed import Statement, read
from ledger.statements import ProductionBody

_NO_SIGNATURE: Final = {"alg": "eip712-secp256k1", "key": "0x" + "0" * 40, "value": "0x" + "0" * 130}
_FILLED_IN: Final = {
    "": ("ref", "liability", "goods", "closing"),
    "lots/*/balance": ("no",),
    "outputs/*/balance": ("no", "liability", "weight"),
    "goods": ("product", "quantity", "unit", "batch"),
    "takes_over": ("handlings",),
    "answer": ("increase", "decrease"),
}
"""By place in the body: what the ledger fills in and the company did not write."""


_EMPTY: Final[tuple[Any, ...]] = ([], {}, ())


@dataclass(eq=False)
class DraftDiffersError(LedgerError):
    """A draft says something else than what was asked."""

    field: str
    asked: str
    drafted: str
    sentence: ClassVar[str] = "{field} was asked as {asked}, but the draft says {drafted}. Don't sign it."


def checked_draft(
    kind: str, asked: Mapping[str, Any], drafted: Mapping[str, Any], *, log_id: str
) -> Statement:
    """Return the statement that a draft would become, not signed yet, if it is what was asked.

    1. its parts are those of the envelope's digest, and the summary follows from them; 2. kind, issuer and
    log are those asked; 3. the body says what was asked and nothing beside it; 4. a production's weights
    are those that its policy gives.

    `asked` is the draft request, `drafted` the answer's `statement` with envelope and parts.

    Raises:
        DraftDiffersError: steps 2 and 3.
        PolicyWeightError: step 4.
        LedgerError: step 1, as `signed.read`, and step 4, as the policy refuses its inputs.
    """
    statement = read({**drafted, "signature": _NO_SIGNATURE}, check_signature=False)
    envelope = statement.envelope
    wanted = {"kind": kind, "issuer": asked["issuer"], "log": log_id, "id": asked.get("id") or envelope.id}
    for field, value in wanted.items():
        if getattr(envelope, field) != value:
            raise DraftDiffersError(field, str(value), str(getattr(envelope, field)))
    _compare(asked["body"], join(kind, statement.parts), "")
    if isinstance(statement.body, ProductionBody):
        check_weights(statement.body)
    return statement


def _compare(asked: Any, drafted: Any, field: str) -> None:
    """Compare what was asked with what is drafted; both have at most the depth that a body may have."""
    if isinstance(asked, Mapping) and isinstance(drafted, Mapping):
        if set(asked) == {"lot", "quantity"}:
            _compare_take(asked, drafted, field)
            return
        _compare_fields(asked, drafted, field)
    elif isinstance(asked, list | tuple) and isinstance(drafted, list | tuple) and len(asked) == len(drafted):
        for number, (one, other) in enumerate(zip(asked, drafted, strict=True)):
            _compare(one, other, f"{field}/{number}")
    elif field.strip("/") == "asset" and isinstance(drafted, Mapping):
        _compare_asset(asked, drafted)
    elif asked != drafted:
        raise DraftDiffersError(field.strip("/"), _shown(asked), _shown(drafted))


def _compare_fields(asked: Mapping[str, Any], drafted: Mapping[str, Any], field: str) -> None:
    place = "/".join("*" if step.isdigit() else step for step in field.strip("/").split("/"))
    added = _FILLED_IN.get(place, ())
    for name in drafted:
        if name not in asked and name not in added and drafted[name] not in _EMPTY:
            raise DraftDiffersError(f"{field}/{name}".strip("/"), "nothing", _shown(drafted[name]))
    for name, value in asked.items():
        if place == "takes_over" and name == "claims":
            _compare_claims(value, drafted.get("handlings", ()), f"{field}/handlings")
        elif not place and name == "quantities":
            _compare_quantities(value, drafted.get(name) or {})
        elif value not in _EMPTY or name in drafted:
            _compare(value, drafted.get(name), f"{field}/{name}")


def _compare_take(asked: Mapping[str, Any], drafted: Mapping[str, Any], field: str) -> None:
    quantity = str(int(drafted["to"]) - int(drafted["from"]))
    for name, value in (("lot", drafted["lot"]), ("quantity", quantity)):
        if asked[name] != value:
            raise DraftDiffersError(f"{field}/{name}".strip("/"), str(asked[name]), value)


def _compare_asset(asked: Any, drafted: Mapping[str, Any]) -> None:
    """Compare which asset was asked; where it stands is filled in, and nothing may be taken from it."""
    if drafted.get("lot") != asked:
        raise DraftDiffersError("asset/lot", _shown(asked), _shown(drafted.get("lot")))
    if drafted.get("from") != drafted.get("to") or drafted.get("liability"):
        taken = {name: drafted.get(name) for name in ("from", "to", "liability")}
        raise DraftDiffersError("asset", "nothing taken", _shown(taken))


def _compare_claims(asked: Any, handlings: Any, field: str) -> None:
    if not set(asked) <= set(handlings):
        raise DraftDiffersError(field.strip("/"), _shown(asked), _shown(handlings))


def _compare_quantities(asked: Mapping[str, str], drafted: Mapping[str, Any]) -> None:
    """Compare how a shipment is shared; what each part carries is filled in."""
    stated = {name: part["quantity"] for name, part in drafted.items() if part is not None}
    if dict(asked) != stated:
        raise DraftDiffersError("quantities", _shown(dict(asked)), _shown(stated))


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
