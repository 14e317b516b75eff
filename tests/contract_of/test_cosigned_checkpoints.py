"""A cosignature that comes late: the newest checkpoint stays the largest, with the most signatures."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.interfaces import SignedCheckpoint
from ledger.log import checkpoint
from ledger.log.cosignature import WitnessSigner, cosign, cosigners, merged
from ledger.replaying import replay
from ledger.sql.backup import backup, restore
from ledger.sql.stores import SqlStore
from tests.builders import World
from tests.contract_of.conftest import Store

WITNESS = WitnessSigner("witness.example/w1", Ed25519PrivateKey.generate())


def cosigned(store: Store, size: int) -> bool:
    with store.read() as view:
        kept = view.checkpoint(size)
    assert kept is not None
    return bool(cosigners(checkpoint.parse(kept.note), [WITNESS.key]))


def publish_cosigned(store: Store, size: int) -> None:
    with store.write() as writer:
        kept = writer.checkpoint(size)
        assert kept is not None
        note = checkpoint.parse(kept.note)
        text = merged(note, [cosign(note.checkpoint, WITNESS, 5)]).text()
        writer.keep_checkpoint(SignedCheckpoint(kept.size, kept.root, text, kept.at))


def test_a_cosignature_of_an_older_checkpoint_does_not_make_it_the_newest(store: Store) -> None:
    world = World(store)
    world.register("Farm", "farmer")
    publish_cosigned(store, 2)
    with store.read() as view:
        newest = view.checkpoint()
    assert newest is not None
    assert newest.size == 3
    assert (cosigned(store, 2), cosigned(store, 3)) == (True, False)
    publish_cosigned(store, 3)
    assert cosigned(store, 3)
    world.register("Packhouse", "supplier")
    with store.read() as view:
        assert [one.size for one in view.checkpoints()] == [1, 2, 3, 2, 3, 4]


def test_a_backup_keeps_the_cosignatures(tmp_path: Path) -> None:
    with (
        SqlStore(f"sqlite:///{tmp_path}/ledger.db") as store,
        SqlStore(f"sqlite:///{tmp_path}/new.db") as new,
    ):
        store.migrate()
        new.migrate()
        World(store).register("Farm", "farmer")
        publish_cosigned(store, 2)
        publish_cosigned(store, 3)
        backup(store, tmp_path / "backup.zip", {})
        restore(tmp_path / "backup.zip", new, replay, _made(tmp_path / "chain"))
        assert cosigned(new, 2)
        assert cosigned(new, 3)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
