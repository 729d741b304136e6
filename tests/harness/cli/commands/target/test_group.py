"""The group lists its commands."""

from __future__ import annotations

from harness.cli.commands.target.group import target_group


def test_its_commands() -> None:
    assert set(target_group.commands) == {"check", "init", "traffic"}
