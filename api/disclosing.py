"""How much of a passport is shown to whom: by its sender's grants, and by those of suppliers further up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.viewers import NotVisibleError, Viewer
from api.wiring import Wiring
from ledger.closure import closure
from ledger.disclosure import PROFILES, Profile, widest
from ledger.grants import granted, shown_at_receipt
from ledger.interfaces import LedgerView
from ledger.lots import Shipment
from ledger.statements import DispatchBody
from ledger.verification_steps.disclosures import disclosed_as

KEPT_BACK: Profile = "trade"
"""What is shown of a passport behind which a supplier keeps its own to those whom it granted it."""


def narrowest(*profiles: Profile) -> Profile:
    """Return the profile that shows least."""
    return max(profiles, key=PROFILES.index)


def shown_to(  # noqa: PLR0913 - who looks at what, with what in hand
    wired: Wiring,
    looking: Viewer,
    shipment: Shipment,
    view: LedgerView,
    *,
    link: str | None,
    asked: Profile = "full",
) -> Profile:
    """Return the profile by which a passport is shown to a viewer who may see it.

    1. The sender's grants, once it has granted anything about it: to the viewer, or to whoever has the link;
    the parties of the shipment, and whoever has its link, always see `total`. 2. At least what a receiver was
    shown when it answered, if its receipt proves that. 3. Where a supplier further up has granted anything
    about what it handed on, and not to this viewer, no more than `trade`. 4. No more than asked for.

    Raises:
        NotVisibleError: the sender granted it to others only.
    """
    if wired.visibility.open:
        return asked
    profile = _of_sender(wired, looking, shipment, view, link)
    kept = _kept(looking, shipment, view)
    if profile is None and kept is None:
        raise NotVisibleError("passport")
    suppliers = _suppliers(view, shipment, looking)
    now = wired.ledger.clock.now()
    secret = any(_keeps_back(view, one, looking, now) for one in suppliers)
    shown = narrowest(profile or "total", KEPT_BACK) if secret else profile or "total"
    return narrowest(widest([shown, *([kept] if kept else [])]), asked)


def _of_sender(
    wired: Wiring, looking: Viewer, shipment: Shipment, view: LedgerView, link: str | None
) -> Profile | None:
    who, bearer = looking.organization, wired.visibility.has_link(shipment, link)
    if who == shipment.sender:
        return "full"
    found = granted(view, shipment, who, bearer=bearer, now=wired.ledger.clock.now())
    if not found.any:
        return "full"
    if found.profile is None and (bearer or wired.visibility.is_party(looking, shipment)):
        return "total"
    return found.profile


def _kept(looking: Viewer, shipment: Shipment, view: LedgerView) -> Profile | None:
    """Return what the viewer was shown when it received the goods, where its receipt proves it."""
    said = shown_at_receipt(view, shipment, looking.organization)
    if said is None:
        return None
    statements = {one.statement.digest: one.statement for one in closure(view, shipment.id)}
    return said.profile if disclosed_as(statements, shipment.id, said.profile) == said else None


def _suppliers(view: LedgerView, shipment: Shipment, looking: Viewer) -> Iterator[Shipment]:
    """Yield the shipments of others behind a shipment."""
    for logged in closure(view, shipment.id):
        statement = logged.statement
        if isinstance(statement.body, DispatchBody) and statement.digest != shipment.id:
            found = view.shipment(statement.digest)
            if found is not None and found.sender != looking.organization:
                yield found


def _keeps_back(view: LedgerView, shipment: Shipment, looking: Viewer, now: datetime) -> bool:
    """Say whether a supplier showed what it handed on to others, and not all of it to this viewer."""
    found = granted(view, shipment, looking.organization, bearer=False, now=now)
    return found.any and found.profile != "full"
