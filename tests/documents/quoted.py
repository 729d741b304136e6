"""Command lines that documents and CI files quote, held against the real command line.

Nothing is run: options, subcommands and values of a closed set are looked up in click's own
definitions.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

from harness.cli.main import cli
from harness.core.errors import HarnessError

_FENCE = re.compile(
    r"^(?P<fence>```+)(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^(?P=fence)\s*$", re.M | re.S
)
_SPAN = re.compile(r"(?<!`)`(harness [^`]+)`(?!`)")
_ENDS = {"|", "||", "&&", ";", ">", ">>", "2>", "&", "<", ")", "}", "2>&1"}
_SHELLS = ("sh", "console", "bash", "shell")
_ELLIPSIS = "…"


def quoted_in_markdown(text: str) -> Iterator[str]:
    """Yield the command lines of a page: of its shell blocks, and of code spans, which may leave
    out what an option takes."""
    for block in _FENCE.finditer(text):
        if block["kind"] in _SHELLS:
            yield from quoted_in_shell(block["body"], prompt=block["kind"] == "console")
    for span in _SPAN.finditer(_FENCE.sub("", text)):
        yield f"{' '.join(span[1].split())} {_ELLIPSIS}"


def shell_blocks(text: str) -> Iterator[str]:
    """Yield the shell blocks of a page."""
    for block in _FENCE.finditer(text):
        if block["kind"] in _SHELLS:
            yield block["body"]


def quoted_in_shell(text: str, *, prompt: bool = False) -> Iterator[str]:
    """Yield the lines of a shell script that start the harness; with ``prompt``, those behind $."""
    for line in text.replace("\\\n", " ").splitlines():
        bare = line.strip()
        if prompt:
            if not bare.startswith("$ "):
                continue
            bare = bare[2:]
        found = re.search(r"(?:^|\s|bin/)(harness [a-z-].*)$", bare)
        if found and not bare.startswith("#"):
            yield found[1]


def mistake_in(line: str) -> str:
    """Return what is wrong with a command line; empty if the harness would take it.

    An ellipsis ends what is looked at, and so does what a shell does with the output.
    """
    words = _words(line)
    if words[:1] != ["harness"]:
        return "does not start with harness"
    context = click.Context(cli, info_name="harness")
    command: click.Command = cli
    rest = words[1:]
    while isinstance(command, click.Group):
        if not rest or rest[0] in ("-h", "--help", "--version"):
            return ""
        if rest[0] in {name for param in command.params for name in param.opts}:
            rest = rest[1:]
            continue
        if rest[0].startswith("-"):
            if "run" not in command.commands:
                return f"{command.name} has no option {rest[0]}"
            rest = ["run", *rest]  # as `harness experiment --resume` has it
        try:
            name, found, rest = command.resolve_command(context, rest)
        except click.UsageError as error:
            return error.format_message()
        except HarnessError as error:
            return error.line
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    mistake = _mistake_in_options(command, context, rest)
    cut_off = _ELLIPSIS in line and mistake.endswith("requires an argument.")
    return "" if cut_off else mistake


def _mistake_in_options(command: click.Command, context: click.Context, rest: list[str]) -> str:
    try:
        values, _, _ = command.make_parser(context).parse_args(list(rest))
    except click.UsageError as error:
        return error.format_message()
    for param in command.params:
        value = values.get(str(param.name))
        closed = isinstance(param.type, click.Choice | click.types.IntParamType)
        for one in value if isinstance(value, list | tuple) else [value]:
            if closed and isinstance(one, str) and not _is_placeholder(one):
                try:
                    param.type.convert(one, param, context)
                except click.UsageError as error:
                    return error.format_message()
    return ""


def _is_placeholder(value: str) -> bool:
    """Return whether a value stands for another: ``N``, ``$SHARD``."""
    return value.isupper() or value.startswith("$") or "${" in value or "{{" in value


def _words(line: str) -> list[str]:
    line = line.split(_ELLIPSIS)[0].rstrip()
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word in _ENDS or set(word) <= set("|&;<>()"):
            break
        words.append(word)
    return words
