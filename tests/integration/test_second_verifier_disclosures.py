"""The second program knows as the first does whether a receiver sees all that it was shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.bundle import opened, to_bytes
from ledger.disclosure import PROFILES, Profile, disclosed
from ledger.verification import verify
from ledger.verification_steps.disclosures import disclosed_as
from ledger.verification_steps.reading import read_contents
from tests.builders import World
from tests.bundle_worlds import Story, bundle_bytes, play
from tests.integration.test_second_verifier import said, second_says


def received(story: Story, shown: Profile) -> bytes:
    """Let the importer answer its open shipment, saying what it was shown; return the whole bundle."""
    raw = bundle_bytes(story.world, story.open_shipment)
    commits = disclosed_as(read_contents(opened(raw)).statements, story.open_shipment, shown)
    receipt = {"takes_over": {"shipment": story.open_shipment}, "outcome": "accepted"}
    body = {**receipt, "disclosed": commits.model_dump()}
    story.world.state(story.parties["Importer"], "receipt/1", body)
    return bundle_bytes(story.world, story.open_shipment)


@pytest.mark.parametrize("shown", PROFILES)
def test_both_programs_miss_what_a_receiver_was_shown(tmp_path: Path, shown: Profile) -> None:
    story = play(World())
    whole = received(story, shown)
    bundles = [to_bytes(disclosed(opened(whole).bundle, profile)) for profile in PROFILES]
    for receiver in (story.parties["Importer"].id, story.parties["Packhouse"].id):
        own = [said(verify(raw, receiver=receiver)) for raw in bundles]
        assert [said(one) for one in second_says(tmp_path, bundles, receiver=receiver)] == own
        enough = [(2, "disclosures", "good", "ok") in one for one in own]
        assert enough == [profile in PROFILES[: PROFILES.index(shown) + 1] for profile in PROFILES]
