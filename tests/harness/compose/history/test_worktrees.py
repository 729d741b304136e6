"""Revisions side by side: checked out and gone again; what cannot be is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.history.worktrees import why_not, worktrees
from harness.core.errors import HarnessError
from tests.harness.compose.history.checkout import git


@pytest.fixture
def checkout(tmp_path: Path) -> tuple[Path, list[str]]:
    """A repository of two revisions, with a change that is in neither."""
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init", "--quiet")
    revisions = []
    for content in ("one", "two"):
        (root / "file").write_text(content)
        git(root, "add", "file")
        git(root, "commit", "--quiet", "-m", content)
        revisions.append(git(root, "describe", "--always", "--abbrev=12"))
    (root / "file").write_text("changed")
    return root, revisions


def test_both_are_there_for_the_block_and_the_checkout_stays(
    checkout: tuple[Path, list[str]], tmp_path: Path
) -> None:
    root, revisions = checkout
    with worktrees(root, revisions, tmp_path / "place") as trees:
        found = [(trees[one] / "file").read_text() for one in revisions]
        assert found == ["one", "two"]
    assert not any((tmp_path / "place").glob("*"))
    assert len(git(root, "worktree", "list").splitlines()) == 1
    assert (root / "file").read_text() == "changed"


def test_they_go_when_the_block_fails(checkout: tuple[Path, list[str]], tmp_path: Path) -> None:
    root, revisions = checkout
    with pytest.raises(KeyError), worktrees(root, revisions[:1], tmp_path / "place"):
        raise KeyError
    assert len(git(root, "worktree", "list").splitlines()) == 1


def test_a_revision_that_is_not_there_is_an_error_of_one_line(
    checkout: tuple[Path, list[str]], tmp_path: Path
) -> None:
    root, revisions = checkout
    wrong = [revisions[0], "0123456789ab"]
    with (
        pytest.raises(HarnessError, match="cannot check 0123456789ab out"),
        worktrees(root, wrong, tmp_path / "place"),
    ):
        pass
    assert len(git(root, "worktree", "list").splitlines()) == 1


def test_why_a_revision_cannot_be_checked_out(
    checkout: tuple[Path, list[str]], tmp_path: Path
) -> None:
    root, revisions = checkout
    assert why_not(root, revisions[0]) == ""
    assert why_not(root, f"{revisions[0]}-dirty").endswith("had changes that no revision holds")
    assert why_not(root, "unknown") == why_not(root, "") == "its revision was not recorded"
    assert "has no revision 0123456789ab" in why_not(root, "0123456789ab")
    assert why_not(tmp_path, revisions[0]).startswith(f"{tmp_path} is no git checkout")


def test_a_machine_without_git_says_so(
    checkout: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, revisions = checkout
    monkeypatch.setenv("PATH", str(root))
    assert why_not(root, revisions[0]).startswith("git cannot be run")
