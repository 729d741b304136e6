"""The reference pages: commands, checks and scenarios, from the definitions that the harness runs.

``python -m harness.cli.document`` writes docs/reference/.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from harness.cli.described import target_file_page
from harness.cli.main import cli
from harness.core.errors import ExitCode
from harness.faults.line.profiles import PROFILES
from harness.target.capabilities import Capability
from reports.checks import CHECKS
from reports.checks.base import Check
from reports.evidence.fates import FATE_MEANINGS, HARMLESS_FATES
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.request import Catalogue, load_catalogue

FOLDER = Path("docs/reference")
_MADE_BY = "Written by `python -m harness.cli.document` from {}: change that, not this page."


def commands_page() -> str:
    """Return the page of the command line: every command with its arguments and options."""
    parts = ["# Command line\n", _MADE_BY.format("the commands in `harness/cli`") + "\n"]
    parts += ["| Exit code | Meaning |", "|---|---|"]
    parts += [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    parts += ["", *_command(cli, click.Context(cli, info_name="harness"))]
    return _joined(parts)


def checks_page() -> str:
    """Return the page of fates and checks: what each promises, and what it needs of a target."""
    parts = ["# Fates and checks\n", _MADE_BY.format("`reports/evidence` and `reports/checks`")]
    parts += ["", "## Fates\n", "Worst first; an impression has the worst that applies.\n"]
    parts += ["| Fate | Meaning | |", "|---|---|---|"]
    for fate, meaning in FATE_MEANINGS.items():
        fine = "fine" if fate in HARMLESS_FATES else ""
        parts.append(f"| `{fate}` | {meaning} | {fine} |")
    parts += ["", "## Checks\n"]
    parts += [
        "A check *judges every run* when it needs no scenario to ask for it, and *judges the "
        "harness* when its failure makes a cell `unknown`. Without what it needs of the target it "
        "is unsupported, never passed.\n"
    ]
    by_folder: dict[str, list[Check]] = {}
    for check in CHECKS.values():
        by_folder.setdefault(check.function.__module__.split(".")[2], []).append(check)
    for folder, checks in sorted(by_folder.items()):
        parts += [f"### {folder}\n"]
        parts += ["| Check | Promise | Parameters | Needs of the target |", "|---|---|---|---|"]
        parts += [_check(one) for one in sorted(checks, key=lambda one: one.name)] + [""]
    return _joined(parts)


def scenarios_page() -> str:
    """Return the page of scenarios, suites, workloads and networks."""
    catalogue = load_catalogue()
    parts = ["# Scenarios and suites\n", _MADE_BY.format("`scenarios`"), "", "## Suites\n"]
    parts += _table("Suite", {name: s["about"] for name, s in catalogue.suites.items()})
    parts += ["## Workloads\n"]
    parts += _table("Workload", {name: w.about for name, w in catalogue.workloads.items()})
    parts += ["## Networks\n"]
    parts += _table("Network", {name: f"{p.about} ({p.nominal})" for name, p in PROFILES.items()})
    for matrix in sorted(catalogue.matrices):
        parts += [f"## {matrix}\n", "| Scenario | Question | Arms | Factors |", "|---|---|--:|---|"]
        parts += [_scenario(one) for one in _of(catalogue, matrix)] + [""]
    return _joined(parts)


PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": commands_page,
    "checks.md": checks_page,
    "scenarios.md": scenarios_page,
    "target-file.md": lambda: target_file_page(
        _MADE_BY.format("`harness/target/described/form.py` and `scenarios`")
    ),
}


def _joined(parts: list[str]) -> str:
    return "\n".join(parts).rstrip("\n") + "\n"


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the sections of a command and of those below it."""
    yield f"## {context.command_path}\n"
    pieces = " ".join(piece for piece in command.collect_usage_pieces(context) if piece)
    yield f"```text\n{context.command_path} {pieces}\n```\n"
    yield from _help(command.help or "")
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if options:
        yield "| Option | |\n|---|---|"
        yield from (_option(option, context) for option in options)
        yield ""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            if not below.hidden:
                yield from _command(below, click.Context(below, info_name=name, parent=context))


def _help(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```text\n" + paragraph.lstrip("\b").strip("\n") + "\n```\n"
        elif paragraph:
            yield " ".join(paragraph.split()) + "\n"


def _option(option: click.Option, context: click.Context) -> str:
    names, about = option.get_help_record(context) or ("", "")
    bars = names.replace("|", "\\|")
    return f"| `{bars}` | {_cell(about)} |"


def _check(check: Check) -> str:
    defaults = check.defaults
    parameters = [
        f"`{name}` = {defaults[name]}" if name in defaults else f"`{name}`"
        for name in check.parameters
    ]
    marks = [
        *(["judges every run"] if check.always else []),
        *(["judges the harness"] if check.instrument else []),
    ]
    promise = inspect.getdoc(check.function) or ""
    first = " ".join(promise.split("\n\n")[0].split())
    aside = f" *({', '.join(marks)})*" if marks else ""
    needs = ", ".join(one.value for one in Capability if one in check.needs)
    return f"| `{check.name}` | {_cell(first)}{aside} | {', '.join(parameters)} | {_cell(needs)} |"


def _of(catalogue: Catalogue, matrix: str) -> list[Scenario]:
    found = [one for one in catalogue.scenarios.values() if one.matrix == matrix]
    return sorted(found, key=lambda one: one.name)


def _scenario(one: Scenario) -> str:
    every = [*one.arms, *one.on_request]
    factors = sorted({factor for arm in every for factor in arm})
    levels = [
        f"{factor}: {', '.join(dict.fromkeys(arm[factor] for arm in every if factor in arm))}"
        for factor in factors
    ]
    question = " ".join(one.question.split())
    return f"| `{one.name}` | {_cell(question)} | {len(every)} | {_cell('; '.join(levels))} |"


def _table(head: str, rows: Mapping[str, str]) -> list[str]:
    lines = [f"| `{name}` | {_cell(about)} |" for name, about in rows.items()]
    return [f"| {head} | |", "|---|---|", *lines, ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def main() -> int:
    """Write the pages beside the sources that they document."""
    folder = Path(__file__).resolve().parents[2] / FOLDER
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
