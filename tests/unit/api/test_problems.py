"""Every refusal has a status, or is one of the command line only."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from datetime import date
from typing import Any

import api
import ledger
from api.limits import QuotaError
from api.problems import problem, problem_response, status_of, subclasses
from api.statuses import STATUS_OF, TERMINAL
from api.viewers import TokenError
from ledger.errors import LedgerError
from ledger.lots import OverdrawnLotError
from ledger.services import BatchError
from ledger.storing import LogNotOpenError


def _load_everything() -> None:
    for package in (ledger, api):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if "migrations" not in module.name:
                importlib.import_module(module.name)


def test_the_table_names_every_error_class_and_no_other() -> None:
    _load_everything()
    mine = {kind for kind in subclasses() if kind.__module__.split(".")[0] in ("api", "ledger")}
    names = {kind.__name__ for kind in mine} - {"BatchError"}
    assert len(names) == len({kind.problem_type() for kind in mine}) - 1
    assert names == STATUS_OF.keys() | TERMINAL
    assert not STATUS_OF.keys() & TERMINAL


def test_a_refused_batch_has_the_status_and_type_of_its_cause_and_says_which_statement() -> None:
    cause = OverdrawnLotError("a.0", 500, 900, "mg")
    error = BatchError(3, cause)
    document = problem(error, "/v1/statements")
    assert (status_of(error), document["status"], document["index"]) == (409, 409, 3)
    assert document["type"] == "urn:carbon-passport:problem:overdrawn-lot"
    assert document["detail"] == "Lot a.0 holds 500 mg, but 900 mg are taken. Take less."
    assert document["facts"] == {"lot": "a.0", "held": "500", "asked": "900", "unit": "mg"}
    assert problem_response(error).headers["content-type"] == "application/problem+json"


def test_facts_of_every_shape_are_plain_in_the_document() -> None:
    @dataclass(eq=False)
    class ShapelyTestError(LedgerError):
        """A refusal with facts of every shape."""

        facts_by_name: dict[str, Any]

        @classmethod
        def problem_type(cls) -> str:
            return "no-name"

    shapes = {"list": [1, True, None], "date": date(2026, 6, 1), "tuple": (10**20, "a"), "set": {7}}
    document = problem(ShapelyTestError(shapes))
    assert document["facts"]["facts_by_name"] == {
        "list": ["1", True, None],
        "date": "2026-06-01",
        "tuple": [str(10**20), "a"],
        "set": ["7"],
    }
    assert document["status"] == 500
    assert "instance" not in document


def test_who_is_sent_away_for_now_is_told_when_to_come_back() -> None:
    assert problem_response(QuotaError("posts", 3, 58)).headers["Retry-After"] == "58"
    assert problem_response(LogNotOpenError("here")).headers["Retry-After"] == "2"
    assert problem_response(TokenError("it is wrong")).headers["WWW-Authenticate"] == "Bearer"
