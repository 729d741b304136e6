"""The roadmap's thirteen columns as data."""

from __future__ import annotations

from harness.browsers.catalogue import entry_of
from scenarios.catalogue.roadmap import ROADMAP


def test_the_thirteen_are_those_of_the_roadmap() -> None:
    assert [column.label for column in ROADMAP.columns] == [
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


def test_every_way_to_fill_a_column_names_a_browser_that_exists() -> None:
    for column in ROADMAP.columns:
        words = column.command.replace("HOST", "host").split()
        for option in ("--browser", "--connect"):
            if option in words:
                assert entry_of(words[words.index(option) + 1]).name


def test_each_column_stands_once_and_no_product_is_near_its_own() -> None:
    labels = [column.label for column in ROADMAP.columns]
    assert len(labels) == len(set(labels))
    assert not any(column.product in column.near for column in ROADMAP.columns)
