"""The command of the workers: bad usage is one line."""

from __future__ import annotations

import pytest

from servers.ingest.__main__ import main as serve
from servers.queue.command import main


def test_without_a_broker_or_a_database_it_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("INGEST_QUEUE", raising=False)
    monkeypatch.delenv("INGEST_DATABASE", raising=False)
    assert main([]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "queue: name the database and the broker in INGEST_DATABASE, INGEST_QUEUE"
    ]


@pytest.mark.parametrize("count", ["0", "-1", "101", "five", "٣"])
def test_a_number_of_workers_that_cannot_be_is_refused(
    count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--workers", count])
    assert refused.value.code == 2
    assert "no number from 1 to 100" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["nonsense", "http://x/", "amqp://", "amqp://secret@x:port/"])
def test_a_url_that_is_none_is_refused_without_a_part_of_it(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INGEST_QUEUE", url)
    monkeypatch.setenv("INGEST_DATABASE", "postgresql://x/x")
    assert main([]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line == "queue: INGEST_QUEUE is no URL such as amqp://USER:PASSWORD@HOST:PORT/"


def test_a_database_that_is_away_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INGEST_QUEUE", "amqp://127.0.0.1:1/")
    monkeypatch.setenv("INGEST_DATABASE", "postgresql://127.0.0.1:1/x")
    assert main([]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("queue: the database is not usable: ")


@pytest.mark.parametrize(
    ("url", "options", "line"),
    [
        ("", ["--queue"], "--queue needs a broker: name its URL in INGEST_QUEUE"),
        ("http://secret@x/", ["--queue"], "INGEST_QUEUE is no URL such as amqp://"),
        ("amqp://x/", ["--queue", "--queue-length", "0"], "no number from 1 to 100000000: '0'"),
        ("amqp://x/", ["--queue", "--queue-length", "many"], "no number from 1 to"),
    ],
)
def test_a_server_that_cannot_publish_says_so(
    url: str,
    options: list[str],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("INGEST_QUEUE", url)
    with pytest.raises(SystemExit) as refused:
        serve(["--database", "postgresql://x/x", *options])
    assert refused.value.code == 2
    printed = capsys.readouterr().err
    assert line in printed
    assert "secret" not in printed
