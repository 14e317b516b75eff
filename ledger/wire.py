"""The small forms that every statement is made of: amounts, texts, dates, the envelope, the signature.

Amounts stay decimal strings here; the books turn them into whole numbers. A model accepts one form:
strict, frozen, no unknown field.
"""

from __future__ import annotations

import importlib.resources
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from ledger.identifiers import Address, Digest, OrganizationId, SignatureValue, Uuid7
from ledger.quantities import MAX_AMOUNT

MAX_INPUTS: Final = 200
KINDS: Final = (
    "log_open/1",
    "registration/1",
    "key/1",
    "production/1",
    "handling/1",
    "dispatch/1",
    "receipt/1",
    "disposal/1",
    "correction/1",
    "attestation/1",
    "accounting_policy/1",
    "countersignature/1",
    "opening/1",
    "period_close/1",
    "reversal/1",
    "impairment/1",
    "conservation/1",
    "grant/1",
    "acceptance/1",
    "reestimate/1",
    "state/1",
)
"""The kinds that this version books."""
PLANNED_KINDS: Final = (
    "acceptance/1",
    "opening/1",
    "period_close/1",
    "grant/1",
    "state/1",
    "factor_override/1",
)
RESERVED_KINDS: Final = frozenset(PLANNED_KINDS) - frozenset(KINDS)
"""Names with a settled meaning, not booked yet: refused, so that none is kept that a later version books."""
ROLES: Final = ("farmer", "supplier", "carrier", "port", "buyer", "verifier")

TOO_LARGE: Final = "amount_too_large"
"""The name of a model's complaint about an amount beyond what the books hold."""


def _in_range(text: str) -> str:
    if len(text) > 17 and Decimal(text) > MAX_AMOUNT:
        raise PydanticCustomError(TOO_LARGE, "more than the books hold")
    return text


T = TypeVar("T")
Role = Literal["farmer", "supplier", "carrier", "port", "buyer", "verifier"]
Gwp = Literal["AR4", "AR5", "AR6"]
Unit = Literal["mg", "mL", "Wh", "kg·km", "s", "m2", "piece", "TEU"]
Whole = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,17})$"), AfterValidator(_in_range)]
DecimalText = Annotated[
    str,
    StringConstraints(pattern=r"^(0|[1-9][0-9]{0,17})(\.[0-9]{0,29}[1-9])?$"),
    AfterValidator(_in_range),
]
_KIND = r"[a-z]+(_[a-z]+)*/[1-9][0-9]{0,2}"
KindName = Annotated[str, StringConstraints(pattern=f"^{_KIND}$", max_length=40)]
SummaryTemplate = Annotated[str, StringConstraints(pattern=f"^{_KIND}/(en|zh-Hans|zh-Hant)$", max_length=48)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_./-][a-z0-9]+)*$", max_length=120)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Year = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}$")]
ComponentMap = Annotated[dict[str, Whole], Field(max_length=66)]


def _civil_date(text: str) -> str:
    date.fromisoformat(text)
    return text


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


# The list of the package, not of the machine: a verdict must not depend on where it is found.
ZONES: Final = frozenset(importlib.resources.files("tzdata").joinpath("zones").read_text("ascii").split()) - {
    "Factory"
}


def _zone(text: str) -> str:
    if text not in ZONES:
        reason = "not an IANA time zone such as Asia/Shanghai"
        raise ValueError(reason)
    return text


ShareText = Annotated[str, StringConstraints(pattern=r"^(0|1|0\.[0-9]{0,29}[1-9])$")]
"""A share between 0 and 1, in the one form of a decimal."""
CivilDate = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_civil_date)
]
UtcTime = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
    AfterValidator(_moment),
]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
Many = Annotated[tuple[T, ...], Field(strict=False, max_length=MAX_INPUTS)]


class Wire(BaseModel):
    """What crosses the border: strict, frozen, no unknown field."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_by_alias=True, validate_by_name=True
    )


class Envelope(Wire):
    """What is signed, with the body by digest; a kind may be one that this version doesn't know."""

    v: Literal["1"]
    log: Digest
    kind: KindName
    id: Uuid7
    issuer: OrganizationId | Literal[""]
    signed_at: UtcTime
    summary_template: SummaryTemplate
    summary_keccak: Digest
    body_digest: Digest


class Signature(Wire):
    """Who signed, and how."""

    alg: Literal["eip712-secp256k1", "webauthn-es256"]
    key: Address
    value: SignatureValue
