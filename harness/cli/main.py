"""The command line: the group of commands, and how an error becomes an exit code.

Results go to standard output, everything else to standard error. Every error is one line that says
what to do; ``--debug`` adds the traceback.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence

import click

from harness.cli.commands.device import device_command
from harness.cli.commands.doctor import doctor_command
from harness.cli.commands.experiment import experiment_command
from harness.cli.commands.history.baseline import baseline_command
from harness.cli.commands.history.history import history_command
from harness.cli.commands.history.recheck import recheck_command
from harness.cli.commands.history.trend import trend_command
from harness.cli.commands.list import list_command
from harness.cli.commands.load_worker import load_worker_command
from harness.cli.commands.run import run_command
from harness.cli.commands.selftest import selftest_command
from harness.cli.commands.setup import setup_command
from harness.cli.commands.simulate import simulate_command
from harness.cli.commands.stored.compare import compare_command
from harness.cli.commands.stored.explain import explain_command
from harness.cli.commands.stored.logs import logs_command
from harness.cli.commands.stored.merge import merge_command
from harness.cli.commands.stored.profile import profile_command
from harness.cli.commands.stored.report import report_command
from harness.cli.commands.target.group import target_group
from harness.cli.commands.up import up_command
from harness.cli.commands.walk import walk_command
from harness.cli.group import CommandGroup
from harness.cli.output import ClosedPipe, flush_results, say
from harness.core.errors import ExitCode, HarnessError
from harness.process.interrupt import listen_for_interrupts
from servers.topology.spawning import NotReady

_EPILOG = "Exit codes:\n\n\b\n" + "\n".join(
    f"  {code.value:>3}  {code.meaning}" for code in ExitCode
)


@click.group(
    cls=CommandGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="impression-harness")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Account for every impression: was what somebody saw stored exactly once?

    Start with `harness doctor`, then `harness run`. A run leaves a directory with everything that
    was recorded; `harness report` and `harness explain` read it.
    """


for _command in (
    run_command,
    list_command,
    experiment_command,
    doctor_command,
    setup_command,
    report_command,
    explain_command,
    compare_command,
    profile_command,
    logs_command,
    merge_command,
    history_command,
    trend_command,
    recheck_command,
    target_group,
    baseline_command,
    up_command,
    walk_command,
    selftest_command,
    simulate_command,
    device_command,
    load_worker_command,
):
    cli.add_command(_command)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code that says what happened."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    listen_for_interrupts()
    code = _code_of(arguments)
    sys.exit(code if flush_results() else ExitCode.CLOSED_PIPE)


def _code_of(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code that says what happened."""
    try:
        cli.main(args=list(arguments), standalone_mode=False)
    except SystemExit as end:
        return int(end.code or 0)
    except ClosedPipe:
        return ExitCode.CLOSED_PIPE
    except click.ClickException as error:
        _show_usage(error)
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.exceptions.Abort):
        say("harness: interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:
        line, code = explained(error)
        say(f"harness: {line}")
        if "--debug" in arguments:
            say(traceback.format_exc())
        return code
    return ExitCode.PASS


def _show_usage(error: click.ClickException) -> None:
    """Print what click says of wrong arguments; they may hold anything."""
    message = io.StringIO()
    error.show(file=message)
    say(message.getvalue().rstrip("\n"))


def explained(error: Exception) -> tuple[str, ExitCode]:
    """Return an error in one line, and the exit code that it ends in."""
    if isinstance(error, HarnessError):
        return error.line, error.exit_code
    if isinstance(error, NotReady):
        return " ".join(str(error).split()), ExitCode.HARNESS
    if isinstance(error, OSError):
        where = f" {error.filename}" if error.filename else ""
        line = f"{error.strerror or error}{where}; what was written before is kept"
        return " ".join(line.split()), ExitCode.HARNESS
    # A defect of the harness: it must never look as if the target had failed.
    return f"a defect of its own: {error!r}; --debug shows where", ExitCode.HARNESS


if __name__ == "__main__":
    main()
