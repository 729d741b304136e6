"""What a target offers beyond answering requests, by name.

A target declares its capabilities, ``run.json`` records them, and a check declares the ones that
its evidence needs. Evidence that a target cannot give is then a named reason, never a failure.

The promise of delivery stands beside them. A system that promises at-least-once delivery may store
a view twice, one that promises at-most-once may lose one: to hold either against it would judge it
by another's promise.
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
    FREE_IDS = "ids that the harness makes up, of any text of 1 to 512 bytes"
    WIRE = "a relay before the server that records the requests of pages"
    READINESS = "a probe that counts the batches in flight"
    SERVER_METRICS = "metrics of the server"
    SERVER_PROCESSES = "server processes whose CPU and memory can be watched"
    RESTARTABLE_SERVER = "a server that can be stopped and started again"

    # The page and its recorder.
    PAGE = "a page that shows impressions"
    PAGE_OPTIONS = "a page that takes the recorder's options from its query"
    HIDDEN_VIEWS = "a page that records what is shown while it is hidden"
    RECORDER_RULES = "a recorder whose rules are known: when it sends, tries again and gives up"
    PAGE_EVENTS = "a recorder that reports its events"
    QUEUE_DEPTH = "a recorder that lists the ids it has not delivered yet"
    TELEMETRY = "a recorder that counts its flushes"
    FLUSH = "a recorder that flushes when asked"
    OWNER = "a recorder that names the user it records for"
    JOURNAL = "a recorder that tells whether it keeps its queue on disk"
    BATCH_IDENTITY = "batches that carry an id and count their attempts"
    NUMBERED_REQUESTS = "requests that are numbered as a page hands them to its browser"
    SUBJECT = "batches that name the user whose views they carry"

    # The database.
    DATABASE = "stored views that can be read back"
    TABLE = "a table that the harness may query and lock by itself"
    VIEWED_TIME = "a stored time of every view"
    OWN_ROW = "a row of the harness's own among what is stored"
    DATABASE_ACTIVITY = "statistics of the database system"
    DATABASE_LOG = "the log of the database system"
    DATABASE_PROCESSES = "database processes whose CPU and memory can be watched"
    RESTARTABLE_DATABASE = "a database that can be stopped and started again"

    # Between the two.
    MESSAGE_QUEUE = "a queue that takes batches, which are answered before they are stored"

    # Who sends.
    LOCUSTFILE = "a locustfile of its own"

    @property
    def key(self) -> str:
        """Return the name that run.json and target.toml use, e.g. ``server_metrics``."""
        return self.name.lower()


EVERYTHING = frozenset(Capability) - {
    Capability.LOCUSTFILE,
    Capability.MESSAGE_QUEUE,
    Capability.NUMBERED_REQUESTS,
}
"""What the reference system offers when the harness starts all of it, without a larger topology."""

OF_A_STARTED_SERVER = frozenset({Capability.SERVER_PROCESSES, Capability.RESTARTABLE_SERVER})
"""What a server offers because the harness started it."""

OF_A_STARTED_DATABASE = frozenset(
    {Capability.DATABASE_PROCESSES, Capability.DATABASE_LOG, Capability.RESTARTABLE_DATABASE}
)
"""What a database offers because the harness started it."""

OF_ONE_DATABASE = frozenset({Capability.DATABASE_ACTIVITY, Capability.DATABASE_LOG})
"""What is asked of one database system, and not where there are several."""


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


class Wrong(enum.Enum):
    """What a check of delivery holds against a system; the value names it for readers."""

    LOSS = "a view that was shown may be lost"
    DUPLICATE = "a view may be stored more than once"


class Promise(enum.Enum):
    """A promise of delivery; files name it by its value."""

    EXACTLY_ONCE = "exactly-once"
    AT_LEAST_ONCE = "at-least-once"
    AT_MOST_ONCE = "at-most-once"

    def excludes(self, wrong: Wrong) -> bool:
        """Return whether the system promises that this does not happen."""
        return wrong not in _ALLOWED[self]

    @property
    def resends(self) -> bool:
        """Return whether a client of the system may send a batch again that may be stored."""
        return self is not Promise.AT_MOST_ONCE


_ALLOWED: dict[Promise, frozenset[Wrong]] = {
    Promise.EXACTLY_ONCE: frozenset(),
    Promise.AT_LEAST_ONCE: frozenset({Wrong.DUPLICATE}),
    Promise.AT_MOST_ONCE: frozenset({Wrong.LOSS}),
}
