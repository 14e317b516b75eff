from __future__ import annotations

import pytest

from ledger.chain.errors import ChainUnreachableError, LogHasSuccessorError
from ledger.chain.in_memory import InMemoryAnchorChain

ROOT = b"\x01" * 32


def test_a_chain_that_is_away_says_so_everywhere_and_comes_back() -> None:
    chain = InMemoryAnchorChain()
    written = chain.anchor(10, ROOT)
    chain.away = True
    for question in (chain.newest, chain.history, lambda: chain.anchor(11, ROOT)):
        with pytest.raises(ChainUnreachableError):
            question()
    assert not chain.status().reachable
    chain.away = False
    assert chain.status().funded
    assert chain.newest() == written


def test_a_chain_without_its_state_has_no_anchors_and_takes_them_again() -> None:
    chain = InMemoryAnchorChain()
    written = chain.anchor(10, ROOT)
    chain.lose()
    assert chain.newest() is None
    assert chain.anchor(10, ROOT) == written


def test_a_log_with_a_successor_anchors_no_more() -> None:
    chain = InMemoryAnchorChain()
    chain.successor = "0x" + "b2" * 20
    with pytest.raises(LogHasSuccessorError, match="b2b2"):
        chain.anchor(10, ROOT)
