"""``python -m servers.prediction``: bad usage is one line; once is once."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from harness.core.wait import block_until
from servers.prediction import command
from servers.prediction.command import DATABASE_VARIABLE, main
from tests.servers.prediction.kept import kept_predictions
from tests.servers.spawner import TestSpawner


def run(monkeypatch: pytest.MonkeyPatch, database: str, *argv: str) -> int:
    monkeypatch.setenv(DATABASE_VARIABLE, database)
    return main(["--once", *argv])


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err


def test_no_database(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "") == 2
    assert f"no database: name it in {DATABASE_VARIABLE}" in one_line(capsys)


def test_a_package_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "missing", lambda: "scikit-learn is not installed: pip install x")
    assert run(monkeypatch, "host=nowhere") == 2
    assert "scikit-learn is not installed" in one_line(capsys)


@pytest.mark.parametrize(
    "argv", [["--every", "0"], ["--every", "x"], ["--components", "0"], ["--components", "501"]]
)
def test_a_number_that_is_none_is_bad_usage(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2


def test_a_database_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, f"host={tmp_path}") == 1
    assert "the database is not usable" in one_line(capsys)


@pytest.mark.stack
def test_a_database_without_the_tables_says_what_to_do(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, database) == 2
    assert "start a server with --improvement prediction" in one_line(capsys)


@pytest.mark.stack
@pytest.mark.asyncio
async def test_it_trains_once(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await kept_predictions(database)
    assert run(monkeypatch, database) == 0
    assert capsys.readouterr().out.startswith("model 1, 0 views, ")


@pytest.mark.stack
def test_it_ends_when_it_is_asked_to(database: str, spawner: TestSpawner, tmp_path: Path) -> None:
    asyncio.run(kept_predictions(database))
    log = tmp_path / "trainer.log"
    argv = [sys.executable, "-m", "servers.prediction", "--every", "600"]
    trainer = spawner.spawn("prediction", argv, log=log, env={DATABASE_VARIABLE: database})
    block_until("a model is trained", lambda: "model 1, " in log.read_text(), timeout_s=60)
    assert trainer.stop(ask_with=signal.SIGTERM) == 0
