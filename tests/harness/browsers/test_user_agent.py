"""A device is identified by its user agent, unless the page's other signs contradict it."""

from __future__ import annotations

import pytest

from harness.browsers.user_agent import Signs, facts_of
from reports.verdict.roadmap_columns import BrowserSeen, column_filled_by
from scenarios.catalogue.roadmap import ROADMAP

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 "
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "

SAFARI = IPHONE + "(KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1"
SAFARI_AS_A_MAC = MAC + "Version/17.4 Safari/605.1.15"
CHROME_ANDROID = ANDROID + "Chrome/124.0.0.0 Mobile Safari/537.36"
APPLE, GOOGLE = "Apple Computer, Inc.", "Google Inc."

TRUE = [
    (SAFARI, Signs(touch_points=5, vendor=APPLE, platform="iPhone"), "safari-ios-17.4-iphone"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        Signs(touch_points=5, vendor=APPLE, platform="iPhone"),
        "safari-ios-26.0-iphone",
    ),
    (
        SAFARI_AS_A_MAC,
        Signs(touch_points=5, vendor=APPLE, platform="MacIntel"),
        "safari-ios-17.4-ipad",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.4 Mobile/15E148 Safari/604.1",
        Signs(touch_points=5, vendor=APPLE, platform="iPad"),
        "safari-ios-17.4-ipad",
    ),
    (SAFARI_AS_A_MAC, Signs(vendor=APPLE, platform="MacIntel"), "safari-17.4-macos"),
    (
        IPHONE + "(KHTML, like Gecko) CriOS/124.0.6367.88 Mobile/15E148 Safari/604.1",
        Signs(touch_points=5, vendor=APPLE, platform="iPhone"),
        "chrome-ios-124-iphone",
    ),
    (
        IPHONE + "(KHTML, like Gecko) FxiOS/125.0 Mobile/15E148 Safari/605.1.15",
        Signs(touch_points=5, vendor=APPLE, platform="iPhone"),
        "firefox-ios-125-iphone",
    ),
    (
        IPHONE + "(KHTML, like Gecko) Version/17.0 EdgiOS/124.0.2478.50 Mobile/15E148 Safari/604.1",
        Signs(touch_points=5, vendor=APPLE, platform="iPhone"),
        "edge-ios-124-iphone",
    ),
    (
        IPHONE + "(KHTML, like Gecko) Mobile/15E148",
        Signs(touch_points=5, vendor=APPLE, platform="iPhone"),
        "ios-webview-17.4-iphone",
    ),
    (
        CHROME_ANDROID,
        Signs(touch_points=5, vendor=GOOGLE, platform="Linux armv81", brands=("Google Chrome",)),
        "chrome-android-124",
    ),
    (
        LINUX + "Chrome/124.0.0.0 Safari/537.36",
        Signs(touch_points=5, vendor=GOOGLE, platform="Linux armv81"),
        "chrome-android-124",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
        "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        Signs(touch_points=5, vendor=GOOGLE, platform="Linux armv81"),
        "samsung-internet-25.0-android",
    ),
    (
        "Mozilla/5.0 (Android 14; Mobile; rv:125.0) Gecko/125.0 Firefox/125.0",
        Signs(touch_points=5, platform="Linux armv81"),
        "firefox-android-125",
    ),
    (
        ANDROID + "Chrome/124.0.0.0 Mobile Safari/537.36 EdgA/124.0.0.0",
        Signs(touch_points=5, vendor=GOOGLE, platform="Linux armv81"),
        "edge-android-124",
    ),
    (
        ANDROID + "Chrome/124.0.0.0 Mobile Safari/537.36",
        Signs(touch_points=5, vendor=GOOGLE, brands=("Chromium", "Brave", "Not-A.Brand")),
        "brave-android-124",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36",
        Signs(touch_points=5, vendor=GOOGLE, platform="Linux armv81"),
        "android-webview-124-android",
    ),
    (
        WINDOWS + "Chrome/124.0.0.0 Safari/537.36",
        Signs(vendor=GOOGLE, platform="Win32"),
        "google-chrome-124-windows",
    ),
    (
        WINDOWS + "Chrome/124.0.0.0 Safari/537.36 Edg/124.0.2478.51",
        Signs(vendor=GOOGLE, platform="Win32", brands=("Microsoft Edge", "Chromium")),
        "microsoft-edge-124-windows",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Gecko/20100101 Firefox/125.0",
        Signs(platform="MacIntel"),
        "firefox-125-macos",
    ),
    (
        LINUX + "Chrome/124.0.0.0 Safari/537.36",
        Signs(vendor=GOOGLE, platform="Linux x86_64", brands=("Chromium", "Not.A/Brand")),
        "chromium-124-linux",
    ),
    ("Wget/1.24.5", Signs(), "wget-1.24-unknown"),
]
PRETENDED = [
    (SAFARI, Signs(touch_points=5, vendor=GOOGLE, platform="Linux x86_64")),
    (CHROME_ANDROID, Signs(touch_points=5, vendor=GOOGLE, platform="Linux x86_64")),
    (CHROME_ANDROID, Signs(touch_points=5, vendor=APPLE, platform="MacIntel")),
    (SAFARI_AS_A_MAC, Signs(vendor=GOOGLE, platform="MacIntel")),
]


@pytest.mark.parametrize(("agent", "signs", "name"), TRUE, ids=[name for *_, name in TRUE])
def test_a_true_user_agent_names_product_version_and_platform(
    agent: str, signs: Signs, name: str
) -> None:
    facts = facts_of(agent, signs)
    assert (facts.name, facts.kind, facts.user_agent) == (name, "device", agent)


@pytest.mark.parametrize(("agent", "signs"), PRETENDED)
def test_a_browser_that_pretends_is_emulated(agent: str, signs: Signs) -> None:
    facts = facts_of(agent, signs)
    assert facts.kind == "emulated"
    assert facts.name.endswith("-emulated")
    assert _column(agent, signs) is None


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("safari-ios-17.4-iphone", "Safari iOS 17+ · iPhone"),
        ("safari-ios-17.4-ipad", "Safari iOS 17+ · iPad"),
        ("chrome-android-124", "Chrome Android 120+ · Android"),
        ("samsung-internet-25.0-android", "Samsung Internet 23+ · Android"),
        ("firefox-android-125", "Firefox Android 121+ · Android"),
        ("chrome-ios-124-iphone", None),
        ("firefox-ios-125-iphone", None),
        ("brave-android-124", None),
        ("chromium-124-linux", None),
        ("ios-webview-17.4-iphone", None),
        ("safari-17.4-macos", "Safari 17+ · macOS"),
        ("microsoft-edge-124-windows", "Edge 120+ · Windows"),
    ],
)
def test_it_fills_the_roadmaps_column_and_no_other(name: str, column: str | None) -> None:
    agent, signs = next((agent, signs) for agent, signs, known in TRUE if known == name)
    assert _column(agent, signs) == column


def test_malformed_signs_are_refused() -> None:
    assert Signs.parse({}) == Signs()
    assert Signs.parse({"touchPoints": 5, "brands": ["x"]}).brands == ("x",)
    for malformed in ({"touchPoints": "many"}, {"brands": 7}):
        with pytest.raises((ValueError, TypeError)):
            Signs.parse(malformed)


def _column(agent: str, signs: Signs) -> str | None:
    facts = facts_of(agent, signs)
    seen = BrowserSeen(
        name=facts.name,
        product=facts.product,
        version=facts.version,
        platform=facts.platform,
        kind=facts.kind,
    )
    column = column_filled_by(seen, ROADMAP.columns)
    return column.label if column else None
