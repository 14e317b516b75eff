"""The forms about who is shown what: grants, what a receiver was shown, an auditor's word on the hidden."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ledger.body import Body
from ledger.identifiers import Digest, LotId, OrganizationId
from ledger.wire import ComponentMap, Many, Text, UtcTime, Whole, Wire

ProfileName = Literal["full", "amounts", "trade", "total"]


class Grant(Wire):
    """Who is shown a passport, or those of a lot, how much of it (`disclosure.PROFILES`), and until when.

    `to` is an organization, or `bearer`: whoever has the passport's link.
    """

    to: OrganizationId | Literal["bearer"]
    profile: ProfileName
    passport: Digest | None = None
    lot: LotId | None = None
    until: UtcTime


class GrantBody(Body):
    """A sender says who is shown its passport."""

    grant: Grant
    reason: Text | None = None


class Disclosed(Wire):
    """What a receiver was shown when it answered a shipment, so that it can't be shown less later.

    `digest` is SHA-256(JCS(sorted digests of the `parts` parts shown)): of all that the dispatch refers to,
    and of the registrations of who issued that.
    """

    profile: ProfileName
    parts: Whole
    digest: Digest


class HandsOn(Wire):
    """A statement and all that it hands on, by component."""

    statement: Digest
    liability: ComponentMap


class ConservationBody(Body):
    """Somebody who saw all behind a passport attests what statements there hand on, and that it adds up."""

    passport: Digest
    hands_on: Annotated[Many[HandsOn], Field(min_length=1)]
    level: Literal["limited", "reasonable"]
    method: Text | None = None
