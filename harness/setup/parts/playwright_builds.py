"""Playwright's own patched browsers: the fallback where no stock engine can be had.

They are entries of their own, because they behave differently (no back-forward cache).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import requests

from harness.setup.commands import run, version_of
from harness.setup.host import Host, is_executable
from harness.setup.part import Part, PartStatus, Workbench
from harness.setup.parts.browsers import FIREFOX, STOCK, WebKitGtkPart

PLAN_TIMEOUT_S = 20.0
REACH_TIMEOUT_S = (3.0, 5.0)
INSTALL_TIMEOUT_S = 600.0
_DOWNLOAD = re.compile(r"Download (?:url|fallback \d+): +(\S+)")


def _driver_directory() -> Path | None:
    spec = find_spec("playwright")  # importing it would cost half a second
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "driver" / "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaywrightBuildPart:
    """One engine of the pinned Playwright version."""

    engine: str
    executables: tuple[str, ...]
    stock: tuple[Part, ...]
    driver: Path | None = field(default_factory=_driver_directory)

    @property
    def name(self) -> str:
        """Return the catalogue's name for it."""
        return f"{self.engine}-playwright"

    def find(self, host: Host) -> Path | None:
        """Return the executable of a finished installation."""
        revision, _ = self._pinned()
        folder = _browsers_directory(host) / f"{self.engine}-{revision}"
        if not revision or not (folder / "INSTALLATION_COMPLETE").exists():
            return None
        for pattern in self.executables:
            for path in sorted(folder.glob(pattern)):
                if is_executable(path):
                    return path
        return None

    def look(self, host: Host) -> PartStatus:
        """Return its status; a build whose libraries are missing counts as missing."""
        path = self.find(host)
        if path is None:
            return self._missing("not installed")
        # WebKit's launcher wants a display even to say its version.
        if self.engine != "webkit":
            answer = version_of([path, "--version"], host.env)
            if not answer.ok:
                return self._missing(answer.reason, with_deps=True)
        return PartStatus(
            name=self.name,
            state="found",
            version=self._pinned()[1],
            where=str(path),
            needed_for=self._needed_for(),
        )

    def wanted(self, host: Host) -> bool:
        """Return whether no stock engine stands where this one would."""
        return all(part.find(host) is None for part in self.stock)

    def bring(self, bench: Workbench) -> list[str]:
        """Download it, if the place it comes from answers within seconds."""
        if self.driver is None:
            return ["the playwright package is not installed"]
        command = [sys.executable, "-m", "playwright", "install", self.engine]
        env = {**bench.host.env, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}
        plan = run([*command, "--dry-run"], env=env, timeout_s=PLAN_TIMEOUT_S)
        if not plan.ok:
            return [f"playwright install --dry-run {self.engine}: {plan.reason}"]
        bench.say(f"{self.name}: playwright install {self.engine}")
        # Playwright itself would go on trying for minutes.
        unreachable = _why_unreachable(_DOWNLOAD.findall(plan.output), bench.host.env)
        if unreachable:
            return [f"playwright install {self.engine}: {unreachable}"]
        done = run(command, env=env, timeout_s=INSTALL_TIMEOUT_S)
        return [] if done.ok else [f"playwright install {self.engine}: {done.reason}"]

    def _pinned(self) -> tuple[str, str]:
        if self.driver is None:
            return "", ""
        listed = json.loads((self.driver / "browsers.json").read_text())["browsers"]
        for browser in listed:
            if browser["name"] == self.engine:
                return str(browser["revision"]), str(browser.get("browserVersion", ""))
        return "", ""

    def _needed_for(self) -> str:
        instead_of = ", ".join(part.name for part in self.stock)
        return f"the browser matrix where there is no {instead_of}"

    def _missing(self, why: str, *, with_deps: bool = False) -> PartStatus:
        deps = "--with-deps " if with_deps else ""
        return PartStatus(
            name=self.name,
            state="missing",
            needed_for=self._needed_for(),
            fix=f"{sys.executable} -m playwright install {deps}{self.engine}",
            detail=why,
        )


def _browsers_directory(host: Host) -> Path:
    if chosen := host.env.get("PLAYWRIGHT_BROWSERS_PATH", ""):
        return Path(chosen)
    caches = "Library/Caches" if host.system == "Darwin" else ".cache"
    return host.home / caches / "ms-playwright"


def _why_unreachable(urls: list[str], env: Mapping[str, str]) -> str:
    session = _session(env)
    reasons: list[str] = []
    silent: set[str] = set()
    for url in urls:
        host = url.split("/")[2]
        if host in silent:
            continue
        try:
            status = session.head(url, timeout=REACH_TIMEOUT_S, allow_redirects=True).status_code
        except requests.exceptions.SSLError:
            return ""  # somebody answers; whom Playwright trusts is its own affair
        except requests.RequestException as error:
            silent.add(host)
            reasons.append(f"{host} cannot be reached ({type(error).__name__})")
            continue
        if status < 400:
            return ""
        reasons.append(f"{host} answers {status}")
    return "; ".join(dict.fromkeys(reasons)) or "it names no place to download from"


def _session(env: Mapping[str, str]) -> requests.Session:
    """Return a session with the proxies and certificates of an environment, not of our own."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http", "https", "all"):
        name = f"{scheme}_proxy"
        if proxy := env.get(name, "") or env.get(name.upper(), ""):
            session.proxies[scheme] = proxy
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if bundle := env.get(name, ""):
            session.verify = bundle
            break
    return session


CHROMIUM_PLAYWRIGHT = PlaywrightBuildPart(
    engine="chromium",
    executables=("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*"),
    stock=tuple(browser for browser in STOCK if browser.stands_in),
)
FIREFOX_PLAYWRIGHT = PlaywrightBuildPart(
    engine="firefox",
    executables=("firefox/firefox", "firefox/*.app/Contents/MacOS/firefox"),
    stock=(FIREFOX,),
)
WEBKIT_PLAYWRIGHT = PlaywrightBuildPart(
    engine="webkit", executables=("pw_run.sh",), stock=(WebKitGtkPart(),)
)
