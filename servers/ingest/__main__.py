"""``python -m servers.ingest``: the command line of the reference server."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import secrets
import sys
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from servers.ingest import logs
from servers.ingest.admin.access import SECRET_CHARACTERS
from servers.ingest.board import Board, Cell
from servers.ingest.config import QUEUE_LENGTH, Config, Limits, problem_of_queue
from servers.ingest.experiments.definition import ServedExperiments
from servers.ingest.experiments.file import ExperimentsError, read_experiments
from servers.ingest.freshness.cache import KINDS, TTL_S_MAX
from servers.ingest.http.app import create_app
from servers.ingest.http.family import run_family
from servers.ingest.http.serve import AppFactory, listen, serve, write_ready_file
from servers.ingest.http.session import LIFETIME_S
from servers.ingest.monitoring.optional import missing_for, problem_of_dsn
from servers.ingest.receipts import Receipts
from servers.ingest.sharded.store import ShardedStore
from servers.ingest.storage.migrate import improvements
from servers.ingest.storage.store import Store
from servers.sharding.layout import LayoutError, read_shards

SECRET_VARIABLE = "INGEST_SESSION_SECRET"  # noqa: S105 - the variable's name
DATABASE_VARIABLE = "INGEST_DATABASE"
REPLICA_VARIABLE = "INGEST_REPLICA"
QUEUE_VARIABLE = "INGEST_QUEUE"
ADMIN_VARIABLE = "INGEST_ADMIN_SECRET"
QUEUE_LENGTH_MAX = 100_000_000
SENTRY_VARIABLE, SENTRY_PAGE_VARIABLE = "SENTRY_DSN", "SENTRY_PAGE_DSN"


def main(
    argv: list[str] | None = None,
    *,
    store_type: type[Store] = Store,
    app_factory: AppFactory = create_app,
) -> int:
    """Serve until asked to stop; return 0, or 2 for bad usage, or 1 without a database or port.

    ``store_type`` and ``app_factory`` build a server that differs in one part.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    if (arguments.freshness_cache == "redis") != bool(arguments.redis):
        parser.error("--freshness-cache redis and --redis HOST:PORT belong together")
    if not (arguments.database or arguments.shards):
        parser.error(f"no database: name it with --database or in {DATABASE_VARIABLE}")
    if arguments.queue and not os.environ.get(QUEUE_VARIABLE):
        parser.error(f"--queue needs a broker: name its URL in {QUEUE_VARIABLE}")
    if arguments.shards is not None:
        if wrong := _shards_problem(arguments):
            parser.error(wrong)
        store_type = ShardedStore if store_type is Store else store_type
    if arguments.queue and (wrong := problem_of_queue(os.environ[QUEUE_VARIABLE])):
        parser.error(f"{QUEUE_VARIABLE} {wrong}")
    if arguments.replica and arguments.processes > 1:
        parser.error("--replica: how far a session's writes went is known to one process alone")
    if 0 < len(os.environ.get(ADMIN_VARIABLE, "")) < SECRET_CHARACTERS:
        parser.error(f"{ADMIN_VARIABLE} has fewer than {SECRET_CHARACTERS} characters")
    if wrong := _monitoring_problem(arguments):
        parser.error(wrong)
    try:
        experiments = _experiments(arguments.experiments)
    except ExperimentsError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 2
    logs.configure(arguments.log)
    config = _config(arguments, experiments)
    several: bool = arguments.processes > 1
    try:
        listener = listen(arguments.host, arguments.port, reuse_port=several)
    except OSError as error:
        print(f"ingest: cannot listen on port {arguments.port}: {error}", file=sys.stderr)
        return 1
    port: int = listener.getsockname()[1]

    def ready() -> None:
        if arguments.ready_file is not None:
            write_ready_file(arguments.ready_file, listener, config.lifetime)

    def work(mine: Config, listening: Callable[[], None]) -> int:
        # The first socket only holds the port; each process listens on one of its own, and the
        # kernel spreads the connections. One shared socket would let one process take them all.
        own = listen(arguments.host, port, reuse_port=True) if several else listener
        return _serve(serve(mine, own, listening, store_type=store_type, app_factory=app_factory))

    receipts = Receipts(config.receipts, config.lifetime)
    receipts.started()
    code = run_family(config, arguments.processes, work, ready) if several else work(config, ready)
    if code == 0:
        receipts.stopped(config.board.total(Cell.RECEIPTS))
    return code


def _serve(serving: Coroutine[Any, Any, None]) -> int:
    try:
        try:
            import uvloop
        except ImportError:  # Windows
            asyncio.run(serving)
        else:
            uvloop.run(serving)
    except psycopg.Error as error:
        print(f"ingest: the database is not usable: {error}", file=sys.stderr)
        return 1
    return 0


def _experiments(file: Path | None) -> ServedExperiments:
    return ServedExperiments() if file is None else read_experiments(file)


def _config(arguments: argparse.Namespace, experiments: ServedExperiments) -> Config:
    secret = os.environ.get(SECRET_VARIABLE, "") or secrets.token_hex(32)
    return Config(
        database=arguments.database,
        secret=secret.encode(),
        lifetime=uuid.uuid4().hex,
        board=Board(arguments.processes),
        receipts=arguments.receipts,
        log=arguments.log,
        seed=arguments.seed,
        pool=arguments.pool,
        writers=arguments.writers,
        improvements=tuple(arguments.improvement),
        freshness_cache=arguments.freshness_cache,
        freshness_ttl_s=arguments.freshness_ttl,
        redis=arguments.redis or "",
        statsd=arguments.statsd or "",
        otlp=arguments.otlp or "",
        trace_share=arguments.trace_share,
        sentry=os.environ.get(SENTRY_VARIABLE, "") if arguments.sentry else "",
        sentry_page=os.environ.get(SENTRY_PAGE_VARIABLE, "") if arguments.sentry else "",
        release=arguments.release,
        transaction_pooling=arguments.transaction_pooling,
        replica=arguments.replica,
        queue=os.environ.get(QUEUE_VARIABLE, "") if arguments.queue else "",
        queue_length=arguments.queue_length,
        admin_secret=os.environ.get(ADMIN_VARIABLE, ""),
        admin_s=arguments.admin_lifetime,
        shards=arguments.shards,
        experiments=experiments,
        allowed_origins=frozenset(arguments.allow_origin),
        allowed_hosts=frozenset([*arguments.allow_host, arguments.host]),
        limits=Limits(
            body_bytes=arguments.max_body_bytes,
            ids=arguments.max_ids,
            combine_ids=arguments.max_combine_ids,
            sessions=arguments.max_sessions,
            sessions_of_user=arguments.max_user_sessions,
        ),
    )


def _parser() -> argparse.ArgumentParser:
    limits = Limits()
    parser = argparse.ArgumentParser(
        prog="python -m servers.ingest",
        description=f"The reference ingest server. {SECRET_VARIABLE} holds the secret that signs "
        "sessions; without it sessions end with the process.",
    )
    add = parser.add_argument
    _add_databases(add)
    _add_queue(add)
    _add_admin(add)
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0 takes a free one (default)")
    add("--ready-file", type=Path, metavar="FILE", help="written when requests are answered")
    add("--receipts", type=Path, metavar="FILE", help="one JSON line a batch, appended")
    add("--log", type=Path, metavar="FILE", help="JSON lines, appended (default: stderr)")
    add("--seed", type=int, default=0, help="of the log's sampling")
    add("--pool", type=int, default=200, help="artworks to make sure of (default 200)")
    add("--experiments", type=Path, metavar="FILE", help="tiers and experiments (TOML)")
    add("--processes", type=int, default=1, help="on the same port (default 1)")
    add("--writers", type=int, default=4, help="writing connections of one process (default 4)")
    add(
        "--transaction-pooling",
        action="store_true",
        help="the database is a pooler in transaction mode: prepare and set nothing there",
    )
    add("--max-body-bytes", type=int, default=limits.body_bytes, help="after decompression")
    add("--max-ids", type=int, default=limits.ids, help="in one batch")
    add("--max-combine-ids", type=int, default=limits.combine_ids, help="in one statement")
    add("--max-sessions", type=int, default=limits.sessions, help="made in a minute")
    add("--max-user-sessions", type=int, default=limits.sessions_of_user, help="of one user")
    add(
        "--freshness-cache",
        choices=KINDS,
        default="none",
        help="keep answers about freshness: in this process or in Redis (default none)",
    )
    add("--freshness-ttl", type=_seconds, default=5.0, metavar="S", help="for so long (default 5)")
    add("--redis", type=_address, metavar="HOST:PORT", help="the Redis to keep them in")
    _add_monitoring(add)
    add("--allow-origin", action="append", default=[], metavar="ORIGIN", help="repeatable")
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name to answer to, beside every address and localhost; repeatable",
    )
    add(
        "--improvement",
        action="append",
        default=[],
        choices=improvements(),
        help="an optional migration, repeatable",
    )
    return parser


def _add_databases(add: Callable[..., object]) -> None:
    add(
        "--database",
        default=os.environ.get(DATABASE_VARIABLE, ""),
        metavar="DSN",
        help=f"PostgreSQL 14 or later; one with a password belongs into {DATABASE_VARIABLE}",
    )
    add(
        "--replica",
        default=os.environ.get(REPLICA_VARIABLE, ""),
        metavar="DSN",
        help="a streaming replica, for reads of users whose writes it has repeated; one with a "
        f"password belongs into {REPLICA_VARIABLE}",
    )
    add(
        "--shards",
        type=Path,
        metavar="FILE",
        help='in place of --database: users are spread over those of {"shards": [DSN, …]}',
    )


def _add_admin(add: Callable[..., object]) -> None:
    add(
        "--admin-lifetime",
        type=_lifetime,
        default=8 * 3600.0,
        metavar="S",
        help=f"the role of an admin ends after so long (default 8 hours); {ADMIN_VARIABLE} holds "
        "what admins sign in with",
    )


def _add_queue(add: Callable[..., object]) -> None:
    add(
        "--queue",
        action="store_true",
        help="publish batches to RabbitMQ, and answer 202 when it has confirmed them; workers "
        f"(python -m servers.queue) store them. {QUEUE_VARIABLE} holds its URL",
    )
    add(
        "--queue-length",
        type=_length,
        default=QUEUE_LENGTH,
        metavar="N",
        help=f"batches that may wait there; one more is answered with 503 (default {QUEUE_LENGTH})",
    )


def _add_monitoring(add: Callable[..., object]) -> None:
    add(
        "--statsd",
        type=_address,
        metavar="HOST:PORT",
        help="send metrics there too, in DogStatsD's format over UDP",
    )
    add(
        "--otlp",
        type=_url,
        metavar="URL",
        help="send OpenTelemetry spans there, over OTLP/HTTP, for example http://localhost:4318",
    )
    add(
        "--trace-share",
        type=_share,
        default=0.01,
        metavar="SHARE",
        help="of the batches that are traced, 0 to 1 (default 0.01)",
    )
    add(
        "--sentry",
        action="store_true",
        help=f"report errors to Sentry; {SENTRY_VARIABLE} holds the DSN, {SENTRY_PAGE_VARIABLE} "
        "another for the page, if its recorder's errors are reported too",
    )
    add(
        "--release",
        default="",
        metavar="NAME",
        help="what is running, such as a commit, for spans and error reports",
    )


def _shards_problem(arguments: argparse.Namespace) -> str:
    """Return what keeps shards from their work; empty when nothing does."""
    if arguments.replica or arguments.improvement or arguments.queue:
        return "--shards: a replica, an improvement or a queue's workers are one database's own"
    try:
        read_shards(arguments.shards)
    except LayoutError as error:
        return f"--shards: {error}"
    return ""


def _monitoring_problem(arguments: argparse.Namespace) -> str:
    """Return what keeps the optional parts of monitoring from their work; empty when nothing."""
    if arguments.sentry and not os.environ.get(SENTRY_VARIABLE):
        return f"--sentry needs a DSN: name it in {SENTRY_VARIABLE}"
    for option, is_wanted in (("--otlp", arguments.otlp), ("--sentry", arguments.sentry)):
        if is_wanted and (wrong := missing_for(option)):
            return wrong
    for name in (SENTRY_VARIABLE, SENTRY_PAGE_VARIABLE) if arguments.sentry else ():
        dsn = os.environ.get(name, "")
        if dsn and (wrong := problem_of_dsn(dsn)):
            return f"{name} is no DSN of Sentry: {wrong}"
    return ""


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"not http://HOST:PORT: {text!r}")
    if parts.username or parts.password:
        raise argparse.ArgumentTypeError("a password belongs into OTEL_EXPORTER_OTLP_HEADERS")
    return text


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"no number from 0 to 1: {text!r}")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= TTL_S_MAX:
        raise argparse.ArgumentTypeError(f"no number above 0, at most {TTL_S_MAX:g}: {text!r}")
    return value


def _lifetime(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1 <= value <= LIFETIME_S:
        raise argparse.ArgumentTypeError(f"no number from 1 to {LIFETIME_S}: {text!r}")
    return value


def _length(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= QUEUE_LENGTH_MAX):
        raise argparse.ArgumentTypeError(f"no number from 1 to {QUEUE_LENGTH_MAX}: {text!r}")
    return int(text)


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise argparse.ArgumentTypeError(f"not HOST:PORT: {text!r}")
    return text


if __name__ == "__main__":
    sys.exit(main())
