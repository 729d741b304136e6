"""``harness device``: a phone in the hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import (
    FiniteRange,
    command_line,
    database_option,
    out_option,
    target_option,
    verdict_json_option,
)
from harness.cli.output import console, finish, say
from harness.compose.attended.device import DeviceOrder, hold_session
from harness.compose.reference import database_for
from harness.device.invitation import qr_code
from harness.device.session import SessionOptions
from harness.ledger.plan import SuiteOptions
from harness.process.addresses import checked_bind
from harness.process.ports import refuse_taken
from harness.process.processes import Processes
from harness.target.system import system_named
from harness.target.target import Target
from reports.pages.publish import publish
from scenarios.browsers.by_hand import FIVE


@click.command("device", cls=OnceCommand)
@click.option("--bind", metavar="ADDRESS", default="127.0.0.1", help="Listen on this address.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Listen on this port; 0: a free one."
)
@click.option("--preset", type=click.Choice(["durable", "roadmap"]), default="durable")
@click.option("--timeout", type=FiniteRange(1), default=180.0, help="Seconds that a step may take.")
@click.option("--no-qr", is_flag=True, help="Print no QR code.")
@database_option
@target_option
@out_option
@verdict_json_option
def device_command(
    bind: str,
    port: int,
    preset: str,
    timeout: float,
    no_qr: bool,
    database: str | None,
    target: Target,
    out: Path,
    as_json: bool,
) -> None:
    """Fill a phone's column of the browser matrix, with the phone in your hand.

    Prints a link for one device; its page leads through the roadmap's five validation points. Only
    this machine can open the link unless --bind names an address of this machine that the phone
    can reach.
    """
    order = DeviceOrder(
        session=SessionOptions(
            system=system_named(target.system),
            steps=FIVE,
            preset=preset,
            bind=_free(checked_bind(bind), port),
            port=port,
            timeout_s=timeout,
        ),
        out=out,
        command=command_line(),
        options=SuiteOptions(target=target),
        database_url=database_for(target, database),
        show_code=_show_code if console.is_terminal and not no_qr else None,
    )
    with Processes() as processes:
        held = asyncio.run(hold_session(order, processes, say))
    if held is None:
        raise KeyboardInterrupt
    finish(publish(held.directory), as_json=as_json, interrupted=held.interrupted)


def _free(bind: str, port: int) -> str:
    """Return the address. Raises UsageError where the port cannot be listened on there."""
    refuse_taken(bind, port, hint="Choose another with --port, or leave it out")
    return bind


def _show_code(url: str) -> None:
    console.print(qr_code(url))
