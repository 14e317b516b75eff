"""The log over HTTP as static files: what caches may keep, and what other programs check."""

from __future__ import annotations

import gzip

from ledger import bundle, proof_files
from ledger.bundle import to_bytes
from ledger.log import checkpoint, merkle, proof_file, resources
from tests.bundle_worlds import Story
from tests.served import Served, refused

FOR_EVER = "public, max-age=31536000, immutable"


def test_the_whole_log_can_be_derived_from_its_static_files(season: tuple[Served, Story]) -> None:
    here, _ = season
    answer = here.client.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    head = checkpoint.verify(answer.content, here.world.signer.verifier)
    assert head.size == here.size()
    frontier = merkle.Frontier()
    for name in resources.names_of(head.size):
        answer = here.client.get(f"/log/{resources.path_of(name)}")
        assert answer.headers["cache-control"] == FOR_EVER
        assert answer.headers["content-type"] == "application/octet-stream"
        if isinstance(name, resources.EntriesName):
            assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
            leaves = [merkle.leaf_hash(entry) for entry in resources.unpack(answer.content, name.width)]
            frontier.extend(leaves)
        elif name.level == 0:
            assert answer.content == b"".join(leaves)
    assert frontier.root() == head.root


def test_entries_come_as_they_are_to_who_takes_no_gzip(season: tuple[Served, Story]) -> None:
    here, _ = season
    path = resources.path_of(resources.names_of(here.size())[0])
    plain = here.client.get(f"/log/{path}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    zipped = here.client.get(f"/log/{path}", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(gzip.compress(zipped.content)) == plain.content


def test_no_tile_is_served_beyond_the_checkpoint_or_under_another_name(season: tuple[Served, Story]) -> None:
    here, _ = season
    assert refused(here.client.get("/log/tile/0/001")) == (404, "beyond-checkpoint")
    assert refused(here.client.get("/log/tile/entries/000")) == (404, "beyond-checkpoint")
    assert refused(here.client.get("/log/tile/0/1")) == (404, "tile-path")


def test_every_statement_of_a_bundle_has_the_proof_file_that_the_log_serves(
    season: tuple[Served, Story],
) -> None:
    here, story = season
    raw = here.client.get(f"/v1/passports/{story.shipment}/bundle").content
    proofs = proof_files.of_bundle(bundle.parse(raw))
    assert to_bytes(bundle.parse(raw)) == raw
    size = proof_file.parse(next(iter(proofs.values()))).note.checkpoint.size
    for digest, text in proofs.items():
        answer = here.client.get(f"/v1/log/proofs/{digest}/file", params={"size": size})
        assert answer.text == text
        assert answer.headers["content-disposition"].endswith('.tlog-proof"')


def test_a_proof_file_is_asked_for_by_statement_and_size(season: tuple[Served, Story]) -> None:
    here, story = season
    path = f"/v1/log/proofs/{story.shipment}/file"
    proof = proof_file.parse(here.client.get(path).content)
    assert proof.note.checkpoint.size == here.size()
    assert refused(here.client.get(path, params={"size": 10**6})) == (404, "not-visible")
    assert refused(here.client.get(path, params={"size": 1})) == (404, "leaf-index")
    assert refused(here.client.get(f"/v1/log/proofs/{'0' * 64}/file")) == (404, "not-visible")
