"""The command line of the queue's workers, ``python -m servers.queue``."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from servers.ingest.config import Config, problem_of_queue
from servers.ingest.receipts import Receipts
from servers.ingest.storage.store import Store
from servers.queue.worker import QueueWorkers

DATABASE_VARIABLE, QUEUE_VARIABLE = "INGEST_DATABASE", "INGEST_QUEUE"
DATABASE_S = 2.0
"""How long a worker waits for the database at a time, before it tries anew."""
WORKERS_MAX, PREFETCH_MAX = 100, 1000


def main(argv: Sequence[str] | None = None) -> int:
    """Work until asked to stop (SIGTERM, SIGINT); return 0, 2 for bad usage, 1 for a database that
    is not usable."""
    arguments = _parser().parse_args(argv)
    missing = [name for name in (DATABASE_VARIABLE, QUEUE_VARIABLE) if not os.environ.get(name)]
    if missing:
        print(f"queue: name the database and the broker in {', '.join(missing)}", file=sys.stderr)
        return 2
    if wrong := problem_of_queue(os.environ[QUEUE_VARIABLE]):
        print(f"queue: {QUEUE_VARIABLE} {wrong}", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_work(arguments))
    except psycopg.Error as error:
        print(f"queue: the database is not usable: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


async def _work(arguments: argparse.Namespace) -> None:
    config = Config(
        database=os.environ[DATABASE_VARIABLE],
        secret=b"",
        lifetime="",
        writers=arguments.workers,
        readers=1,
        statement_timeout_s=DATABASE_S,
        transaction_pooling=arguments.transaction_pooling,
        pool=0,
    )
    store = Store(config)
    workers = QueueWorkers(
        os.environ[QUEUE_VARIABLE],
        store,
        lambda: Receipts(arguments.receipts, uuid.uuid4().hex),
        count=arguments.workers,
        prefetch=arguments.prefetch,
        halt_file=arguments.halt_file,
    )
    await store.open()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, workers.stop)
    await workers.run(_ready(arguments.ready_file))
    await store.close()


def _ready(file: Path | None) -> Callable[[], None]:
    def write() -> None:
        if file is None or file.exists():
            return
        beside = file.with_name(f"{file.name}.part")
        beside.write_text(json.dumps({"pid": os.getpid()}) + "\n", encoding="utf-8")
        beside.replace(file)  # a reader sees the whole file or none

    return write


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servers.queue",
        description="Stores the batches that a server with --queue publishes. "
        f"{DATABASE_VARIABLE} holds the database, {QUEUE_VARIABLE} the URL of the broker.",
    )
    add = parser.add_argument
    add(
        "--workers",
        type=_from_1_to(WORKERS_MAX),
        default=5,
        metavar="N",
        help="of this process, each with a connection to the database (default 5)",
    )
    add(
        "--prefetch",
        type=_from_1_to(PREFETCH_MAX),
        default=8,
        metavar="N",
        help="messages that a worker has at once (default 8)",
    )
    add(
        "--transaction-pooling",
        action="store_true",
        help="the database is a pooler in transaction mode: prepare and set nothing there",
    )
    add("--receipts", type=Path, metavar="FILE", help="one JSON line a batch, appended")
    add("--ready-file", type=Path, metavar="FILE", help="written when messages are taken")
    add("--name", default="", help="of this process, for who looks at a list of processes")
    add(
        "--halt-file",
        type=Path,
        metavar="FILE",
        help="for tests: where it appears, one process stands still between COMMIT and "
        "acknowledgement",
    )
    return parser


def _from_1_to(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
            raise argparse.ArgumentTypeError(f"no number from 1 to {most}: {text!r}")
        return int(text)

    return read
