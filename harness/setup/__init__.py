"""The parts that pip does not bring: looking for them, bringing them, saying what is missing.

``doctor`` and ``setup`` make the tables of the commands of the same names. The ``find_`` functions
are for what starts a part: cheap, they start no process and return None for a missing part.
``available`` says the same of any part, and tries whether networks can be made here, once.
"""

from __future__ import annotations

from pathlib import Path

from harness.setup.catalogue import available, doctor, find_part, setup
from harness.setup.host import Host
from harness.setup.part import Part, PartStatus
from harness.setup.parts.browsers import (
    CHROMIUM,
    FIREFOX,
    STOCK,
    Xvfb,
    find_minibrowser,
    find_webkit_driver,
)
from harness.setup.parts.playwright_builds import CHROMIUM_PLAYWRIGHT
from harness.setup.parts.toxiproxy import Toxiproxy

__all__ = [
    "Host",
    "PartStatus",
    "available",
    "doctor",
    "find_chromium",
    "find_firefox",
    "find_minibrowser",
    "find_part",
    "find_toxiproxy",
    "find_webkit_driver",
    "find_xvfb",
    "setup",
]


def find_chromium(host: Host | None = None) -> Path | None:
    """Return a Chromium, else Chrome, Edge, Playwright's build; HARNESS_CHROMIUM counts alone."""
    host = host or Host.here()
    if host.env.get(CHROMIUM.override, ""):
        return CHROMIUM.find(host)
    stock: list[Part] = [browser for browser in STOCK if browser.stands_in]
    return next((path for part in [*stock, CHROMIUM_PLAYWRIGHT] if (path := part.find(host))), None)


def find_firefox(host: Host | None = None) -> Path | None:
    """Return a stock Firefox."""
    return FIREFOX.find(host or Host.here())


def find_toxiproxy(host: Host | None = None) -> Path | None:
    """Return the Toxiproxy server; HARNESS_TOXIPROXY counts alone."""
    return Toxiproxy().find(host or Host.here())


def find_xvfb(host: Host | None = None) -> Path | None:
    """Return the X server without a screen."""
    return Xvfb().find(host or Host.here())
