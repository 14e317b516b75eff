"""The audit derives the state map again and says what of the kept one differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from ledger.audit import audit
from ledger.in_memory import InMemoryStore, InMemoryView
from ledger.state_interfaces import StateHead
from tests.unit.state.test_operators_who_cheat import Sale

Answer = Callable[[Any, Any], Any]


def found(sale: Sale, monkeypatch: pytest.MonkeyPatch, name: str, answer: Answer) -> list[str]:
    """Return what the audit finds of the state when a question about the kept map is answered otherwise."""
    honest = getattr(InMemoryView, name)
    with sale.world.store.read() as view:
        monkeypatch.setattr(view, name, lambda *args: answer(view, honest(view, *args)))
        report = audit(view, InMemoryStore())
    assert {one.part for one in report.findings} <= {"state"}
    return [one.what for one in report.findings]


def page_cut(_: object, pages: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Damage every page."""
    return {prefix: page[:-1] for prefix, page in pages.items()}


def page_changed(_: object, pages: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Change the last value of every page."""
    return {prefix: page[:-1] + bytes((page[-1] ^ 1,)) for prefix, page in pages.items()}


def one_lost(_: object, records: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Lose a record."""
    return dict(list(records.items())[1:])


def earlier(_: object, head: StateHead) -> StateHead:
    """Take the map for that of an earlier entry."""
    return StateHead(head.position - 1, head.root)


def test_a_kept_map_that_is_what_the_log_comes_to_is_good(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(sale, monkeypatch, "state_head", lambda _, head: head) == []


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("state_pages", page_cut, ["the map's pages"]),
        ("state_pages", page_changed, ["the map's root"]),
        ("state_head", earlier, ["the map's state entry"]),
    ],
    ids=["damaged page", "changed page", "another entry"],
)
def test_a_kept_map_that_differs_is_named(
    sale: Sale, monkeypatch: pytest.MonkeyPatch, name: str, answer: Answer, expected: Sequence[str]
) -> None:
    assert found(sale, monkeypatch, name, answer) == expected


def test_a_lost_record_is_named(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    (named,) = found(sale, monkeypatch, "state_records", one_lost)
    assert named.startswith("record of keys org_")


def test_a_ledger_whose_books_were_made_anew_has_no_map_to_compare(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(sale, monkeypatch, "state_head", lambda _view, _head: None) == []


@pytest.fixture
def sale() -> Sale:
    """A fresh sale."""
    return Sale()
