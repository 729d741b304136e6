"""Options whose packages are an extra: one line says what is missing or wrong."""

from __future__ import annotations

import sys

import pytest

from servers.ingest.__main__ import main
from servers.ingest.monitoring.optional import EXTRA, errors_of, missing_for, spans_of
from tests.servers.ingest.site import make_config

DATABASE = ("--database", "dbname=nowhere")


@pytest.mark.parametrize(
    ("option", "package"),
    [
        ("--otlp", "opentelemetry"),
        ("--otlp", "opentelemetry.proto"),
        ("--sentry", "sentry_sdk"),
    ],
)
def test_a_package_that_is_missing_is_named_with_the_command(
    option: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one == package or one.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)  # what makes its import fail
    assert missing_for(option) == (
        f"{option} needs packages that are not installed: pip install '{EXTRA}'"
    )


def test_both_are_off_unless_they_are_asked_for() -> None:
    config = make_config("dbname=nowhere")
    assert spans_of(config) is None
    assert errors_of(config) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--otlp", "localhost:4318"), "not http://HOST:PORT: 'localhost:4318'"),
        (("--otlp", "http://me:secret@host"), "belongs into OTEL_EXPORTER_OTLP_HEADERS"),
        (("--otlp", "http://host", "--trace-share", "2"), "no number from 0 to 1: '2'"),
        (("--trace-share", "nan"), "no number from 0 to 1: 'nan'"),
        (("--sentry",), "--sentry needs a DSN: name it in SENTRY_DSN"),
    ],
)
def test_bad_usage_is_one_line(
    arguments: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SENTRY_DSN", raising=False)
    with pytest.raises(SystemExit) as ended:
        main([*DATABASE, *arguments])
    assert ended.value.code == 2
    output = capsys.readouterr().err
    assert words in output.splitlines()[-1]
    assert "secret" not in output.splitlines()[-1]


def test_a_dsn_that_is_none_is_not_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sentry_sdk", reason="the extra `monitoring` is not installed")
    monkeypatch.setenv("SENTRY_DSN", "http://top-secret@host/none")
    with pytest.raises(SystemExit):
        main([*DATABASE, "--sentry"])
    output = capsys.readouterr().err
    assert "SENTRY_DSN is no DSN of Sentry" in output
    assert "top-secret" not in output
