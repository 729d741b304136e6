"""Commands take a value once, and a reader of their output that is gone is no failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from harness.cli.output import ClosedPipe
from harness.core.errors import HarnessError, UsageError, did_you_mean


class CommandGroup(click.Group):
    """The group of commands. click would end with 1 where a pipe is closed: the target failed."""

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Parse the arguments, and print the help that they ask for. Raises ClosedPipe."""
        with _closed_pipe():
            return super().make_context(*arguments, **extra)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named. Raises UsageError that names the nearest."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            hint = did_you_mean(name, self.list_commands(ctx), "`harness --help` shows all")
            raise UsageError(f"there is no command {name!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises HarnessError for a closed pipe that is not the output's."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise HarnessError(f"a process or connection of the harness ended: {error}") from error


@contextmanager
def _closed_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ClosedPipe from error


class OnceCommand(click.Command):
    """A command that refuses an option which is given twice and takes one value.

    click lets the last win, so that of ``--workload a --workload b`` one would never run.
    """

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Parse the arguments, and print the help that they ask for. Raises ClosedPipe."""
        with _closed_pipe():
            return super().make_context(*arguments, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments. Raises click.UsageError for an option that is given twice."""
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for option in dict.fromkeys(given):
            times = given.count(option)
            if times > 1 and isinstance(option, click.Option) and _takes_one(option):
                raise click.UsageError(
                    f"{option.opts[0]} is given {times} times and takes one value", ctx
                )
        return super().parse_args(ctx, args)


def _takes_one(option: click.Option) -> bool:
    """Return whether an option means one thing: it is no list, no count, and no plain flag."""
    is_plain_flag = option.is_flag and not option.secondary_opts
    return not (option.multiple or option.count or is_plain_flag)
