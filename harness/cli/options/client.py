"""The option that tries a client of npm, or any recorder with an adapter, in place of a target."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from harness.compose.clients.adapters import client_target
from harness.core.errors import UsageError

F = TypeVar("F", bound=Callable[..., object])


def client_option(command: F) -> F:
    """Give a command with a ``target`` the option ``--client``, which names another."""

    @functools.wraps(command)
    def with_client(*args: Any, **given: Any) -> object:
        if client := given.pop("client"):
            if given["target"].file:
                raise UsageError("--client is a target: leave --target out")
            given["target"] = client_target(client)
        return command(*args, **given)

    option = click.option(
        "--client",
        metavar="PACKAGE|PATH",
        help="Try a recorder of somebody else: an npm package with an adapter (posthog-js, "
        "posthog-js@VERSION), or an adapter of yours (PATH.mjs).",
    )
    return option(with_client)  # type: ignore[return-value]
