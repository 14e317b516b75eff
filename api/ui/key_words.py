"""What an organization's page says of a key beside its state: what a delegate may, what a passkey is."""

from __future__ import annotations

from api.ui.language import Writing
from ledger.identity import KeyRecord
from ledger.key_bodies import Delegation


def key_notes(key: KeyRecord, write: Writing) -> list[str]:
    """Return sentences on a key: what a delegate may, where a passkey signs, since when it isn't trusted."""
    notes = []
    if key.delegation is not None:
        notes += _delegated(key, key.delegation, write)
    if key.passkey is not None:
        notes.append(write("organization.key.passkey", site=key.passkey.rp_id))
    if key.reason:
        notes.append(write(f"distrusted.reason.{key.reason}"))
    if key.untrusted_from is not None:
        notes.append(write("organization.key.distrusted", size=key.untrusted_from))
    return notes


def _delegated(key: KeyRecord, scope: Delegation, write: Writing) -> list[str]:
    kinds = write.listed([one.partition("/")[0] for one in scope.kinds])
    first, last = write.day(scope.start[:10]), write.day(scope.end[:10])
    notes = [write("organization.key.delegate", kinds=kinds, start=first, end=last)]
    for name in ("sites", "activities"):
        allowed = getattr(scope, name)
        if allowed is not None:
            notes.append(write(f"organization.key.{name}", list=write.listed(list(allowed))))
    if scope.statements is not None:
        notes.append(write("organization.key.statements", used=key.used_statements, limit=scope.statements))
    if scope.co2e_mg is not None:
        used, limit = write.amount(str(key.used_mg)), write.amount(scope.co2e_mg)
        notes.append(write("organization.key.co2e", used=used, limit=limit))
    return notes
