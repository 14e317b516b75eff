"""Keys at rest: encrypted, readable by their owner only, never overwritten."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from eth_account import Account

from ledger import keystore, signing
from ledger.keystore import (
    EmptyPassphraseError,
    KeyExistsError,
    KeyFileError,
    KeyNameError,
    KeyNotFoundError,
    Keystore,
    OpenFolderError,
    RetiredKeyError,
    load_log_keys,
    new_log_keys,
)
from ledger.signing import WrongPassphraseError

PASSPHRASE = "lychee season"  # noqa: S105 - of test keys


@pytest.fixture
def store(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "keys", scrypt_cost=2)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_is_kept_encrypted_for_its_owner_only(store: Keystore) -> None:
    made = store.new("grower", PASSPHRASE)
    key = store.load("grower", PASSPHRASE)
    file = store.folder / "grower.0001.json"
    assert signing.address_of(key) == made.address
    assert key.hex() not in file.read_text()
    assert (mode(store.folder), mode(file)) == (0o700, 0o600)
    assert [path.name for path in store.folder.iterdir()] == [file.name]


def test_a_wallet_reads_the_keystore_file(store: Keystore) -> None:
    made = store.new("grower", PASSPHRASE)
    locked = json.loads((store.folder / "grower.0001.json").read_text())
    assert bytes(Account.decrypt(locked, PASSPHRASE)) == store.load("grower", PASSPHRASE)
    assert (locked["version"], "0x" + locked["address"]) == (3, made.address)


def test_an_existing_name_is_never_overwritten(store: Keystore) -> None:
    made = store.new("grower", PASSPHRASE)
    with pytest.raises(KeyExistsError, match="grower"):
        store.new("grower", PASSPHRASE)
    assert store.keys() == [made]


def test_a_file_that_appears_meanwhile_is_never_overwritten(
    store: Keystore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.new("grower", PASSPHRASE)
    before = (store.folder / "grower.0001.json").read_bytes()
    monkeypatch.setattr(Keystore, "_files", lambda *_: [])
    with pytest.raises(KeyExistsError):
        store.new("grower", PASSPHRASE)
    assert (store.folder / "grower.0001.json").read_bytes() == before
    assert len(list(store.folder.iterdir())) == 1


def test_a_failed_write_leaves_nothing_behind(store: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.new("grower", PASSPHRASE)
    assert list(store.folder.iterdir()) == []


def test_a_wrong_passphrase_opens_nothing(store: Keystore) -> None:
    store.new("grower", PASSPHRASE)
    with pytest.raises(WrongPassphraseError):
        store.load("grower", PASSPHRASE + " ")
    with pytest.raises(WrongPassphraseError):
        store.rotate("grower", "")


@pytest.mark.parametrize("name", ["grower", "../grower", "", "Grower"])
def test_an_unknown_key_is_named(store: Keystore, name: str) -> None:
    with pytest.raises(KeyNotFoundError):
        store.load(name, PASSPHRASE)
    with pytest.raises(KeyNotFoundError):
        store.rotate(name, PASSPHRASE)
    with pytest.raises(KeyNotFoundError):
        store.keys(name)


@pytest.mark.parametrize("name", ["", "Grower", "../grower", "a/b", "a.b", "-a", "荔枝！", "a" * 64, "a\n"])
def test_a_name_that_makes_no_file_name_is_refused(store: Keystore, name: str) -> None:
    with pytest.raises(KeyNameError):
        store.new(name, PASSPHRASE)
    assert not store.folder.exists()


def test_a_grower_names_a_key_in_chinese(store: Keystore) -> None:
    made = store.new("从化示例荔枝园", PASSPHRASE)
    assert store.names() == ["从化示例荔枝园"]
    assert signing.address_of(store.load("从化示例荔枝园", PASSPHRASE)) == made.address


def test_a_key_without_passphrase_is_not_made(store: Keystore, tmp_path: Path) -> None:
    with pytest.raises(EmptyPassphraseError):
        store.new("grower", "")
    with pytest.raises(EmptyPassphraseError):
        new_log_keys(tmp_path, "")


def test_rotation_makes_a_new_key_and_keeps_the_old_one_as_retired(store: Keystore) -> None:
    old = store.new("grower", PASSPHRASE)
    old_file = (store.folder / "grower.0001.json").read_bytes()
    new = store.rotate("grower", PASSPHRASE)
    first, second = store.keys("grower")
    assert (first.address, first.number, first.retired) == (old.address, 1, new.created)
    assert second == new
    assert second.retired is None
    assert store.load("grower", PASSPHRASE) == store.load("grower", PASSPHRASE, new.address)
    assert signing.address_of(store.load("grower", PASSPHRASE)) == new.address
    assert (store.folder / "grower.0001.json").read_bytes() == old_file


def test_a_retired_key_signs_no_more(store: Keystore) -> None:
    old = store.new("grower", PASSPHRASE)
    new = store.rotate("grower", PASSPHRASE)
    with pytest.raises(RetiredKeyError) as refused:
        store.load("grower", PASSPHRASE, old.address)
    assert (refused.value.address, refused.value.active) == (old.address, new.address)
    speaking_last = store.load("grower", PASSPHRASE, old.address, retired=True)
    assert signing.address_of(speaking_last) == old.address
    with pytest.raises(KeyNotFoundError):
        store.load("grower", PASSPHRASE, "0x" + "0" * 40)


def test_the_list_names_every_key_and_nothing_else(store: Keystore) -> None:
    assert store.names() == []
    assert store.keys() == []
    made = [store.new("port", PASSPHRASE), store.new("grower", PASSPHRASE)]
    (store.folder / "notes.json").write_text("{}")
    (store.folder / "grower.old.json").write_text("{}")
    assert store.names() == ["grower", "port"]
    assert store.keys() == made[::-1]


def test_a_folder_that_others_can_read_holds_no_keys(store: Keystore) -> None:
    store.folder.mkdir(mode=0o755)
    store.folder.chmod(0o750)
    with pytest.raises(OpenFolderError, match="750"):
        store.new("grower", PASSPHRASE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "no JSON"),
        ("[]", "no V3 keystore"),
        ("{}", "lacks"),
        ('{"address": 5, "created": ""}', "lacks"),
        ('{"address": "00", "created": ""}', "no V3 keystore"),
        ('{"address": "00", "created": "", "version": 9}', "no V3 keystore"),
    ],
)
def test_a_damaged_key_file_is_named(store: Keystore, content: str, reason: str) -> None:
    store.new("grower", PASSPHRASE)
    (store.folder / "grower.0001.json").write_text(content)
    with pytest.raises(KeyFileError, match=reason):
        store.load("grower", PASSPHRASE)


def test_a_key_file_with_another_address_is_not_used(store: Keystore) -> None:
    store.new("grower", PASSPHRASE)
    file = store.folder / "grower.0001.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"address": "0" * 40}))
    with pytest.raises(KeyFileError, match="another address"):
        store.load("grower", PASSPHRASE)


def test_the_logs_keys_open_with_their_passphrase(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    made = new_log_keys(folder, PASSPHRASE, scrypt_cost=2)
    opened = load_log_keys(folder, PASSPHRASE)
    assert opened.checkpoint_public_key == made.checkpoint_public_key
    assert (opened.anchor_key, opened.anchor_address) == (made.anchor_key, made.anchor_address)
    assert {path.name: mode(path) for path in folder.iterdir()} == {
        keystore.LOG_CHECKPOINT_FILE: 0o600,
        keystore.LOG_ANCHOR_FILE: 0o600,
    }
    assert (
        (folder / keystore.LOG_CHECKPOINT_FILE)
        .read_text()
        .startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    )
    with pytest.raises(WrongPassphraseError):
        load_log_keys(folder, "another")


@pytest.mark.parametrize("gone", [keystore.LOG_CHECKPOINT_FILE, keystore.LOG_ANCHOR_FILE])
def test_log_keys_are_never_overwritten_and_named_when_missing(tmp_path: Path, gone: str) -> None:
    tmp_path.chmod(0o700)
    new_log_keys(tmp_path, PASSPHRASE, scrypt_cost=2)
    (tmp_path / gone).unlink()
    with pytest.raises(KeyExistsError):
        new_log_keys(tmp_path, PASSPHRASE, scrypt_cost=2)
    with pytest.raises(KeyNotFoundError, match=gone):
        load_log_keys(tmp_path, PASSPHRASE)


def test_a_log_key_of_another_kind_or_without_passphrase_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    new_log_keys(tmp_path, PASSPHRASE, scrypt_cost=2)
    pem = tmp_path / keystore.LOG_CHECKPOINT_FILE
    other = generate_private_key(SECP256R1())
    locked = BestAvailableEncryption(PASSPHRASE.encode())
    pem.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    with pytest.raises(KeyFileError, match="no Ed25519"):
        load_log_keys(tmp_path, PASSPHRASE)
    pem.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyFileError, match="no encrypted"):
        load_log_keys(tmp_path, PASSPHRASE)


def test_a_key_that_signs_notes_needs_a_passphrase_and_its_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(EmptyPassphraseError):
        keystore.new_note_key(tmp_path, "witness.pem", "")
    with pytest.raises(KeyNotFoundError, match=r"witness\.pem"):
        keystore.load_note_key(tmp_path, "witness.pem", PASSPHRASE, "witness")
