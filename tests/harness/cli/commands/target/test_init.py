"""``harness target init``: the file that its answers make is one that can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.commands.target.init import init_command, target_text
from harness.core.environment import TARGET_SECRETS_VARIABLE
from harness.core.errors import UsageError
from harness.target.described.loading import described_system
from harness.target.target import load_target

ANSWERS = {
    "name": 'the "shop"',
    "base_url": "http://127.0.0.1:9",
    "delivery": "exactly-once",
    "path": "/v",
    "ids": "views",
    "user": "who",
    "token_variable": "SHOP_TOKEN",
    "settle_s": "3",
}


@pytest.mark.parametrize(
    ("truth", "more"),
    [
        ("sql", {"variable": "SHOP_DSN", "select": "SELECT a AS id FROM b"}),
        ("http", {"truth_path": "/all", "items": "/v", "id": ""}),
        ("command", {"run": "{python} read.py"}),
        ("none", {}),
    ],
)
def test_every_answer_makes_a_file_that_can_be_read(
    truth: str, more: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"SHOP_TOKEN": "t", "SHOP_DSN": "host=x"}
    monkeypatch.setenv(TARGET_SECRETS_VARIABLE, json.dumps(secrets))
    path = tmp_path / "target.toml"
    path.write_text(target_text({**ANSWERS, "truth": truth, **more}))
    system = described_system(load_target(path).system)
    assert system.described is not None
    assert system.described.truth.settle_s == 3
    given = {name: getattr(system.described.truth, name) for name in ("sql", "http", "command")}
    assert [name for name, table in given.items() if table] == [truth] * (truth != "none")


def test_it_asks_writes_and_says_what_comes_next(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    found = CliRunner().invoke(init_command, [str(path)], input="\n" * 12)
    assert found.exit_code == 0, found.output
    assert path.read_text().startswith("#:schema ./target.schema.json\n")
    assert (tmp_path / "target.schema.json").exists()
    again = CliRunner().invoke(init_command, [str(path)], input="\n" * 12)
    assert isinstance(again.exception, UsageError)
