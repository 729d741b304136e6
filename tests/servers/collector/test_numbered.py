"""Each request that a client hands to the browser has a number of its own; nothing else changes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from servers.collector import app

NODE = shutil.which("node") or ""
pytestmark = pytest.mark.skipif(not NODE, reason="node is not on PATH")

SCRIPT = """
import { numberRequests } from %s;
const sent = [];
class Request {
  constructor(input, like) { this.url = input; this.keepalive = like?.keepalive; }
}
class XMLHttpRequest {
  open(method, address, ...more) { sent.push(["xhr", method, address, more]); }
}
const scope = {
  location: { href: "http://here:1/page?x=1", origin: "http://here:1" },
  Request, XMLHttpRequest,
  fetch: (input, options) => sent.push(["fetch", input, options ?? null]),
  navigator: { sendBeacon: (address, data) => sent.push(["beacon", address, data]) },
};
numberRequests(scope, { endpoint: "/in/", name: "n", owner: "tab" });
scope.fetch("/in/e?retry=1", { method: "POST" });
scope.fetch(new Request("http://here:1/in/e", { keepalive: true }));
scope.fetch("/client/adapter.mjs");
scope.fetch("http://elsewhere/in/e");
scope.fetch(new URL("http://here:1/in/e"));
new scope.XMLHttpRequest().open("POST", "in/e", true);
new scope.XMLHttpRequest().open("POST", "/in/e", true);
scope.navigator.sendBeacon("/in/e", "body");
const made = new scope.Request("/in/e", { keepalive: true });
scope.fetch(made);
sent.push(["is as it was made", sent.at(-1)[1] === made && made instanceof Request]);
new scope.Request("/elsewhere", {});
console.log(JSON.stringify(sent));
"""


def test_fetch_requests_and_beacons_are_numbered() -> None:
    module = json.dumps((Path(app.__file__).parent / "numbered.mjs").as_uri())
    argv = [NODE, "--input-type=module", "--eval", SCRIPT % module]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    sent: list[list[Any]] = json.loads(ended.stdout)
    assert sent == [
        ["fetch", "http://here:1/in/e?retry=1&n=tab%2F1", {"method": "POST"}],
        ["fetch", {"url": "http://here:1/in/e?n=tab%2F2", "keepalive": True}, None],
        ["fetch", "/client/adapter.mjs", None],
        ["fetch", "http://elsewhere/in/e", None],
        ["fetch", "http://here:1/in/e?n=tab%2F3", None],
        ["xhr", "POST", "http://here:1/in/e?n=tab%2F4", [True]],
        ["xhr", "POST", "http://here:1/in/e?n=tab%2F5", [True]],
        ["beacon", "http://here:1/in/e?n=tab%2F6", "body"],
        ["fetch", {"url": "http://here:1/in/e?n=tab%2F7", "keepalive": True}, None],
        ["is as it was made", True],
    ]
