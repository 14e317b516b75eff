"""The page of the log: checkpoint, witnesses, chains, and the cost of a statement, in three languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.chain_task import ChainState, ChainTask, Pace
from api.ui.language import LANGUAGES, Language
from api.ui.log_page import LogShown, chain_shown, render_log
from api.witnessing import WitnessSite, WitnessState
from ledger.chain.errors import ChainUnreachableError
from ledger.chain.in_memory import FIRST_ANCHOR_GAS, NEXT_ANCHOR_GAS, InMemoryAnchorChain
from ledger.interfaces import Anchor, AnchorCost
from ledger.log.cosignature import WitnessKey
from tests.served import Served, served
from tests.unit.ui.reading import Checker, text_of


def chained(here: Served) -> None:
    chains = {"local": here.chain, "gnosis": InMemoryAnchorChain(chain_id=100)}
    here.wired.anchoring.tasks = tuple(
        ChainTask(here.world.ledger, name, _giving(chain), Pace(1, 60, 12 if name == "gnosis" else 1))
        for name, chain in chains.items()
    )


def _giving(chain: InMemoryAnchorChain) -> Callable[[], InMemoryAnchorChain]:
    return lambda: chain


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_the_log_is_sound_in_every_language(tmp_path: Path, language: Language) -> None:
    with served(tmp_path) as here:
        chained(here)
        here.wired.anchoring.now()
        page = here.client.get("/log", params={"lang": language})
        assert page.status_code == 200
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        checker = Checker(page.text)
        assert checker.styled == []
        assert f'<html lang="{language}">' in page.text
        with here.wired.store.read() as view:
            head = view.checkpoint()
        assert head is not None
        assert head.root.hex() in page.text
        assert here.chain.history()[0].transaction in page.text


def test_the_page_says_what_a_statement_cost_and_what_a_local_chain_shows(tmp_path: Path) -> None:
    with served(tmp_path) as here:
        chained(here)
        here.wired.anchoring.now()
        first = here.size()
        for number in range(5):
            here.world.register(f"Farm {number}")
        here.wired.anchoring.now()
        text = text_of(here.client.get("/log").text)
        assert f"{NEXT_ANCHOR_GAS / 5:,.1f} gas" in text
        assert f"{(FIRST_ANCHOR_GAS + NEXT_ANCHOR_GAS) / (first + 5):,.1f} gas" in text
        assert f"{Decimal(NEXT_ANCHOR_GAS) / 5:,f}".rstrip("0").rstrip(".") + " gwei" in text
        assert text.count("A local chain shows the mechanism") == 1
        assert "chain number 100" in text
        assert "blocks: 12, its own included" in text
        assert "Nobody is asked to watch this log" in text
        assert "all entries anchored" in text


def test_a_chain_that_is_away_is_pending_on_the_page(tmp_path: Path) -> None:
    with served(tmp_path) as here:
        chained(here)
        here.chain.away = True
        with pytest.raises(ChainUnreachableError):
            here.wired.anchoring.now()
        here.world.register("Farm")
        text = text_of(here.client.get("/log").text)
        assert "no anchor counts yet" in text
        assert "entries pending: " in text
        assert "The last try failed" in text


def test_without_chains_or_witnesses_the_page_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as here:
        assert "Nothing is anchored on a chain." in text_of(here.client.get("/log").text)
        assert 'href="/log"' in here.client.get("/").text


def test_each_witness_is_shown_with_what_it_cosigned(tmp_path: Path) -> None:
    with served(tmp_path) as here:
        size = here.size()
        states = [
            WitnessState(WitnessSite(WitnessKey(name, bytes(32)), "http://a"), cosigned, "")
            for name, cosigned in (("buyer", size), ("bank", size - 1), ("port", 0))
        ]
        here.wired.witnessing = cast("Any", SimpleNamespace(state=lambda: states, close=lambda: None))
        text = text_of(here.client.get("/log").text)
        assert "buyer cosigned the newest checkpoint" in text
        assert f"bank cosigned {size - 1} entries" in text
        assert "port hasn't cosigned since the start" in unescape(text)


def test_a_log_without_a_checkpoint_has_a_page_too() -> None:
    text = text_of(render_log(LogShown("example.org/log", None, [], []), "en"))
    assert "There is no checkpoint yet." in text


def test_what_is_not_known_of_a_cost_is_not_invented() -> None:
    chain = InMemoryAnchorChain()
    anchor = chain.anchor(10, b"\1" * 32)
    state = ChainState("local", 31337, 1, anchor, None, 0, 0, "")
    shown = chain_shown(state, [anchor])
    assert (shown.gas_each, shown.gwei_each) == (Decimal(anchor.gas) / 10, None)
    text = text_of(render_log(LogShown("log", None, [], [shown]), "en"))
    assert "The price paid isn't known." in unescape(text)
    paid = chain_shown(replace(state, cost=AnchorCost(anchor.gas, 3)), [anchor])
    assert paid.gwei_each == Decimal(anchor.gas * 3).scaleb(-9) / 10
    again: list[Anchor] = [anchor, replace(anchor, block=9)]
    assert chain_shown(state, again).gas_each is None
    assert "gas" in render_log(LogShown("log", None, [], [chain_shown(state, again)]), "en")
