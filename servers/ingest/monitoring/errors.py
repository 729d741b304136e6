"""Error reports to Sentry: what went wrong and where, and nothing of anybody.

The client is one of our own, not the SDK's global one: nothing is patched and nothing is sent that
is not named here. An exception's own words, local variables and a log line's arguments may hold
users and artworks, so they stay in the server's log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import psycopg
import sentry_sdk
from sentry_sdk.utils import BadDsn, Dsn, event_from_exception

CLOSE_S = 2.0
"""How long the end of the server waits for the last reports."""
_OURS = "servers."


def problem_of(dsn: str) -> str:
    """Return why Sentry could not be reached by ``dsn``; empty when it is well formed."""
    try:
        Dsn(dsn)
    except BadDsn as error:
        return str(error)
    return ""


class ErrorReports(logging.Handler):
    """Reports each line that is logged as an error, from when it is made until it is closed."""

    def __init__(self, dsn: str, *, release: str) -> None:
        """``dsn`` is that of a project, without a problem that ``problem_of`` names."""
        super().__init__(logging.ERROR)
        self._client = sentry_sdk.Client(
            dsn,
            release=release or None,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            enable_logs=False,
            before_send=_cleaned,
            shutdown_timeout=CLOSE_S,
        )
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Report one line."""
        if record.name.startswith(("sentry_sdk", "urllib3")):
            return  # of the reports themselves
        event: Any = {}
        hint: dict[str, Any] = {}
        error = record.exc_info or _error_among(record.args)
        if error is not None and error != (None, None, None):
            event, hint = event_from_exception(error, client_options=self._client.options)
        event["level"] = "error"
        event["logger"] = record.name
        event["logentry"] = {"message": _words_of(record)}
        self._client.capture_event(event, hint)

    async def aclose(self) -> None:
        """Send what waits, for two seconds at most, and report nothing more."""
        logging.getLogger().removeHandler(self)
        await asyncio.to_thread(self._client.close, CLOSE_S)


def _words_of(record: logging.LogRecord) -> str:
    """Return a line of ours without its arguments; others may have put theirs into the line."""
    return str(record.msg) if record.name.startswith(_OURS) else f"an error of {record.name}"


def _error_among(arguments: object) -> BaseException | None:
    """Return the exception that a line was logged with, as in ``_log.error("…: %s", error)``."""
    many = arguments.values() if isinstance(arguments, Mapping) else arguments
    found = [one for one in many if isinstance(one, BaseException)] if many else []  # type: ignore[attr-defined]
    return found[0] if found else None


def _cleaned(event: Any, hint: Mapping[str, Any]) -> Any:
    """Return the event without an exception's own words; PostgreSQL's name the key's values."""
    for one in event.get("exception", {}).get("values", []):
        one["value"] = ""
    error = (hint.get("exc_info") or (None, None, None))[1]
    if isinstance(error, psycopg.Error) and error.sqlstate:
        event.setdefault("tags", {})["sqlstate"] = error.sqlstate
    for name in ("extra", "user", "request", "breadcrumbs", "modules", "contexts"):
        event.pop(name, None)
    return event
