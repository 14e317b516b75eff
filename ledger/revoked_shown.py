"""What a passport shows of statements whose keys were revoked since and are not trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.revoked import Distrusted
from ledger.shown import Shown


class DistrustedShown(Shown):
    """A statement behind the passport that a thief may have signed: nobody signed it again or corrected it.

    `position` is its entry in the log, `untrusted_from` the log size from which on its key is not trusted,
    `revoked_at` the entry at which the key was revoked; `reason` is what was given for that, or None.
    """

    statement: str
    kind: str
    organization: str
    organization_name: str
    key: str
    position: int
    untrusted_from: int
    revoked_at: int
    reason: str | None


def distrusted_shown(found: Sequence[Distrusted], names: Mapping[str, str]) -> tuple[DistrustedShown, ...]:
    """Return them with the names of their organizations."""
    return tuple(
        DistrustedShown(
            statement=one.statement,
            kind=one.kind,
            organization=one.organization,
            organization_name=names.get(one.organization, ""),
            key=one.address,
            position=one.position,
            untrusted_from=one.untrusted_from,
            revoked_at=one.revoked_at,
            reason=one.reason or None,
        )
        for one in found
    )
