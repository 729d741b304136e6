"""The reference page's contract is what the page in servers/ offers."""

from __future__ import annotations

import re
from pathlib import Path

import servers
from harness.target.page import BINDING
from harness.target.reference.page import REFERENCE_PAGE

CLIENT = Path(servers.__file__).parent / "client"
SCRIPTS = (
    "is_up",
    "ready",
    "tab_id",
    "show",
    "events",
    "pending",
    "telemetry",
    "flush",
    "owner",
    "journals",
    "is_signed_in",
)


def test_every_script_is_a_function_and_none_is_missing() -> None:
    for name in SCRIPTS:
        assert re.match(r"(async )?\(\w*\) => ", getattr(REFERENCE_PAGE, name)), name


def test_the_page_calls_the_binding_and_offers_the_members() -> None:
    display = (CLIENT / "display.js").read_text()
    assert f"window.{BINDING}(JSON.stringify(event))" in display
    members = set(re.findall(r"window\.impressions\??\.(\w+)", str(REFERENCE_PAGE)))
    assert members == {"ready", "show", "recorder", "events"}
    for member in members:
        assert re.search(rf"\b{member}\b", display), member


def test_the_recorder_has_what_is_asked_of_it() -> None:
    asked = set(re.findall(r"recorder\.(\w+)", str(REFERENCE_PAGE)))
    assert asked == {"tabId", "pending", "telemetry", "flush", "subject"}
    recorder = (CLIENT / "recorder.js").read_text()
    for member in asked:
        assert re.search(rf"^  (async |get )?{member}\(|this\.{member} =", recorder, re.M), member
