"""``harness load-worker``: lend this machine to a load."""

from __future__ import annotations

import click

from harness.cli.group import OnceCommand
from harness.cli.output import say
from harness.load.child import address_of, lend
from harness.process.processes import Processes


@click.command("load-worker", cls=OnceCommand)
@click.option("--master", required=True, metavar="HOST[:PORT]", help="Address of the run's master.")
def load_worker_command(master: str) -> None:
    """Send a part of the load of `harness run load --master` from this machine.

    Waits for the master and ends with the load. Clocks are compared; what is recorded goes into
    the master's ledger.
    """
    host, port = address_of(master)
    with Processes() as processes:
        say(f"waiting for the master at {host}:{port}; Ctrl-C ends this")
        lend(processes, host, port)
    say("the load has ended")
