from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.setup import find_chromium, setup
from harness.setup.parts.browsers import CHROME, CHROMIUM, FIREFOX, WebKitGtkPart, Xvfb
from harness.setup.parts.playwright_builds import PlaywrightBuildPart
from tests.harness.setup.fake_host import FakeHost, write_script

APT_CACHE_KNOWS = r"""
shift
for package in "$@"; do printf '%s:\n  Installed: (none)\n  Candidate: 1.0\n' "$package"; done
"""
APT_CACHE_KNOWS_AFTER_UPDATE = """
shift
test -e "{updated}" || exit 0
for package in "$@"; do printf '%s:\\n  Candidate: 1.0\\n' "$package"; done
"""


def install_puts(browser: Path) -> str:
    return f"""
case "$*" in *install*) printf '#!/bin/sh\\necho Chromium 7.8.9\\n' > "{browser}"
chmod +x "{browser}" ;; esac
"""


def test_apt_brings_what_is_missing_and_updates_nothing_without_need(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("apt-cache", APT_CACHE_KNOWS)
    machine.script("apt-get", install_puts(machine.bin / "chromium"))
    status = setup([].append, host=machine.host(), parts=[CHROMIUM])[0]
    assert (status.state, status.version) == ("found", "7.8.9")
    gets = [call for call in machine.calls if call.startswith("apt-get")]
    assert len(gets) == 1
    assert "--no-install-recommends -y chromium" in gets[0]


def test_the_package_lists_are_fetched_once_for_all_parts(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    updated = tmp_path / "updated"
    machine.script("apt-cache", APT_CACHE_KNOWS_AFTER_UPDATE.format(updated=updated))
    machine.script("apt-get", f'case "$*" in *update) touch "{updated}" ;; *) exit 100 ;; esac')
    statuses = setup([].append, host=machine.host(), parts=[CHROMIUM, FIREFOX])
    assert [status.state for status in statuses] == ["missing", "missing"]
    assert "exit 100" in statuses[0].detail
    assert sum(call.endswith("update") for call in machine.calls) == 1


def test_a_package_that_the_distribution_lacks_is_named(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("apt-cache", "exit 0")
    machine.script("apt-get", "echo 'Could not resolve host' >&2; exit 100")
    status = setup([].append, host=machine.host(), parts=[FIREFOX])[0]
    assert "no package firefox-esr" in status.detail
    assert "Could not resolve host" in status.detail
    assert not any(" install " in call for call in machine.calls)


def test_where_apt_reaches_nothing_the_later_parts_do_not_wait_again(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("apt-cache", APT_CACHE_KNOWS)
    machine.script("apt-get", "echo 'Connection timed out' >&2; exit 100")
    statuses = setup([].append, host=machine.host(), parts=[CHROMIUM, FIREFOX, Xvfb()])
    for status in statuses:
        assert "Connection timed out" in status.detail
    assert sum(call.startswith("apt-get") for call in machine.calls) == 2  # install, update


def test_without_root_apt_is_not_asked_and_the_command_is_printed(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, is_root=False)
    machine.script("apt-get", "exit 0")
    machine.script("sudo", "exit 1")  # as `sudo -n true` where it would ask for a password
    status = setup([].append, host=machine.host(), parts=[FIREFOX])[0]
    assert status.fix.startswith("sudo apt-get install --no-install-recommends firefox-esr")
    assert "sudo asks for a password" in status.detail
    assert machine.calls == ["sudo -n true"]


def test_passwordless_sudo_is_used(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, is_root=False)
    machine.script("sudo", 'shift; "$@"')
    machine.script("apt-cache", APT_CACHE_KNOWS)
    machine.script("apt-get", install_puts(machine.bin / "firefox-esr"))
    status = setup([].append, host=machine.host(), parts=[FIREFOX])[0]
    assert status.state == "found"
    assert any(call.startswith("sudo -n timeout") for call in machine.calls)


def test_chromium_is_not_brought_beside_chrome_unless_asked_for(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    chrome = machine.script("google-chrome", "echo Google Chrome 1.2.3")
    machine.script("apt-cache", APT_CACHE_KNOWS)
    machine.script("apt-get", install_puts(machine.bin / "chromium"))
    host = machine.host()
    assert find_chromium(host) == chrome
    assert setup([].append, host=host, parts=[CHROMIUM])[0].state == "missing"
    assert setup([].append, only=["chromium"], host=host, parts=[CHROMIUM])[0].state == "found"


def test_mac_applications_are_found_where_macs_keep_them(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, system="Darwin")
    host = machine.host()
    folder = "Applications/Google Chrome.app/Contents/MacOS"
    chrome = write_script(host.home / folder / "Google Chrome", "echo Google Chrome 1.2.3")
    assert CHROME.find(host) == chrome
    assert CHROME.look(host).version == "1.2.3"
    assert FIREFOX.look(host).fix == "brew install --cask firefox"


def test_webkitgtk_needs_the_driver_and_its_browser(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("WebKitWebDriver", "echo usage")
    host = machine.host()
    part = WebKitGtkPart()
    assert part.find(host) is None
    assert part.look(host).detail == "MiniBrowser was not found"
    write_script(host.root / "usr/lib/some-linux-gnu/webkit2gtk-4.1/MiniBrowser", "exit 0")
    assert part.find(host) == machine.bin / "WebKitWebDriver"
    assert part.look(host).state == "found"


def playwright_build(machine: FakeHost) -> PlaywrightBuildPart:
    driver = machine.directory / "driver"
    driver.mkdir()
    listed = '{"browsers": [{"name": "firefox", "revision": "7", "browserVersion": "157.0"}]}'
    (driver / "browsers.json").write_text(listed)
    return PlaywrightBuildPart(
        engine="firefox", executables=("firefox/firefox",), stock=(FIREFOX,), driver=driver
    )


def test_a_playwright_build_counts_when_it_is_complete_and_runs(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    build, host = playwright_build(machine), machine.host()
    folder = host.home / ".cache/ms-playwright/firefox-7"
    binary = write_script(folder / "firefox/firefox", "echo Mozilla Firefox 157.0")
    assert build.find(host) is None  # a download that was cut off
    (folder / "INSTALLATION_COMPLETE").touch()
    assert build.find(host) == binary
    assert build.look(host).version == "157.0"
    write_script(binary, "echo 'libfoo.so: cannot open shared object file' >&2; exit 127")
    broken = build.look(host)
    assert broken.state == "missing"
    assert "libfoo.so" in broken.detail
    assert "--with-deps firefox" in broken.fix


def test_a_playwright_build_stands_in_only_where_the_stock_engine_is_missing(
    tmp_path: Path,
) -> None:
    machine = FakeHost(tmp_path)
    build = playwright_build(machine)
    assert build.wanted(machine.host())
    machine.script("firefox", "echo Mozilla Firefox 1.0")
    assert not build.wanted(machine.host())
    assert not replace(build, driver=None).wanted(machine.host())
