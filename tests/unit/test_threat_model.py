"""The page on who could cheat names tests and vectors that are there, of every actor one at least."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
NAMED: Final = re.findall(r"`(tests/[^`:]+)::([^`]+)`", PAGE)
FORMS: Final = {
    ".py": "def {}(",
    ".js": '  it("{}", ',
    ".sol": "function {}(",
}
"""By a file's suffix, how a test with a name begins there."""


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_every_test_that_the_page_names_is_there(path: str, name: str) -> None:
    written = (ROOT / path).read_text("utf-8")
    assert FORMS[Path(path).suffix].format(name) in written


def test_every_vector_that_the_page_names_is_there() -> None:
    index = json.loads((ROOT / "tests" / "vectors" / "bundles" / "index.json").read_text())
    named = re.findall(r"vector `([^`]+)`", PAGE)
    assert len(named) >= 3
    assert {*named} <= {one["name"] for one in index}


def test_every_row_has_its_test_and_every_actor_a_word_on_what_is_not_seen() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
    cheats = [line for line in rows if not line.startswith("| it could |")]
    assert all(re.search(r"`tests/[^`]+::[^`]+` \|$", line) for line in cheats)
    actors = PAGE.split("\n## ")[1:]
    assert len(actors) == 9
    assert all("**Not seen:**" in one and "| it could |" in one for one in actors)


def test_the_page_is_short_enough_to_be_read() -> None:
    assert len(PAGE.splitlines()) < 200
