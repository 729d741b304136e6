"""A phone in the hand: the whole session with a real browser that does as the pages say."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import aiohttp
import psutil
import pytest

from harness.core.errors import ExitCode
from harness.core.wait import wait_until
from harness.process.supervisor import tagged_processes
from harness.process.tags import owner_tag
from harness.setup import find_chromium
from reports.judging.judge import judge_run
from reports.verdict.verdict import Verdict
from tests.harness.cli.phone import device_command, phone
from tests.harness.cli.shell import harness_here, one_clear_line

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.slow]
needs_browser = pytest.mark.skipif(
    find_chromium() is None, reason="no Chromium; `harness setup` brings it"
)

PATIENT_S = 30
"""A step's time where one must run out: the page has to get through in it, however busy we are."""


@pytest.mark.slowest
@needs_browser
@pytest.mark.asyncio
async def test_five_steps_by_hand_fill_the_devices_column(tmp_path: Path) -> None:
    async with device_command(tmp_path, "--json") as command, phone(tmp_path) as hand:
        await hand.open(await command.link())
        for _ in range(5):
            await hand.step()
        assert await command.ended() == ExitCode.PASS, command.errors
    suite = json.loads(command.output)
    cells = {cell["scenario"]: cell for cell in suite["cells"]}
    assert list(cells) == [
        "byte_measurement",
        "pagehide_on_close",
        "debounced_double_flush",
        "telemetry_metrics",
        "fallback_over_64_kb",
    ]
    assert {cell["verdict"] for cell in cells.values()} == {"pass"}
    # It claimed Android, on a desk: that must never look like a phone.
    assert all("browser=chrome-android-" in cell["arm"] for cell in cells.values())
    assert all("-emulated" in cell["arm"] for cell in cells.values())
    assert "report: " in command.errors


@needs_browser
@pytest.mark.asyncio
@pytest.mark.slowest
async def test_what_was_not_done_is_unknown_and_ctrl_c_keeps_what_was(tmp_path: Path) -> None:
    async with (
        device_command(tmp_path, "--json", "--timeout", str(PATIENT_S)) as command,
        phone(tmp_path, "iPhone 15") as hand,
    ):
        tag = owner_tag(command.process.pid)
        await hand.open(await command.link())
        await hand.obey(await hand.open_step())  # and the tab is never closed
        await command.until_printed(f"the tab was not closed within {PATIENT_S} s")
        await hand.guide.bring_to_front()
        await hand.guide.get_by_role("button", name="Try again").click()
        await hand.step()
        await hand.guide.get_by_text("Step 2 of 5").wait_for()
        await hand.guide.get_by_role("button", name="Skip this step").click()
        await hand.guide.get_by_text("Step 3 of 5").wait_for()
        await hand.open_step()
        assert tagged_processes(tag)
        command.process.send_signal(signal.SIGINT)
        assert await command.ended() == ExitCode.INTERRUPTED, command.errors
    await wait_until("no process is left", lambda: not tagged_processes(tag), timeout_s=30)
    cells = json.loads(command.output)["cells"]
    assert [cell["verdict"] for cell in cells] == ["pass"] + ["unknown"] * 4
    assert "it was skipped" in cells[1]["reason"]
    assert "interrupted" in cells[2]["reason"]
    [suite] = command.out.glob("*-device")
    kept = judge_run(suite / "set-aside" / "byte_measurement-1").cell
    assert kept.verdict is Verdict.UNKNOWN
    assert f"the tab was not closed within {PATIENT_S} s" in kept.reason


@needs_browser
@pytest.mark.asyncio
async def test_a_server_that_stores_nothing_fails_by_its_name(tmp_path: Path) -> None:
    target = ("--target", "tests/targets/no_insert.toml")
    async with device_command(tmp_path, "--json", *target) as command, phone(tmp_path) as hand:
        await hand.open(await command.link())
        await hand.step()
        await command.until_printed("1/5 byte_measurement  fail: nothing_lost")
        command.process.send_signal(signal.SIGINT)
        assert await command.ended() == ExitCode.INTERRUPTED
    first = json.loads(command.output)["cells"][0]
    assert first["verdict"] == "fail"
    assert first["fates"] == {"lost_acked": 60}


@pytest.mark.asyncio
async def test_the_link_works_once_and_nothing_else_is_open(tmp_path: Path) -> None:
    async with device_command(tmp_path) as command:
        link = await command.link()
        root = link.partition("/harness/")[0]
        assert root.startswith("http://127.0.0.1:")
        listens = psutil.Process(command.process.pid).net_connections("tcp")
        ours = {c.laddr.ip for c in listens if c.status == psutil.CONN_LISTEN}
        assert ours == {"127.0.0.1"}
        for path in ("/", "/display", "/harness/", "/harness/i/guessed", "/healthz"):
            assert await _status(root + path) == 403
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as first, first.get(link) as answer:
            assert answer.status == 200
            assert "Impression harness" in await answer.text()
        assert await _status(link) == 403


@pytest.mark.asyncio
async def test_ctrl_c_before_a_device_came_leaves_nothing(tmp_path: Path) -> None:
    async with device_command(tmp_path) as command:
        await command.link()
        command.process.send_signal(signal.SIGINT)
        assert await command.ended() == ExitCode.INTERRUPTED
    assert not command.out.exists()


def test_an_address_that_this_machine_has_not_is_a_usage_error() -> None:
    done = harness_here("device", "--bind", "203.0.113.9")
    assert done.returncode == ExitCode.USAGE
    assert "is no address of this machine" in one_clear_line(done)


async def _status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status
