"""Registrations and attestations out of a company's records."""

from __future__ import annotations

from typing import Any

from ledger.records.cells import At
from ledger.records.errors import RecordPeriodError
from ledger.records.intents import Intent
from ledger.records.references import Reference
from ledger.records.rows import AttestationRow, OrganizationRow


def registration(row: OrganizationRow) -> Intent:
    """Return what a company says of itself; its key is put in from its own keystore."""
    organization = Reference("organization", "", row.organization)
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, row.timezone),
        "key": {"alg": "eip712-secp256k1", "address": Reference("address", "", row.organization)},
        "roles_claimed": list(row.roles),
        "name": row.name,
    }
    if row.contact:
        body["contact"] = row.contact
    site = place(row.site, row.locode)
    if site:
        body["sites"] = [site]
    gives = {
        organization.key: "{organization}",
        Reference("timezone", "", row.organization).key: row.timezone,
    }
    return Intent(row.at, row.organization, "registration/1", row.organization, row.day, body, gives)


def attestation(row: AttestationRow, owner: str, zone: str) -> Intent:
    """Return what an accreditor attests of a company.

    Raises:
        RecordPeriodError: the validity ends before it begins.
    """
    if row.valid_to < row.valid_from:
        raise RecordPeriodError(*row.at.under("valid_to").facts(row.valid_to), row.valid_from)
    body: dict[str, Any] = {
        "occurred": occurred(row.at, row.day, row.day, zone),
        "subject": Reference("organization", "", row.subject),
        "roles": list(row.roles),
        "validity": {"from": row.valid_from, "to": row.valid_to},
    }
    if row.evidence:
        body["evidence"] = row.evidence
    gives = {Reference("record", owner, f"attestation/{row.subject}/{row.day}").key: "{digest}"}
    return Intent(row.at, owner, "attestation/1", row.subject, row.day, body, gives)


def occurred(at: At, start: str, end: str, zone: str) -> dict[str, str]:
    """Return when something occurred, first and last day.

    Raises:
        RecordPeriodError: it ends before it begins.
    """
    if end < start:
        raise RecordPeriodError(*at.under("to").facts(end), start)
    return {"from": start, "to": end, "zone": zone}


def place(name: str | None, locode: str | None) -> dict[str, str]:
    """Return a place by name and, where it has one, UN/LOCODE; empty where no name is given."""
    if name is None:
        return {}
    return {"name": name, **({"locode": locode} if locode else {})}
