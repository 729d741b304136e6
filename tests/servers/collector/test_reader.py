"""The adapters that come with the harness: what they read of bodies as their clients send them."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from servers.collector import reading

CLIENTS = Path(reading.__file__).parent / "clients"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not on PATH")

SEEN = {"artwork": "a-1", "user": "ann", "tab": "t-1", "number": "t-1/1"}
VIEW = {"artwork": "a-1", "user": "ann", "tab": "t-1", "view": "t-1/1"}


def read(client: str, *bodies: bytes, query: dict[str, str] | None = None) -> list[Any]:
    """What an adapter reads of requests with these bodies."""
    assert NODE
    lines = [
        json.dumps(
            {
                "number": number,
                "path": "/collect/",
                "query": query or {},
                "headers": {},
                "body": base64.b64encode(body).decode(),
            }
        )
        for number, body in enumerate(bodies)
    ]
    answers = subprocess.run(
        [NODE, reading.SCRIPT, CLIENTS / f"{client}.mjs"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    return [json.loads(line) for line in answers.splitlines()]


POSTHOG = [
    {"uuid": "u-1", "event": "impression", "properties": {"view": SEEN, "$lib": "web"}},
    {"uuid": "u-2", "event": "$pageview", "properties": {}},
]
FORM = "data=" + base64.b64encode(json.dumps(POSTHOG).encode()).decode().replace("+", "%2B")
SNOWPLOW = {
    "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
    "data": [
        {"e": "se", "eid": "e-1", "se_ca": "impression", "se_la": json.dumps(SEEN)},
        {"e": "pv", "eid": "e-2"},
    ],
}
AMPLITUDE = {
    "api_key": "harness",
    "events": [
        {"event_type": "impression", "insert_id": "i-1", "event_properties": {"view": SEEN}},
        {"event_type": "session_start", "insert_id": "i-2"},
    ],
}
PLAUSIBLE = {"n": "impression", "v": 36, "p": {"view": json.dumps(SEEN)}}


@pytest.mark.parametrize(
    ("client", "body", "event"),
    [
        ("posthog-js", json.dumps(POSTHOG).encode(), "u-1"),
        ("posthog-js", json.dumps(POSTHOG[0]).encode(), "u-1"),
        ("posthog-js", gzip.compress(json.dumps(POSTHOG).encode()), "u-1"),
        ("posthog-js", FORM.encode(), "u-1"),
        ("snowplow", json.dumps(SNOWPLOW).encode(), "e-1"),
        ("amplitude", json.dumps(AMPLITUDE).encode(), "i-1"),
        ("amplitude", gzip.compress(json.dumps(AMPLITUDE).encode()), "i-1"),
        ("plausible", json.dumps(PLAUSIBLE).encode(), None),
    ],
)
def test_a_body_of_the_client_gives_its_views_and_nothing_else(
    client: str, body: bytes, event: str | None
) -> None:
    [found] = read(client, body)
    assert found["views"] == [{**VIEW, "event": event}]


def test_each_client_hears_what_it_takes_for_success() -> None:
    bodies = {
        "posthog-js": json.dumps(POSTHOG),
        "snowplow": json.dumps(SNOWPLOW),
        "amplitude": json.dumps(AMPLITUDE),
        "plausible": json.dumps(PLAUSIBLE),
    }
    answers = {name: read(name, body.encode())[0]["answer"] for name, body in bodies.items()}
    assert answers["posthog-js"]["status"] == 200  # it takes 204 for a failure
    assert answers["snowplow"] == {"status": 200, "body": "ok"}
    assert answers["amplitude"]["body"]["code"] == 200
    assert answers["amplitude"]["body"]["events_ingested"] == 1
    assert answers["plausible"]["status"] == 202


@pytest.mark.parametrize("client", ["posthog-js", "snowplow", "amplitude", "plausible"])
def test_a_body_that_is_not_the_client_s_is_a_problem_and_the_next_is_read(client: str) -> None:
    good = {
        "posthog-js": json.dumps(POSTHOG),
        "snowplow": json.dumps(SNOWPLOW),
        "amplitude": json.dumps(AMPLITUDE),
        "plausible": json.dumps(PLAUSIBLE),
    }[client]
    bad, fine = read(client, b"\x00 no JSON", good.encode())
    assert bad["problem"]
    assert "views" not in bad
    assert len(fine["views"]) == 1


def test_an_event_without_its_view_is_named() -> None:
    half = {**POSTHOG[0], "properties": {"view": {"artwork": "a-1"}}}
    [found] = read("posthog-js", json.dumps([half]).encode())
    assert found["problem"] == "an event has no user"


def test_an_event_of_the_client_s_own_is_no_view() -> None:
    [found] = read("posthog-js", json.dumps(POSTHOG[1:]).encode())
    assert found["views"] == []
    assert found["answer"]["status"] == 200
