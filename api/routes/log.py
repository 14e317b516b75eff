"""The log: its terms, checkpoints, proofs, and anchors."""

from __future__ import annotations

import gzip
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import PlainTextResponse, Response

from api.chain_task import ChainState
from api.deps import Wired
from api.openapi import errors
from api.routes.pages import html_page, language_of
from api.ui.log_page import LogShown, chain_shown, render_log
from api.viewers import NotVisibleError
from ledger.identifiers import Digest
from ledger.interfaces import Anchor
from ledger.log import checkpoint, proof_file, resources, tiles
from ledger.log.merkle import LeafIndexError, TreeSizesError
from ledger.log.proof_file import TlogProof
from ledger.log.resources import BeyondCheckpointError
from ledger.log.tiles import TilePathError, TileTooShortError
from ledger.reports import conservation
from ledger.services import NoLogError, tile_reader

router = APIRouter(prefix="/v1", tags=["log"])
files = APIRouter(prefix="/log", tags=["log"])
"""The log as static files, under the prefix that any web server could serve (C2SP tlog-tiles)."""
MAX_SIZE = 2**53 - 1
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_NOW: Final = {"Cache-Control": "no-cache"}
BYTES: Final = "application/octet-stream"


def anchor_json(anchor: Anchor) -> dict[str, Any]:
    """Return an anchor as plain values."""
    return {
        "chain_id": anchor.chain_id,
        "contract": anchor.contract,
        "log_address": anchor.log_address,
        "size": anchor.size,
        "root": anchor.root.hex(),
        "transaction": anchor.transaction,
        "block": anchor.block,
        "gas": anchor.gas,
    }


def chain_json(state: ChainState) -> dict[str, Any]:
    """Return how anchoring on a chain is going, as plain values."""
    cost = state.cost
    return {
        "name": state.name,
        "chain_id": state.chain_id,
        "confirmations": state.confirmations,
        "newest": None if state.newest is None else anchor_json(state.newest),
        "cost": None if cost is None else {"gas": cost.gas, "wei_each": str(cost.wei_each)},
        "pending": state.pending,
        "problem": state.problem or None,
    }


@router.get("/log", summary="The log's terms and size", responses=errors())
def get_log(wired: Wired) -> dict[str, Any]:
    """Return what never changes in this log, and how large it is now."""
    terms = wired.ledger.terms
    with wired.store.read() as view:
        size = view.size()
    return {
        "log_id": terms.log_id,
        "origin": terms.origin,
        "verifier_key": wired.ledger.signer.verifier.text(),
        "anchor_address": wired.keys.anchor_address,
        "gwp": terms.gwp,
        "accreditors": list(terms.accreditors),
        "size": size,
    }


@router.get(
    "/log/checkpoint",
    summary="The newest checkpoint, a C2SP signed note",
    response_class=PlainTextResponse,
    responses=errors(NoLogError),
)
def get_checkpoint(wired: Wired) -> PlainTextResponse:
    """Return the newest checkpoint as text."""
    with wired.store.read() as view:
        newest = view.checkpoint()
    if newest is None:
        raise NoLogError
    return PlainTextResponse(newest.note, headers=FOR_NOW)


@files.get("", include_in_schema=False, response_class=Response)
def get_log_page(request: Request, wired: Wired) -> Response:
    """Show the newest checkpoint, who cosigned it, where it is anchored, and what that costs."""
    with wired.store.read() as view:
        head, known = view.checkpoint(), view.anchors()
    shown = LogShown(
        origin=wired.ledger.terms.origin,
        head=head,
        witnesses=[] if wired.witnessing is None else wired.witnessing.state(),
        chains=[chain_shown(state, known) for state in wired.anchoring.states()],
    )
    return html_page(request, render_log(shown, language_of(request)))


@files.get(
    "/checkpoint",
    summary="The newest checkpoint with its cosignatures, as tlog-tiles has it",
    response_class=PlainTextResponse,
    responses=errors(NoLogError),
)
def get_published_checkpoint(wired: Wired) -> PlainTextResponse:
    """Return the signed note that everything else under this prefix belongs to."""
    return get_checkpoint(wired)


@files.get(
    "/tile/{path:path}",
    summary="A tile of hashes, or a bundle of entries, as tlog-tiles has them",
    response_class=Response,
    responses=errors(NoLogError, TilePathError, BeyondCheckpointError, TileTooShortError),
)
def get_tile(
    request: Request, wired: Wired, path: Annotated[str, Path(examples=["0/x001/234", "entries/000.p/5"])]
) -> Response:
    """Return hashes of 32 bytes, or entries after their lengths; what was there once never changes."""
    with wired.store.read() as view:
        newest = view.checkpoint()
        if newest is None:
            raise NoLogError
        raw = resources.resource(
            f"tile/{path}",
            newest.size,
            tile_reader(view),
            lambda start, end: (logged.entry for logged in view.entries(start, end)),
        )
    headers = dict(FOR_EVER)
    if path.startswith("entries/"):
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            raw = gzip.compress(raw, compresslevel=6, mtime=0)
    return Response(raw, media_type=BYTES, headers=headers)


@router.get(
    "/log/proofs/{statement_id}/file",
    summary="The tlog-proof file of a statement",
    response_class=PlainTextResponse,
    responses=errors(NotVisibleError, TileTooShortError, LeafIndexError),
)
def get_proof_file(
    statement_id: Annotated[Digest, Path()],
    wired: Wired,
    size: Annotated[
        int | None, Query(ge=1, le=MAX_SIZE, description="Of which checkpoint; the newest without")
    ] = None,
) -> PlainTextResponse:
    """Return position, inclusion proof and checkpoint as one text that other programs check too."""
    with wired.store.read() as view:
        logged, head = view.logged(statement_id), view.checkpoint(size)
        if logged is None or head is None:
            raise NotVisibleError("statement" if logged is None else "checkpoint")
        proof = tiles.inclusion_proof(tile_reader(view), logged.position, head.size)
    text = TlogProof(logged.position, tuple(proof), checkpoint.parse(head.note)).text()
    name = f'attachment; filename="{statement_id[:16]}{proof_file.SUFFIX}"'
    return PlainTextResponse(text, headers={"Content-Disposition": name, **FOR_NOW})


@router.get(
    "/log/proofs/{statement_id}",
    summary="Proof that a statement is in the log",
    responses=errors(NotVisibleError, TileTooShortError),
)
def get_proof(statement_id: Annotated[Digest, Path()], wired: Wired) -> dict[str, Any]:
    """Return leaf, position and inclusion proof under the newest checkpoint (RFC 9162, 2.1.3)."""
    with wired.store.read() as view:
        logged, newest = view.logged(statement_id), view.checkpoint()
        if logged is None or newest is None:
            raise NotVisibleError("statement")
        proof = tiles.inclusion_proof(tile_reader(view), logged.position, newest.size)
        anchored = [anchor for anchor in view.anchors() if anchor.size > logged.position]
    return {
        "statement": statement_id,
        "position": logged.position,
        "leaf_hash": logged.leaf_hash.hex(),
        "size": newest.size,
        "proof": [node.hex() for node in proof],
        "checkpoint": newest.note,
        "anchors": [anchor_json(anchor) for anchor in anchored[-1:]],
        "anchored": "anchored" if anchored else "pending",
    }


@router.get(
    "/log/consistency",
    summary="Proof that the log of one size grew into that of another",
    responses=errors(TreeSizesError),
)
def get_consistency(
    wired: Wired,
    first: Annotated[int, Query(ge=1, le=MAX_SIZE)],
    second: Annotated[int, Query(ge=1, le=MAX_SIZE)],
) -> dict[str, Any]:
    """Return the hashes of the consistency proof (RFC 9162, 2.1.4), both sizes within the log."""
    with wired.store.read() as view:
        if second > view.size():
            raise TreeSizesError(second, view.size())
        proof = tiles.consistency_proof(tile_reader(view), first, second)
    return {"first": first, "second": second, "proof": [node.hex() for node in proof]}


@router.get("/log/witnesses", summary="Who watches this log, and how it goes", responses=errors())
def get_witnesses(wired: Wired) -> dict[str, Any]:
    """Return the witnesses that are asked, the newest size that each cosigned, and what went wrong."""
    states = [] if wired.witnessing is None else wired.witnessing.state()
    return {
        "witnesses": [
            {
                "key": one.site.key.text(),
                "url": one.site.url,
                "size": one.size,
                "problem": one.problem or None,
            }
            for one in states
        ]
    }


@router.get("/anchors", summary="Anchors of this log, and how the chain is", responses=errors())
def get_anchors(wired: Wired) -> dict[str, Any]:
    """Return the anchors of all chains, oldest first, how each chain is, and where log and mirror differ."""
    with wired.store.read() as view:
        anchors, size = view.anchors(), view.size()
    state, differs = wired.anchoring.state(), wired.anchoring.mirror_differences()
    return {
        "anchors": [anchor_json(anchor) for anchor in anchors],
        "chains": [chain_json(one) for one in wired.anchoring.states()],
        "pending": size - (anchors[-1].size if anchors else 0),
        "enabled": state.enabled,
        "problem": state.problem or None,
        "mirror": None
        if differs is None
        else [
            {
                "organization": d.organization,
                "fact": d.fact,
                "in_log": str(d.in_log),
                "on_chain": str(d.on_chain),
            }
            for d in differs
        ],
    }


@router.get("/conservation", summary="What was ever recorded, and where it lies", responses=errors())
def get_conservation(wired: Wired) -> dict[str, Any]:
    """Return both sums per component, in mg; they are equal."""
    with wired.store.read() as view:
        sums = conservation(view.balances())
    return {
        "recorded_mg": str(sums.recorded_mg),
        "accounted_mg": str(sums.accounted_mg),
        "by_component": {name: [str(a), str(b)] for name, (a, b) in sums.by_component.items()},
        "holds": sums.holds,
    }
