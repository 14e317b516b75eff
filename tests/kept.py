"""A ledger kept in a folder, as its owner finds it with no server running: database, and a chain's state.

shipments = keep_season(folder)
tamper(folder, "UPDATE lot SET taken = 0")
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.local_node import LocalNode
from ledger.chain.settings import ChainSettings
from ledger.sql.stores import SqlStore
from tests.builders import World
from tests.bundle_worlds import play


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept in a folder: the log's trusted key, its shipments."""

    folder: Path
    log_key: str
    shipments: tuple[str, ...]


def keep_season(folder: Path, *, chain: bool = True) -> Kept:
    """Play a season into a folder's database and anchor it twice on the folder's own chain."""
    with SqlStore(f"sqlite:///{folder / 'ledger.db'}") as store:
        store.migrate()
        world = World(store)
        if not chain:
            story = play(world)
        else:
            settings = ChainSettings(deployments=folder / "chain" / "deployments.json")
            with LocalNode(folder / "chain") as node:
                anchors = EvmAnchorChain(node.rpc_url, world.operator.key, None, settings, node.save)
                world.ledger.anchor_newest(anchors)
                story = play(world)
                world.ledger.anchor_newest(anchors)
                anchors.close()
    shipments = (story.shipment, story.open_shipment, story.outside)
    return Kept(folder, world.signer.verifier.text(), shipments)


def tamper(folder: Path, *statements: str, parameters: tuple[object, ...] = ()) -> None:
    """Change the database as somebody could who has its file: without triggers, without this program."""
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            changed = connection.execute(statement, parameters)
            assert changed.rowcount != 0, statement
        connection.commit()


def value(folder: Path, question: str) -> object:
    """Return one value of the database."""
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        (found,) = connection.execute(question).fetchone()
    answer: object = found
    return answer
