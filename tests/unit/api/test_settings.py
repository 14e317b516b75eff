"""What an operator sets: good values are taken, others named with the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import SettingError, Settings

ADDRESS = "0x" + "Ab" * 20


def test_an_empty_environment_starts_anywhere() -> None:
    found = Settings.from_environment({})
    assert found.folder == Path("var/ledger").absolute()
    assert found.database_url == f"sqlite:///{found.folder}/ledger.db"
    assert (found.policy, found.chain, found.gwp, found.mirror) == ("members", "local", "AR5", True)
    assert (found.anchor_every_statements, found.anchor_every_s, found.check_processes) == (1000, 60, 0)
    assert (found.chain_rpc_url, found.log_passphrase, found.accreditors, found.public_url) == (
        None,
        None,
        (),
        "",
    )


def test_every_variable_is_read(tmp_path: Path) -> None:
    found = Settings.from_environment(
        {
            "PASSPORT_FOLDER": str(tmp_path),
            "PASSPORT_DATABASE_URL": "postgresql://ledger@db/ledger",
            "PASSPORT_ORIGIN": "passports.example/log",
            "PASSPORT_GWP": "AR6",
            "PASSPORT_POLICY": "demo",
            "PASSPORT_PUBLIC_URL": "https://passports.example/",
            "PASSPORT_CHAIN_RPC_URL": "http://127.0.0.1:8545",
            "PASSPORT_ANCHOR_EVERY_STATEMENTS": "10",
            "PASSPORT_ANCHOR_EVERY_S": "2.5",
            "PASSPORT_CHECK_PROCESSES": "1",
            "PASSPORT_LOG_PASSPHRASE": "a long text",
            "PASSPORT_ACCREDITORS": f"{ADDRESS}, {ADDRESS}",
            "PASSPORT_MIRROR": "yes",
        }
    )
    assert found == Settings(
        folder=tmp_path,
        database_url="postgresql://ledger@db/ledger",
        origin="passports.example/log",
        gwp="AR6",
        policy="demo",
        public_url="https://passports.example",
        chain_rpc_url="http://127.0.0.1:8545",
        chain="url",
        anchor_every_statements=10,
        anchor_every_s=2.5,
        check_processes=1,
        log_passphrase="a long text",  # noqa: S106 - of the test
        accreditors=(ADDRESS.lower(), ADDRESS.lower()),
        mirror=True,
        tables=tmp_path / "mrio",
    )


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_CHAIN", "none")
    assert Settings.from_environment().chain == "none"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSPORT_CHAIN", "mainnet"),
        ("PASSPORT_CHAIN", "url"),
        ("PASSPORT_POLICY", "open"),
        ("PASSPORT_GWP", "SAR"),
        ("PASSPORT_MIRROR", "true"),
        ("PASSPORT_ANCHOR_EVERY_STATEMENTS", "many"),
        ("PASSPORT_ANCHOR_EVERY_STATEMENTS", "1.5"),
        ("PASSPORT_ANCHOR_EVERY_STATEMENTS", "-1"),
        ("PASSPORT_ANCHOR_EVERY_S", "nan"),
        ("PASSPORT_ANCHOR_EVERY_S", "1e10"),
        ("PASSPORT_CHECK_PROCESSES", "0.5"),
        ("PASSPORT_ACCREDITORS", "me"),
        ("PASSPORT_ACCREDITORS", f"{ADDRESS},0x12"),
        ("PASSPORT_PUBLIC_URL", "passports.example"),
        ("PASSPORT_PUBLIC_URL", "ftp://passports.example"),
        ("PASSPORT_PUBLIC_URL", "https://passports.example/?a=b"),
    ],
)
def test_a_value_that_can_not_be_used_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({name: value})
    assert caught.value.name == name
    assert name in str(caught.value)
    assert caught.value.value in value
