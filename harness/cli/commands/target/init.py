"""``harness target init``: write a target file by asking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.output import say
from harness.core.errors import UsageError
from harness.target.described.schema import SCHEMA_NAME, schema_text
from harness.target.target import load_target

_TRUTHS = {
    "sql": """[truth.sql]
dsn = "${{{variable}}}"   # a role that may only SELECT suffices
select = {select}
""",
    "http": """[truth.http]
path = {path}
items = {items}   # JSON pointers: the list, and the id within an item
id = {id}
""",
    "command": """[truth.command]
run = {run}   # prints an id a line
""",
    "none": "# Without [truth] nothing can be decided of delivery: see docs/your-own-system.md\n",
}


@click.command("init", cls=OnceCommand)
@click.argument("file", type=click.Path(path_type=Path), default=Path("target.toml"))
@click.option("--force", is_flag=True, help="Overwrite the file.")
def init_command(file: Path, force: bool) -> None:
    """Write a target file by asking, with the JSON Schema beside it for your editor.

    No secret is asked for: the file names the environment variables that hold them.
    """
    if file.exists() and not force:
        raise UsageError(f"{file} exists", hint="--force overwrites it")
    text = target_text(_asked())
    file.write_text(text, encoding="utf-8")
    (file.parent / SCHEMA_NAME).write_text(schema_text(), encoding="utf-8")
    say(f"wrote {file} and {file.parent / SCHEMA_NAME}")
    load_target_or_explain(file)
    say(f"Next: harness target check {file}")


def load_target_or_explain(file: Path) -> None:
    """Read the file that was written; print what must be done before it can be used."""
    try:
        load_target(file)
    except UsageError as error:
        say(error.line)


def target_text(answers: Mapping[str, str]) -> str:
    """Return the file for these answers: ``name``, ``base_url``, ``delivery``, ``path``, ``ids``,
    ``user`` (empty: none), ``token_variable`` (empty: none), ``truth`` and what it needs."""
    quoted = {name: json.dumps(text) for name, text in answers.items()}
    body = {answers["ids"]: "{ids}"} | ({answers["user"]: "{user}"} if answers["user"] else {})
    fields = ", ".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in body.items())
    session = ""
    if variable := answers["token_variable"]:
        session = f'\n[session]\nheaders = {{ Authorization = "Bearer ${{{variable}}}" }}\n'
    truth = _TRUTHS[answers["truth"]].format(
        variable=answers.get("variable", ""),
        select=quoted.get("select", ""),
        path=quoted.get("truth_path", ""),
        items=quoted.get("items", ""),
        id=quoted.get("id", ""),
        run=json.dumps(answers.get("run", "").split()),
    )
    return (
        f"#:schema ./{SCHEMA_NAME}\n\nformat = 1\nname = {quoted['name']}\n"
        f"base_url = {quoted['base_url']}\ndelivery = {quoted['delivery']}\n\n"
        f"[batch]\npath = {quoted['path']}\nbody = {{ {fields} }}\n{session}\n"
        f"[truth]\nsettle_s = {float(answers['settle_s']):g}   # how long a view may take to "
        f"appear\n\n{truth}"
    )


def _asked() -> dict[str, str]:
    found: dict[str, str] = {}

    def ask(name: str, question: str, default: str, *choices: str) -> None:
        kind = click.Choice(choices) if choices else click.STRING
        answer = click.prompt(question, default=default, type=kind, err=True)
        found[name] = str(answer)

    ask("name", "What is the system called", "my system")
    ask("base_url", "Where does it listen", "http://127.0.0.1:8080")
    promises = ("exactly-once", "at-least-once", "at-most-once")
    ask("delivery", "Which delivery does it promise", "at-least-once", *promises)
    ask("path", "Which path takes a batch by POST, as JSON", "/views")
    ask("ids", "Which field of the body holds the list of ids", "ids")
    ask("user", "Which field holds the user (empty for none)", "")
    ask("token_variable", "Which environment variable holds a bearer token (empty for none)", "")
    ask("truth", "How is what is stored read back", "http", "sql", "http", "command", "none")
    if found["truth"] == "sql":
        ask("variable", "Which environment variable holds the connection string", "TARGET_DSN")
        ask("select", "Which SELECT returns a column id", "SELECT view_id AS id FROM views")
    elif found["truth"] == "http":
        ask("truth_path", "Which path lists what is stored", "/admin/views")
        ask("items", "Where is the list in its answer (JSON pointer)", "/views")
        ask("id", "Where is the id within an item (JSON pointer)", "/id")
    elif found["truth"] == "command":
        ask("run", "Which command prints the ids", "{python} read.py")
    ask("settle_s", "After how many seconds is a view there at the latest", "0")
    return found
