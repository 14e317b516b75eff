"""Turning plain values into models, and a model's complaint into a named error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from ledger.errors import LedgerError
from ledger.identifiers import CHECK_DIGIT
from ledger.quantities import AmountFormError, AmountTooLargeError
from ledger.wire import TOO_LARGE

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


@dataclass(eq=False)
class UnknownFieldError(LedgerError):
    """A field that the form doesn't have."""

    field: str
    sentence: ClassVar[str] = "{field} is no field of this form. Remove it or correct its name."


@dataclass(eq=False)
class MissingFieldError(LedgerError):
    """A field that the form requires is absent."""

    field: str
    sentence: ClassVar[str] = "{field} is missing. Add it."


@dataclass(eq=False)
class FieldFormError(LedgerError):
    """A field's value doesn't have the field's form."""

    field: str
    value: str
    problem: str
    sentence: ClassVar[str] = "{field}: {value} is refused: {problem}."


@dataclass(eq=False)
class CheckDigitError(LedgerError):
    """The last digit of a GTIN, SSCC or container number is not the one that the others give."""

    field: str
    value: str
    expected: str
    sentence: ClassVar[str] = (
        "{field}: {value} should end in {expected}, its check digit. Compare it with the label and type it "
        "again."
    )


@dataclass(eq=False)
class TooManyItemsError(LedgerError):
    """A list is longer than its limit."""

    field: str
    count: int
    limit: int
    sentence: ClassVar[str] = "{field} has {count} items; the limit is {limit}. Use several statements."


_AMOUNT_PATTERN = "^(0|[1-9][0-9]{0,17})"


def validated(model: type[M], value: Any, where: str = "") -> M:
    """Read a plain value by a model.

    Raises:
        UnknownFieldError, MissingFieldError, FieldFormError, CheckDigitError, TooManyItemsError,
            AmountFormError, AmountTooLargeError: with the path of the field and its value.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise named(error, where) from None


def all_validated(models: TypeAdapter[T], values: Any, where: str) -> T:
    """Read a list of plain values by their model, at once.

    Raises:
        LedgerError: as `validated`, with the value's number in the path.
    """
    try:
        return models.validate_python(values)
    except ValidationError as error:
        raise named(error, where) from None


def named(error: ValidationError, where: str = "") -> LedgerError:
    """Return the named error of the first complaint of a model."""
    return named_from(error.errors(include_url=False)[0], where)


def named_from(first: Mapping[str, Any], where: str = "") -> LedgerError:
    """Return the named error of one complaint, as pydantic lists it."""
    field = "/".join([where, *(str(step) for step in first["loc"])]) or "/"
    kind, shown = first["type"], repr(first.get("input"))[:80]
    context = first.get("ctx", {})
    if kind in {"extra_forbidden", "missing"}:
        return UnknownFieldError(field) if kind == "extra_forbidden" else MissingFieldError(field)
    if kind == "too_long" and "actual_length" in context:
        count = context["actual_length"] or len(first["input"])
        return TooManyItemsError(field, int(count), int(context["max_length"]))
    if kind == CHECK_DIGIT:
        return CheckDigitError(field, str(first["input"]), str(context["expected"]))
    if kind == TOO_LARGE:
        return AmountTooLargeError(field, int(Decimal(first["input"])))
    if kind == "string_pattern_mismatch" and str(context["pattern"]).startswith(_AMOUNT_PATTERN):
        form = "a decimal number" if "29" in str(context["pattern"]) else "a whole number"
        return AmountFormError(field, str(first["input"])[:40], form)
    # A pattern in the message is told as it is: its capitals count.
    return FieldFormError(field, shown, first["msg"][:1].lower() + first["msg"][1:])
