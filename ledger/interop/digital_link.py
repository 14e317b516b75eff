"""The address in a passport's QR code: a GS1 Digital Link where the goods have GS1 keys.

`/01/{GTIN}/10/{lot}/21/{serial}` names goods, `/00/{SSCC}` a logistic unit, `/p/{id}` everything else
(GS1 Digital Link: URI Syntax 1.2). The serial is the first 20 characters of the passport's id, because
AI 21 takes no more; with an SSCC they stand in the query as `p`. Check digits are verified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import quote, unquote, urlencode

from ledger.errors import LedgerError
from ledger.identifiers import gs1_check_digit
from ledger.interfaces import LedgerView
from ledger.statements import DispatchBody, Goods

SERIAL_CHARACTERS: Final = 20
LINKSET_TYPE: Final = "application/linkset+json"
GS1_VOCABULARY: Final = "https://ref.gs1.org/voc/"
LINKSET_CONTEXT: Final = "https://ref.gs1.org/standards/resolver/linkset-context"
"""Makes JSON-LD of a linkset, for who wants that."""
PAGE_LANGUAGES: Final = ("zh-Hans", "zh-Hant", "en")
KEY_DIGITS: Final = {"01": 14, "00": 18}
KEY_NAMES: Final = {"01": "GTIN", "00": "SSCC"}
_LOT: Final = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}\Z")
"""GS1's character set 82, at most 20 for a batch or lot."""
_SERIAL: Final = re.compile(r"[0-9a-f]{20}\Z")


@dataclass(eq=False)
class Gs1CheckDigitError(LedgerError):
    """The last digit of a GS1 key is not the one that the others give."""

    key: str
    value: str
    expected: str
    sentence: ClassVar[str] = (
        "{key} {value} should end in {expected}. Compare it with the label and type it again."
    )


@dataclass(eq=False)
class Gs1KeyFormError(LedgerError):
    """A GS1 key has another length, or something else than digits."""

    key: str
    value: str
    digits: int
    sentence: ClassVar[str] = "{key} {value!r} is not {digits} digits. Compare it with the label."


@dataclass(eq=False)
class Gs1BatchError(LedgerError):
    """A batch number has a character that GS1 labels can't carry."""

    batch: str
    sentence: ClassVar[str] = (
        "The batch {batch!r} can't stand on a GS1 label: up to 20 letters, digits and !\"%&'()*+,-./:;<=>?_."
    )


@dataclass(eq=False)
class DigitalLinkFormError(LedgerError):
    """A path is no GS1 Digital Link to a passport."""

    path: str
    sentence: ClassVar[str] = (
        "{path!r} leads to no passport. Write /01/GTIN/10/LOT/21/SERIAL, /01/GTIN/21/SERIAL or /00/SSCC."
    )


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """What a GS1 Digital Link names: goods by GTIN, lot and serial, or a logistic unit by SSCC."""

    gtin: str | None = None
    batch: str | None = None
    serial: str | None = None
    sscc: str | None = None


def checked_key(identifier: str, value: str) -> str:
    """Return a GTIN (identifier 01) or SSCC (00) whose check digit is right.

    Raises:
        Gs1KeyFormError: it doesn't have 14 or 18 digits.
        Gs1CheckDigitError: the last digit is wrong (GS1 General Specifications, 7.9).
    """
    name, digits = KEY_NAMES[identifier], KEY_DIGITS[identifier]
    if len(value) != digits or not (value.isascii() and value.isdigit()):
        raise Gs1KeyFormError(name, value[:40], digits)
    expected = gs1_check_digit(value[:-1])
    if value[-1] != expected:
        raise Gs1CheckDigitError(name, value, expected)
    return value


def passport_path(passport: str, goods: Goods, query: Mapping[str, str] | None = None) -> str:
    """Return the path of a passport's page for its QR code, `query` behind it (a link secret).

    Raises:
        Gs1KeyFormError, Gs1CheckDigitError, Gs1BatchError: a key of the goods is wrong.
    """
    serial, asked = passport[:SERIAL_CHARACTERS], dict(query or {})
    if goods.gtin is not None:
        path = f"/01/{checked_key('01', goods.gtin)}"
        if goods.batch is not None:
            path += f"/10/{quote(_batch(goods.batch), safe='')}"
        path += f"/21/{serial}"
    elif goods.sscc is not None:
        path = f"/00/{checked_key('00', goods.sscc)}"
        asked = {"p": serial, **asked}
    else:
        path = f"/p/{passport}"
    return f"{path}?{urlencode(asked)}" if asked else path


def passport_address(origin: str, passport: str, goods: Goods, query: Mapping[str, str] | None = None) -> str:
    """Return the whole address for the QR code; goods with wrong GS1 keys get their plain page."""
    try:
        path = passport_path(passport, goods, query)
    except (Gs1KeyFormError, Gs1CheckDigitError, Gs1BatchError):
        path = f"/p/{passport}" + (f"?{urlencode(query)}" if query else "")
    return origin.rstrip("/") + path


def parse_path(path: str, query: Mapping[str, str] | None = None) -> DigitalLink:
    """Read the path of a GS1 Digital Link; `query` may hold the serial of a shipment as `p`.

    Raises:
        DigitalLinkFormError: it is none, or names too little to find a passport.
        Gs1KeyFormError, Gs1CheckDigitError, Gs1BatchError: a key in it is wrong.
    """
    steps = [unquote(step) for step in path.strip("/").split("/")]
    keys = dict(zip(steps[::2], steps[1::2], strict=False))
    if len(steps) % 2 or len(keys) != len(steps) // 2 or len(path) > 200:
        raise DigitalLinkFormError(path[:80])
    serial = keys.get("21", (query or {}).get("p"))
    if serial is not None and not _SERIAL.match(serial):
        raise DigitalLinkFormError(path[:80])
    if steps[0] == "01" and keys.keys() <= {"01", "10", "21"} and serial is not None:
        batch = keys.get("10")
        return DigitalLink(checked_key("01", keys["01"]), None if batch is None else _batch(batch), serial)
    if steps[0] == "00" and keys.keys() == {"00"}:
        return DigitalLink(serial=serial, sscc=checked_key("00", keys["00"]))
    raise DigitalLinkFormError(path[:80])


def resolve(link: DigitalLink, view: LedgerView) -> str | None:
    """Return the passport that a link names, None where there is none or more than one.

    A link without serial (a label printed from the SSCC alone) leads nowhere: nothing in the log says
    that an SSCC was used for one shipment only.
    """
    if link.serial is None:
        return None
    found = [s.id for s in view.shipments(after=link.serial, limit=2) if s.id.startswith(link.serial)]
    if len(found) != 1:
        return None
    statement = view.statement(found[0])
    if statement is None or not isinstance(statement.body, DispatchBody):
        return None
    goods = statement.body.goods
    named = [(link.gtin, goods.gtin), (link.batch, goods.batch), (link.sscc, goods.sscc)]
    agrees = all(stated is None or stated == known for stated, known in named)
    return found[0] if agrees else None


def linkset(address: str, page: str, data: str, provenance: str) -> dict[str, Any]:
    """Return all that a Digital Link leads to, for programs, as a set of links.

    `address` is the Digital Link itself, without its query; the others are whole addresses: the page that
    people get, the passport and its provenance as JSON. Says nothing about the goods, because whoever asks
    may not be allowed to see them (RFC 9264, 4.2; GS1-Conformant Resolver 1.2, linkset schema).
    """
    people = {"href": page, "title": "Carbon passport", "type": "text/html", "hreflang": list(PAGE_LANGUAGES)}
    programs = {"href": data, "title": "Carbon passport", "type": "application/json"}
    graph = {"href": provenance, "title": "Provenance", "type": "application/json"}
    links = {"defaultLink": [people], "sustainabilityInfo": [people, programs], "traceability": [graph]}
    return {"linkset": [{"anchor": address, **{GS1_VOCABULARY + name: to for name, to in links.items()}}]}


def _batch(batch: str) -> str:
    if not _LOT.match(batch):
        raise Gs1BatchError(batch[:40])
    return batch
