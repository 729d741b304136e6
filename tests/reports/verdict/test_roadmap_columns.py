"""The roadmap's thirteen columns: filled by what they name, and by nothing that only looks so."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.plan import RoadmapColumn
from reports.verdict.roadmap_columns import (
    BrowserSeen,
    ColumnState,
    column_filled_by,
    column_near,
    roadmap_states,
    seen_of,
)
from scenarios.catalogue.roadmap import ROADMAP

COLUMNS = ROADMAP.columns


def seen(
    product: str, version: str, platform: str, kind: str = "stock", **more: str
) -> BrowserSeen:
    values = {"name": "arm", "product": product, "version": version, "platform": platform}
    return BrowserSeen(**values, kind=kind, **more)


def states_of(*browsers: BrowserSeen) -> tuple[ColumnState, ...]:
    return roadmap_states(browsers, COLUMNS, ROADMAP.matrix)


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
    column = column_filled_by(browser, COLUMNS)
    assert column is not None
    assert column.label == label
    assert column_near(browser, COLUMNS) is None


@pytest.mark.parametrize(
    ("browser", "label", "why"),
    [
        (seen("Chromium", "156", "Linux"), "Chrome 120+ · Linux", "Chromium is not Google Chrome"),
        (seen("WebKitGTK", "2.52", "Linux"), "Safari 17+ · macOS", "WebKitGTK is not Safari"),
        (seen("Google Chrome", "119.9", "Linux"), "Chrome 120+ · Linux", "too old: 119 < 120"),
        (seen("Samsung Internet", "9", "Android", "device"), COLUMNS[11].label, "too old: 9 < 23"),
        (seen("Firefox", "nightly", "Linux"), COLUMNS[6].label, "version of arm is not known"),
        (seen("Firefox", "150", "Linux", "playwright"), COLUMNS[6].label, "a patched build"),
        (seen("Safari iOS", "18", "iPhone", "emulated"), COLUMNS[8].label, "only emulates it"),
        (seen("Safari iOS", "18", "iPhone", "stock"), COLUMNS[8].label, "arm is stock"),
        (seen("Google Chrome", "156", "Linux", "unheard of"), COLUMNS[2].label, "is unheard of"),
        (seen("Microsoft Edge", "150", "Linux"), COLUMNS[7].label, "ran on Linux"),
        (
            seen("Chromium", "156", "Linux", "emulated", user_agent="Mozilla (Android 15; Pixel)"),
            "Chrome Android 120+ · Android",
            "only emulates it",
        ),
        (seen("Google Chrome", "156", "Linux", "emulated"), COLUMNS[2].label, "arm is emulated"),
    ],
)
def test_what_only_looks_like_it_is_near_and_fills_nothing(
    browser: BrowserSeen, label: str, why: str
) -> None:
    assert column_filled_by(browser, COLUMNS) is None
    near = column_near(browser, COLUMNS)
    assert near is not None
    assert near[0].label == label
    assert why in near[1]
    state = next(s for s in states_of(browser) if s.column == label)
    assert not state.filled
    assert why in state.why_not


def test_every_column_has_a_state_and_a_way_to_fill_it() -> None:
    states = states_of(seen("Firefox", "153", "Linux"), seen("Firefox", "154", "Linux"))
    assert [state.column for state in states] == [column.label for column in COLUMNS]
    assert {state.matrix for state in states} == {"browsers"}
    assert [(s.column, s.cells, s.by, s.version, s.command) for s in states if s.filled] == [
        ("Firefox 121+ · Linux", 2, "arm", "154", "")
    ]
    assert states[2].where == "on a Linux machine with Google Chrome 120 or later"
    assert states[2].command == "harness run browsers --browser chrome"
    assert states[8].command == "harness device"


def test_a_columns_state_holds_the_column_and_what_filled_it_last() -> None:
    versions = ("153", "154", "155")
    linux, chrome = COLUMNS[6], COLUMNS[2]
    chromium = seen("Chromium", "156", "Linux")
    states = states_of(*(seen("Firefox", one, "Linux") for one in versions), chromium, chromium)
    assert states[6] == ColumnState(
        column=linux.label,
        matrix="browsers",
        browser=linux.browser,
        platform="Linux",
        minimum=121,
        filled=True,
        cells=3,
        by="arm",
        version="155",
    )
    assert states[2] == ColumnState(
        column=chrome.label,
        matrix="browsers",
        browser=chrome.browser,
        platform="Linux",
        minimum=120,
        filled=False,
        why_not="Chromium is not Google Chrome",
        where=chrome.where,
        command=chrome.command,
    )


def test_a_filled_column_says_nothing_of_what_came_near() -> None:
    old, new = seen("Firefox", "100", "Linux"), seen("Firefox", "153", "Linux")
    state = states_of(old, new)[6]
    assert (state.filled, state.cells, state.why_not) == (True, 1, "")


def test_the_columns_are_those_of_the_plan() -> None:
    """Whatever the roadmap asks for today."""
    firefox = seen("Firefox", "153", "Linux")
    stored: list[RoadmapColumn] = [replace(COLUMNS[6], minimum=154)]
    assert column_filled_by(firefox, stored) is None
    assert column_near(firefox, stored) == (stored[0], "too old: 153 < 154")
    assert column_near(firefox, []) is None
    assert roadmap_states([firefox], [], "browsers") == ()
    akin = [replace(COLUMNS[2], near=("Firefox",))]
    assert column_near(firefox, akin) == (akin[0], "Firefox is not Google Chrome")


def test_a_browser_that_is_near_nothing_is_none_of_them() -> None:
    assert column_near(seen("Lynx", "2.9", "Linux"), COLUMNS) is None
    assert not any(state.filled or state.why_not for state in states_of(seen("Lynx", "2", "x")))


def test_a_browser_is_read_as_it_was_written() -> None:
    values = {
        "name": "firefox",
        "product": "Firefox",
        "version": "153.1esr",
        "platform": "Linux",
        "kind": "stock",
        "user_agent": "Mozilla/5.0",
    }
    browser = seen_of(BrowserUsed(**values))
    assert browser == BrowserSeen(**values)
    assert browser.major == 153
    assert browser.title == "Firefox 153 · Linux"
    assert seen("Safari", "17.4.1", "macOS").title == "Safari 17.4 · macOS"
    assert seen("Lynx", "", "Linux").title == "Lynx · Linux"
