"""How a page shows checks that a statement of an unknown kind leaves open."""

from __future__ import annotations

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.passport_view import PassportView
from ledger.passport import VerdictShown
from ledger.verification import SECOND
from tests.unit.ui.showcase import documents, show


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_summary_that_can_not_be_checked_is_a_line_of_its_own_without_a_number(language: Language) -> None:
    document, graph = documents(show().sea)
    said = "This version doesn't know production/2 (1)."
    found = [
        VerdictShown(step=3, name=name, value="unknown", reason="kind-not-known", detail=said)
        for name in ("signatures and summaries", SECOND[3])
    ]
    checks = document.checks.model_copy(update={"verdicts": tuple(found)})
    shown = document.model_copy(update={"checks": checks})
    write = Writing(language)
    view = PassportView(shown, graph, write)
    first, second = view.verdicts()
    assert (first.number, second.number) == ("3", "")
    assert second.title == write("check.summaries")
    assert second.text == write("reason.kind-not-known")
    assert second.detail == said
    assert all(write.has(f"check.summaries.{value}") for value in ("good", "bad", "unknown"))
