"""What a browser's session file names: the pages that it will bring back after a kill."""

from __future__ import annotations

import re

from harness.browsers.drivers.chromium import Chromium
from harness.browsers.drivers.firefox import Firefox
from harness.browsers.drivers.session_store import saved_sites


def saved_urls(browser: Chromium | Firefox) -> set[str]:
    """Return the URLs of the tests' pages in the browser's session file."""
    if isinstance(browser, Firefox):
        return set(saved_sites(browser._profile) or [])
    files = (browser._profile / "Default" / "Sessions").glob("Session_*")
    urls = re.findall(rb"http://[0-9.:]+/page\?\w+", b"".join(f.read_bytes() for f in files))
    return {url.decode() for url in urls}
