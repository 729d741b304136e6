"""The command line of a worker, ``python -m servers.pool``."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg

from servers.pool.generator import GeneratorMissing, generator_named
from servers.pool.metrics import WorkerMetrics
from servers.pool.worker import NoJobsKept, PoolWorker

DATABASE_VARIABLE = "INGEST_DATABASE"
BUILT_IN = "servers.pool.generator:SvgGenerator"


def main(argv: Sequence[str] | None = None) -> int:
    """Work until asked to stop (SIGTERM, SIGINT); return 0, 2 for bad usage or a database without
    jobs, 1 for a database that is not usable."""
    arguments = _parser().parse_args(argv)
    database = os.environ.get(DATABASE_VARIABLE, "")
    if not database:
        return _refuse(f"no database: name it in {DATABASE_VARIABLE}")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        generator = generator_named(
            arguments.generator, seed=arguments.seed, artwork_s=arguments.artwork_seconds
        )
    except GeneratorMissing as error:
        return _refuse(str(error))
    metrics = WorkerMetrics(database)
    worker = PoolWorker(
        database,
        arguments.name or f"worker-{os.getpid()}",
        generator,
        lease_s=arguments.lease,
        attempts_max=arguments.attempts,
        poll_s=arguments.poll,
        metrics=metrics,
    )
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, frame: worker.stop())
    try:
        with _shown(metrics, arguments.metrics) as address:
            worker.run(_ready(arguments.ready_file, address))
    except OSError as error:
        where = ":".join(map(str, arguments.metrics or ()))
        print(f"pool: cannot show metrics at {where}: {error}", file=sys.stderr)
        return 1
    except NoJobsKept:
        return _refuse(
            "the database has no jobs; start a server with --improvement predictive_pool"
        )
    except psycopg.Error as error:
        print(f"pool: the database is not usable: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def _refuse(line: str) -> int:
    print(f"pool: {line}", file=sys.stderr)
    return 2


@contextlib.contextmanager
def _shown(metrics: WorkerMetrics, address: tuple[str, int] | None) -> Iterator[str]:
    """Show the metrics at an address while the block lasts; yield where, empty when nowhere."""
    if address is None:
        yield ""
        return
    with metrics.listening(*address) as where:
        yield where


def _ready(file: Path | None, metrics: str) -> Callable[[], None]:
    def write() -> None:
        if file is None:
            return
        beside = file.with_name(f"{file.name}.part")
        facts = {"pid": os.getpid(), "metrics": metrics}
        beside.write_text(json.dumps(facts) + "\n", encoding="utf-8")
        beside.replace(file)  # a reader sees the whole file or none

    return write


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servers.pool",
        description="Carries out the jobs that a server with --improvement predictive_pool makes. "
        f"{DATABASE_VARIABLE} holds the database; run as many workers as you like.",
    )
    add = parser.add_argument
    add("--generator", default=BUILT_IN, metavar="MODULE:CLASS", help="what makes artworks")
    add("--name", default="", help="of this worker, in the jobs that it takes")
    add(
        "--lease",
        type=_positive,
        default=60.0,
        metavar="S",
        help="seconds after which another worker takes a job; more than any job takes (default 60)",
    )
    add("--attempts", type=_count, default=5, metavar="N", help="then a job is dead (default 5)")
    add("--poll", type=_positive, default=0.2, metavar="S", help="look for jobs (default 0.2)")
    add("--seed", type=int, default=1, help="of the built-in pictures")
    add(
        "--artwork-seconds",
        type=_seconds,
        default=0.0,
        metavar="S",
        help="what one of the built-in pictures takes, as it would with a model (default 0)",
    )
    add(
        "--metrics",
        type=_address,
        metavar="HOST:PORT",
        help="show /metrics there, for Prometheus; port 0 takes a free one",
    )
    add("--ready-file", type=Path, metavar="FILE", help="written when jobs are taken")
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise argparse.ArgumentTypeError(f"not HOST:PORT: {text!r}")
    return host.strip("[]"), int(port)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"no number of seconds: {text!r}")
    return value


def _positive(text: str) -> float:
    value = _seconds(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"not above 0: {text!r}")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"no number from 1 to 1000: {text!r}")
    return int(text)
