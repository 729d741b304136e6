"""What is made of a page's scripts, run by Node where there is one."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from playwright._impl._driver import compute_driver_executable

from harness.target.page import NO_COUNTERS, PageContract, RetryPlan
from harness.target.reference.page import REFERENCE_PAGE

PLAIN = PageContract(
    path="/gallery",
    is_up="() => true",
    ready="async () => {}",
    tab_id="() => 't1'",
    show="(ids) => shown.push(...ids)",
)
FULL = PageContract(
    path="/gallery",
    is_up="() => true",
    ready="async () => {}",
    tab_id="() => 't1'",
    show="(ids) => shown.push(...ids)",
    pending="() => ['a']",
    telemetry="() => ({queueDepth: 1})",
    seed_options=("seed", "logSeed"),
    preset_option="kind",
    blank_options={"view": "blank", "mode": "a b"},
)
WORLD = """
const shown = [], document = {visibilityState: "visible"};
const location = {pathname: "/gallery", search: "?mode=a+b&view=blank"};
"""


def run(expression: str) -> Any:
    """Return what a JavaScript expression, awaited, is in a page's stead."""
    node, _ = compute_driver_executable()
    script = f"{WORLD} Promise.resolve({expression}).then((v) => console.log(JSON.stringify(v)))"
    done = subprocess.run(
        [shutil.which("node") or node, "-e", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_an_address_has_the_options_in_its_query() -> None:
    assert PLAIN.url("http://x", {}) == "http://x/gallery"
    assert PLAIN.url("http://x", {"a": "b c", "d": "&"}) == "http://x/gallery?a=b+c&d=%26"


def test_a_query_of_its_own_names_the_user_and_goes_before_the_options() -> None:
    page = replace(PLAIN, query={"for": "{user}", "of": "a,b"})
    assert (
        page.url("http://x", {"c": "d"}, "ann & co")
        == "http://x/gallery?for=ann+%26+co&of=a%2Cb&c=d"
    )


def test_the_options_of_a_run_are_seed_and_preset_where_the_page_takes_them() -> None:
    assert FULL.options(seed=7, preset="durable") == {
        "seed": "7",
        "logSeed": "7",
        "kind": "durable",
    }
    assert FULL.options(preset="durable") == {"kind": "durable"}
    assert PLAIN.options(seed=7, preset="durable") == {}


@pytest.mark.parametrize(
    ("script", "value"),
    [
        (FULL.opening, ["t1", "visible", None]),
        (replace(FULL, journals="async () => 1").opening, ["t1", "visible", True]),
        (replace(FULL, journals="() => false").opening, ["t1", "visible", False]),
        (FULL.state, {"pending": ["a"], "telemetry": {"queueDepth": 1}}),
        (FULL.is_drained, False),
        (FULL.is_here, True),
        (PLAIN.state, {"pending": [], "telemetry": {}}),
        (PLAIN.is_drained, True),
        (PLAIN.events, []),
        (NO_COUNTERS, {}),
    ],
)
def test_a_script_returns(script: str, value: Any) -> None:
    assert run(f"({script})()") == value


def test_a_page_without_a_queue_says_so() -> None:
    assert (FULL.lists_queue, PLAIN.lists_queue) == (True, False)


def test_code_inside_the_page_calls_the_scripts_as_methods() -> None:
    calls = "[page.isUp(), page.tabId(), page.pending(), page.telemetry(), page.isBlank()]"
    shows = f"(page.show(['x', 'y']), {calls.removesuffix(']')}, shown])"
    assert run(f"((page) => {shows})({FULL.as_object()})") == [
        True,
        "t1",
        ["a"],
        {"queueDepth": 1},
        True,
        ["x", "y"],
    ]


def test_a_page_with_other_options_is_not_blank() -> None:
    assert run(f"({PLAIN.as_object()}).isBlank()") is True  # it has no such options
    other = WORLD.replace("view=blank", "view=all")
    assert other != WORLD
    assert run(f"((location) => ({FULL.as_object()}).isBlank())({{search: '?view=all'}})") is False


def test_a_page_says_when_its_recorder_tries_again() -> None:
    assert PLAIN.retry_plan({}) is None
    plan = REFERENCE_PAGE.retry_plan
    assert plan({}) == plan({"preset": "durable"}) == RetryPlan(5000, 300_000, True)
    assert plan({"preset": "roadmap"}) == RetryPlan(5000)
    sooner = {"preset": "durable", "retryBaseMs": "200", "retryCapMs": "1000"}
    assert plan(sooner) == RetryPlan(200, 1000, True)
    assert plan({"preset": "another"}) is None
    assert plan({"linearRetry": "true"}) == RetryPlan(5000, 300_000, True, True)
    assert plan({"linearRetry": "false"}) == RetryPlan(5000, 300_000, True, False)


@pytest.mark.parametrize(
    ("is_at", "led_to", "found"),
    [
        ("https://shop.example", "https://shop.example/gallery?of=1", ""),
        ("null", "https://shop.example", ""),  # a page that did not load
        ("https://other.example:8443", "https://shop.example", "https://other.example:8443"),
        ("http://shop.example", "https://shop.example/x", "http://shop.example"),
    ],
)
def test_a_tab_at_another_origin_has_strayed(is_at: str, led_to: str, found: str) -> None:
    here = f"Object.assign(location, {{origin: {json.dumps(is_at)}}})"
    assert run(f"({here}, ({PLAIN.strayed_from(led_to)})())") == found
