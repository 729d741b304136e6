"""Reads requests of a client: its adapter runs in Node, a child that lives as long as we do."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from servers.topology.spawning import PROGRAM_ENVIRONMENT

SCRIPT = Path(__file__).with_name("reader.mjs")
_LINE_MAX = 64 * 2**20
"""How long a line of the child's may be: a body's views, each with its user and its tab."""


class View(msgspec.Struct, frozen=True):
    """One event of a client: who saw what in which tab.

    ``view`` numbers the view in its tab; ``event`` is the client's own id of the event, None where
    it has none.
    """

    artwork: str
    user: str
    tab: str
    view: str
    event: str | None = None


class WantedAnswer(msgspec.Struct, frozen=True):
    """What the client wants to hear; a body that is no text is sent as JSON."""

    status: int
    body: Any = ""


class Understood(msgspec.Struct, frozen=True):
    """What an adapter understood of a request, or its ``problem`` with it."""

    number: int
    views: list[View] = []
    answer: WantedAnswer | None = None
    problem: str = ""


_DECODER = msgspec.json.Decoder(Understood)


class Reader:
    """An async context manager; raises ReaderEnded when the child is gone."""

    def __init__(self, node: str, adapter: Path) -> None:
        self._argv = (node, str(SCRIPT), str(adapter))
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Understood]] = {}
        self._child: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Reader:
        self._child = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=PROGRAM_ENVIRONMENT,
            limit=_LINE_MAX,
        )
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._child is not None
        assert self._task is not None
        if self._child.stdin is not None:
            self._child.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self._child.terminate()
        await self._child.wait()
        await self._task

    async def read(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Understood:
        """Return what the adapter reads of a request."""
        child, number = self._child, next(self._numbers)
        if child is None or child.stdin is None or self._task is None or self._task.done():
            raise ReaderEnded("the adapter's process has ended; its log says why")
        future: asyncio.Future[Understood] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        request = {
            "number": number,
            "path": path,
            "query": dict(query),
            "headers": dict(headers),
            "body": base64.b64encode(body).decode(),
        }
        try:
            child.stdin.write(msgspec.json.encode(request) + b"\n")
            await child.stdin.drain()
            return await future
        except ConnectionError as error:
            raise ReaderEnded("the adapter's process does not read") from error
        finally:
            self._waiting.pop(number, None)

    async def _listen(self) -> None:
        assert self._child is not None
        assert self._child.stdout is not None
        async for line in self._child.stdout:
            found = _understood(line)
            waiting = self._waiting.get(found.number)
            if waiting is not None and not waiting.done():
                waiting.set_result(found)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ReaderEnded("the adapter's process ended in the middle"))


class ReaderEnded(Exception):
    """The child that reads for us is gone."""


def _understood(line: bytes) -> Understood:
    """Return a line of the child's; one that an adapter's answer spoilt keeps its number."""
    try:
        return _DECODER.decode(line)
    except msgspec.MsgspecError as error:
        number = msgspec.json.decode(line).get("number", -1)
        return Understood(number=number, problem=f"the adapter's answer is not usable: {error}")
