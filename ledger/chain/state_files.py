"""The local chain's state on disk: two generations, so that one whole one is always there."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Generation = Literal["newest", "previous"]
FILES: Final[dict[Generation, str]] = {
    "newest": "chain-state.json.gz",
    "previous": "chain-state.previous.json.gz",
}


@dataclass(frozen=True, slots=True)
class SavedState:
    """A generation that was read whole: which one, and anvil's own JSON."""

    generation: Generation
    text: bytes


class StateFiles:
    """The saved states in a folder; writing either happens whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, generation: Generation) -> Path:
        """Return the file of a generation."""
        return self._folder / FILES[generation]

    def keep(self, packed: bytes) -> None:
        """Make a state (gzip of anvil's JSON) the newest generation, and the newest the previous one.

        Raises:
            ValueError: The bytes aren't a whole state; nothing is changed.
            OSError: The disk refuses; at least one whole generation is still there.
        """
        if _unpacked(packed) is None:
            raise ValueError(packed[:16])
        written = self._folder / "chain-state.new"
        with written.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        if self.path("newest").exists():
            self.path("newest").replace(self.path("previous"))
        written.replace(self.path("newest"))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def whole(self) -> list[SavedState]:
        """Return the generations that can be read whole, the newest first.

        A damaged one is renamed to `….damaged`: kept for whoever wants to look, and never rotated
        over the other generation.
        """
        found = []
        for generation, name in FILES.items():
            path = self._folder / name
            if not path.exists():
                continue
            text = _unpacked(path.read_bytes())
            if text is None:
                self.set_aside(generation)
            else:
                found.append(SavedState(generation, text))
        return found

    def set_aside(self, generation: Generation) -> None:
        """Rename a generation that can't be used."""
        path = self.path(generation)
        path.replace(path.with_name(path.name + ".damaged"))


def _unpacked(packed: bytes) -> bytes | None:
    try:
        text = gzip.decompress(packed)
        state = json.loads(text)
    except (EOFError, OSError, ValueError, zlib.error):
        return None
    return text if isinstance(state, dict) and "accounts" in state else None
