"""Chromium as a visitor has it: real visibility, gone with its profile, honest when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.browsers.chromium import Chromium
from harness.errors import TargetNotReady
from harness.processes import Processes
from harness.setup import find_chromium
from harness.supervisor import tagged_processes
from harness.wait import wait_until

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `harness setup` brings it"),
]

_LISTEN = """() => {
    window.heard = [];
    document.addEventListener('visibilitychange', event =>
        window.heard.push([document.visibilityState, event.isTrusted]));
}"""


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner


@pytest.mark.asyncio
async def test_switching_tabs_gives_real_visibility_events(
    processes: Processes, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    async with Chromium(CHROMIUM, processes, logs=tmp_path) as browser:
        first = await browser.context.new_page()
        await first.evaluate(_LISTEN)
        second = await browser.context.new_page()
        await second.bring_to_front()

        async def hidden() -> bool:
            return bool(await first.evaluate("() => window.heard.length > 0"))

        await wait_until("the first tab heard that it is hidden", hidden, timeout_s=10)
        await first.bring_to_front()

        async def shown() -> bool:
            return bool(await first.evaluate("() => window.heard.length > 1"))

        await wait_until("the first tab heard that it is visible", shown, timeout_s=10)
        assert await first.evaluate("() => window.heard") == [["hidden", True], ["visible", True]]
    assert tagged_processes(processes.tag) == []


@pytest.mark.asyncio
async def test_two_browsers_share_nothing(processes: Processes, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    cookie = {"name": "session", "value": "x", "url": "http://127.0.0.1"}
    async with (
        Chromium(CHROMIUM, processes, logs=tmp_path) as one,
        Chromium(CHROMIUM, processes, logs=tmp_path) as other,
    ):
        await one.context.add_cookies([cookie])
        assert len(await one.context.cookies("http://127.0.0.1")) == 1
        assert await other.context.cookies("http://127.0.0.1") == []


@pytest.mark.asyncio
async def test_a_browser_that_ends_at_once_says_why(processes: Processes, tmp_path: Path) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\necho out of paint >&2\nexit 3\n")
    fake.chmod(0o755)
    with pytest.raises(TargetNotReady, match="out of paint"):
        await Chromium(fake, processes, logs=tmp_path).__aenter__()
