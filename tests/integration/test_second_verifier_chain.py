"""The second program asks a real chain and knows witnesses, as the ledger's own verifier does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.bundle import build, to_bytes
from ledger.chain.contracts import EARLIER, compiled_contract
from ledger.chain.local_node import LocalNode, ask_local
from ledger.chain.reader import read_anchor
from ledger.log.cosignature import WitnessPolicy, cosign
from ledger.sql.stores import SqlStore
from ledger.verification import Report, verify
from scripts.vectors.handmade_log import LIBRARY
from tests.bundle_worlds import altered
from tests.integration.test_second_verifier import NODE, PROGRAM, ROOT, said, second_says
from tests.kept import Kept
from tests.unit.test_verification_witnesses import FIRST, SECOND, THIRD, TIME_S, head, with_lines

STRANGER = "0x" + "cc" * 20


@pytest.fixture
def node(original: Kept, tmp_path: Path) -> Iterator[LocalNode]:
    """The season's own chain, with the anchors that were written there."""
    shutil.copytree(original.folder / "chain", tmp_path / "chain")
    with LocalNode(tmp_path / "chain") as running:
        yield running


def anchored(kept: Kept) -> bytes:
    with SqlStore(f"sqlite:///{kept.folder / 'ledger.db'}") as store, store.read() as view:
        return to_bytes(build(view, kept.shipments[0], LIBRARY.get))


def both(folder: Path, raw: bytes, rpc: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return what both programs say of the anchor, each asking the chain for itself."""
    own = verify(raw, anchor_reader=partial(read_anchor, rpc))
    (found,) = second_says(folder, [raw], rpc=rpc)
    return of_anchor(own), of_anchor(found)


def of_anchor(report: Report | dict[str, Any]) -> tuple[str, str]:
    """Return value and reason of the verdict on the anchor."""
    return next((value, reason) for step, _, value, reason in said(report) if step == 7)


def test_both_programs_read_a_real_anchor_on_a_real_chain(
    original: Kept, node: LocalNode, tmp_path: Path
) -> None:
    raw = anchored(original)
    assert both(tmp_path, raw, node.rpc_url) == (("good", "ok"), ("good", "ok"))

    def without_transaction(bundle: Any) -> None:
        bundle["anchor"]["transaction"] = "0x" + "00" * 32

    assert both(tmp_path, altered(raw, without_transaction), node.rpc_url) == (("good", "ok"),) * 2


def test_at_the_terminal_it_prints_a_report_a_line_and_ends_with_what_it_found(
    original: Kept, node: LocalNode, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(anchored(original))
    bad.write_bytes(good.read_bytes()[:-2])
    options = ["--log-key", original.log_key, "--rpc", node.rpc_url]
    for paths, code in (([good], 0), ([good, bad], 1)):
        command = [str(NODE), str(PROGRAM / "verify.mjs"), *map(str, paths), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert (done.returncode, [one["ok"] for one in found]) == (code, [True, False][: len(paths)])
    assert (6, "checkpoint", "good", "ok") in said(found[0])
    assert of_anchor(found[0]) == ("good", "ok")


def test_a_chain_that_is_away_is_no_fraud(original: Kept, node: LocalNode, tmp_path: Path) -> None:
    raw, rpc = anchored(original), node.rpc_url
    node.close()
    assert both(tmp_path, raw, rpc) == (("unknown", "chain-unreachable"),) * 2


def test_an_anchor_that_the_chain_does_not_hold_is_bad(
    original: Kept, node: LocalNode, tmp_path: Path
) -> None:
    raw = anchored(original)

    def elsewhere(contract: str, bundle: Any) -> None:
        bundle["anchor"]["contract"] = contract

    ask_local(node.port, "anvil_setCode", [STRANGER, "0x60006000fd"])
    found = [
        both(tmp_path, altered(raw, partial(elsewhere, contract)), node.rpc_url)
        for contract in (STRANGER, "0x" + "dd" * 20)
    ]
    assert found == [(("bad", "foreign-contract"),) * 2, (("bad", "contract-missing"),) * 2]
    ask_local(node.port, "anvil_setCode", [json.loads(raw)["anchor"]["contract"], "0x60006000fd"])
    assert both(tmp_path, raw, node.rpc_url) == (("bad", "foreign-contract"),) * 2


def test_a_contract_without_this_logs_anchor_is_bad(original: Kept, node: LocalNode, tmp_path: Path) -> None:
    raw = anchored(original)
    ask_local(node.port, "anvil_setCode", [STRANGER, compiled_contract("PassportAnchor").deployed])

    def elsewhere(bundle: Any) -> None:
        bundle["anchor"]["contract"] = STRANGER

    assert both(tmp_path, altered(raw, elsewhere), node.rpc_url) == (("bad", "anchor-not-found"),) * 2


def test_another_chain_than_the_stated_one_says_nothing_of_the_anchor(
    original: Kept, node: LocalNode, tmp_path: Path
) -> None:
    def elsewhere(bundle: Any) -> None:
        bundle["anchor"]["chain_id"] = 1

    raw = altered(anchored(original), elsewhere)
    assert both(tmp_path, raw, node.rpc_url) == (("unknown", "wrong-chain"),) * 2


def test_the_second_program_knows_the_code_of_every_version_of_the_contract() -> None:
    listed = re.findall(r'^  "([0-9a-f]{64})",$', (PROGRAM / "anchor.mjs").read_text(), re.MULTILINE)
    newest = hashlib.sha256(compiled_contract("PassportAnchor").left_on_chain()).hexdigest()
    assert listed == [newest, *sorted(EARLIER["PassportAnchor"])]


def test_both_programs_count_the_same_witnesses(tmp_path: Path) -> None:
    raw = with_lines(cosign(head(), FIRST, TIME_S), cosign(head(), SECOND, TIME_S + 60))

    def later(bundle: Any) -> None:
        name = f"— {FIRST.name} "
        line = next(one for one in bundle["checkpoint"] if one.startswith(name))
        bundle["checkpoint"][bundle["checkpoint"].index(line)] = changed_time(line)

    bundles = [raw, altered(raw, later)]
    for signers, need in (((FIRST, SECOND), 2), ((FIRST, THIRD), 1), ((FIRST, THIRD), 2), ((SECOND,), 1)):
        keys = [one.key for one in signers]
        own = [said(verify(one, witnesses=WitnessPolicy(tuple(keys), need))) for one in bundles]
        texts = [key.text() for key in keys]
        assert [said(one) for one in second_says(tmp_path, bundles, witnesses=texts, needed=need)] == own
        assert ((6, "checkpoint", "bad", "cosignature") in own[1]) == (FIRST in signers)


def changed_time(line: str) -> str:
    """Return a cosignature with another time than was signed."""
    mark, name, text = line.split(" ")
    value = bytearray(base64.b64decode(text))
    value[11] ^= 1
    return f"{mark} {name} {base64.b64encode(value).decode()}"
