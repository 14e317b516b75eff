"""Keccak-256 as Ethereum has it, on the C code of pycryptodome.

A statement takes several short hashes, and most of their time goes into making an object for each. Here
every thread keeps one state and starts it over. Where the C functions can't be reached in this way, the
public interface of eth-hash gives the same hashes, slower.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any

from eth_hash.backends.pycryptodome import keccak256 as plain_keccak256

__all__ = ["keccak256", "native_keccak256", "plain_keccak256"]

_CAPACITY_BYTES = 64
_ROUNDS = 24
_HASH_BYTES = 32
_PADDING = 0x01  # Keccak as submitted, before SHA-3 changed it


class _State(threading.local):
    """One state per thread: the C calls let other threads run meanwhile."""

    def __init__(self, library: Any, raw: Any) -> None:
        pointer = raw.VoidPointer()
        if library.keccak_init(pointer.address_of(), raw.c_size_t(_CAPACITY_BYTES), raw.c_ubyte(_ROUNDS)):
            raise MemoryError
        self.owner = raw.SmartPointer(pointer.get(), library.keccak_destroy)
        self.pointer = self.owner.get()
        self.hash = raw.create_string_buffer(_HASH_BYTES)


def native_keccak256() -> Callable[[bytes], bytes]:
    """Return a hash function on reused states, or the plain one where that can't be had."""
    try:
        library = importlib.import_module("Crypto.Hash.keccak")._raw_keccak_lib  # noqa: SLF001 - no public way
        raw = importlib.import_module("Crypto.Util._raw_api")
        hashed = _on_states(library, raw)
        usable = all(hashed(b"a" * size) == plain_keccak256(b"a" * size) for size in (0, 1, 136, 300))
    except Exception:  # noqa: BLE001 - whatever another version does differently, the plain one works
        usable = False
    return hashed if usable else plain_keccak256


def _on_states(library: Any, raw: Any) -> Callable[[bytes], bytes]:
    state = _State(library, raw)
    size, padding, length = raw.c_size_t(_HASH_BYTES), raw.c_ubyte(_PADDING), raw.c_size_t
    reset, absorb, squeeze, content = (
        library.keccak_reset,
        library.keccak_absorb,
        library.keccak_digest,
        raw.get_raw_buffer,
    )

    def hashed(content_bytes: bytes) -> bytes:
        pointer, target = state.pointer, state.hash
        if (
            reset(pointer)
            or absorb(pointer, content_bytes, length(len(content_bytes)))
            or squeeze(pointer, target, size, padding)
        ):
            return plain_keccak256(content_bytes)
        digest: bytes = content(target)
        return digest

    return hashed


keccak256 = native_keccak256()
"""Hash bytes with Keccak-256, 32 bytes."""
