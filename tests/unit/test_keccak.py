"""Keccak-256, quick and plain."""

from __future__ import annotations

import importlib
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from ledger.keccak import keccak256, native_keccak256, plain_keccak256


@given(st.binary(max_size=600))
def test_every_hash_is_the_one_of_ethereum(content: bytes) -> None:
    assert keccak256(content) == keccak(content)


def test_threads_do_not_disturb_each_other() -> None:
    content = [bytes([number]) * 5000 for number in range(4)]
    wrong: list[int] = []

    def work(number: int) -> None:
        expected = plain_keccak256(content[number])
        wrong.extend(number for _ in range(500) if keccak256(content[number]) != expected)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("fault", ["_raw_keccak_lib", "keccak_init", "keccak_reset", "keccak_digest"])
def test_another_version_of_the_c_code_is_done_without(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library = importlib.import_module("Crypto.Hash.keccak")._raw_keccak_lib

    class Other:
        def __getattr__(self, name: str) -> Any:
            return (lambda *_: 1) if name == fault else getattr(library, name)

    def other_version(name: str) -> Any:
        if name != "Crypto.Hash.keccak":
            return importlib.import_module(name)
        return SimpleNamespace() if fault == "_raw_keccak_lib" else SimpleNamespace(_raw_keccak_lib=Other())

    monkeypatch.setattr("ledger.keccak.importlib", SimpleNamespace(import_module=other_version))
    assert native_keccak256()(b"lychee") == plain_keccak256(b"lychee")
