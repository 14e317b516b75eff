"""A witness signs that a log grew, once, and never that it changed: forks, rollbacks, races, restarts."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log import checkpoint, cosignature, merkle
from ledger.log.checkpoint import Checkpoint, NoteSignature, NoteSigner
from ledger.log.cosignature import cosigned_at
from ledger.log.witness_request import AddCheckpoint, WitnessRequestFormError, parse_cosignatures
from ledger.sql import witness_store
from ledger.sql.witness_store import SqlWitnessStore, TooManyLogsError, WitnessStoreError
from ledger.witness import (
    StaleWitnessRequestError,
    TwoFacesError,
    UnknownWitnessedLogError,
    UntrustedCheckpointError,
    Witness,
    WitnessOldSizeError,
    WitnessProofError,
)
from tests.witnessing import GrowingLog, SetClock, watching


class Watch:
    """A witness, its memory, and a log of seven entries that it saw."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SetClock()
        self.log = GrowingLog("ledger.example/a").grow(7)
        self.witness = watching(folder, self.log, clock=self.clock)
        assert isinstance(self.witness.store, SqlWitnessStore)
        self.store = self.witness.store
        self.witness.add_checkpoint(self.log.request(0))

    def seen(self) -> int:
        with self.store.exclusive() as book:
            newest = book.newest(self.log.signer.name)
        return 0 if newest is None else newest.size

    def doubts(self) -> list[tuple[str, int]]:
        return [(one.doubt, one.size) for one in self.store.evidence()]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(tmp_path)
    yield watch
    watch.store.close()


def test_a_log_that_grows_is_cosigned_with_the_time(here: Watch) -> None:
    for size in (8, 8, 20):
        old = here.seen()
        here.log.grow(size - len(here.log.entries))
        here.clock.go(60)
        answer = here.witness.add_checkpoint(here.log.request(old))
        note = here.log.note()
        lines = parse_cosignatures(answer.encode(), note)
        signed = cosignature.merged(note, lines)
        assert cosigned_at(signed, here.witness.signer.key) == int(here.clock.time.timestamp())
        assert here.seen() == size
    assert not here.doubts()


def test_what_was_cosigned_is_kept_with_both_signatures(here: Watch) -> None:
    stranger = NoteSigner("stranger.example", Ed25519PrivateKey.generate())
    here.log.grow(3)
    note = here.log.note()
    line = NoteSignature("stranger.example", stranger.verifier.key_id, bytes(64))
    request = AddCheckpoint(7, here.log.proof(7, 10), cosignature.merged(note, [line]))
    here.witness.add_checkpoint(request.text().encode())
    (watched,) = here.store.logs()
    assert watched.seen is not None
    kept = checkpoint.parse(watched.seen.note)
    assert [one.name for one in kept.signatures] == ["ledger.example/a", "witness.example/w1"]
    assert checkpoint.verify(watched.seen.note, here.log.signer.verifier) == here.log.head()
    assert cosigned_at(kept, here.witness.signer.key) == watched.seen.time_s


def test_time_never_runs_backwards_in_cosignatures(here: Watch) -> None:
    here.clock.go(-3600)
    answer = here.witness.add_checkpoint(here.log.request(7))
    (line,) = parse_cosignatures(answer.encode(), here.log.note())
    assert int.from_bytes(line.value[:8]) == int(here.clock.time.timestamp()) + 3600


@pytest.mark.parametrize("old", [0, 3, 8])
def test_a_stale_request_is_told_the_size_to_prove_from(here: Watch, old: int) -> None:
    here.log.grow(5)
    with pytest.raises(StaleWitnessRequestError, match=f"saw 7 entries .* not {old}") as refused:
        here.witness.add_checkpoint(here.log.request(old))
    assert (refused.value.size, here.seen(), here.doubts()) == (7, 7, [])


def test_a_log_with_two_faces_is_caught_by_its_own_signatures(here: Watch) -> None:
    other = here.log.fork(6).grow(1, "hidden")
    with pytest.raises(TwoFacesError, match="two histories of 7 entries"):
        here.witness.add_checkpoint(other.request(7))
    with pytest.raises(TwoFacesError):  # a stale request doesn't hide it
        here.witness.add_checkpoint(other.request(0))
    (evidence,) = here.store.evidence()
    held, given = (
        checkpoint.verify(note, here.log.signer.verifier) for note in (evidence.held, evidence.given)
    )
    assert (held.size, given.size, evidence.doubt) == (7, 7, "two-faces")
    assert held.root != given.root
    assert here.seen() == 7


def test_evidence_is_not_multiplied_by_lines_of_strangers(here: Watch) -> None:
    other = here.log.fork(6).grow(1, "hidden")
    for number in range(3):
        line = NoteSignature(f"stranger.example/{number}", bytes(4), bytes(64))
        request = AddCheckpoint(7, (), cosignature.merged(other.note(), [line]))
        with pytest.raises(TwoFacesError):
            here.witness.add_checkpoint(request.text().encode())
    assert here.doubts() == [("two-faces", 7)]


def test_a_log_restored_from_an_old_backup_gets_no_cosignature_for_its_new_history(here: Watch) -> None:
    restored = here.log.fork(4)
    with pytest.raises(WitnessOldSizeError, match="beyond"):
        here.witness.add_checkpoint(AddCheckpoint(7, (), restored.note()).text().encode())
    with pytest.raises(StaleWitnessRequestError):
        here.witness.add_checkpoint(restored.request(4))
    restored.grow(6, "after the backup")
    with pytest.raises(WitnessProofError, match="isn't proved to have grown from 7 to 10"):
        here.witness.add_checkpoint(restored.request(7))
    assert (here.seen(), here.doubts()) == (7, [("unproved", 10)])


def test_a_forged_proof_is_refused_and_the_doubt_ends_with_the_true_one(here: Watch) -> None:
    here.log.grow(9)
    true = here.log.proof(7, 16)
    forged = [(), true[:-1], (*true, true[-1]), (bytes(32), *true[1:]), tuple(reversed(true))]
    for proof in forged:
        with pytest.raises(WitnessProofError):
            here.witness.add_checkpoint(AddCheckpoint(7, proof, here.log.note()).text().encode())
    assert (here.seen(), here.doubts()) == (7, [("unproved", 16)])
    here.witness.add_checkpoint(here.log.request(7))
    assert (here.seen(), here.doubts()) == (16, [])


def test_a_first_checkpoint_needs_no_proof_and_takes_none(tmp_path: Path) -> None:
    log = GrowingLog("ledger.example/new").grow(4)
    witness = watching(tmp_path, log)
    with pytest.raises(WitnessProofError):
        witness.add_checkpoint(AddCheckpoint(0, (bytes(32),), log.note()).text().encode())
    empty = checkpoint.parse(checkpoint.sign(Checkpoint(log.signer.name, 0, bytes(32)), log.signer))
    with pytest.raises(WitnessProofError, match="from 0 to 0"):
        witness.add_checkpoint(AddCheckpoint(0, (), empty).text().encode())
    witness.add_checkpoint(AddCheckpoint(0, (), log.note(0)).text().encode())
    assert log.head(0).root == merkle.EMPTY_ROOT
    witness.add_checkpoint(log.request(0, 4))
    assert isinstance(witness.store, SqlWitnessStore)
    witness.store.close()


def test_who_is_not_watched_or_not_signed_is_refused(here: Watch) -> None:
    stranger = GrowingLog("stranger.example/log").grow(3)
    with pytest.raises(UnknownWitnessedLogError, match=r"stranger\.example"):
        here.witness.add_checkpoint(stranger.request(0))
    thief = GrowingLog("", NoteSigner("ledger.example/a", Ed25519PrivateKey.generate())).grow(9)
    with pytest.raises(UntrustedCheckpointError):
        here.witness.add_checkpoint(thief.request(7))
    forged = here.log.signer.private_key.sign(b"something else")
    line = NoteSignature("ledger.example/a", here.log.signer.verifier.key_id, forged)
    note = checkpoint.SignedNote(here.log.head(), (line,))
    with pytest.raises(UntrustedCheckpointError):
        here.witness.add_checkpoint(AddCheckpoint(7, (), note).text().encode())
    with pytest.raises(WitnessRequestFormError):
        here.witness.add_checkpoint(b"old 7\n")
    assert not here.doubts()


def test_a_checkpoint_of_one_log_is_not_taken_for_another(here: Watch) -> None:
    other = GrowingLog("ledger.example/b").grow(3)
    here.store.watch(other.signer.verifier)
    replayed = here.log.note()
    renamed = checkpoint.SignedNote(
        Checkpoint("ledger.example/b", 7, here.log.head().root), replayed.signatures
    )
    with pytest.raises(UntrustedCheckpointError):
        here.witness.add_checkpoint(AddCheckpoint(0, (), renamed).text().encode())
    here.witness.add_checkpoint(other.request(0))
    assert [one.key.name for one in here.store.logs()] == ["ledger.example/a", "ledger.example/b"]


def test_a_log_may_have_a_second_key_beside_the_first(here: Watch) -> None:
    second = NoteSigner("ledger.example/a", Ed25519PrivateKey.generate())
    here.store.watch(second.verifier)
    here.store.watch(second.verifier)
    here.log.grow(2)
    here.log.signer = second
    here.witness.add_checkpoint(here.log.request(7))
    assert here.seen() == 9


def test_of_two_requests_at_once_only_one_is_cosigned(here: Watch) -> None:
    """Without one transaction around look and write, the slower request would roll the faster one back."""
    here.log.grow(13)
    requests = [here.log.request(7, size) for size in range(8, 20)]
    answers: list[str] = []
    ready = threading.Barrier(len(requests))
    own = [
        Witness(here.witness.signer, SqlWitnessStore(here.folder / "witness.db"), here.clock)
        for _ in requests
    ]

    def ask(witness: Witness, request: bytes) -> None:
        ready.wait()
        try:
            witness.add_checkpoint(request)
            answers.append("cosigned")
        except StaleWitnessRequestError as error:
            answers.append(f"stale, {error.size}")

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(own, requests, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for witness in own:
        assert isinstance(witness.store, SqlWitnessStore)
        witness.store.close()
    assert sorted(answers) == ["cosigned", *[f"stale, {here.seen()}"] * 11]


def test_a_cosignature_leaves_only_after_the_checkpoint_is_on_disk(
    here: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails at the commit: no cosignature, and after a restart the old checkpoint stands."""

    class Failing:
        def __init__(self, connection: sqlite3.Connection) -> None:
            self._connection = connection

        def commit(self) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        def __getattr__(self, name: str) -> object:
            return getattr(self._connection, name)

    here.log.grow(3)
    whole = here.store._connection
    monkeypatch.setattr(here.store, "_connection", Failing(whole))
    with pytest.raises(WitnessStoreError, match="disk I/O error"):
        here.witness.add_checkpoint(here.log.request(7))
    whole.rollback()
    monkeypatch.undo()
    with SqlWitnessStore(here.folder / "witness.db") as again:
        (watched,) = again.logs()
    assert watched.seen is not None
    assert watched.seen.size == 7


def test_a_witness_remembers_after_a_restart(here: Watch) -> None:
    here.store.close()
    with SqlWitnessStore(here.folder / "witness.db") as store:
        again = Witness(here.witness.signer, store, here.clock)
        with pytest.raises(TwoFacesError):
            again.add_checkpoint(here.log.fork(6).grow(1, "hidden").request(0))
        here.log.grow(1)
        again.add_checkpoint(here.log.request(7))


def test_a_witness_that_lost_its_memory_does_not_start(tmp_path: Path) -> None:
    path = tmp_path / "witness.db"
    with pytest.raises(WitnessStoreError, match="it is not there"):
        SqlWitnessStore(path)
    SqlWitnessStore.make(path, "a key").close()
    with pytest.raises(WitnessStoreError, match="there already"):
        SqlWitnessStore.make(path, "a key")
    for content in (b"", b"no database at all, but long enough to look at" * 20):
        path.write_bytes(content)
        with pytest.raises(WitnessStoreError):
            SqlWitnessStore(path)


def test_a_witness_watches_and_doubts_only_so_much(here: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_store, "MAX_EVIDENCE", 2)
    for number in range(4):
        with pytest.raises(TwoFacesError):
            here.witness.add_checkpoint(here.log.fork(6).grow(1, f"face {number}").request(0))
    assert len(here.doubts()) == 2
    monkeypatch.setattr(witness_store, "MAX_LOGS", 1)
    with pytest.raises(TooManyLogsError, match="at most 1"):
        here.store.watch(GrowingLog("ledger.example/b").signer.verifier)
