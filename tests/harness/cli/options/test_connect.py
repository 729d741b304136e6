"""A browser that runs elsewhere, named by its address or by a target file, fills a cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from harness.browsers.drivers.chromium import Chromium
from harness.core.errors import ExitCode
from harness.process.addresses import lan_addresses
from harness.process.processes import Processes
from harness.setup import find_chromium
from tests.harness.cli.shell import harness

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `harness setup` brings it"),
]
SCENARIO = "console_script"


async def run_with(tmp_path: Path, endpoint: str, *arguments: str) -> dict[str, object]:
    """Run the scenario on a Chromium at ``endpoint``, named in a target file as elsewhere."""
    target = tmp_path / "target.toml"
    target.write_text(f'format = 1\n[browsers]\nelsewhere = "cdp+{endpoint}"\n')
    out = ["--out", str(tmp_path / "out"), "--json", "--target", str(target)]
    done = harness("run", SCENARIO, *arguments, *out)
    assert done.returncode == ExitCode.PASS, done.stdout + done.stderr
    [cell] = json.loads(done.stdout)["cells"]
    assert isinstance(cell, dict)
    return cell


@pytest.mark.slowest
async def test_it_is_named_by_the_target_file_and_comes_over_the_network(tmp_path: Path) -> None:
    """Bound to an address of the local network, where there is one: so would a Mac come."""
    address = next((one.address for one in lan_addresses()), "127.0.0.1")
    assert CHROMIUM is not None
    with Processes() as processes:
        async with (
            async_playwright() as driver,
            Chromium(CHROMIUM, processes, driver, logs=tmp_path) as there,
        ):
            bound = ["--connect", "elsewhere", "--bind", address]
            endpoint = there.endpoint
            cell = await run_with(tmp_path, endpoint, *bound)
            again = await run_with(tmp_path, endpoint, "--connect", f"cdp+{endpoint}")
    assert str(cell["arm"]).startswith("browser=elsewhere,")
    assert str(again["arm"]).startswith(f"browser=cdp+{endpoint},")
    [named] = (tmp_path / "out").glob("2*/cells/*/browser=elsewhere*")
    suite = named.parents[2]
    assert f'"bind": "{address}"' in (suite / "plan.json").read_text()
    written = [*suite.rglob("*.json"), *suite.rglob("*.html")]
    assert not any(endpoint in path.read_text(errors="replace") for path in written)
