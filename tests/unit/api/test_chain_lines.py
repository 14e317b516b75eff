"""Several chains are lines of a setting: what each says, and what none may say."""

from __future__ import annotations

import pytest

from api.chain_lines import ChainLine, ChainLineError, chain_lines
from api.settings import SettingError, Settings

SECRET = "https://me:word@rpc.example/v3/secret-key"  # noqa: S105 - of the test


def test_a_second_anchor_is_a_line() -> None:
    contract = "0x" + "c0" * 20
    text = f"""
        local mirror=no
        sepolia {SECRET} confirmations=12 contract={contract} max_fee_gwei=40
        gnosis https://one.example also=https://two.example chain_id=100 mirror=yes
    """
    local, sepolia, gnosis = chain_lines(text)
    assert local == ChainLine("local", None, mirror=False)
    assert sepolia == ChainLine("sepolia", SECRET, 12, contract, max_fee_gwei=40)
    assert gnosis == ChainLine(
        "gnosis", "https://one.example", chain_id=100, also="https://two.example", mirror=True
    )
    assert chain_lines("local; b http://127.0.0.1:1")[1].rpc_url == "http://127.0.0.1:1"
    assert chain_lines(" ;\n ") == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Sepolia http://a", "small letters"),
        ("sepolia", "write the RPC address"),
        ("sepolia ftp://a", "write the RPC address"),
        ("sepolia confirmations=1", "write the RPC address"),
        ("local confirmations=2", "write each of mirror"),
        ("local http://a", "write each of mirror"),
        ("a http://a speed=9", "write each of confirmations"),
        ("a http://a confirmations=1 confirmations=2", "once at most"),
        ("a http://a confirmations=0", "value of confirmations"),
        ("a http://a confirmations=١", "value of confirmations"),
        ("a http://a confirmations=1001", "value of confirmations"),
        ("a http://a contract=0x12", "value of contract"),
        ("a http://a mirror=maybe", "value of mirror"),
        ("a http://a also=two", "value of also"),
        ("a http://a; a http://b", "another line has this name"),
        (";".join(f"a{n} http://a" for n in range(9)), "at most 8"),
    ],
)
def test_a_line_that_can_not_be_used_is_named_with_its_remedy(line: str, said: str) -> None:
    with pytest.raises(ChainLineError, match=said):
        chain_lines(line)


def test_the_refusal_of_a_line_tells_no_secret_of_its_address() -> None:
    with pytest.raises(ChainLineError) as caught:
        chain_lines(f"sepolia {SECRET} speed=9")
    assert "rpc.example" in str(caught.value)
    assert "secret-key" not in str(caught.value)
    assert "word" not in str(caught.value)


def test_the_variables_for_one_chain_still_do() -> None:
    def chains(**environment: str) -> tuple[ChainLine, ...]:
        return Settings.from_environment(environment).anchored_chains

    assert chains() == (ChainLine("local", None),)
    assert chains(PASSPORT_CHAIN="none") == ()
    assert chains(PASSPORT_CHAIN_RPC_URL="http://a") == (ChainLine("chain", "http://a"),)
    assert chains(PASSPORT_CHAINS="b http://b") == (ChainLine("b", "http://b"),)
    assert not Settings.from_environment({"PASSPORT_CHAINS": "b http://b"}).mirror
    assert Settings.from_environment({"PASSPORT_CHAINS": "b http://b;local"}).mirror


@pytest.mark.parametrize("other", [{"PASSPORT_CHAIN": "none"}, {"PASSPORT_CHAIN_RPC_URL": "http://a"}])
def test_both_ways_at_once_are_refused(other: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="PASSPORT_CHAINS"):
        Settings.from_environment({"PASSPORT_CHAINS": "local", **other})
