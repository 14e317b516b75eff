"""An organization as its page shows it: name, roles and who attests them, the state of its keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.ui.key_words import key_notes
from api.ui.language import Writing
from api.ui.lists import PassportLine
from ledger.identity import ACCREDITED_ROLES, KeyRecord, Organization, RoleRecord


@dataclass(frozen=True, slots=True)
class Profile:
    """What a reader may see of an organization; `passports` is None where they aren't for this reader.

    `today` is the civil date on which roles and keys are judged; `books` says whether they are for this
    reader too.
    """

    organization: Organization
    passports: Sequence[PassportLine] | None
    today: str
    books: bool = False


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A role or key with its state in words; `good` marks what holds, `bad` what was revoked."""

    name: str
    state: str
    mark: str
    notes: tuple[str, ...] = ()


class OrganizationView:
    """The content of an organization's page in one language."""

    def __init__(self, profile: Profile, write: Writing) -> None:
        self._profile = profile
        self._write = write

    @property
    def verified(self) -> bool:
        """Whether an accreditor's attestation of any role holds today."""
        organization, today = self._profile.organization, self._profile.today
        return any(_holds(record, today) for record in organization.roles)

    def roles(self) -> list[StandingRow]:
        """Return every role that was claimed or attested, and what it stands on."""
        organization = self._profile.organization
        attested = [record.role for record in organization.roles]
        return [self._role(role) for role in dict.fromkeys((*organization.roles_claimed, *attested))]

    def keys(self) -> list[StandingRow]:
        """Return every key that ever spoke for the organization, with its state."""
        return [self._key(key) for key in self._profile.organization.keys]

    def policies(self) -> list[StandingRow]:
        """Return by which policies it keeps its books, and up to when they are closed."""
        write, organization = self._write, self._profile.organization
        rows: list[StandingRow] = []
        if organization.policies:
            stated = organization.policies[-1]
            said = {
                "materiality": write.percent(stated.materiality),
                "cut_off": stated.cut_off,
                "electricity": write(f"organization.policy.electricity.{stated.electricity}"),
                "markup": write.percent(stated.markup),
            }
            rows = [
                StandingRow(write(f"organization.policy.{name}"), text, "known")
                for name, text in said.items()
            ]
        if organization.closed_until:
            closed = write.day(organization.closed_until)
            rows.append(StandingRow(write("organization.policy.closed"), closed, "good"))
        return rows

    def _role(self, role: str) -> StandingRow:
        write, today = self._write, self._profile.today
        name = write(f"role.{role}")
        records = [record for record in self._profile.organization.roles if record.role == role]
        holding = [record for record in records if _holds(record, today)]
        if holding:
            last = max(record.end for record in holding)
            return StandingRow(name, write("organization.accredited", until=write.day(last)), "good")
        if records:
            last = max(record.end for record in records)
            return StandingRow(name, write("organization.not_now", until=write.day(last)), "unknown")
        needed = "unverified" if role in ACCREDITED_ROLES else "claimed"
        return StandingRow(name, write(f"organization.{needed}"), "unknown")

    def _key(self, key: KeyRecord) -> StandingRow:
        write, notes = self._write, tuple(key_notes(key, self._write))
        if key.state == "rotated" and key.until is not None:
            until = write.day(key.until.date().isoformat())
            return StandingRow(key.address, write("organization.key.rotated", until=until), "unknown", notes)
        mark = {"active": "good", "revoked": "bad"}.get(key.state, "unknown")
        return StandingRow(key.address, write(f"organization.key.{key.state}"), mark, notes)


def _holds(record: RoleRecord, today: str) -> bool:
    return record.start <= today <= record.end
