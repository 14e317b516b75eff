"""A personal part is erased in every store: log and books stay as they are, its bytes are gone."""

from __future__ import annotations

import pytest

from ledger.audit import audit
from ledger.erasing import ERASED_AS, NothingToEraseError, NotPersonalError, erase, kept_parts, read_kept
from ledger.in_memory import InMemoryStore
from ledger.interfaces import LedgerStore
from ledger.replaying import replay
from ledger.statements import DispatchBody, ProductionBody, RegistrationBody
from tests.builders import World, kg, output, own, registration, take

NAMED = "Farmer Chen, 138 0013 8000"


def erased_world(store: LedgerStore) -> tuple[World, dict[str, tuple[str, ...]]]:
    """Return a world that says personal things, and by statement the paths of them."""
    world = World(store)
    buyer = world.register("Buyer", "buyer")
    farm = world.register("Farm", "farmer")
    places = [{"name": f"{NAMED} {number}"} for number in range(3)]
    second = {**registration(buyer), "contact": NAMED, "sites": places, "name": "Second"}
    from ledger.signing import address_of, new_private_key  # noqa: PLC0415 - one key

    key = new_private_key()
    second["key"] = {"alg": "eip712-secp256k1", "address": address_of(key)}
    buyer_two = world.sign(buyer, "registration/1", second, key=key)
    world.post(buyer_two)
    made = world.state(
        farm,
        "production/1",
        {
            "outputs": [output("lychee", kg(10))],
            "lines": [own(1000)],
            "policy": {"id": "mass/1"},
            "site": {"name": NAMED},
            "note": NAMED,
        },
    )
    lot = f"{made.digest}.0"
    there = {"from": {"name": NAMED}, "to": {"name": NAMED}}
    sent = world.state(farm, "dispatch/1", {"take": take(lot, kg(4)), "consignee": buyer.id, "places": there})
    gone = {"take": take(lot, kg(1)), "fate": "consumer", "customer": NAMED}
    sold = world.state(farm, "disposal/1", gone)
    return world, {
        buyer_two.digest: ("/contact", "/sites/1", "/sites/2"),
        made.digest: ("/note", "/site"),
        sent.digest: ("/places",),
        sold.digest: ("/customer",),
    }


def test_what_is_erased_is_gone_and_everything_else_stands(store: LedgerStore) -> None:
    world, personal = erased_world(store)
    with store.write() as writer:
        for digest, paths in personal.items():
            for path in paths:
                after = erase(writer, digest, path)  # type: ignore[arg-type]
            assert after.digest == digest
            assert set(after.erased) == set(paths)
    with store.read() as view:
        for digest, paths in personal.items():
            found = view.statement(digest)
            assert found is not None
            assert set(found.erased) == set(paths)
            assert len(found.hidden) == len(paths)
            assert ERASED_AS in str(found.body)
            assert read_kept({**found.wire(), "parts": kept_parts(found)}) == found
            match found.body:
                case RegistrationBody() as body:
                    assert [site.name for site in body.sites] == [f"{NAMED} 0", ERASED_AS, ERASED_AS]
                    assert body.contact == ERASED_AS
                case ProductionBody() as body:
                    assert body.site is not None
                    assert (body.note, body.site.name) == (ERASED_AS, ERASED_AS)
                case DispatchBody() as body:
                    assert body.places is not None
                    assert body.places.origin.name == ERASED_AS
                case _:
                    pass
        scratch = InMemoryStore()
        with scratch.write() as again:
            replay(again, view.entries(0, view.size()))
        found_all = audit(view, InMemoryStore())
        assert found_all.good, found_all.findings
        assert found_all.erased == 7
    assert world.log_id


def test_only_personal_parts_that_are_there_can_be_erased(store: LedgerStore) -> None:
    world, personal = erased_world(store)
    digest = list(personal)[1]
    with store.write() as writer:
        with pytest.raises(NotPersonalError, match="/outputs/0/balance stays"):
            erase(writer, digest, "/outputs/0/balance")  # type: ignore[arg-type]
        with pytest.raises(NothingToEraseError, match="no part /customer"):
            erase(writer, digest, "/customer")  # type: ignore[arg-type]
        with pytest.raises(NothingToEraseError):
            erase(writer, "ab" * 32, "/note")  # type: ignore[arg-type]
        erase(writer, digest, "/note")  # type: ignore[arg-type]
        with pytest.raises(NothingToEraseError, match="personal parts: /site"):
            erase(writer, digest, "/note")  # type: ignore[arg-type]
    assert world.log_id
