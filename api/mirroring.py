"""The mirror of identities and keys on the chain: brought up to date from the log after each anchor.

The log alone decides who a key spoke for; a difference is shown, never acted on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.chain.registrations import RegistrationProof, proof_of
from ledger.chain.registry import EvmOrganizationRegistry, MirrorDifference, MirroredOrganization, mirrored
from ledger.interfaces import LedgerStore

PAGE = 500


class Mirroring:
    """Writes what changed since it last looked; keeps the differences that it can't write away."""

    def __init__(self, store: LedgerStore, registry: EvmOrganizationRegistry) -> None:
        self._store, self._registry = store, registry
        self._written: dict[str, MirroredOrganization] = {}
        self._differences: dict[str, list[MirrorDifference]] = {}

    def bring_up_to_date(self) -> None:
        """Mirror every organization that is new or changed.

        Raises:
            LedgerError: the chain is away or refuses; what was written stays.
        """
        for organization in self._organizations():
            if self._written.get(organization.id) == organization:
                continue
            proof = self._proof(organization.id)
            self._differences[organization.id] = self._registry.bring_up_to_date(organization, proof)
            self._written[organization.id] = organization

    def start_over(self) -> None:
        """Look at everything again: the chain may have lost what was written."""
        self._written.clear()

    def differences(self) -> list[MirrorDifference]:
        """Return what log and mirror tell differently."""
        return [difference for found in list(self._differences.values()) for difference in found]

    def _proof(self, organization: str) -> RegistrationProof | None:
        with self._store.read() as view:
            registration = view.identity_statements(organization)[0]
        return proof_of(registration.statement)

    def _organizations(self) -> Iterator[MirroredOrganization]:
        today, after = date.today().isoformat(), ""  # noqa: DTZ011 - roles run by civil dates
        while True:
            with self._store.read() as view:
                page = view.organizations(after, PAGE)
            yield from (mirrored(organization, today) for organization in page)
            if len(page) < PAGE:
                return
            after = page[-1].id
