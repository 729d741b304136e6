"""``harness load-worker``: lend this machine to a load."""

from __future__ import annotations

import click

from harness.cli.output import say
from harness.load.child import address_of, lend
from harness.process.processes import Processes


@click.command("load-worker")
@click.option("--master", required=True, metavar="HOST[:PORT]", help="Where the run is.")
def load_worker_command(master: str) -> None:
    """Lend this machine to a load: take a part of `harness run load --master` and send it.

    It waits for the master, and ends with the load. The clocks are compared; what was seen goes
    into the master's ledger.
    """
    host, port = address_of(master)
    with Processes() as processes:
        say(f"waiting for the master at {host}:{port}; Ctrl-C ends this")
        lend(processes, host, port)
    say("the load has ended")
