"""docs/clients.md, from the stored results and the list of known bugs."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.clients.cells import ClientCell
from benchmarks.markdown import page, table

HERE = Path(__file__).parent
NOT_MEASURED = "·"
REPORTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "posthog-js": (
        ("events of a closed page are lost", "https://github.com/PostHog/posthog-js/issues/1583"),
        ("beacons lose events on navigation", "https://github.com/PostHog/posthog-js/issues/205"),
        ("large beacons do not leave", "https://github.com/PostHog/posthog-js/issues/44"),
    ),
    "@snowplow/browser-tracker": (
        (
            "two tabs overwrite one queue",
            "https://github.com/snowplow/snowplow-javascript-tracker/issues/349",
        ),
        (
            "requests of unknown outcome are sent again",
            "https://github.com/snowplow/snowplow-javascript-tracker/issues/1442",
        ),
        (
            "events tracked as the page leaves come too late",
            "https://github.com/snowplow/snowplow-javascript-tracker/issues/890",
        ),
    ),
    "@amplitude/analytics-browser": (
        (
            "the same event in parallel batches",
            "https://github.com/amplitude/Amplitude-TypeScript/issues/963",
        ),
        (
            "requests are cancelled by a navigation",
            "https://github.com/amplitude/Amplitude-TypeScript/pull/1781",
        ),
    ),
    "@plausible-analytics/tracker": (
        (
            "an event on a link is interrupted by the navigation (an older tracker)",
            "https://github.com/Barbapapazes/plausible-tracker/issues/22",
        ),
        (
            "fetch with keepalive instead of a beacon",
            "https://github.com/plausible/analytics/pull/5020",
        ),
    ),
    "mixpanel-browser": (
        (
            "batching drops events of pages that are left",
            "https://github.com/mixpanel/mixpanel-js/issues/341",
        ),
        (
            "flushing at unload is not reliable",
            "https://github.com/mixpanel/mixpanel-js/issues/294",
        ),
    ),
}
"""Client → where its users, or its makers, report what the tables show."""


class KnownBug(msgspec.Struct, frozen=True, kw_only=True):
    """A public bug and the versions on both sides of its fix; ``shows`` is what it is seen by, and
    ``fate`` what must have become of each view that is lost by it."""

    title: str
    client: str
    issue: str
    before: str
    after: str
    scenario: str
    shows: str
    settings: str = "default"
    fate: str = ""


def known_bugs() -> list[KnownBug]:
    """Return the list of ``bugs.toml``."""
    content = tomllib.loads((HERE / "bugs.toml").read_text(encoding="utf-8"))
    return msgspec.convert(content["bug"], list[KnownBug])


def clients_page(cells: Sequence[ClientCell], bugs: Sequence[KnownBug]) -> str:
    """Return the page in Markdown."""
    text = (HERE / "clients.md").read_text(encoding="utf-8").rstrip("\n")
    sides = {(bug.client, version) for bug in bugs for version in (bug.before, bug.after)}
    tried = [cell for cell in cells if (cell.client, cell.version) not in sides]
    names = list(dict.fromkeys(cell.client for cell in tried))
    sections = [_section(name, [cell for cell in tried if cell.client == name]) for name in names]
    return page(text, "## What each loses", *sections, *_bugs_section(cells, bugs))


def _section(name: str, cells: Sequence[ClientCell]) -> str:
    newest = cells[-1]
    settings = {cell.settings: cell.options for cell in cells}
    products = dict.fromkeys(cell.product for cell in cells if cell.product)
    reports = ", ".join(f"[{words}]({link})" for words, link in REPORTS.get(name, ()))
    lists = [set(cell.not_asked) for cell in cells if cell.verdict != "not run"]
    never = sorted(set.intersection(*lists)) if lists else []
    lines = [
        f"### {name} {newest.version}",
        "",
        f"Promise: **{newest.promise}**: {newest.why}. Licence: {newest.licence}. "
        f"Browsers: {', '.join(products) or 'none'}.",
        "",
        *(f"- `{one}`: {_options(options)}" for one, options in sorted(settings.items())),
        "",
        _matrix(cells),
        "",
        f"Its users and makers report: {reports}.",
        "",
        "Never asked of it, for want of evidence or of a promise: "
        f"{', '.join(never) or 'nothing'}.",
    ]
    return "\n".join(lines)


def _options(options: Mapping[str, object]) -> str:
    return f"`{msgspec.json.encode(options).decode()}`" if options else "nothing is changed"


def _matrix(cells: Sequence[ClientCell]) -> str:
    columns = sorted({(cell.browser, cell.settings) for cell in cells})
    found: dict[tuple[str, str, str], list[ClientCell]] = {}
    for cell in cells:
        found.setdefault((cell.scenario, cell.browser, cell.settings), []).append(cell)
    rows = []
    for scenario in sorted({cell.scenario for cell in cells}):
        words = [_runs(found.get((scenario, *column), ())) for column in columns]
        rows.append(f"| `{scenario}` | {' | '.join(words)} |")
    return table(("cell", *(f"{browser}, {one}" for browser, one in columns)), rows)


def _runs(cells: Sequence[ClientCell]) -> str:
    """Return what became of a case, in each of its runs where they differ, with their number."""
    outcomes = Counter(_cell(cell) for cell in cells)
    if len(cells) < 2:
        return next(iter(outcomes), NOT_MEASURED)
    if len(outcomes) == 1:
        return f"{next(iter(outcomes))} ({len(cells)} runs)"
    return "; ".join(f"{text} ({count} of {len(cells)} runs)" for text, count in outcomes.items())


def _cell(cell: ClientCell) -> str:
    """Return what became of a cell, e.g. ``**2 of 20 lost**, 3 sent again``."""
    if cell.verdict == "not run":
        return "ignored us"
    words = [f"{cell.lost} of {cell.shown} lost" if cell.lost else f"all {cell.shown}"]
    words += [f"{cell.stored_twice} stored twice"] if cell.stored_twice else []
    words += [f"{cell.sent_again} sent again"] if cell.sent_again else []
    words += [f"{cell.repeated} repeated by the browser"] if cell.repeated else []
    if cell.verdict == "fail" and not (cell.lost or cell.stored_twice):
        words.append(f"`{cell.reason.partition(':')[0]}`")  # what else it broke
    text = ", ".join(words)
    return {"fail": f"**{text}**", "unknown": f"{text} (undecided)"}.get(cell.verdict, text)


def _bugs_section(cells: Sequence[ClientCell], bugs: Sequence[KnownBug]) -> list[str]:
    rows = []
    for bug in bugs:
        sides = [_side(cells, bug, version) for version in (bug.before, bug.after)]
        rows.append(
            f"| [{bug.title}]({bug.issue.split()[0]}) | {bug.client} | {bug.before}: "
            f"{_shown(sides[0], bug.shows)} | {bug.after}: {_shown(sides[1], bug.shows)} | "
            f"{_distinguished(sides, bug)} |"
        )
    commands = [
        f"harness run {bug.scenario} --client {bug.client}@{version} --browser chromium "
        f"--preset {bug.settings}"
        for bug in bugs
        for version in (bug.before, bug.after)
    ]
    return [
        "## Known bugs, before and after their fix",
        "Each is a public bug of a client, run in Chromium in the version "
        "before its fix and in the one after it. The harness must distinguish the two, and what is "
        "lost must have the fate that the bug gives it: none of these views was acknowledged.",
        table(("bug", "client", "before", "after", "distinguished"), rows),
        "```sh\n" + "\n".join(dict.fromkeys(commands)) + "\n```",
    ]


def _side(cells: Sequence[ClientCell], bug: KnownBug, version: str) -> ClientCell | None:
    """Return the bug's cell with a version of its client; None where it was not run."""
    wanted = (bug.client, version, bug.scenario, "chromium", bug.settings)
    return next((cell for cell in cells if cell.case == wanted and cell.verdict != "not run"), None)


def _shown(cell: ClientCell | None, shows: str) -> str:
    if cell is None:
        return "not run"
    count = cell.counted(shows)
    if shows == "sent_again":
        return f"{count} sent again"
    fates = ", ".join(f"{many} `{fate}`" for fate, many in cell.lost_as.items())
    return f"{count} of {cell.shown} lost" + (f" ({fates})" if fates else "")


def _distinguished(sides: Sequence[ClientCell | None], bug: KnownBug) -> str:
    """Return whether there is more of it before its fix, and under its fate alone."""
    before, after = sides
    if before is None or after is None:
        return "not run"
    if before.counted(bug.shows) <= after.counted(bug.shows):
        return "**no**"
    if bug.fate and not before.lost_as:
        return "yes; under which fate was not stored"
    return "yes" if not bug.fate or set(before.lost_as) == {bug.fate} else "**another fate**"
