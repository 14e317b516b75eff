"""Anchoring on all the chains that are set: each has a task of its own, so that none waits for another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from api.chain_task import ChainState, ChainTask
from api.stating_task import StatingTask
from ledger.chain.errors import AnchorNotFoundError, ChainUnreachableError
from ledger.chain.registry import MirrorDifference
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, ChainStatus, LedgerStore


@dataclass(frozen=True, slots=True)
class AnchoringState:
    """How anchoring is going: entries on no chain yet, and what went wrong last, chain by chain."""

    enabled: bool
    pending: int
    failures: int
    problem: str


class Anchoring:
    """All tasks that anchor, from `start` to `close`; without any, nothing is anchored.

    `stating` lets a log without a chain state what it holds, where others watch it.
    """

    def __init__(
        self, store: LedgerStore, tasks: Sequence[ChainTask] = (), stating: StatingTask | None = None
    ) -> None:
        self._store, self.tasks, self.stating = store, tuple(tasks), stating

    def do_before(self, step: Callable[[], object]) -> None:
        """Have something done before each anchor."""
        for task in self.tasks:
            task.before = step

    def start(self) -> None:
        """Begin to anchor, or at least to state."""
        for task in self.tasks:
            task.start()
        if self.stating is not None:
            self.stating.start()

    def close(self) -> None:
        """Stop, waiting for anchors under way."""
        if self.stating is not None:
            self.stating.close()
        for task in self.tasks:
            task.stop()
        for task in self.tasks:
            task.close()

    def now(self) -> Anchor | None:
        """Anchor the newest checkpoint now on every chain, and return the first new anchor.

        Raises:
            LedgerError: a chain is away or refuses; the others were anchored all the same.
        """
        made: list[Anchor] = []
        failed: list[LedgerError] = []
        for task in self.tasks:
            try:
                anchor = task.now()
            except LedgerError as error:
                failed.append(error)
            else:
                made.extend([anchor] if anchor else [])
        if failed:
            raise failed[0]
        return made[0] if made else None

    def read_anchor(self, stated: Anchor) -> Anchor:
        """Return what its chain says of a stated anchor: itself, or the newest where the chain lost it.

        Raises:
            AnchorNotFoundError: the chain holds none of this log, or nothing is anchored at all.
            ChainUnreachableError: none of the chains that are set is the stated one.
            LedgerError: the chain is away or refuses.
        """
        if not self.tasks:
            raise AnchorNotFoundError(stated.log_address, stated.contract, stated.size, 0)
        for task in self.tasks:
            if task.holds(stated.chain_id):
                return task.read_anchor(stated)
        raise ChainUnreachableError(f"chain {stated.chain_id}", "no RPC address is set for it")

    @property
    def enabled(self) -> bool:
        """Whether anything is anchored at all."""
        return bool(self.tasks)

    def mirror_differences(self) -> list[MirrorDifference] | None:
        """Return what log and mirrors tell differently, None where identities are not mirrored."""
        mirrors = [task.mirroring for task in self.tasks if task.mirroring is not None]
        return [one for mirror in mirrors for one in mirror.differences()] if mirrors else None

    def state(self) -> AnchoringState:
        """Return how it is going, over all chains."""
        with self._store.read() as view:
            size, known = view.size(), view.anchors()
        states = self.states()
        several = len(states) > 1
        told = [f"{one.name}: {one.problem}" if several else one.problem for one in states if one.problem]
        failures = max((one.failures for one in states), default=0)
        return AnchoringState(self.enabled, size - (known[-1].size if known else 0), failures, " ".join(told))

    def states(self) -> list[ChainState]:
        """Return how it is going on each chain."""
        return [task.state() for task in self.tasks]

    def statuses(self) -> list[tuple[ChainState, ChainStatus]]:
        """Return how each chain is, asked now."""
        if not self.tasks:
            return []
        # One that doesn't answer takes its time; the others' answers are there meanwhile.
        with ThreadPoolExecutor(len(self.tasks)) as asking:
            statuses = list(asking.map(lambda task: task.status(), self.tasks))
        return list(zip(self.states(), statuses, strict=True))
