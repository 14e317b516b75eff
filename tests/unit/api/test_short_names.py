"""Short names: what is meant where only one thing can be, else a list to choose from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.client import LedgerClient
from api.short_names import AmbiguousNameError, Names, UnknownNameError, among
from ledger.records.references import Register

A, B, C = "ab" * 32, "ab" * 4 + "cd" * 28, "cd" * 32
ME, OTHER, TWIN = "org_" + "a" * 32, "org_" + "ab" * 16, "org_" + "c" * 32


def lot(identifier: str, batch: str | None, left: str = "5000000") -> dict[str, Any]:
    return {"id": identifier, "product": "荔枝", "batch": batch, "unit": "mg", "quantity_left": left}


LOTS = [lot(f"{A}.0", "LZ-1"), lot(f"{B}.0", "LZ-2"), lot(f"{B}.1", "LZ-3"), lot(f"{C}.0", "LZ-1", "0")]
PASSPORTS = [{"id": name, "product": "荔枝", "status": "open"} for name in (A, B, C)]
ORGANIZATIONS = [
    {"id": name, "name": called}
    for name, called in ((ME, "Example Farm"), (OTHER, "包装厂"), (TWIN, "包装厂"))
]
LISTS = {"lots": LOTS, "passports": PASSPORTS, "organizations": ORGANIZATIONS}


def answer(request: httpx2.Request) -> httpx2.Response:
    """Answer as the ledger does: lists in order of ids from `after` on, two a page."""
    name, _, identifier = request.url.path.removeprefix("/v1/").partition("/")
    if identifier:
        return httpx2.Response(200, json=next(one for one in LISTS[name] if one["id"] == identifier))
    after = request.url.params["after"]
    page = sorted((one for one in LISTS[name] if one["id"] > after), key=lambda one: str(one["id"]))[:2]
    return httpx2.Response(200, json={name: page, "next": page[-1]["id"] if len(page) == 2 else None})


@pytest.fixture
def names(tmp_path: Path) -> Names:
    register = Register()
    register.keep(
        {
            "batch:farm/MY-LOT": f"{B}.1",
            "returned:DN-1": f"{C}.0",
            "shipment:DN-1": B,
            "record:farm/P-1": C,
            "organization:grower": OTHER,
        }
    )
    (tmp_path / f"{B}.json").write_text("{}", "utf-8")
    client = LedgerClient("http://ledger.test", transport=httpx2.MockTransport(answer))
    return Names(client, register, "farm", ME, tmp_path)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (f"{C}.0", f"{C}.0"),
        ("abababababa", f"{A}.0"),
        (f"{B[:12]}", None),
        (f"{B}.1", f"{B}.1"),
        ("LZ-2", f"{B}.0"),
        ("LZ-1", f"{A}.0"),
        ("MY-LOT", f"{B}.1"),
        ("return:DN-1", f"{C}.0"),
        ("cdcd", f"{C}.0"),
        ("cdc", None),
        ("DN-1", None),
        ("return:DN-9", None),
    ],
)
def test_a_lot_is_meant_by_the_beginning_of_its_id_a_batch_or_an_own_reference(
    names: Names, given: str, meant: str | None
) -> None:
    if meant is not None:
        assert names.lot(given)["id"] == meant
    else:
        with pytest.raises((AmbiguousNameError, UnknownNameError)):
            names.lot(given)


def test_of_two_lots_with_one_batch_the_one_with_goods_is_meant(names: Names) -> None:
    assert names.lot("LZ-1")["id"] == f"{A}.0"


def test_an_ambiguous_name_lists_what_it_may_stand_for(names: Names) -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        names.lot("abab")
    text = str(caught.value)
    assert f"{A[:20]} (荔枝, LZ-1, 5 kg); {B[:20]} (荔枝, LZ-2, 5 kg); {B[:20]} (荔枝, LZ-3, 5 kg)" in text
    with pytest.raises(AmbiguousNameError, match=f"{OTHER} 包装厂; {TWIN} 包装厂"):
        names.organization("包装厂")


def test_a_shipment_is_meant_by_the_beginning_of_its_id_or_a_delivery_note(names: Names) -> None:
    assert names.shipment("DN-1") == B
    assert names.shipment("cdcd") == C
    assert names.shipment("9" * 64) == "9" * 64
    with pytest.raises(AmbiguousNameError, match="open"):
        names.shipment("abab")
    for given in ("DN-2", "9999", "cd"):
        with pytest.raises(UnknownNameError, match="Ask the sender"):
            names.shipment(given)


def test_a_statement_is_meant_by_its_digest_the_journal_its_lot_or_a_record(names: Names) -> None:
    assert names.statement("P-1") == C
    assert names.statement(A) == A
    assert names.statement(B[:12]) == B
    assert names.statement("cdcd") == C
    with pytest.raises(AmbiguousNameError):
        names.statement("abab")
    with pytest.raises(UnknownNameError, match="lot show"):
        names.statement("P-2")


def test_an_organization_is_meant_by_id_name_or_own_reference(names: Names) -> None:
    assert names.organization("outside") == "outside"
    assert names.organization("grower") == OTHER
    assert names.organization(TWIN) == TWIN
    assert names.organization("org_abab") == OTHER
    assert names.organization("example farm") == ME
    with pytest.raises(UnknownNameError, match="Near to it: Example Farm"):
        names.organization("Exmaple Farm")
    with pytest.raises(UnknownNameError):
        names.organization("org_zzzz")
    assert names.called(ME) == f"Example Farm ({ME[:16]})"
    assert names.called(ME).startswith("Example Farm")


def test_many_candidates_are_counted_and_few_are_listed() -> None:
    known = [f"{number:02}" + "ef" * 31 for number in range(20)]
    assert among("claim", known[3][:6], known) == known[3]
    with pytest.raises(UnknownNameError, match="There are: "):
        among("claim", "00", known)
    with pytest.raises(UnknownNameError, match="none"):
        among("claim", "0000", [])
    with pytest.raises(AmbiguousNameError, match="and 4 more"):
        among("claim", "eeee", ["eeee" + str(number) for number in range(12)])
