"""``harness target init``: write a target file by asking."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from harness.cli.commands.target.openapi import Draft, draft_of, toml_of
from harness.cli.group import OnceCommand
from harness.cli.output import say
from harness.core.errors import UsageError
from harness.target.described.schema import SCHEMA_NAME, schema_text
from harness.target.target import load_target

_BEARER_IN = "Authorization"
_TRUTHS = {
    "sql": """[truth.sql]
dsn = "${{{variable}}}"   # a role that may only SELECT suffices
select = {select}
""",
    "http": """[truth.http]
path = {path}
items = {items}   # JSON pointers: the list, and the id within an item
id = {id}
{more}""",
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
    text = target_text(_answers(draft), draft)
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
    """Return the file for these answers: ``name``, ``base_url``, ``delivery``, ``start`` (empty: it
    is up), ``path``, ``ids``, ``item``, ``user``, ``kind``, ``token_variable`` (empty: none),
    ``token_header``, ``truth`` and what it needs. A ``draft`` takes the place of path, ids, item,
    user and kind."""
    quoted = {name: json.dumps(text) for name, text in answers.items()}
    session = ""
    if variable := answers["token_variable"]:
        field = answers.get("token_header") or _BEARER_IN
        value = f"{'Bearer ' if field == _BEARER_IN else ''}${{{variable}}}"
        session = f"\n[session]\nheaders = {toml_of({field: value})}\n"
    start = ""
    if words := answers.get("start", "").split():
        start = f"[start]\ncommand = {json.dumps(words)}\n\n"
    truth = _TRUTHS[answers["truth"]].format(
        variable=answers.get("variable", ""),
        select=quoted.get("select", ""),
        path=quoted.get("truth_path", ""),
        items=quoted.get("items", ""),
        id=quoted.get("id", ""),
        more="".join(f"{key} = {quoted[key]}\n" for key in ("user_id", "next") if answers.get(key)),
        run=json.dumps(answers.get("run", "").split()),
    )
    return (
        f"#:schema ./{SCHEMA_NAME}\n\nformat = 1\nname = {quoted['name']}\n"
        f"base_url = {quoted['base_url']}\ndelivery = {quoted['delivery']}\n\n"
        f"{start}{_batch_text(answers) if draft is None else _drafted(draft)}{session}\n"
        f"[truth]\nsettle_s = {float(answers['settle_s']):g}   # how long a view may take to "
        f"appear\n\n{truth}"
    )


def _batch_text(answers: Mapping[str, str]) -> str:
    body = {answers["ids"]: "{ids}"} | ({answers["user"]: "{user}"} if answers["user"] else {})
    lines = ["[batch]", f"path = {json.dumps(answers['path'])}", f"body = {toml_of(body)}"]
    lines += [f"item = {toml_of({answers['item']: '{id}'})}"] if answers.get("item") else []
    kind = answers.get("kind", "text")
    lines += ["", "[ids]", f'kind = "{kind}"'] if kind != "text" else []
    return "\n".join([*lines, ""])


def _drafted(draft: Draft) -> str:
    lines = ["[batch]", f"path = {json.dumps(draft.path)}"]
    lines += [f'method = "{draft.method}"'] if draft.method != "POST" else []
    lines += [f"body = {toml_of(draft.body)}"]
    lines += [f"item = {toml_of(draft.item)}"] if draft.item != "{id}" else []
    lines += [f"most = {draft.most}"] if draft.most else []
    lines += ["", "[ids]", f'kind = "{draft.kind}"'] if draft.kind != "text" else []
    lines += ["", "[answers]", f"accepted = {list(draft.accepted)}"] if draft.accepted else []
    return "\n".join([*lines, ""])


def _answers(draft: Draft | None) -> dict[str, str]:
    """Ask. Raises UsageError where the input ends before the last answer, as a pipe does."""
    try:
        return _asked(draft)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UsageError(
            "the input ended before the last question: nothing was written",
            hint="Answer on a terminal, or give a line for each question",
        ) from None


def _asked(draft: Draft | None = None) -> dict[str, str]:
    found: dict[str, str] = {}

    def ask(name: str, question: str, default: str, *choices: str) -> None:
        kind = click.Choice(choices) if choices else click.STRING
        answer = click.prompt(question, default=default, type=kind, err=True)
        found[name] = str(answer)

    ask("name", "What is the system called", "my system")
    known = draft.base_url if draft else ""
    ask("start", "Which command starts it, {port} where its port goes (empty: it is up)", "")
    if found["start"]:
        found["base_url"] = "http://127.0.0.1:{port}"
    else:
        ask("base_url", "Where does it listen", known or "http://127.0.0.1:8080")
    promises = ("exactly-once", "at-least-once", "at-most-once")
    ask("delivery", "Which delivery does it promise", "at-least-once", *promises)
    if draft is None:
        ask("path", "Which path takes a batch by POST, as JSON", "/views")
        ask("ids", "Which field of the body holds the list of ids", "ids")
        ask("item", "Which field of each element has the id (empty: the list is of ids)", "")
        ask("user", "Which field holds the user (empty for none)", "")
        ask("kind", "What are ids", "text", "text", "integer", "uuid")
    ask("token_variable", "Which environment variable holds a token (empty for none)", "")
    if found["token_variable"]:
        ask("token_header", "Which header field has it", _BEARER_IN)
    ask("truth", "How is what is stored read back", "http", "sql", "http", "command", "none")
    if found["truth"] == "sql":
        ask("variable", "Which environment variable holds the connection string", "TARGET_DSN")
        ask("select", "Which SELECT returns a column id", "SELECT view_id AS id FROM views")
    elif found["truth"] == "http":
        ask("next", "Where does an answer say what the next page follows (empty: one page)", "")
        path = "/admin/views?after={after}" if found["next"] else "/admin/views"
        ask("truth_path", "Which path lists what is stored", path)
        ask("items", "Where is the list in its answer (JSON pointer)", "/views")
        ask("id", "Where is the id within an item (JSON pointer)", "/id")
        if found.get("user"):
            ask("user_id", "Where is the user within an item (empty: it is not there)", "")
    elif found["truth"] == "command":
        ask("run", "Which command prints the ids", "{python} read.py")
    ask("settle_s", "After how many seconds is a view there at the latest", "0")
    return found
