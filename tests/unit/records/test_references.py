"""The register: which id each of a company's references stands for, kept safely in a file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.records import references
from ledger.records.errors import RegisterConflictError, RegisterFileError, UnresolvedReferenceError
from ledger.records.references import Reference, Register, references_in

LOT = "ab" * 32 + ".0"


def test_a_batch_is_the_company_s_own_and_a_delivery_note_is_known_to_both() -> None:
    assert Reference("batch", "orchard", "LZ").key == "batch:orchard/LZ"
    assert Reference("shipment", "orchard", "DN-1").key == "shipment:DN-1"


@pytest.mark.parametrize(
    ("reference", "precise"),
    [
        (Reference("batch", "orchard", LOT), True),
        (Reference("batch", "orchard", "LZ"), False),
        (Reference("organization", "", "outside"), True),
        (Reference("organization", "", "org_" + "a" * 32), True),
        (Reference("line", "orchard", "P-1/PO-1"), False),
    ],
)
def test_an_id_of_the_ledger_needs_no_register(reference: Reference, precise: bool) -> None:
    assert reference.precise() is precise
    if precise:
        assert Register().resolve(reference, "test") == reference.name


def test_the_register_is_there_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "register.json"
    Register(path).keep({"batch:orchard/LZ": LOT, "timezone:orchard": "Asia/Shanghai"})
    again = Register(path)
    assert dict(again) == {"batch:orchard/LZ": LOT, "timezone:orchard": "Asia/Shanghai"}
    assert len(again) == 2


def test_what_two_commands_learn_at_the_same_time_is_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "register.json"
    terminals = [Register(path) for _ in range(4)]

    def learn(number: int) -> None:
        for one in range(10):
            terminals[number].keep({f"shipment:{number}-{one}": "ab" * 32})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(learn, range(4)))
    assert len(Register(path)) == 40
    with pytest.raises(RegisterConflictError):
        terminals[0].keep({"shipment:3-9": "cd" * 32})


def test_a_reference_can_t_come_to_stand_for_something_else() -> None:
    register = Register()
    register.keep({"batch:orchard/LZ": LOT})
    register.keep({"batch:orchard/LZ": LOT})
    with pytest.raises(RegisterConflictError):
        register.keep({"batch:orchard/A": LOT, "batch:orchard/LZ": "cd" * 32 + ".1"})
    assert "batch:orchard/A" not in register


def test_a_body_is_resolved_whole_or_the_missing_reference_is_named() -> None:
    register = Register()
    register.keep({"batch:orchard/LZ": LOT})
    batch, note = Reference("batch", "orchard", "LZ"), Reference("shipment", "orchard", "DN-1")
    body = {"take": {"lot": batch, "quantity": "1"}, "many": [batch, (batch,)]}
    assert register.resolved(body, "dispatch") == {
        "take": {"lot": LOT, "quantity": "1"},
        "many": [LOT, [LOT]],
    }
    with pytest.raises(UnresolvedReferenceError, match="dispatch needs the shipment 'DN-1'"):
        register.resolved({"shipment": note}, "dispatch")


def test_references_are_found_in_order_and_ids_are_none() -> None:
    first, second = Reference("batch", "a", "1"), Reference("batch", "a", "2")
    assert references_in({"x": [first, {"y": second}], "z": Reference("batch", "a", LOT)}) == [first, second]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}'])
def test_a_damaged_register_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "register.json"
    path.write_text(text)
    with pytest.raises(RegisterFileError):
        Register(path)


def test_a_register_beyond_its_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "register.json"
    path.write_text("{}")
    monkeypatch.setattr(references, "MAX_REGISTER_BYTES", 1)
    with pytest.raises(RegisterFileError, match="over 1 bytes"):
        Register(path)
