"""The command line of the trainer, ``python -m servers.prediction``."""

from __future__ import annotations

import argparse
import logging
import math
import os
import signal
import sys
from collections.abc import Sequence

import psycopg

from servers.prediction.rankings import missing
from servers.prediction.trainer import NothingKept, Trainer

DATABASE_VARIABLE = "INGEST_DATABASE"


def main(argv: Sequence[str] | None = None) -> int:
    """Train until asked to stop (SIGTERM, SIGINT), or once; return 0, 2 for bad usage, a missing
    package or a database without the tables, 1 for a database that is not usable."""
    arguments = _parser().parse_args(argv)
    if problem := missing():
        return _refuse(problem)
    database = os.environ.get(DATABASE_VARIABLE, "")
    if not database:
        return _refuse(f"no database: name it in {DATABASE_VARIABLE}")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    trainer = Trainer(
        database, components=arguments.components, seed=arguments.seed, every_s=arguments.every
    )
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, frame: trainer.stop())
    try:
        if arguments.once:
            _print(trainer.once())
        else:
            trainer.run(_print)
    except NothingKept:
        return _refuse("the database keeps no models; start a server with --improvement prediction")
    except psycopg.Error as error:
        line = " ".join(str(error).split())
        print(f"prediction: the database is not usable: {line}", file=sys.stderr)
        return 1
    return 0


def _print(line: str) -> None:
    print(line, flush=True)


def _refuse(line: str) -> int:
    print(f"prediction: {line}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servers.prediction",
        description="Trains a model of what users see next, tries it on what they saw last, and "
        "keeps its lists if it beats popularity there. For a server with --improvement prediction; "
        f"{DATABASE_VARIABLE} holds the database.",
    )
    add = parser.add_argument
    add("--once", action="store_true", help="train one model and end")
    add(
        "--every",
        type=_seconds,
        default=3600.0,
        metavar="S",
        help="the pause before the next model (default 3600)",
    )
    add(
        "--components",
        type=_count,
        default=50,
        metavar="N",
        help="of the factorization (default 50)",
    )
    add("--seed", type=int, default=1, help="of the model, of chance and of the intervals")
    return parser


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 7 * 86_400:
        raise argparse.ArgumentTypeError(f"no number of seconds above 0: {text!r}")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 500):
        raise argparse.ArgumentTypeError(f"no number from 1 to 500: {text!r}")
    return int(text)
