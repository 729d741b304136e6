"""A client end to end: one that is sound, one that sends twice, one that ignores the harness."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.compose.clients.adapters import client_target
from harness.compose.clients.canary import refusals
from harness.core.errors import HarnessError

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("node") and shutil.which("npm")), reason="node or npm is not on PATH"
    ),
]

MINE = """
export const client = {
  endpoint: "/in/", promise: "at-most-once", settings: { default: {} },
};
export function start() {
  const send = (event) => fetch("/in/event", {
    method: "POST", keepalive: true, body: JSON.stringify(event),
  });
  return { track: (view) => { SEND }, flush() {} };
}
export const read = ({ body }) => [JSON.parse(body)];
export const answer = () => ({ status: 200 });
"""
SOUND = "send({ view, event: view.number });"
TWICE = "send({ view, event: view.number }); send({ view, event: `${view.number} again` });"
LEAVING = "addEventListener('pagehide', () => send({ view, event: view.number }));"
SILENT = "if (!navigator.language) send({ view, event: view.number });"


def verdict(client: str, out: Path) -> tuple[int, dict[str, Any]]:
    """Run one cell of a client; return the exit code and the cell."""
    argv = [sys.executable, "-m", "harness", "run", "start_hidden", "--client", client]
    argv += ["--browser", "chromium", "--preset", "default"]
    argv += ["--out", str(out), "--no-history", "--json"]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=500, check=False)
    assert ended.stdout, ended.stderr
    [cell] = json.loads(ended.stdout)["cells"]
    return ended.returncode, cell


def adapter(directory: Path, send: str) -> str:
    path = directory / "mine.mjs"
    path.write_text(MINE.replace("SEND", send))
    return str(path)


@pytest.mark.slowest
def test_a_client_that_sends_twice_is_found_by_the_right_name(tmp_path: Path) -> None:
    code, cell = verdict(adapter(tmp_path, TWICE), tmp_path / "runs")
    assert (code, cell["verdict"]) == (1, "fail"), cell["reason"]
    assert cell["fates"] == {"duplicate_stored": 3}
    assert {f["check"] for f in cell["findings"] if f["verdict"] == "fail"} >= {"nothing_twice"}


def test_a_client_that_ignores_us_is_not_run(tmp_path: Path) -> None:
    code, cell = verdict(adapter(tmp_path, SILENT), tmp_path / "runs")
    assert (code, cell["verdict"]) == (5, "not run")
    assert cell["reason"].startswith("the client ignored us: one event on an idle page")


@pytest.mark.slowest
def test_a_client_that_is_not_understood_does_not_ignore_us(tmp_path: Path) -> None:
    mine = Path(adapter(tmp_path, SOUND))
    unread = "export const read = () => { throw new Error('an event has no artwork'); };"
    mine.write_text(mine.read_text().replace("export const read = ({ body }) => "
                                             "[JSON.parse(body)];", unread))  # fmt: skip
    code, cell = verdict(str(mine), tmp_path / "runs")
    assert (code, cell["verdict"]) == (5, "not run")
    assert cell["reason"].startswith(
        "what the client sends is not understood: the collector refused "
    )
    assert "an event has no artwork" in cell["reason"]


def test_refusals_are_counted_with_the_last_reason(tmp_path: Path) -> None:
    receipts = tmp_path / "server.ndjson"
    assert refusals(receipts) == ""
    lines = [
        '{"kind": "started"}',
        '{"kind": "batch", "status": 200, "reason": null}',
        '{"kind": "batch", "status": 400, "reason": "unread: first"}',
        '{"kind": "batch", "status": 400, "reason": "unread: last"}',
        '{"kind": "batch", "reason": "unread: half a li',
    ]
    receipts.write_text("\n".join(lines))
    assert refusals(receipts) == "the collector refused 2 requests, unread: last"


@pytest.mark.nightly
def test_a_client_that_sends_as_its_page_is_left_and_not_before_is_run(tmp_path: Path) -> None:
    code, cell = verdict(adapter(tmp_path, LEAVING), tmp_path / "runs")
    assert (code, cell["verdict"]) == (0, "pass"), cell["reason"]
    assert sum(cell["fates"].values()) == 3


# An adapter of one's own is run where it sends twice, too.
@pytest.mark.parametrize("client", [pytest.param("mine", marks=pytest.mark.nightly), "posthog-js"])
def test_a_sound_client_passes_and_what_was_not_asked_is_listed(
    tmp_path: Path, client: str
) -> None:
    named = adapter(tmp_path, SOUND) if client == "mine" else client
    try:
        client_target(named)
    except HarnessError as error:
        pytest.skip(f"npm or its registry is missing: {error}")
    code, cell = verdict(named, tmp_path / "runs")
    assert (code, cell["verdict"]) == (0, "pass"), cell["reason"]
    assert sum(cell["fates"].values()) == 3
    findings = {one["check"]: one for one in cell["findings"]}
    assert findings["nothing_twice"]["verdict"] == "pass"
    assert "not asked: under at-most-once" in findings["nothing_lost"]["summary"]
    assert findings["drained_in_time"]["verdict"] == "not run"
    assert findings["drained_in_time"]["summary"] == (
        "unsupported: the target does not offer a recorder that lists the ids it has not "
        "delivered yet"
    )
