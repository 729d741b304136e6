"""``harness up``: the stack alone."""

from __future__ import annotations

import asyncio
import sys

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import database_option, target_option
from harness.cli.output import say, show
from harness.compose.attended.up import LINES, OPEN, stack_options, stay_up
from harness.compose.reference import database_for
from harness.process.processes import Processes
from harness.target.reference.topologies import SINGLE, TOPOLOGIES
from harness.target.system import system_named
from harness.target.target import Target


@click.command("up", cls=OnceCommand)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The server's port; 0: a free one."
)
@database_option
@target_option
@click.option(
    "--network",
    type=click.Choice(LINES),
    default=OPEN,
    show_default=True,
    help="Network profile of requests through the front.",
)
@click.option(
    "--defect", metavar="ID", default="", help="Start it with this defect, or its twin: ID.twin."
)
@click.option(
    "--monitoring", is_flag=True, help="With Prometheus, the alert rules and Alertmanager."
)
@click.option(
    "--workers",
    type=click.IntRange(0, 16),
    default=0,
    help="Workers that make new artworks before users have seen all; 0: none.",
)
@click.option(
    "--topology",
    type=click.Choice(list(TOPOLOGIES)),
    default=SINGLE,
    show_default=True,
    help="What the reference system is made of.",
)
@click.option(
    "--product",
    is_flag=True,
    help="With the product around the recorder: history, favourites, dashboard.",
)
def up_command(
    port: int,
    database: str | None,
    target: Target,
    network: str,
    defect: str,
    monitoring: bool,
    workers: int,
    topology: str,
    product: bool,
) -> None:
    """Start PostgreSQL, the server and Toxiproxy, and print their URLs; Ctrl-C stops all of them.

    With --network slow-3g the page at the front URL loads as slowly as on such a phone. With
    --defect no_insert it stores nothing: `harness selftest --list` shows what can be wrong. With
    --monitoring the alerts of docs/monitoring.md watch the server, and Grafana's dashboards are
    named. With --workers 2 it orders new artworks, and two workers make them. With --topology
    balanced HAProxy stands before two servers: docs/scale-out.md. With --product it has the pages
    of docs/product.md; admins sign in with the secret that INGEST_ADMIN_SECRET holds.
    """
    options = stack_options(
        target,
        port=port,
        database_url=database_for(target, database),
        network=network,
        defect=defect,
        monitoring=monitoring,
        workers=workers,
        topology=topology,
        product=product,
    )
    page = system_named(target.system).page
    with Processes() as processes:
        asyncio.run(stay_up(options, page, processes, network, _announce))
    say("stopped")


def _announce(addresses: list[str]) -> None:
    show("\n".join(addresses))
    sys.stdout.flush()
    say("up; Ctrl-C stops everything")
