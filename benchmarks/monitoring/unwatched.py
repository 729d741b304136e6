"""``python -m benchmarks.monitoring.unwatched``: the reference server without its counters.

What watching costs is the difference to it. /metrics answers, and what batches change stands at 0.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from aiohttp import web

from servers.ingest.__main__ import main
from servers.ingest.config import Config
from servers.ingest.http.app import SERVER, create_app
from servers.ingest.metrics import Histogram, Metrics
from servers.ingest.receipts import Receipt
from servers.ingest.storage.store import Share, Store


class _Uncounted(Histogram):
    def observe_all(self, amounts: Sequence[float]) -> None:
        """Do nothing."""


class Unwatched(Metrics):
    """Counts nothing that a batch brings."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.board, writers=config.writers)
        self.recorders = None
        self.queue_wait = _Uncounted("nothing", "Nothing.", registry=None)

    def wrote(self, shares: Sequence[Share], seconds: float) -> None:
        """Do nothing."""

    def answered(self, receipts: Sequence[Receipt], at_ns: int) -> None:
        """Do nothing."""


def app(config: Config, store: Store) -> web.Application:
    """Return the application, with nothing that counts."""
    made = create_app(config, store)
    made[SERVER].metrics = Unwatched(config)
    return made


if __name__ == "__main__":
    sys.exit(main(app_factory=app))
