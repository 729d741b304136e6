"""``python -m servers.pool``: bad usage is one line; a worker works until it is asked to stop."""

from __future__ import annotations

import json
import signal
import socket
import sys
from pathlib import Path

import psycopg
import pytest

from harness.core.wait import block_until
from servers.pool.command import DATABASE_VARIABLE, main
from servers.pool.jobs import counts
from tests.servers.pool.kept_pool import pool_of, see
from tests.servers.spawner import TestSpawner

SOON_S = 30.0


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--generator", "nowhere"], "no generator 'nowhere'"),
        ([], f"no database: name it in {DATABASE_VARIABLE}"),
    ],
)
def test_what_cannot_be_is_one_line(
    argv: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://127.0.0.1:1/nowhere" if argv else "")
    assert main(argv) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "argv",
    [
        ["--lease", "0"],
        ["--poll", "x"],
        ["--attempts", "0"],
        ["--metrics", "9100"],
        ["--metrics", "127.0.0.1:70000"],
    ],
)
def test_a_number_that_is_none_is_bad_usage(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2


@pytest.mark.stack
def test_a_database_without_jobs_says_what_to_do(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, database)
    assert main([]) == 2
    assert "--improvement predictive_pool" in capsys.readouterr().err


@pytest.mark.stack
def test_a_worker_works_until_it_is_asked_to_stop(
    database: str, spawner: TestSpawner, tmp_path: Path
) -> None:
    ready = tmp_path / "ready"
    with pool_of(database) as connection:
        see(connection, "ann", range(1, 86))
        argv = [sys.executable, "-m", "servers.pool", "--ready-file", str(ready), "--poll", "0.02"]
        log = tmp_path / "worker.log"
        worker = spawner.spawn("pool", argv, log=log, env={DATABASE_VARIABLE: database})
        block_until("the job is done", lambda: counts(connection).done == 1, timeout_s=SOON_S)
        assert json.loads(ready.read_text()) == {"pid": worker.pid, "metrics": ""}
        assert worker.stop(ask_with=signal.SIGTERM) == 0
        with psycopg.connect(database) as other:
            made = other.execute("SELECT count(*) FROM art_sessions WHERE picture <> ''").fetchone()
        assert made == (10,)


def test_a_port_that_is_taken_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://127.0.0.1:1/nowhere")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--metrics", f"127.0.0.1:{port}"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"pool: cannot show metrics at 127.0.0.1:{port}: ")
    assert err.count("\n") == 1
