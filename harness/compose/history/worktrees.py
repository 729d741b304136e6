"""Revisions of this checkout side by side: git's worktrees, for the time of a block."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.core.environment import child_environment
from harness.core.errors import HarnessError

_GIT_S = 60
UNKNOWN = "unknown"
DIRTY = "-dirty"


def why_not(root: Path, revision: str) -> str:
    """Return why a revision of the checkout at ``root`` cannot be checked out; empty if it can."""
    if not revision or revision == UNKNOWN:
        return "its revision was not recorded"
    if revision.endswith(DIRTY):
        return f"{revision} had changes that no revision holds"
    if not (root / ".git").exists():
        return f"{root} is no git checkout, so there is no other revision of it"
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"git cannot be run: {error}"
    if found.returncode:
        return f"this checkout has no revision {revision}; `git fetch --unshallow` may bring it"
    return ""


@contextmanager
def worktrees(root: Path, revisions: Sequence[str], place: Path) -> Iterator[dict[str, Path]]:
    """Check the revisions out below ``place`` for the block; yield revision → its folder.

    The checkout itself, and what is changed in it, stay as they are. Raises HarnessError.
    """
    trees: dict[str, Path] = {}
    try:
        for number, revision in enumerate(dict.fromkeys(revisions)):
            tree = place / f"revision-{number}"
            done = _git(root, "worktree", "add", "--detach", "--quiet", str(tree), revision)
            if done.returncode:
                lines = done.stderr.strip().splitlines() or ["it gives no reason"]
                raise HarnessError(f"git cannot check {revision} out: {lines[-1]}")
            trees[revision] = tree
        yield trees
    finally:
        for tree in trees.values():
            _git(root, "worktree", "remove", "--force", str(tree))
        _git(root, "worktree", "prune")


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        # Named, not looked for: git would go on in the folders above, and find another's.
        ["git", f"--git-dir={root / '.git'}", *words],
        env=child_environment(),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=_GIT_S,
    )
