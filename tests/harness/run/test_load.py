"""A load goes straight to the server, or over the path where the arm has a profile."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.load.drive import Drive
from harness.load.schedule.workload import Workload
from harness.run import load as module
from harness.run.load import LoadSender
from tests.harness.fake_run import SERVER_URL, FakeProcesses, open_context

WORKLOAD = Workload(sessions=1, impressions=1, duration_s=10.0)
FAR = FakeProcesses(("far",))


@pytest.fixture
def driven(monkeypatch: pytest.MonkeyPatch) -> list[Drive]:
    """Return where loads were sent; each shows one impression."""
    where: list[Drive] = []

    async def drive(to: Drive, *_: object) -> set[tuple[str, str]]:
        where.append(to)
        return {("load-user", "a")}

    monkeypatch.setattr(module, "drive", drive)
    return where


def network(profile: str) -> Any:
    return SimpleNamespace(url="http://path", planned_profile=profile, client_processes=lambda: FAR)


@pytest.mark.asyncio
async def test_without_a_profile_it_goes_straight_to_the_server(
    tmp_path: Path, driven: list[Drive]
) -> None:
    with open_context(tmp_path) as context:
        await LoadSender(context, network("")).send(WORKLOAD)
        assert driven[0].host == driven[0].direct_url == SERVER_URL
        assert driven[0].processes is context.processes


@pytest.mark.asyncio
async def test_with_a_profile_it_goes_over_the_path_from_its_far_end(
    tmp_path: Path, driven: list[Drive]
) -> None:
    with open_context(tmp_path) as context:
        await LoadSender(context, network("slow-3g")).send(WORKLOAD)
        assert (driven[0].host, driven[0].direct_url) == ("http://path", SERVER_URL)
        assert driven[0].processes is FAR  # type: ignore[comparison-overlap]


@pytest.mark.asyncio
async def test_what_it_showed_is_waited_for(tmp_path: Path, driven: list[Drive]) -> None:
    with open_context(tmp_path) as context:
        context.add_shown("ann", ["a"])
        await LoadSender(context, network("")).send(WORKLOAD)
        assert context.shown == {("ann", "a"), ("load-user", "a")}
