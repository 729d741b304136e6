"""``harness target init``: the file that its answers make is one that can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.commands.target.init import init_command, target_text
from harness.core.environment import TARGET_SECRETS_VARIABLE
from harness.core.errors import UsageError
from harness.target.described.dialect import DescribedDialect
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


def test_what_is_asked_stands_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TARGET_SECRETS_VARIABLE, json.dumps({"SHOP_TOKEN": "t0ken"}))
    path = tmp_path / "target.toml"
    answers = ["visits", "node app.js {port}", "exactly-once", "/ingest", "views", "n", "member"]
    answers += ["integer", "SHOP_TOKEN", "X-Token", "http", "/cursor", "/export?from={after}"]
    answers += ["/data", "/view", "/member", "0"]
    found = CliRunner().invoke(init_command, [str(path)], input="\n".join([*answers, ""]))
    assert found.exit_code == 0, found.output
    system = described_system(load_target(path).system)
    described = system.described
    assert described is not None
    assert described.start is not None
    assert described.start.command == ("node", "app.js", "{port}")
    assert described.base_url == "http://127.0.0.1:{port}"
    assert described.truth.http is not None
    assert (described.truth.http.next, described.truth.http.user_id) == ("/cursor", "/member")
    assert isinstance(system.dialect, DescribedDialect)
    assert system.dialect.session.headers == {"X-Token": "t0ken"}
    views = [system.dialect.artwork_id(1)]
    body = json.loads(system.dialect.request("ann", views, batch="b", attempt=1).body)
    assert body["member"] == "ann"
    assert isinstance(body["views"][0]["n"], int)


def test_a_bearer_token_is_called_one(tmp_path: Path) -> None:
    text = target_text({**ANSWERS, "truth": "none", "token_header": "Authorization"})
    assert 'Authorization" = "Bearer ${SHOP_TOKEN}"' in text


def test_input_that_ends_too_early_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    found = CliRunner().invoke(init_command, [str(path)], input="visits\n")
    assert isinstance(found.exception, UsageError)
    assert "the input ended before the last question" in str(found.exception)
    assert not path.exists()


def test_it_asks_writes_and_says_what_comes_next(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    found = CliRunner().invoke(init_command, [str(path)], input="\n" * 20)
    assert found.exit_code == 0, found.output
    assert path.read_text().startswith("#:schema ./target.schema.json\n")
    assert (tmp_path / "target.schema.json").exists()
    again = CliRunner().invoke(init_command, [str(path)], input="\n" * 20)
    assert isinstance(again.exception, UsageError)
