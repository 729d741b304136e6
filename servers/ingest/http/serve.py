"""Listens, says where, and stops without dropping what it accepted."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from servers.ingest.config import Config
from servers.ingest.http.app import SERVER, create_app
from servers.ingest.http.protocol import listening
from servers.ingest.storage.store import Store

AppFactory = Callable[[Config, Store], web.Application]


async def serve(
    config: Config,
    listener: socket.socket,
    ready: Callable[[], None],
    *,
    store_type: type[Store] = Store,
    app_factory: AppFactory = create_app,
) -> None:
    """Serve on ``listener`` until SIGTERM or SIGINT, then finish what was accepted.

    ``ready`` is called once requests are answered. Raise psycopg.Error when the database is not
    there at the start.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    app = app_factory(config, store_type(config))
    async with listening(app, listener):
        # What has been imported stays; a full collection need not walk it while requests wait.
        gc.collect()
        gc.freeze()
        ready()
        await stop.wait()
        await app[SERVER].drain()


def listen(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """Return a bound TCP socket; port 0 takes a free one. Raise OSError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # A restarted server takes its old port at once, although old connections linger.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def write_ready_file(path: Path, listener: socket.socket, lifetime: str) -> None:
    """Say where the server listens; a reader sees the whole file or none."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    facts = {
        "url": f"http://{shown}:{port}",
        "port": port,
        "pid": os.getpid(),
        "lifetime": lifetime,
    }
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_text(json.dumps(facts) + "\n")
    beside.replace(path)
