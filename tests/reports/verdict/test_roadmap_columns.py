"""The roadmap's thirteen columns: filled by what they name, and by nothing that only looks so."""

from __future__ import annotations

import json

import pytest

from harness.browsers.catalogue import entry_of
from reports.verdict.roadmap_columns import (
    ROADMAP,
    BrowserSeen,
    browser_from_detail,
    column_filled_by,
    column_near,
    roadmap_states,
)


def seen(
    product: str, version: str, platform: str, kind: str = "stock", **more: str
) -> BrowserSeen:
    values = {"name": "arm", "product": product, "version": version, "platform": platform}
    return BrowserSeen(**values, kind=kind, **more)


def test_the_thirteen_are_those_of_the_roadmap() -> None:
    assert [column.label for column in ROADMAP] == [
        "Chrome 120+ · Windows",
        "Chrome 120+ · macOS",
        "Chrome 120+ · Linux",
        "Safari 17+ · macOS",
        "Firefox 121+ · Windows",
        "Firefox 121+ · macOS",
        "Firefox 121+ · Linux",
        "Edge 120+ · Windows",
        "Safari iOS 17+ · iPhone",
        "Safari iOS 17+ · iPad",
        "Chrome Android 120+ · Android",
        "Samsung Internet 23+ · Android",
        "Firefox Android 121+ · Android",
    ]


@pytest.mark.parametrize(
    ("browser", "label"),
    [
        (seen("Google Chrome", "120.0.1", "Windows"), "Chrome 120+ · Windows"),
        (seen("Google Chrome", "156", "macOS", "remote"), "Chrome 120+ · macOS"),
        (seen("Firefox", "153.1esr", "Linux"), "Firefox 121+ · Linux"),
        (seen("Microsoft Edge", "150.2", "Windows"), "Edge 120+ · Windows"),
        (seen("Safari", "17.4", "macOS", "device"), "Safari 17+ · macOS"),
        (seen("Safari iOS", "18.1", "iPad", "device"), "Safari iOS 17+ · iPad"),
        (seen("Samsung Internet", "23.0", "Android", "device"), "Samsung Internet 23+ · Android"),
    ],
)
def test_the_real_thing_fills_its_column(browser: BrowserSeen, label: str) -> None:
    column = column_filled_by(browser)
    assert column is not None
    assert column.label == label
    assert column_near(browser) is None


@pytest.mark.parametrize(
    ("browser", "label", "why"),
    [
        (seen("Chromium", "156", "Linux"), "Chrome 120+ · Linux", "Chromium is not Google Chrome"),
        (seen("WebKitGTK", "2.52", "Linux"), "Safari 17+ · macOS", "WebKitGTK is not Safari"),
        (seen("Google Chrome", "119.9", "Linux"), "Chrome 120+ · Linux", "too old: 119 < 120"),
        (seen("Samsung Internet", "9", "Android", "device"), ROADMAP[11].label, "too old: 9 < 23"),
        (seen("Firefox", "nightly", "Linux"), ROADMAP[6].label, "version of arm is not known"),
        (seen("Firefox", "150", "Linux", "playwright"), ROADMAP[6].label, "a patched build"),
        (seen("Safari iOS", "18", "iPhone", "emulated"), ROADMAP[8].label, "only emulates it"),
        (seen("Safari iOS", "18", "iPhone", "stock"), ROADMAP[8].label, "arm is stock"),
        (seen("Google Chrome", "156", "Linux", "unheard of"), ROADMAP[2].label, "is unheard of"),
        (seen("Microsoft Edge", "150", "Linux"), ROADMAP[7].label, "ran on Linux"),
        (
            seen("Chromium", "156", "Linux", "emulated", user_agent="Mozilla (Android 15; Pixel)"),
            "Chrome Android 120+ · Android",
            "only emulates it",
        ),
        (seen("Google Chrome", "156", "Linux", "emulated"), ROADMAP[2].label, "arm is emulated"),
    ],
)
def test_what_only_looks_like_it_is_near_and_fills_nothing(
    browser: BrowserSeen, label: str, why: str
) -> None:
    assert column_filled_by(browser) is None
    near = column_near(browser)
    assert near is not None
    assert near[0].label == label
    assert why in near[1]
    state = next(s for s in roadmap_states([browser]) if s.column.label == label)
    assert not state.filled
    assert why in state.why_not


def test_every_column_has_a_state_and_a_way_to_fill_it() -> None:
    states = roadmap_states([seen("Firefox", "153", "Linux"), seen("Firefox", "153", "Linux")])
    assert [state.column for state in states] == list(ROADMAP)
    assert [(s.column.label, s.cells, s.by, s.version) for s in states if s.filled] == [
        ("Firefox 121+ · Linux", 2, "arm", "153")
    ]
    assert states[2].column.fill == (
        "on a Linux machine with Google Chrome 120 or later: harness run browsers --browser chrome"
    )
    assert states[8].column.command == "harness device"


def test_every_way_to_fill_a_column_names_a_browser_that_exists() -> None:
    for column in ROADMAP:
        words = column.command.replace("HOST", "host").split()
        for option in ("--browser", "--connect"):
            if option in words:
                assert entry_of(words[words.index(option) + 1]).name


def test_a_browser_that_is_near_nothing_is_none_of_them() -> None:
    assert column_near(seen("Lynx", "2.9", "Linux")) is None
    assert not any(
        state.filled or state.why_not for state in roadmap_states([seen("Lynx", "2", "x")])
    )


@pytest.mark.parametrize(
    "detail",
    [None, "", "chromium 156.0.7", "{", "[]", "7", '{"name": "chromium"}', '{"name": 1}'],
)
def test_older_runs_name_no_browser(detail: str | None) -> None:
    assert browser_from_detail(detail) is None


def test_a_browser_is_read_as_it_was_written() -> None:
    values = {
        "name": "firefox",
        "product": "Firefox",
        "version": "153.1esr",
        "platform": "Linux",
        "kind": "stock",
        "user_agent": "Mozilla/5.0",
    }
    browser = browser_from_detail(json.dumps(values))
    assert browser == BrowserSeen(**values)
    assert browser.major == 153
    assert browser.title == "Firefox 153 · Linux"
    assert seen("Safari", "17.4.1", "macOS").title == "Safari 17.4 · macOS"
