"""The command line of sharding: show who owns which buckets, move some, grow, put right."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from servers.sharding.buckets import BUCKETS
from servers.sharding.layout import LayoutError, epoch_of, read_shards
from servers.sharding.mover import Move, Mover
from servers.sharding.steps import MoveError, connected


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; return 0, 1 where it could not be done, 2 for bad usage."""
    arguments = _parser().parse_args(argv)
    try:
        dsns = read_shards(arguments.shards)
        upstreams = read_shards(arguments.upstreams) if arguments.upstreams else dsns
        with ExitStack() as opened:
            shards = [
                opened.enter_context(connected(number, dsn, upstream))
                for number, (dsn, upstream) in enumerate(zip(dsns, upstreams, strict=True))
            ]
            mover = Mover(shards, _print, lambda step: _stand(step, arguments.stand_before))
            return _carry_out(mover, arguments)
    except LayoutError as error:
        print(f"sharding: {error}", file=sys.stderr)
        return 2
    except (MoveError, psycopg.Error, ValueError) as error:
        reason = " ".join(str(error).split())
        print(f"sharding: {reason}; `recover` puts right what was begun", file=sys.stderr)
        return 1


def _carry_out(mover: Mover, arguments: argparse.Namespace) -> int:
    count = len(mover.shards)
    if arguments.command == "show":
        owners = mover.owners()
        for number in range(count):
            mine = sorted(bucket for bucket, owned in owners.items() if owned.shard == number)
            _print({"shard": number + 1, "buckets": mine})
        _print({"epoch": epoch_of(owners), "owned": len(owners)})
        return 0 if len(owners) == BUCKETS else 1
    if arguments.command == "recover":
        mover.recover()
        return 0
    if arguments.command == "grow":
        if not 1 <= arguments.to <= count:
            raise MoveError(f"{arguments.to} is no number of shards from 1 to {count}")
        mover.grow(arguments.to)
        return 0
    source, target = arguments.source, arguments.target
    if not (1 <= source <= count and 1 <= target <= count):
        raise MoveError(f"shards are numbered from 1 to {count}")
    if wrong := [bucket for bucket in arguments.buckets if not 0 <= bucket < BUCKETS]:
        raise MoveError(f"buckets are numbered from 0 to {BUCKETS - 1}, not {wrong}")
    mover.move(Move(source - 1, target - 1, tuple(dict.fromkeys(arguments.buckets))))
    return 0


def _print(row: Mapping[str, object]) -> None:
    # In one piece: several moves print at the same time.
    print(f"{json.dumps(row)}\n", end="", flush=True)


def _stand(step: str, wanted: str) -> None:
    """Stand still before a step until a signal ends this process."""
    if step == wanted:
        _print({"step": "stands", "before": step})
        signal.pause()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m servers.sharding", description=__doc__)
    parser.add_argument(
        "--shards", type=Path, required=True, metavar="FILE", help='{"shards": [DSN, …]}, as owner'
    )
    parser.add_argument(
        "--upstreams",
        type=Path,
        metavar="FILE",
        help="the same as another shard connects to them, if it does so otherwise",
    )
    parser.add_argument(
        "--stand-before",
        default="",
        metavar="STEP",
        help="stand still before this step, to be killed there by a trial",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="who owns which buckets")
    move = commands.add_parser("move", help="move buckets from one shard to another")
    move.add_argument("--from", type=int, required=True, dest="source", metavar="SHARD")
    move.add_argument("--to", type=int, required=True, dest="target", metavar="SHARD")
    move.add_argument("buckets", type=int, nargs="+", metavar="BUCKET")
    grow = commands.add_parser("grow", help="spread the buckets over more shards")
    grow.add_argument("--to", type=int, required=True, metavar="SHARDS")
    commands.add_parser("recover", help="put right what a mover that died has left")
    return parser
