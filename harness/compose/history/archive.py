"""Where a history lies: named contents of a few kinds, in a folder or in a PostgreSQL.

The archive is the truth; the index beside it can be made again from it at any time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from harness.core.errors import HarnessError
from harness.ledger import door

SUITES, BASELINES, ALIASES = "suites", "baselines", "aliases"
"""Kinds of contents: facts of suites by digest, baselines by name, names of renamed scenarios."""

INDEX_FILE = "index.sqlite"
"""Lies beside the folders of the kinds."""


class Archive(Protocol):
    """Keeps contents by kind and name. Everything may raise HarnessError."""

    @property
    def place(self) -> str:
        """Return where it is, without a secret."""

    def names(self, kind: str) -> list[str]:
        """Return the names of all that lies there, sorted, whether or not it belongs there."""

    def read(self, kind: str, name: str) -> bytes:
        """Return a content. Raises LedgerUnreadable where there is none."""

    def write(self, kind: str, name: str, content: bytes) -> None:
        """Keep a content in one step, in place of one of the same name."""

    def remove(self, kind: str, name: str) -> None:
        """Remove a content, if it is there."""


class FolderArchive:
    """An archive in a folder: a folder for each kind, a file for each content."""

    def __init__(self, root: Path) -> None:
        """Nothing is made before something is written."""
        self.root = root

    @property
    def place(self) -> str:
        return str(self.root)

    def names(self, kind: str) -> list[str]:
        try:
            return door.names(self.root, kind)
        except OSError as error:
            raise _unusable("read", self.root, error) from error

    def read(self, kind: str, name: str) -> bytes:
        try:
            return door.read(self.root, f"{kind}/{name}")
        except OSError as error:
            raise _unusable("read", self.root, error) from error

    def write(self, kind: str, name: str, content: bytes) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            door.write(self.root, f"{kind}/{name}", content)
        except OSError as error:
            raise _unusable("write", self.root, error) from error

    def remove(self, kind: str, name: str) -> None:
        try:
            door.remove(self.root, f"{kind}/{name}")
        except OSError as error:
            raise _unusable("write", self.root, error) from error


def _unusable(verb: str, root: Path, error: OSError) -> HarnessError:
    return HarnessError(
        f"cannot {verb} the history {root}: {error.strerror}",
        hint="Name another folder with --history",
    )
