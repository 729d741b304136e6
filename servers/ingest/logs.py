"""One JSON object a line: every failure, and a seeded tenth of the successes."""

from __future__ import annotations

import datetime as dt
import logging
import random  # noqa: TID251 - the server is apart; sampling is its only chance, and it is seeded
import sys
from pathlib import Path
from typing import TextIO

import msgspec

from servers.ingest.receipts import Receipt

SUCCESS_SHARE = 0.1
_FIELDS: tuple[str, ...] = ("status", "reason", "user", "batch", "attempt", "transport")
_FIELDS += ("received", "inserted", "duplicate")


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; ``extra={"fields": {...}}`` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without its end. JSON escapes line breaks, so nothing can forge one."""
        line: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


class RequestLog:
    """Logs batch requests. The same seed samples the same successes."""

    def __init__(self, seed: str) -> None:
        self._log = logging.getLogger("servers.ingest.requests")
        self._random = random.Random(f"{seed}:request log")

    def answered(self, receipt: Receipt, seconds: float) -> None:
        """Log one request; a success only when its draw says so."""
        failed = receipt.status not in (200, 202)
        sampled = self._random.random() < SUCCESS_SHARE
        if not (failed or sampled):
            return
        fields: dict[str, object] = {name: getattr(receipt, name) for name in _FIELDS}
        fields["seconds"] = round(seconds, 6)
        self._log.log(
            logging.WARNING if failed else logging.INFO,
            "batch not stored" if failed else "batch stored",
            extra={"fields": fields},
        )


def configure(path: Path | None) -> None:
    """Send every log record of the process to ``path`` (appended), or to standard error."""
    stream: TextIO = sys.stderr if path is None else path.open("a", buffering=1)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    # What no line of ours says need not be found out (the logging documentation's "Optimization"):
    # a stack was walked and a path split for each, a tenth of what a small batch cost.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # The pool of connections tells of every loan: three lines a statement, which say nothing.
    logging.getLogger("psycopg").setLevel(logging.WARNING)
