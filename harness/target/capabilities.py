"""What a target offers beyond answering requests, by name.

A target declares its capabilities, ``run.json`` records them, and a check declares the ones that
its evidence needs. Evidence that a target cannot give is then a named reason, never a failure.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Capability(enum.Enum):
    """One thing that a target may or may not offer; the value names it for readers.

    Files name a capability by ``key``.
    """

    # The server.
    SIGN_IN = "a way to sign a user in"
    RECEIPTS = "a receipt for every batch that the server processed"
    ANSWER_COUNTS = "answers that count inserted and duplicate ids"
    READINESS = "a probe that counts the batches in flight"
    SERVER_METRICS = "metrics of the server"
    SERVER_PROCESSES = "server processes whose CPU and memory can be watched"
    RESTARTABLE_SERVER = "a server that can be stopped and started again"

    # The page and its recorder.
    PAGE = "a page that shows impressions"
    PAGE_OPTIONS = "a page that takes the recorder's options from its query"
    PAGE_EVENTS = "a recorder that reports its events"
    QUEUE_DEPTH = "a recorder that lists the ids it has not delivered yet"
    TELEMETRY = "a recorder that counts its flushes"
    FLUSH = "a recorder that flushes when asked"
    OWNER = "a recorder that names the user it records for"
    JOURNAL = "a recorder that tells whether it keeps its queue on disk"
    BATCH_IDENTITY = "batches that carry an id and count their attempts"
    SUBJECT = "batches that name the user whose views they carry"

    # The database.
    DATABASE = "a database that can be read over SQL"
    OWN_ROW = "a table that takes a row of the harness's own"
    DATABASE_ACTIVITY = "statistics of the database system"
    DATABASE_LOG = "the log of the database system"
    DATABASE_PROCESSES = "database processes whose CPU and memory can be watched"
    RESTARTABLE_DATABASE = "a database that can be stopped and started again"

    @property
    def key(self) -> str:
        """Return the name that run.json and target.toml use, e.g. ``server_metrics``."""
        return self.name.lower()


EVERYTHING = frozenset(Capability)
"""What the reference system offers when the harness starts all of it."""

OF_A_STARTED_SERVER = frozenset({Capability.SERVER_PROCESSES, Capability.RESTARTABLE_SERVER})
"""What a server offers because the harness started it."""

OF_A_STARTED_DATABASE = frozenset(
    {Capability.DATABASE_PROCESSES, Capability.DATABASE_LOG, Capability.RESTARTABLE_DATABASE}
)
"""What a database offers because the harness started it."""


def from_keys(keys: Iterable[str]) -> frozenset[Capability]:
    """Return the capabilities with these keys. Raises KeyError for one that does not exist."""
    known = {capability.key: capability for capability in Capability}
    return frozenset(known[key] for key in keys)


def reason_without(missing: Iterable[Capability]) -> str:
    """Return why something cannot be done: which capabilities the target does not offer.

    ``missing`` names at least one; the order is that of the enum.
    """
    wanted = frozenset(missing)
    phrases = [capability.value for capability in Capability if capability in wanted]
    return f"the target does not offer {', '.join(phrases)}"
