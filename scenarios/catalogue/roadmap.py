"""The roadmap's thirteen browser columns as data; every plan carries them.

A column is filled by the product it names, at its minimum version or later, on its platform,
unpatched and not emulated (``reports.verdict.roadmap_columns``).
"""

from __future__ import annotations

from harness.ledger.plan import Roadmap, RoadmapColumn

_SAME_ENGINE = {"Google Chrome": ("Chromium",), "Safari": ("WebKitGTK", "WebKit")}


def _desktop(browser: str, product: str, minimum: int, platform: str, level: str) -> RoadmapColumn:
    """Return a desktop column. The harness runs on Linux and macOS; on Windows, and for Safari, a
    browser is driven over WebDriver from here."""
    run = "harness run browsers"
    machine = {"Windows": "a Windows machine", "macOS": "a Mac", "Linux": "a Linux machine"}
    where, command = f"on {machine[platform]} with", f"{run} --browser {level}"
    if platform == "Windows" or level == "safari":
        where = f"from a WebDriver on {machine[platform]} that has"
        command = f"{run} --connect webdriver+http://HOST:4444#{level} --bind ADDRESS"
    return RoadmapColumn(
        browser=browser,
        product=product,
        minimum=minimum,
        platform=platform,
        kinds=("stock", "remote", "device"),
        near=_SAME_ENGINE.get(product, ()),
        where=f"{where} {product} {minimum} or later",
        command=command,
    )


def _phone(browser: str, minimum: int, platform: str) -> RoadmapColumn:
    device = {"iPhone": "an iPhone", "iPad": "an iPad", "Android": "an Android phone"}[platform]
    return RoadmapColumn(
        browser=browser,
        product=browser,
        minimum=minimum,
        platform=platform,
        kinds=("device", "remote"),
        where=f"with {device} that has {browser} {minimum} or later",
        command="harness device",
    )


ROADMAP = Roadmap(
    matrix="browsers",
    columns=(
        _desktop("Chrome", "Google Chrome", 120, "Windows", "chrome"),
        _desktop("Chrome", "Google Chrome", 120, "macOS", "chrome"),
        _desktop("Chrome", "Google Chrome", 120, "Linux", "chrome"),
        _desktop("Safari", "Safari", 17, "macOS", "safari"),
        _desktop("Firefox", "Firefox", 121, "Windows", "firefox"),
        _desktop("Firefox", "Firefox", 121, "macOS", "firefox"),
        _desktop("Firefox", "Firefox", 121, "Linux", "firefox"),
        _desktop("Edge", "Microsoft Edge", 120, "Windows", "edge"),
        _phone("Safari iOS", 17, "iPhone"),
        _phone("Safari iOS", 17, "iPad"),
        _phone("Chrome Android", 120, "Android"),
        _phone("Samsung Internet", 23, "Android"),
        _phone("Firefox Android", 121, "Android"),
    ),
)
"""Every column of the roadmap's browser matrix, in its order."""
