"""``harness target init``: write a target file by asking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from harness.cli.commands.target.openapi import Draft, draft_of, toml_of
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
@click.option(
    "--openapi",
    type=click.Path(path_type=Path),
    help="An OpenAPI document (JSON) that tells how a batch is sent.",
)
@click.option("--operation", default="", help='Which of its operations, e.g. "POST /views".')
def init_command(file: Path, force: bool, openapi: Path | None, operation: str) -> None:
    """Write a target file by asking, with the JSON Schema beside it for your editor.

    With --openapi only what the document does not tell is asked: the names of its fields are read
    as such names usually are meant, so look at [batch] before you try it.

    No secret is asked for: the file names the environment variables that hold them.
    """
    if file.exists() and not force:
        raise UsageError(f"{file} exists", hint="--force overwrites it")
    if operation and openapi is None:
        raise UsageError("--operation is for --openapi")
    draft = draft_of(openapi, operation) if openapi else None
    text = target_text(_asked(draft), draft)
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


def target_text(answers: Mapping[str, str], draft: Draft | None = None) -> str:
    """Return the file for these answers: ``name``, ``base_url``, ``delivery``, ``path``, ``ids``,
    ``user`` (empty: none), ``token_variable`` (empty: none), ``truth`` and what it needs. A
    ``draft`` takes the place of path, ids and user."""
    quoted = {name: json.dumps(text) for name, text in answers.items()}
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
        f"{_batch_text(answers) if draft is None else _drafted(draft)}{session}\n"
        f"[truth]\nsettle_s = {float(answers['settle_s']):g}   # how long a view may take to "
        f"appear\n\n{truth}"
    )


def _batch_text(answers: Mapping[str, str]) -> str:
    body = {answers["ids"]: "{ids}"} | ({answers["user"]: "{user}"} if answers["user"] else {})
    return f"[batch]\npath = {json.dumps(answers['path'])}\nbody = {toml_of(body)}\n"


def _drafted(draft: Draft) -> str:
    lines = ["[batch]", f"path = {json.dumps(draft.path)}"]
    lines += [f'method = "{draft.method}"'] if draft.method != "POST" else []
    lines += [f"body = {toml_of(draft.body)}"]
    lines += [f"item = {toml_of(draft.item)}"] if draft.item != "{id}" else []
    lines += [f"most = {draft.most}"] if draft.most else []
    lines += ["", "[ids]", f'kind = "{draft.kind}"'] if draft.kind != "text" else []
    lines += ["", "[answers]", f"accepted = {list(draft.accepted)}"] if draft.accepted else []
    return "\n".join([*lines, ""])


def _asked(draft: Draft | None = None) -> dict[str, str]:
    found: dict[str, str] = {}

    def ask(name: str, question: str, default: str, *choices: str) -> None:
        kind = click.Choice(choices) if choices else click.STRING
        answer = click.prompt(question, default=default, type=kind, err=True)
        found[name] = str(answer)

    ask("name", "What is the system called", "my system")
    known = draft.base_url if draft else ""
    ask("base_url", "Where does it listen", known or "http://127.0.0.1:8080")
    promises = ("exactly-once", "at-least-once", "at-most-once")
    ask("delivery", "Which delivery does it promise", "at-least-once", *promises)
    if draft is None:
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
