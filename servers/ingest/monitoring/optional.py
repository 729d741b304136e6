"""What monitoring can do with packages that are not always there: spans and error reports."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from servers.ingest.config import Config

if TYPE_CHECKING:
    from servers.ingest.monitoring.errors import ErrorReports
    from servers.ingest.monitoring.spans import Spans

EXTRA = "impression-harness[monitoring]"
_NEEDED = {
    "--otlp": ("opentelemetry.proto",),
    "--sentry": ("sentry_sdk",),
}


def missing_for(option: str) -> str:
    """Return what to say when the packages of an option are not installed; empty when they are."""
    if all(_is_installed(name) for name in _NEEDED[option]):
        return ""
    return f"{option} needs packages that are not installed: pip install '{EXTRA}'"


def problem_of_dsn(dsn: str) -> str:
    """Return why Sentry could not be reached by ``dsn``, which is not repeated: it is a secret."""
    from servers.ingest.monitoring.errors import problem_of

    return problem_of(dsn)


def spans_of(config: Config) -> Spans | None:
    """Return what traces requests, or None when no collector is named; call it after a fork."""
    if not config.otlp:
        return None
    from servers.ingest.monitoring.spans import Spans

    return Spans(
        config.otlp,
        share=config.trace_share,
        release=config.release,
        lifetime=config.lifetime,
        seed=f"{config.seed}:{config.process}",
    )


def errors_of(config: Config) -> ErrorReports | None:
    """Return what reports errors to Sentry, or None without a DSN; call it after a fork."""
    if not config.sentry:
        return None
    from servers.ingest.monitoring.errors import ErrorReports

    return ErrorReports(config.sentry, release=config.release)


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # a parent of it is not there
        return False
