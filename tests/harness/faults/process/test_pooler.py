"""PgBouncer's console pauses it and lets it connect anew; a real one: tests/servers/topology."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.errors import WaitTimeout
from harness.faults.process import pooler
from harness.faults.process.pooler import PoolerPaused, PoolerReconnected

pytestmark = pytest.mark.asyncio
CONSOLE, DSN = "postgresql://console@x/pgbouncer", "postgresql://ann@x/views"


class FakeConsole:
    """Knows two databases and some connections; writes down its commands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commands: list[str] = []
        self.paused: set[str] = {"other"}
        self.connections = ["a", "b"]
        self.replaces = True
        monkeypatch.setattr(pooler, "_say", self.say)

    async def say(self, console: str, command: str) -> list[dict[str, Any]]:
        assert console == CONSOLE
        verb, _, name = command.partition(" ")
        if command == "SHOW DATABASES":
            return [{"name": one, "paused": int(one in self.paused)} for one in ("other", "views")]
        if command == "SHOW SERVERS":
            return [
                {"ptr": one, "local_port": 1, "connect_time": "now"} for one in self.connections
            ]
        self.commands.append(command)
        if verb == "PAUSE":
            self.paused.add(name)
        elif verb == "RESUME":
            self.paused.remove(name)
        elif verb == "RECONNECT" and self.replaces:
            self.connections = ["c"]
        return []


async def test_one_database_is_paused_and_goes_on_once(monkeypatch: pytest.MonkeyPatch) -> None:
    console, fault = FakeConsole(monkeypatch), PoolerPaused(CONSOLE, DSN)
    assert await fault.evidence() == ""
    await fault.inject()
    assert await fault.evidence() == "the pooler is paused"
    await fault.heal()
    await fault.heal()
    assert console.commands == ["PAUSE views", "RESUME views"]
    assert await fault.evidence() == ""


async def test_each_connection_is_new_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    console, fault = FakeConsole(monkeypatch), PoolerReconnected(CONSOLE)
    assert await fault.evidence() == ""
    await fault.inject()
    assert await fault.evidence() == "2 connections were replaced"
    await fault.heal()
    assert console.commands == ["RECONNECT"]
    assert fault.disturbs is False


async def test_connections_that_stay_are_no_reconnection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooler, "RECONNECTED_S", 0.2)
    console, fault = FakeConsole(monkeypatch), PoolerReconnected(CONSOLE)
    console.replaces = False
    with pytest.raises(WaitTimeout, match="is new"):
        await fault.inject()
