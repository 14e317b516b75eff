"""The demo's folder: emptied before a run, but only if it is the demo's own and nobody uses it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from ledger.chain.claim import FolderClaim
from ledger.errors import LedgerError

MARKER: Final = ".demo"
RESULT: Final = "demo.json"
BUNDLES: Final = "bundles"


@dataclass(eq=False)
class ForeignFolderError(LedgerError):
    """The folder holds something else than a demo."""

    folder: str
    found: str
    sentence: ClassVar[str] = "{folder} holds {found!r} and isn't the demo's own. Name an empty folder."


@dataclass(eq=False)
class DemoRunningError(LedgerError):
    """A server of the demo uses the folder."""

    folder: str
    sentence: ClassVar[str] = "A ledger is running in {folder}. Stop it first, then run the demo again."


def prepare_folder(folder: Path) -> Path:
    """Empty the demo's folder, or make it, and return its absolute path.

    Raises:
        ForeignFolderError: it isn't empty and isn't the demo's.
        DemoRunningError: a ledger runs in it.
    """
    folder = folder.absolute()
    marker = folder / MARKER
    if folder.exists() and not marker.exists():
        other = next(folder.iterdir(), None)
        if other is not None:
            raise ForeignFolderError(str(folder), other.name)
    _check_unused(folder)
    for path in folder.iterdir() if folder.exists() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    marker.touch()
    return folder


def _check_unused(folder: Path) -> None:
    chain = folder / "chain"
    if not chain.is_dir():
        return
    claim = FolderClaim(chain)
    if not claim.take():
        raise DemoRunningError(str(folder))
    left = claim.left_over()
    if left is not None:
        # A chain that outlived its killed server would write into the emptied folder.
        claim.end(left[0])
    claim.release()
