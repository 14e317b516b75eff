"""A refusal keeps its facts wherever it travels."""

from __future__ import annotations

import pickle

from ledger.errors import LedgerError
from ledger.lots import OverdrawnLotError


def test_a_refusal_travels_between_processes_with_its_facts() -> None:
    error = OverdrawnLotError("a.0", 500, 900, "mg")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is OverdrawnLotError
    assert (again.facts(), str(again)) == (error.facts(), str(error))


def test_a_cause_is_named_in_lower_case_words() -> None:
    assert OverdrawnLotError.problem_type() == "overdrawn-lot"
    assert str(LedgerError()) == "The ledger refuses this."
