"""A ledger served in this process: a world on SQLite, its wiring, and a client that talks to it.

    with served(tmp_path) as here:
        here.world.register("Farm", "farmer")
        here.client.get("/v1/organizations")

Lines made by `burnt` and `supplied` have factors that the served library knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.anchoring import Anchoring
from api.app import create_app
from api.chain_task import ChainTask, Pace
from api.settings import Settings
from api.viewers import SignIn, Visibility
from api.wiring import Wiring
from ledger import signing
from ledger.chain.in_memory import InMemoryAnchorChain
from ledger.factor import Factor
from ledger.factors.library import FactorLibrary
from ledger.keystore import LogKeys
from ledger.mrio.library import TableLibrary
from ledger.signed import Statement
from ledger.sql.stores import SqlStore
from scripts.vectors.handmade_log import LIBRARY
from tests.builders import Party, World

SECRET = b"a secret of the tests, 32 bytes.."


class KnownFactors(FactorLibrary):
    """The shipped library, and the factors of the tests."""

    def by_digest(self, digest: str) -> Factor:
        """Return a factor by its digest."""
        return LIBRARY.get(digest) or super().by_digest(digest)


@dataclass
class Served:
    """A served ledger."""

    world: World
    wired: Wiring
    client: TestClient
    chain: InMemoryAnchorChain
    seen: set[tuple[str, str, int, str]] = field(default_factory=set)

    def post(self, statements: Statement | Sequence[Statement], **headers: str) -> Any:
        """Post one statement, or several as an array."""
        one = isinstance(statements, Statement)
        plain = statements.wire() if isinstance(statements, Statement) else [s.wire() for s in statements]
        assert one or isinstance(plain, list)
        return self.client.post("/v1/statements", json=plain, headers=headers)

    def as_viewer(self, party: Party) -> dict[str, str]:
        """Return the headers of a party that is signed in."""
        return {"Authorization": f"Bearer {self.wired.sign_in.token(party.id)}"}

    def size(self) -> int:
        """Return how many entries the log has."""
        with self.wired.store.read() as view:
            return view.size()


def settings(folder: Path, **changed: Any) -> Settings:
    """Return settings of a ledger in a folder, without a chain."""
    environment = {"PASSPORT_FOLDER": str(folder), "PASSPORT_CHAIN": "none", "PASSPORT_POLICY": "demo"}
    return replace(Settings.from_environment(environment), **changed)


@contextmanager
def served(folder: Path, policy: str = "demo", *, anchored: bool = False, **changed: Any) -> Iterator[Served]:
    """Serve an empty world in a folder; `anchored` gives it a chain in memory."""
    with ExitStack() as stack:
        store = SqlStore(f"sqlite:///{folder / 'ledger.db'}")
        store.migrate()
        stack.callback(store.close)
        factors = KnownFactors()
        world = World(store, factors=factors)
        chain = InMemoryAnchorChain(world.operator.address)
        task = ChainTask(world.ledger, "memory", lambda: chain, Pace(1000, 3600))
        anchoring = Anchoring(store, [task] if anchored else [])
        sign_in = SignIn(SECRET, world.log_id, store)
        wired = Wiring(
            settings=settings(folder, policy=policy, **changed),
            store=store,
            ledger=world.ledger,
            keys=LogKeys(world.signer.private_key, world.operator.key),
            factors=factors,
            tables=TableLibrary(folder / "mrio"),
            sign_in=sign_in,
            visibility=Visibility("demo" if policy == "demo" else "members", sign_in),
            anchoring=anchoring,
            pool=None,
            closing=stack.pop_all(),
        )
        # The test's own threads end with the client's `with`, which closes the wiring.
        client = stack.enter_context(TestClient(create_app(wired)))
        here = Served(world, wired, client, chain)
        client.event_hooks = {"response": [lambda answer: _remember(here, answer)]}
        yield here
        _check_documented(here)


def _remember(here: Served, answer: Any) -> None:
    if answer.headers.get("content-type") == "application/problem+json":
        problem = json.loads(answer.read())
        here.seen.add(
            (answer.request.method.lower(), answer.request.url.path, answer.status_code, problem["type"])
        )


def _check_documented(here: Served) -> None:
    """Check that every problem seen is documented on its route, with its status."""
    if not here.seen:
        return
    document = documented(here)["paths"]
    for method, path, status, kind in here.seen:
        route = _route(document, path, method)
        if route is not None:
            content = route["responses"].get(str(status), {}).get("content", {})
            examples = content.get("application/problem+json", {}).get("examples", {})
            assert kind.rpartition(":")[2] in examples, f"{method} {path} does not document {status} {kind}"


_DOCUMENT: list[dict[str, Any]] = []


def documented(here: Served) -> dict[str, Any]:
    """Return the OpenAPI document, which is the same for every ledger."""
    if not _DOCUMENT:
        _DOCUMENT.append(here.client.get("/openapi.json").json())
    return _DOCUMENT[0]


def _route(document: dict[str, Any], path: str, method: str) -> dict[str, Any] | None:
    """Return the route's operation; None where there is none (not found, wrong method)."""
    steps = path.strip("/").split("/")
    for template, operations in sorted(document.items(), key=lambda item: "{" in item[0]):
        names = template.strip("/").split("/")
        if template == "/v1/drafts/{kind}":
            fits = path.startswith("/v1/drafts/")
        else:
            fits = len(names) == len(steps) and all(
                name.startswith("{") or name == step for name, step in zip(names, steps, strict=True)
            )
        if fits and method in operations:
            found: dict[str, Any] = operations[method]
            return found
    return None


def kind_of(answer: Any) -> str:
    """Return a problem's stable name, after checking that it is a whole RFC 9457 document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    assert problem["type"].startswith("urn:carbon-passport:problem:")
    return str(problem["type"]).rpartition(":")[2]


def refused(answer: Any) -> tuple[int, str]:
    """Return status and stable name of a refusal."""
    return answer.status_code, kind_of(answer)


def check_acknowledged(here: Served, acknowledgement: dict[str, Any]) -> None:
    """Check that the log signed an acknowledgement."""
    fields = {name: value for name, value in acknowledgement.items() if name != "signature"}
    public = here.world.signer.verifier.public_key.hex()
    signing.check_acknowledgement(fields, acknowledgement["signature"], public)
