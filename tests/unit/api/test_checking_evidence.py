"""An evidence archive is checked offline; whatever was changed in it shows at its step."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from api.checking_evidence import MANIFEST, NoEvidenceError, check_evidence
from api.commands.reports import WhichLedgerError, evidence
from ledger import canonical
from tests.bundle_worlds import Story
from tests.served import Served

Season = tuple[Served, Story]
PERIOD: Final = {"from": "2026-06-01", "to": "2026-06-30"}
Files = dict[str, bytes]


def archive_of(season: Season, company: str) -> bytes:
    here, story = season
    answer = here.client.get(f"/v1/organizations/{story.parties[company].id}/evidence", params=PERIOD)
    assert answer.status_code == 200
    return bytes(answer.content)


def files_in(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: Files, *, listed: bool = True) -> bytes:
    """Pack files again; `listed` brings the manifest in line, as a forger would."""
    if listed:
        about = json.loads(files[MANIFEST])
        about["files"] = [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
            if name != MANIFEST
        ]
        files = {**files, MANIFEST: json.dumps(about).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def values(archive: bytes, **more: Any) -> list[str]:
    return [one.value for one in check_evidence(archive, **more)]


def bent(files: Files, name: str, change: Callable[[Any], Any], line: int = 1) -> Files:
    """Change one line of a file, written again in its one form."""
    lines = files[name].splitlines()
    held = json.loads(lines[line])
    lines[line] = canonical.encode(change(held))
    return {**files, name: b"\n".join(lines) + b"\n"}


@pytest.fixture(scope="module")
def farm(season: Season) -> Files:
    return files_in(archive_of(season, "Grower"))


def test_what_the_ledger_gave_holds_and_books_are_computed_again_where_all_is_there(season: Season) -> None:
    farm = check_evidence(archive_of(season, "Grower"))
    assert [one.value for one in farm] == ["good"] * 6, farm
    assert "4 reports, computed again" in farm[5].detail
    packhouse = check_evidence(archive_of(season, "Packhouse"))
    assert [one.value for one in packhouse[:5]] == ["good"] * 5
    assert packhouse[5].value in {"good", "unknown"}


def test_a_file_that_was_changed_added_or_left_out_shows_at_once(farm: Files) -> None:
    changed = {**farm, "README.txt": b"Trust me."}
    assert values(packed(changed, listed=False)) == ["bad", "good", "good", "good", "good", "good"]
    added = check_evidence(packed({**farm, "more.txt": b"."}, listed=False))[0]
    assert added.detail == "more.txt is there, but not listed"
    without = {name: content for name, content in farm.items() if name != "README.txt"}
    assert "not there" in check_evidence(packed(without, listed=False))[0].detail


def _other_salt(line: Any) -> Any:
    line["parts"][0]["salt"] = "0" * 32
    return line


def _other_time(line: Any) -> Any:
    line["entry"]["at"] = "2026-07-01T00:00:00Z"
    return line


def _other_factor(line: Any) -> Any:
    line["record"]["value"] = "0.5"
    return line


@pytest.mark.parametrize(
    ("name", "change", "line", "step"),
    [
        ("statements.ndjson", _other_salt, 2, 3),
        ("statements.ndjson", lambda line: {**line, "position": 0}, 2, 3),
        ("statements.ndjson", lambda line: {"position": line["position"]}, 2, 3),
        ("statements.ndjson", _other_time, 2, 4),
        ("proofs.ndjson", lambda line: {**line, "proof": ["00" * 32, *line["proof"][1:]]}, 1, 4),
        ("proofs.ndjson", lambda line: {**line, "digest": "00" * 32}, 1, 4),
        ("proofs.ndjson", lambda line: {"position": line["position"], "digest": line["digest"]}, 1, 4),
        ("factors.ndjson", _other_factor, 0, 5),
        ("factors.ndjson", lambda line: {"digest": line["digest"]}, 0, 5),
        ("factors.ndjson", lambda line: {**line, "record": {}}, 0, 5),
    ],
)
def test_a_forger_who_mends_the_list_is_found_at_the_step_that_knows(
    farm: Files, name: str, change: Callable[[Any], Any], line: int, step: int
) -> None:
    found = check_evidence(packed(bent(farm, name, change, line)))
    assert found[0].value == "good"
    assert next(one.step for one in found if one.value == "bad") == step
    assert "line" in found[step - 1].detail or "proof" in found[step - 1].detail


def test_a_report_that_says_something_else_than_the_statements_is_found(farm: Files) -> None:
    report = json.loads(farm["reports/statement.json"])
    report["gross_mg"]["closing"] = "1"
    forged = {**farm, "reports/statement.json": json.dumps(report).encode()}
    found = check_evidence(packed(forged))
    assert [one.value for one in found] == ["good"] * 5 + ["bad"]
    assert "reports/statement.json" in found[5].detail
    for content in (b"{", b"[]"):
        again = check_evidence(packed({**farm, "reports/scopes.json": content}))
        assert "reports/scopes.json" in again[5].detail


def test_another_checkpoint_or_log_is_not_believed(season: Season, farm: Files) -> None:
    note = farm["checkpoint.txt"].replace(b"\n", b"\n", 1)
    size = note.splitlines()[1]
    forged = {**farm, "checkpoint.txt": note.replace(size, str(int(size) + 1).encode(), 1)}
    found = check_evidence(packed(forged))
    assert (found[1].value, found[3].value) == ("bad", "unknown")
    key = farm["log_key.txt"].decode().strip()
    assert values(packed(farm), log_key=key)[1] == "good"
    other = season[0].world.signer.verifier.text().replace("+", "x+", 1)
    assert "trusted is" in check_evidence(packed(farm), log_key=other)[1].detail
    about = json.loads(farm[MANIFEST])
    elsewhere = {**farm, MANIFEST: json.dumps({**about, "log_id": "00" * 32}).encode()}
    assert "names log_id" in check_evidence(packed(elsewhere))[2].detail


def test_statements_that_are_left_out_are_missed(farm: Files) -> None:
    lines = farm["statements.ndjson"].splitlines(keepends=True)
    headless = check_evidence(packed({**farm, "statements.ndjson": b"".join(lines[1:])}))
    assert "doesn't begin with the opening" in headless[2].detail
    assert headless[5].value == "unknown"
    shorter = check_evidence(packed({**farm, "statements.ndjson": b"".join(lines[:2])}))
    assert shorter[3].value == "bad"
    unread = check_evidence(packed({**farm, "statements.ndjson": lines[0] + b"{\n" + b"".join(lines[1:])}))
    assert "line 2" in unread[2].detail
    nothing = dict.fromkeys(("factors.ndjson", "proofs.ndjson"), b"")
    empty = check_evidence(packed({**farm, **nothing}))
    assert [one.value for one in empty][3:5] == ["bad", "bad"]
    assert "and " in empty[3].detail


def test_what_is_no_archive_is_said(farm: Files) -> None:
    about = json.loads(farm[MANIFEST])
    for archive in (
        b"PK",
        packed({"a": b""}, listed=False),
        packed({MANIFEST: b"{"}, listed=False),
        packed({MANIFEST: json.dumps({**about, "format": "x/1"}).encode()}, listed=False),
        packed({MANIFEST: json.dumps({**about, "from": "June"}).encode()}, listed=False),
    ):
        with pytest.raises(NoEvidenceError, match="no evidence archive"):
            check_evidence(archive)


def test_an_archive_with_too_much_in_it_is_not_unpacked(farm: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MAX_FILES", "MAX_BYTES", "MAX_STATEMENTS"):
        with monkeypatch.context() as small:
            small.setattr(f"api.checking_evidence.{limit}", 1)
            with pytest.raises(NoEvidenceError, match="more than"):
                check_evidence(packed(farm))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"")
    with pytest.raises(NoEvidenceError, match="twice"):
        check_evidence(out.getvalue())


def test_the_command_says_it_in_a_table_or_as_json_and_ends_with_1_where_something_differs(
    farm: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(packed(farm))
    bad.write_bytes(packed({**farm, "README.txt": b"Trust me."}, listed=False))
    with pytest.raises(SystemExit) as ended:
        evidence(good, check=True)
    assert ended.value.code == 0
    assert "Nothing differs" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        evidence(bad, check=True)
    assert ended.value.code == 1
    assert "Something differs" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        evidence(bad, check=True, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["good"], said["steps"][0]["value"]) == (False, "bad")
    with pytest.raises(WhichLedgerError, match="--ledger"):
        evidence(good)
