"""What people call lots, shipments, statements, companies: the beginning of an id, an own reference, a name.

A name stands for a thing only where it is the only one that it may stand for; else the candidates are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, ClassVar, Final

from api.client import LedgerClient
from api.tables import short
from api.typed_amounts import quantity_text
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.records.cells import nearest
from ledger.records.goods import RETURNED
from ledger.records.references import Reference, Register

OUTSIDE: Final = "outside"
MIN_PREFIX: Final = 4
MAX_LISTED: Final = 8
_LOT: Final = re.compile(r"[0-9a-f]{64}\.(0|[1-9][0-9]{0,2})")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ORGANIZATION: Final = re.compile(r"org_[a-z2-7]{32}")
_LOT_PREFIX: Final = re.compile(rf"[0-9a-f]{{{MIN_PREFIX},64}}(\.[0-9]{{0,3}})?")
_DIGEST_PREFIX: Final = re.compile(rf"[0-9a-f]{{{MIN_PREFIX},64}}")
_ORGANIZATION_PREFIX: Final = re.compile(rf"org_[a-z2-7]{{{MIN_PREFIX},32}}")


@dataclass(eq=False)
class AmbiguousNameError(LedgerError):
    """A short name may stand for several things."""

    what: str
    given: str
    candidates: str
    sentence: ClassVar[str] = (
        "{given!r} may be any of these: {candidates}. Write the {what}'s id, or more of it."
    )


@dataclass(eq=False)
class UnknownNameError(LedgerError):
    """Nothing that may be seen is called so."""

    what: str
    given: str
    remedy: str
    sentence: ClassVar[str] = "No {what} that you may see is called {given!r}. {remedy}"


Found = Mapping[str, Any]


class Names:
    """Finds what a company means by a short name.

    Args:
        client: the ledger, signed in as the company.
        register: the company's own references.
        company: the company's own reference in the register.
        organization: its id.
        kept: the folder of its own statements.
    """

    def __init__(
        self, client: LedgerClient, register: Register, company: str, organization: str, kept: Path
    ) -> None:
        self._client = client
        self._register = register
        self._company = company
        self._organization = organization
        self._kept = kept
        self._called: dict[str, str] = {}

    def lots(self) -> Iterator[dict[str, Any]]:
        """Yield the lots that the company holds, empty ones too, as the ledger shows them."""
        return self._client.pages(f"lots?holder={self._organization}", "lots")

    def lot(self, given: str) -> dict[str, Any]:
        """Return the lot that is meant: id, its beginning, own batch reference or batch; goods before none.

        Raises:
            AmbiguousNameError, UnknownNameError: several, or none.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        """
        own = self._own("batch", given)
        if given.startswith(RETURNED):
            own = self._register.get(Reference("returned", "", given.removeprefix(RETURNED)).key)
        if _LOT.fullmatch(given):
            return self._client.read(f"lots/{given}")
        # Goods of one batch may be in several lots: some that came back, or came in two shipments.
        found = {lot["id"]: lot for lot in self.lots() if given == lot["batch"] or own == lot["id"]}
        if _LOT_PREFIX.fullmatch(given):
            path = f"lots?holder={self._organization}"
            found |= {lot["id"]: lot for lot in self._beginning(path, "lots", given)}
        with_goods = {name: lot for name, lot in found.items() if lot["quantity_left"] != "0"}
        lots = with_goods or found
        shown = {name: f"{name[:20]} ({_goods_text(lot)})" for name, lot in lots.items()}
        return lots[only("lot", given, shown, "passport lot list shows yours.")]

    def shipment(self, given: str) -> str:
        """Return the id of the shipment that is meant: its passport's id, the beginning, a delivery note.

        Raises:
            AmbiguousNameError, UnknownNameError: several, or none.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        """
        own = self._own("shipment", given)
        if own or _DIGEST.fullmatch(given):
            return own or given
        found = {}
        if _DIGEST_PREFIX.fullmatch(given):
            path = f"passports?party={self._organization}"
            for one in self._beginning(path, "passports", given):
                found[one["id"]] = f"{one['id'][:20]} ({one['product']}, {one['status']})"
        remedy = "Ask the sender for the passport's link: its id stands in it."
        return only("shipment", given, found, remedy)

    def statement(self, given: str) -> str:
        """Return the digest of the own statement that is meant: digest, its beginning, own record number.

        Raises:
            AmbiguousNameError, UnknownNameError: several, or none.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        """
        own = self._own("record", given)
        if own or _DIGEST.fullmatch(given):
            return own or given
        found = set()
        if _DIGEST_PREFIX.fullmatch(given):
            found |= {path.stem for path in self._kept.glob(f"{given}*.json")}
            path = f"lots?holder={self._organization}"
            found |= {lot_parts(lot["id"])[0] for lot in self._beginning(path, "lots", given)}
        remedy = "passport lot show LOT names the statement that made a lot."
        return only("statement", given, {one: one[:20] for one in found}, remedy)

    def organization(self, given: str) -> str:
        """Return the id of the organization that is meant: id, its beginning, own reference, whole name.

        Raises:
            AmbiguousNameError, UnknownNameError: several, or none.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        """
        own = self._own("organization", given)
        if own or given == OUTSIDE or _ORGANIZATION.fullmatch(given):
            return own or given
        if _ORGANIZATION_PREFIX.fullmatch(given):
            found = list(self._beginning("organizations", "organizations", given))
            known: list[str] = []
        else:
            all_ = list(self._client.pages("organizations", "organizations"))
            found = [one for one in all_ if one["name"].casefold() == given.casefold()]
            known = nearest(given, sorted({one["name"] for one in all_}))
        near = f"Near to it: {', '.join(known)}. " if known else ""
        remedy = f"{near}Write outside for a buyer without an account."
        shown = {one["id"]: f"{one['id']} {one['name']}" for one in found}
        return only("organization", given, shown, remedy)

    def called(self, organization: str) -> str:
        """Return an organization's registered name, with the beginning of its id because names may repeat."""
        if organization not in self._called:
            found = self._client.read(f"organizations/{organization}")
            self._called[organization] = f"{found['name']} ({short(organization)})"
        return self._called[organization]

    def _own(self, kind: Any, given: str) -> str | None:
        return self._register.get(Reference(kind, self._company, given).key)

    def _beginning(self, path: str, name: str, prefix: str) -> Iterator[dict[str, Any]]:
        """Yield what has an id with this beginning: ids come in order, right after it."""
        all_ = self._client.pages(path, name, prefix)
        return takewhile(lambda one: str(one["id"]).startswith(prefix), all_)


def among(what: str, given: str, known: Iterable[str]) -> str:
    """Return the one of several ids that is meant by its beginning.

    Raises:
        AmbiguousNameError, UnknownNameError: several, or none.
    """
    listed = list(known)
    found = {one: one[:20] for one in listed if len(given) >= MIN_PREFIX and one.startswith(given)}
    remedy = f"There are: {', '.join(one[:20] for one in listed[:MAX_LISTED]) or 'none'}."
    return only(what, given, found, remedy)


def only(what: str, given: str, found: Mapping[str, str], remedy: str) -> str:
    """Return the one id of those found, each with the text that shows it.

    Raises:
        AmbiguousNameError, UnknownNameError: several, or none; the remedy says what to do then.
    """
    if not found:
        raise UnknownNameError(what, given[:80], remedy)
    if len(found) > 1:
        shown = [found[name] for name in sorted(found)]
        more = f"; and {len(shown) - MAX_LISTED} more" if len(shown) > MAX_LISTED else ""
        raise AmbiguousNameError(what, given[:80], "; ".join(shown[:MAX_LISTED]) + more)
    return next(iter(found))


def _goods_text(lot: Found) -> str:
    quantity = quantity_text(int(lot["quantity_left"]), lot["unit"])
    return f"{lot['product']}, {lot['batch'] or 'no batch'}, {quantity}"
