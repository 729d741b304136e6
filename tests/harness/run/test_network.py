"""The network part without a network: where visitors go, and what cannot be done without a path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from harness.core.errors import HarnessError
from harness.faults.line.packets.path import PacketPath
from harness.faults.line.path import Outage
from harness.run import network as module
from harness.run.context import RunContext
from harness.run.network import Network
from tests.harness.fake_run import (
    SERVER_URL,
    FakePath,
    FakeProcesses,
    listening,
    network_kinds,
    network_rows,
    open_context,
    site,
)

FRONT_URL = "http://127.0.0.1:2"


def network(context: RunContext, *, tabs: int = 0, bind: str = "") -> Network:
    return Network(context, has_tabs=lambda: tabs > 0, bind=bind)


async def started(
    context: RunContext, monkeypatch: pytest.MonkeyPatch, path: object, **options: Any
) -> Network:
    """Return a network that found this path when it started."""

    @asynccontextmanager
    async def found(*_: object, **__: object) -> AsyncIterator[object]:
        yield path

    monkeypatch.setattr(module, "path_to", found)
    part = network(context, **options)
    await part.start()
    return part


class FakeLink:
    """The link of a packet path."""

    def argv(self, argv: tuple[str, ...]) -> list[str]:
        return ["inside the link", *argv]


def packet_path() -> PacketPath:
    """Return a path over a link that nothing was sent over."""
    return PacketPath(FakeLink(), 8080, 8081, seed=1)  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_visitors_go_straight_or_through_the_front(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        assert network(context).url == SERVER_URL
    with open_context(tmp_path, target=site(front_url=FRONT_URL)) as context:
        assert network(context).url == FRONT_URL


@pytest.mark.asyncio
async def test_there_is_one_gateway_and_visitors_go_through_it(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        async with context.exits:
            part = network(context)
            gateway = await part.gateway()
            assert part.url == gateway.url != SERVER_URL
            assert await part.gateway() is gateway


@pytest.mark.asyncio
async def test_no_gateway_under_an_open_tab(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        part = network(context, tabs=1)
        with pytest.raises(HarnessError, match="before the first tab"):
            await part.gateway()
        assert part.url == SERVER_URL


@pytest.mark.asyncio
async def test_a_second_origin_leaves_visitors_where_they_are(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        async with context.exits:
            part = network(context, tabs=1)
            second = await part.second_origin()
            assert second.url != part.url == SERVER_URL


@pytest.mark.asyncio
async def test_the_target_takes_a_second_origin_for_its_own_and_each_request_is_a_row(
    tmp_path: Path,
) -> None:
    hosts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        hosts.append(request.host)
        return web.Response(text="from the target")

    app = web.Application()
    app.router.add_get("/any", answer)
    async with listening(app) as url, ClientSession() as session:
        with open_context(tmp_path, target=site(url)) as context:
            async with context.exits:
                second = await network(context).second_origin()
                async with session.get(f"{second.url}/any") as received:
                    assert await received.text() == "from the target"
    assert [f"http://{host}" for host in hosts] == [url]
    assert network_kinds(tmp_path) == ["request"]


@pytest.mark.asyncio
async def test_visitors_from_elsewhere_have_a_gateway_from_the_start(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        async with context.exits:
            part = network(context, bind="127.0.0.2")
            await part.start()
            assert part.url.startswith("http://127.0.0.2:")


@pytest.mark.asyncio
async def test_without_a_path_what_needs_one_says_which_command_brings_it(tmp_path: Path) -> None:
    with open_context(tmp_path, {"network": "slow-3g@packets"}) as context:
        async with context.exits:
            part = network(context)
            await part.start()
            for ask in (
                lambda: part.path,
                part.cut,
                part.as_planned,
                part.reference_client,
                lambda: part.calibrated("lossy"),
                lambda: part.rehearsed("lossy"),
                lambda: part.reset_connections(0.5),
            ):
                with pytest.raises(HarnessError) as raised:
                    ask()
                assert "harness setup --only toxiproxy" in raised.value.hint
            await part.check()
            async with part.guarded():
                pass


@pytest.mark.asyncio
async def test_an_arm_without_a_profile_shapes_nothing(tmp_path: Path) -> None:
    with open_context(tmp_path, {"browser": "chromium"}) as context:
        part = network(context)
        assert part.planned_profile == ""
        async with part.as_planned():
            assert part.url == SERVER_URL
    assert network_kinds(tmp_path) == []


@pytest.mark.asyncio
async def test_a_cut_is_an_outage_of_the_path_on_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_context(tmp_path) as context:
        part = await started(context, monkeypatch, FakePath())
        async with part.cut(Outage.DROP):
            pass
    named = [row["fault"] for row in network_rows(tmp_path) if row["kind"] == "fault_start"]
    assert named == ["outage drop"]


@pytest.mark.asyncio
async def test_a_path_that_died_is_an_error_when_it_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_context(tmp_path) as context:
        path = FakePath()
        part = await started(context, monkeypatch, path)
        await part.check()
        path.trouble = "Toxiproxy has died"
        with pytest.raises(HarnessError, match="Toxiproxy has died"):
            await part.check()


@pytest.mark.asyncio
async def test_over_a_link_everything_starts_at_its_far_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_context(tmp_path, target=site(front_url=FRONT_URL)) as context:
        part = await started(context, monkeypatch, packet_path())
        assert part.url == part.path.url != FRONT_URL
        processes = part.client_processes()
        assert isinstance(processes, FakeProcesses)
        assert processes.prefix == ("inside the link",)


@pytest.mark.asyncio
async def test_without_a_link_clients_start_here(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        assert network(context).client_processes() is context.processes


@pytest.mark.asyncio
async def test_a_gateway_on_a_link_stands_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packet_path()
    with open_context(tmp_path) as context:
        async with context.exits:
            part = await started(context, monkeypatch, path)
            gateway = await part.gateway()
            assert part.url == path.url
            assert gateway.url.endswith(f":{path.upstream_port}")
