"""A trade of two companies, written as record files and posted: what books' own records are about."""

from __future__ import annotations

from pathlib import Path

from ledger.records.importing import read_records
from ledger.records.intents import Intent
from tests.unit.records.scenario import Played

ORGANIZATIONS = "organization,name,roles,date,timezone\n{0},Example {0},{1},2026-01-01,Asia/Shanghai\n"
REGISTERED = {"orchard": "farmer", "packer": "supplier", "auditor": "verifier"}


def write(folder: Path, company: str, files: dict[str, str]) -> list[Intent]:
    """Write a company's files, with its introduction, and return what they mean to state."""
    here = folder / company
    here.mkdir(exist_ok=True)
    files = {"organizations.csv": ORGANIZATIONS.format(company, REGISTERED[company]), **files}
    for name, text in files.items():
        (here / name).write_text(text, "utf-8")
    paths = [here / name for name in files]
    return read_records(paths, organization=company, zone="Asia/Shanghai")


def play(folder: Path, **companies: dict[str, str]) -> Played:
    """Post what companies' files mean to state."""
    played = Played()
    played.play([intent for company, files in companies.items() for intent in write(folder, company, files)])
    return played
