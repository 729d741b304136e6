"""Every option of the server, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from servers.ingest.board import Board
from servers.ingest.experiments.definition import ServedExperiments

MIB = 1 << 20
QUEUE_LENGTH = 100_000
"""Batches that may wait in a broker; one more is refused, and its client keeps it."""


def problem_of_queue(url: str) -> str:
    """Return what is wrong with the URL of a broker, without a part of it; empty if nothing."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("amqp", "amqps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    return "" if is_good else "is no URL such as amqp://USER:PASSWORD@HOST:PORT/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request and all requests together may cost; the defaults are the contract's."""

    body_bytes: int = MIB
    """Bytes of a body after decompression; one more is a 413."""
    ids: int = 2_000
    """Artwork ids in one batch, repeats included; one more is a 400."""
    id_bytes: int = 512
    """UTF-8 bytes of one id. An index row of 2,704 bytes is a database error; two ids are not."""
    body_s: float = 10.0
    """Seconds a client may take to send its body; slower is a 408."""
    in_flight: int = 1_000
    """Batches accepted and not yet answered; one more is a 503 with Retry-After."""
    queue_ids: int = 100_000
    """Artwork ids that wait for a writer; more is a 503 with Retry-After."""
    queue_s: float = 10.0
    """Seconds a batch may wait for a writer before it is given back with a 503."""
    combine_ids: int = 4_000
    """Artwork ids in one statement; a larger single batch still goes alone."""
    join_ids: int = 500
    """This number of waiting ids is worth another writer while one is writing."""
    sessions: int = 50_000
    """Sessions that one process makes in a minute; one more is a 429 with Retry-After."""
    sessions_of_user: int = 600
    """Sessions that it makes for one user in a minute; one more is a 429 with Retry-After."""
    join_s: float = 0.02
    """Seconds after which a batch is worth another writer whatever its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One server's settings. ``secret`` signs sessions and is never logged.

    ``freshness_cache`` (none, memory, redis) keeps answers about freshness for ``freshness_ttl_s``;
    ``redis`` is the address of the one it uses; ``statsd`` is where metrics are sent besides.

    ``otlp`` is the URL of an OpenTelemetry collector, which gets the spans of ``trace_share`` (0 to
    1) of the requests; ``sentry`` is the DSN that errors are reported to, ``sentry_page``
    that of the page's recorder, which everybody can read; ``release`` is what is running.

    ``transaction_pooling``: the database is reached through a pooler that lends a session for one
    transaction, so nothing is prepared and no setting is made.

    ``replica`` is a connection string of a streaming replica of ``database``, which answers reads
    of users whose writes it has repeated; empty: there is none.

    ``queue`` is the URL of a RabbitMQ that takes batches for workers to store, at most
    ``queue_length`` of them at once; empty: the server stores them itself.
    ``shards`` is a file of the connection strings of several databases, over which users are spread
    by their buckets; None: ``database`` has all of them.

    ``admin_secret`` is what an admin signs in with, empty: there is none; the role ends ``admin_s``
    seconds after it.

    ``process`` counts the server's processes from 0; they share ``board``, and the directory
    ``metrics`` when there is more than one.
    """

    database: str
    secret: bytes = field(repr=False)
    lifetime: str
    receipts: Path | None = None
    log: Path | None = None
    seed: int = 0
    pool: int = 200
    writers: int = 4
    readers: int = 2
    improvements: tuple[str, ...] = ()
    allowed_origins: frozenset[str] = frozenset()
    allowed_hosts: frozenset[str] = frozenset()
    experiments: ServedExperiments = field(default_factory=ServedExperiments)
    freshness_cache: str = "none"
    freshness_ttl_s: float = 5.0
    redis: str = ""
    statsd: str = ""
    otlp: str = ""
    trace_share: float = 0.01
    sentry: str = field(default="", repr=False)
    sentry_page: str = ""
    release: str = ""
    statement_timeout_s: float = 10.0
    transaction_pooling: bool = False
    replica: str = field(default="", repr=False)
    queue: str = field(default="", repr=False)
    queue_length: int = QUEUE_LENGTH
    admin_secret: str = field(default="", repr=False)
    admin_s: float = 8 * 3600.0
    shards: Path | None = None
    limits: Limits = field(default_factory=Limits)
    process: int = 0
    board: Board = field(default_factory=Board, repr=False)
    metrics: Path | None = None
