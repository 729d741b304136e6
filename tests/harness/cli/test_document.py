"""The reference pages are what the definitions say."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from harness.cli.document import FOLDER, PAGES
from harness.cli.main import cli
from reports.checks import CHECKS
from reports.evidence.fates import FATE_MEANINGS
from scenarios.catalogue.declare import load_all
from tests import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_the_one_that_the_definitions_make(name: str) -> None:
    written = (ROOT / FOLDER / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run `python -m harness.cli.document`"


def every_command(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from every_command(below, f"{path} {name}")


def test_every_command_and_option_is_on_the_page() -> None:
    page = PAGES["command-line.md"]()
    for path, command in every_command(cli, "harness"):
        section = page.partition(f"\n## {path}\n")[2].partition("\n## ")[0]
        assert section, path
        for param in command.params:
            if isinstance(param, click.Option):
                assert all(name in section for name in param.opts), (path, param.name)


def test_every_fate_and_check_is_on_the_page() -> None:
    page = PAGES["checks.md"]()
    assert [name for name in (*FATE_MEANINGS, *CHECKS) if f"\n| `{name}` |" not in page] == []


def test_every_scenario_is_on_the_page_once() -> None:
    page = PAGES["scenarios.md"]().partition("\n## Networks\n")[2]
    assert [name for name in load_all() if page.count(f"\n| `{name}` | ") != 1] == []


def test_a_row_of_a_table_is_one_line_with_its_bars_escaped() -> None:
    for make in PAGES.values():
        lines = make().splitlines()
        for number, line in enumerate(lines):
            if line.startswith("| `"):
                columns = line.replace("\\|", "").count("|")
                above = lines[number - 1].replace("\\|", "").count("|")
                assert columns == above, line
