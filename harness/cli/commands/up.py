"""``harness up``: the whole stack for a person to click through, on a slow line if they like."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import click
from rich.console import Console

from harness.core.errors import HarnessError, MissingPart
from harness.core.wait import wait_until
from harness.faults.line.echo import echo_server
from harness.faults.line.profiles import PROFILES, profile_of
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.path import ToxicPath
from harness.process.processes import Processes
from harness.setup import find_toxiproxy
from harness.target.target import Target, load_target, redacted
from servers.topology.postgres import is_free
from servers.topology.single import PROXY, Stack, StackOptions

_LINES = [name for name, profile in PROFILES.items() if not profile.shape.loss]

talk = Console(stderr=True, highlight=False)


@click.command("up")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The server's port.")
@click.option("--database", metavar="URL", help="Use this PostgreSQL instead of one of our own.")
@click.option("--target", "target_file", type=click.Path(path_type=Path), help="A target file.")
@click.option(
    "--network",
    type=click.Choice(_LINES),
    default="open",
    show_default=True,
    help="What whoever comes through the front has for a line.",
)
def up_command(port: int, database: str | None, target_file: Path | None, network: str) -> None:
    """Start PostgreSQL, the server and Toxiproxy, print their URLs; Ctrl-C stops everything.

    With --network slow-3g the page behind the front is as slow as on such a telephone.
    """
    if port and not is_free(port):
        raise HarnessError(f"port {port} is taken", hint="Choose another, or leave --port out")
    target = load_target(target_file) if target_file else Target()
    options = StackOptions(
        server_module=target.server_module,
        pool=target.pool,
        database_url=database or target.database_url,
        toxiproxy=find_toxiproxy(),
        port=port,
    )
    if network != "open" and options.toxiproxy is None:
        raise MissingPart("a slow line needs Toxiproxy", hint="`harness setup` brings it")
    with Processes() as processes:
        asyncio.run(_stay_up(options, processes, network))


async def _stay_up(options: StackOptions, processes: Processes, network: str) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with Stack(options, processes, wait_until, processes.scratch("up")) as stack:
        if network != "open":
            await _shape(stack, network)
        click.echo(f"server    {stack.direct_url}")
        click.echo(f"front     {stack.front_url or 'none: Toxiproxy is missing'}")
        click.echo(f"page      {stack.front_url or stack.direct_url}/display?preset=durable")
        click.echo(f"database  {redacted(stack.dsn)}")
        click.echo(f"toxiproxy {stack.toxiproxy_api or 'missing; `harness setup` brings it'}")
        click.echo(f"network   {network}: {profile_of(network).nominal}")
        sys.stdout.flush()
        talk.print("up; Ctrl-C stops everything", markup=False)
        await stop.wait()
    talk.print("stopped", markup=False)


async def _shape(stack: Stack, network: str) -> None:
    async with echo_server() as nobody:
        path = ToxicPath(Proxy(str(stack.toxiproxy_api), PROXY), nobody)
        await path.shape(profile_of(network).shape)
