"""Stock browsers: the ones that people have, found where systems put them.

Debian's packages bring Chromium, Firefox and WebKitGTK. Chrome and Edge are found when they are
there; they are not ours to install.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.setup.apt import Apt
from harness.setup.commands import version_of
from harness.setup.host import Host, is_executable
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import Packages, with_packages

MATRIX = "the browser matrix, column {name}"
_WEBKITGTK = Packages("WebKitWebDriver and MiniBrowser", debian=("webkit2gtk-driver",))
_XVFB = Packages("Xvfb", debian=("xvfb",), fedora="xorg-x11-server-Xvfb")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBrowser:
    """A browser from the system's packages or its maker.

    ``name`` is the level of the factor ``browser``; ``engine`` says which driver runs it. One that
    ``stands_in`` serves as Chromium where Chromium is missing.
    """

    name: str
    title: str
    commands: tuple[str, ...]
    mac_application: str
    needed_for: str
    packages: Packages
    engine: str = "chromium"
    stands_in: bool = False
    override: str = ""

    def find(self, host: Host) -> Path | None:
        """Return its command; a set override counts alone, so that a typo is seen."""
        if chosen := self._chosen(host):
            return chosen if is_executable(chosen) else None
        if host.system == "Darwin":
            for folder in (host.root / "Applications", host.home / "Applications"):
                path = folder / self.mac_application
                if is_executable(path):
                    return path
        return host.which(*self.commands)

    def look(self, host: Host) -> PartStatus:
        """Return its status; a browser that does not say its version counts as missing."""
        path = self.find(host)
        if path is None:
            return self._missing(host, self._why_not_found(host))
        answer = version_of([path, "--version"], host.env)
        if not answer.ok:
            return self._missing(host, answer.reason)
        return PartStatus(
            name=self.name,
            state="found",
            version=answer.output,
            where=str(path),
            needed_for=self.needed_for,
        )

    def wanted(self, host: Host) -> bool:
        """Return whether set-up brings it: never what only its maker may install."""
        return bool(self.packages.debian)

    def bring(self, bench: Workbench) -> list[str]:
        """Install it from the distribution."""
        if chosen := self._chosen(bench.host):
            return [f"{self.override} chooses {chosen}; unset it, or let it name a browser"]
        if not self.packages.debian:
            return [f"only its maker distributes {self.title}: install it yourself"]
        return _install(self.name, self.packages, bench)

    def _chosen(self, host: Host) -> Path | None:
        value = host.env.get(self.override, "") if self.override else ""
        return Path(value) if value else None

    def _why_not_found(self, host: Host) -> str:
        if chosen := self._chosen(host):
            return f"{self.override} names {chosen}, which is not an executable file"
        where = "on PATH or among the applications" if host.system == "Darwin" else "on PATH"
        return f"none of {', '.join(self.commands)} {where}"

    def _missing(self, host: Host, why: str) -> PartStatus:
        return PartStatus(
            name=self.name,
            state="missing",
            needed_for=self.needed_for,
            fix=with_packages(host, self.name, self.packages),
            detail=why,
        )


@dataclass(frozen=True, slots=True)
class ChromiumBrowser(StockBrowser):
    """Chromium: not brought where a sibling is there, unless it is asked for by name."""

    def wanted(self, host: Host) -> bool:
        """Return whether no browser of the family is there yet."""
        return all(sibling.find(host) is None for sibling in STOCK if sibling.stands_in)


CHROME = StockBrowser(
    name="chrome",
    title="Google Chrome",
    commands=("google-chrome", "google-chrome-stable"),
    mac_application="Google Chrome.app/Contents/MacOS/Google Chrome",
    needed_for=MATRIX.format(name="chrome"),
    packages=Packages("Google Chrome", cask="google-chrome"),
    stands_in=True,
)
EDGE = StockBrowser(
    name="edge",
    title="Microsoft Edge",
    commands=("microsoft-edge", "microsoft-edge-stable"),
    mac_application="Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    needed_for=MATRIX.format(name="edge"),
    packages=Packages("Microsoft Edge", cask="microsoft-edge"),
    stands_in=True,
)
CHROMIUM = ChromiumBrowser(
    name="chromium",
    title="Chromium",
    commands=("chromium", "chromium-browser"),
    mac_application="Chromium.app/Contents/MacOS/Chromium",
    needed_for="every browser scenario (Chrome or Edge stand in), the browser matrix",
    # Text without fonts is boxes, on the page and in every screenshot.
    packages=Packages(
        "Chromium", debian=("chromium", "fonts-dejavu-core"), fedora="chromium", cask="chromium"
    ),
    stands_in=True,
    override="HARNESS_CHROMIUM",
)
FIREFOX = StockBrowser(
    name="firefox",
    title="Firefox",
    engine="firefox",
    commands=("firefox-esr", "firefox"),
    mac_application="Firefox.app/Contents/MacOS/firefox",
    needed_for=MATRIX.format(name="firefox"),
    packages=Packages(
        "Firefox", debian=("firefox-esr", "fonts-dejavu-core"), fedora="firefox", cask="firefox"
    ),
)

STOCK: tuple[StockBrowser, ...] = (
    CHROMIUM,
    CHROME,
    EDGE,
    FIREFOX,
)
"""Every stock browser that Playwright drives, in the order of ``harness doctor``'s table. One of
Chromium's engine that is added here is also one that ``harness run --browser`` accepts."""


@dataclass(frozen=True, slots=True)
class WebKitGtkPart:
    """WebKitGTK: a driver and the small browser that it drives; Linux only."""

    name: str = "webkitgtk"
    needed_for: str = MATRIX.format(name="webkitgtk")

    def find(self, host: Host) -> Path | None:
        """Return the driver, if its browser is there too."""
        return find_webkit_driver(host) if find_minibrowser(host) else None

    def look(self, host: Host) -> PartStatus:
        """Return its status; the driver must run."""
        driver, browser = find_webkit_driver(host), find_minibrowser(host)
        if driver is None or browser is None:
            lacking = "WebKitWebDriver" if driver is None else "MiniBrowser"
            return self._missing(host, f"{lacking} was not found")
        # Neither says its version without a display; asking for help proves that it runs.
        answer = version_of([driver, "--help"], host.env)
        if not answer.ok:
            return self._missing(host, answer.reason)
        return PartStatus(
            name=self.name,
            state="found",
            version=Apt(host).version("webkit2gtk-driver"),
            where=str(driver),
            needed_for=self.needed_for,
            detail=f"drives {browser}",
        )

    def wanted(self, host: Host) -> bool:
        """Return True: where it exists it is a column of the matrix."""
        return True

    def bring(self, bench: Workbench) -> list[str]:
        """Install it from the distribution."""
        return _install(self.name, _WEBKITGTK, bench)

    def _missing(self, host: Host, why: str) -> PartStatus:
        fix = with_packages(host, self.name, _WEBKITGTK)
        return PartStatus(
            name=self.name, state="missing", needed_for=self.needed_for, fix=fix, detail=why
        )


@dataclass(frozen=True, slots=True)
class Xvfb:
    """A display without a screen, for browsers that cannot do without one; Linux only."""

    name: str = "xvfb"
    needed_for: str = "webkitgtk, and --headed on a machine without a screen"

    def find(self, host: Host) -> Path | None:
        """Return the server."""
        return host.which("Xvfb")

    def look(self, host: Host) -> PartStatus:
        """Return its status; the server must run."""
        path = self.find(host)
        why = "no Xvfb on PATH"
        if path is not None:
            answer = version_of([path, "-help"], host.env)
            if answer.ok:
                return PartStatus(
                    name=self.name,
                    state="found",
                    version=Apt(host).version("xvfb"),
                    where=str(path),
                    needed_for=self.needed_for,
                )
            why = answer.reason
        fix = with_packages(host, self.name, _XVFB)
        return PartStatus(
            name=self.name, state="missing", needed_for=self.needed_for, fix=fix, detail=why
        )

    def wanted(self, host: Host) -> bool:
        """Return True: webkitgtk is worth nothing without it."""
        return True

    def bring(self, bench: Workbench) -> list[str]:
        """Install it from the distribution."""
        return _install(self.name, _XVFB, bench)


def find_webkit_driver(host: Host) -> Path | None:
    """Return WebKitGTK's WebDriver server."""
    return host.which("WebKitWebDriver")


def find_minibrowser(host: Host) -> Path | None:
    """Return WebKitGTK's small browser; it is nowhere on PATH."""
    return host.first_match(
        "usr/lib/*/webkit2gtk-4.*/MiniBrowser",  # Debian, Ubuntu
        "usr/lib/webkit2gtk-4.*/MiniBrowser",  # Arch
        "usr/libexec/webkit2gtk-4.*/MiniBrowser",  # Fedora
    )


def _install(name: str, packages: Packages, bench: Workbench) -> list[str]:
    bench.say(f"{name}: apt-get install {' '.join(packages.debian)}")
    reason = bench.apt.install(*packages.debian)
    return [reason] if reason else []
