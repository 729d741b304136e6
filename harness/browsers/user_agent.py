"""Identify a device's browser by its user agent and by other properties of ``navigator``.

The user agent alone is ambiguous. iPadOS requests desktop pages as a Mac, but a Mac has no touch
screen. A browser whose vendor or platform contradicts its user agent is set to pretend to be
another: it is *emulated*, and fills no phone's column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.browsers.base import BrowserFacts

Tokens = tuple[tuple[str, str], ...]

_APPLE, _GOOGLE = "Apple Computer, Inc.", "Google Inc."

# The first match decides: every browser also names those that it is compatible with.
_ON_IOS: Tokens = (
    ("CriOS", "Chrome iOS"),
    ("FxiOS", "Firefox iOS"),
    ("EdgiOS", "Edge iOS"),
    ("OPT", "Opera iOS"),
    ("OPiOS", "Opera Mini iOS"),
    ("DuckDuckGo", "DuckDuckGo iOS"),
    ("Ddg", "DuckDuckGo iOS"),
    ("Brave", "Brave iOS"),
    ("GSA", "Google app iOS"),
    ("FBAV", "Facebook app iOS"),
    ("Instagram", "Instagram app iOS"),
    ("Version", "Safari iOS"),
)
_ON_ANDROID: Tokens = (
    ("SamsungBrowser", "Samsung Internet"),
    ("EdgA", "Edge Android"),
    ("OPR", "Opera Android"),
    ("Firefox", "Firefox Android"),
    ("Focus", "Firefox Focus Android"),
    ("Klar", "Firefox Focus Android"),
    ("DuckDuckGo", "DuckDuckGo Android"),
    ("Ddg", "DuckDuckGo Android"),
    ("YaBrowser", "Yandex Android"),
    ("UCBrowser", "UC Browser Android"),
    ("Vivaldi", "Vivaldi Android"),
    ("MiuiBrowser", "Mi Browser"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Chrome", "Chrome Android"),
)
_ON_A_DESK: Tokens = (
    ("Edg", "Microsoft Edge"),
    ("OPR", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("YaBrowser", "Yandex"),
    ("Firefox", "Firefox"),
    ("Chrome", "Google Chrome"),
    ("Version", "Safari"),
)
_NOT_A_BRAND = re.compile(r"not.*brand|^chromium$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Properties of ``navigator`` other than the user agent; empty where it has none."""

    touch_points: int = 0
    vendor: str = ""
    platform: str = ""
    brands: tuple[str, ...] = ()

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Signs:
        """Parse the guide page's message. Raises ValueError or TypeError."""
        brands = content.get("brands") or []
        return cls(
            touch_points=int(content.get("touchPoints") or 0),
            vendor=str(content.get("vendor") or "")[:80],
            platform=str(content.get("platform") or "")[:80],
            brands=tuple(str(brand)[:80] for brand in list(brands)[:8]),
        )


def facts_of(user_agent: str, signs: Signs) -> BrowserFacts:
    """Return which browser on which platform this is; ``name`` can be an arm's level.

    An unknown browser keeps its name in the user agent. ``kind`` is ``device``, or ``emulated``
    when the signs contradict the user agent.
    """
    platform = _platform(user_agent, signs)
    product, version = _product(user_agent, platform, signs)
    kind = "emulated" if _pretends(user_agent, platform, signs) else "device"
    return BrowserFacts(
        name=_name(product, version, platform, kind),
        product=product,
        version=version,
        platform=platform,
        kind=kind,
        user_agent=user_agent,
    )


def _platform(agent: str, signs: Signs) -> str:
    if "iPhone" in agent or "iPod" in agent:
        return "iPhone"
    is_mac = "Macintosh" in agent
    if "iPad" in agent or (is_mac and signs.touch_points > 1):
        return "iPad"
    arm = signs.platform.startswith(("Linux arm", "Linux aarch64"))
    # "Desktop site" on Android claims Linux; few Linux desktops have both touch and ARM.
    if "Android" in agent or ("Linux" in agent and arm and signs.touch_points > 1):
        return "Android"
    if is_mac:
        return "macOS"
    return "Windows" if "Windows" in agent else "Linux" if "Linux" in agent else "unknown"


def _product(agent: str, platform: str, signs: Signs) -> tuple[str, str]:
    if platform in ("iPhone", "iPad"):
        tokens = _ON_IOS
    elif platform == "Android":
        if "; wv)" in agent:  # a WebView inside an app
            return "Android WebView", _after(agent, "Chrome")
        tokens = _ON_ANDROID
    else:
        tokens = _ON_A_DESK
    for token, product in tokens:
        if version := _after(agent, token):
            return _by_brand(product, signs), version
    if platform in ("iPhone", "iPad") and "Safari/" not in agent:
        version_match = re.search(r"OS (\d+)[_.](\d+)", agent)
        version = f"{version_match[1]}.{version_match[2]}" if version_match else ""
        return "iOS WebView", version
    names = re.findall(r"([A-Za-z][\w.]*)/(\d[\w.]*)", agent)
    return (names[-1][0], names[-1][1]) if names else (agent[:40] or "no name", "")


def _by_brand(product: str, signs: Signs) -> str:
    """Return the product by its brand: any Chromium's user agent may be Chrome's."""
    if "Chrome" not in product or not signs.brands or "Google Chrome" in signs.brands:
        return product
    own = [brand for brand in signs.brands if not _NOT_A_BRAND.search(brand)]
    where = " Android" if product.endswith("Android") else ""
    return f"{own[0] if own else 'Chromium'}{where}"


def _pretends(agent: str, platform: str, signs: Signs) -> bool:
    """Return whether the page's own signs contradict its user agent."""
    if platform in ("iPhone", "iPad"):
        wanted = _APPLE
    elif "Firefox/" in agent or "Focus/" in agent:
        wanted = ""
    elif "Chrome/" in agent:
        wanted = _GOOGLE
    else:
        wanted = _APPLE
    if signs.vendor and signs.vendor != wanted:
        return True
    on_a_desk = any(word in signs.platform for word in ("x86_64", "Win32", "MacIntel"))
    return on_a_desk and platform in ("iPhone", "Android")


def _name(product: str, version: str, platform: str, kind: str) -> str:
    numbers = version.split(".")
    short = numbers[0] if len(numbers[0]) > 2 else ".".join(numbers[:2])
    words = [product, short]
    words += [] if product.endswith(platform) else [platform]
    words += ["emulated"] if kind == "emulated" else []
    return re.sub(r"[^a-z0-9.]+", "-", " ".join(words).lower()).strip("-.")


def _after(agent: str, token: str) -> str:
    match = re.search(rf"\b{token}/v?(\d[\d.]*)", agent)
    return match[1].rstrip(".") if match else ""
