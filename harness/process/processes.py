"""Starting processes so that none outlives the harness, not even after ``kill -9``.

Three nets, the first portable: a supervisor process that holds a pipe from us and cleans up when
it ends (``harness.process.supervisor``); on Linux a parent-death signal for the moment between
birth and registration; and a tag in every child's environment, by which the supervisor, and the
next harness at its start, find even those that left their process group.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import itertools
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil

from harness.core.environment import child_environment
from harness.core.errors import HarnessError, MissingPart
from harness.process.interrupt import held_back
from harness.process.owners import Death, lack_of_room, owned
from harness.process.supervisor import (
    CHILD_VARIABLE,
    KILLED_S,
    SCRATCH_PREFIX,
    TAG_VARIABLE,
    end_processes,
    tagged_processes,
)
from harness.process.tags import free_tag, give_back, owner_is_alive, sweep_leftovers, take

_PR_SET_PDEATHSIG = 1
_SHORT = "/tmp"  # noqa: S108 - mkdtemp makes a new folder in it
_END_BYTES = 64 << 10
"""How much of a log's end is looked at: a process may write much after what ended it."""
_DRAWN = 8
"""Characters that mkdtemp adds to a name."""
_TEMPORARY_MAX = 62
"""The longest path of a folder in which Chromium can make its socket, whose own path has at most
107: ``/org.chromium.Chromium.XXXXXX/SingletonSocket`` follows."""

_CAUSE = re.compile(r"\b(fatal|error|failed|cannot|denied|not permitted)\b", re.IGNORECASE)
_CAUSE_WITHIN = 200
"""Lines from the end of a log in which a cause is looked for."""

Wrap = Callable[[Sequence[str]], list[str]]


class Child:
    """One supervised child process and its process group.

    ``log`` is where its standard output and error go; ``mark`` is in the environment of the child
    and of everything it starts, so that stopping it finds even what left its group.
    """

    def __init__(
        self, name: str, process: subprocess.Popen[bytes], log: Path, *, mark: str
    ) -> None:
        self.name = name
        self._mark = mark
        self.pid = process.pid
        self.log = log
        self._process = process
        self._is_ending = False

    @property
    def death(self) -> Death | None:
        """Return how it ended by itself; None while it lives, when it is done, or when it was
        stopped."""
        code = None if self._is_ending else self.exit_code
        if code is None or (code == 0 and owned(self.name).finishes):
            return None
        return Death(
            name=self.name,
            exit_code=code,
            last_words=self.last_words(),
            lack=lack_of_room(self._end_of_log()),
        )

    @property
    def exit_code(self) -> int | None:
        """Return the exit code, or None while it lives. Negative: ended by that signal."""
        return self._process.poll()

    def send(self, signum: int) -> None:
        """Send a signal to the child's whole group; nothing happens if it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signum)

    def wait(self, timeout_s: float) -> int | None:
        """Return the exit code, or None if it still lives after ``timeout_s``."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, *, ask_with: int = signal.SIGTERM, grace_s: float = 5.0) -> int | None:
        """Ask the child to stop, kill it and all it started after ``grace_s``; return its code."""
        if self.exit_code is None:
            self._is_ending = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, ask_with)
            self.wait(grace_s)
        self.send(signal.SIGKILL)  # whatever it left in its group
        # Reaped here: another waiter would take its exit code. However short the grace
        # was, what is killed ends only when its machine gives it a moment.
        code = self.wait(max(grace_s, KILLED_S))
        end_processes(tagged_processes(self._mark, variable=CHILD_VARIABLE), grace_s=0.5)
        return code

    def last_words(self, lines: int = 3) -> str:
        """Return the end of the log in one line, for error messages."""
        text = self._end_of_log()
        printed = [line.strip() for line in text.splitlines() if line.strip()]
        return " | ".join(printed[-lines:])

    def why_it_ended(self) -> str:
        """Return the last words of a child that ended as it started, after what names a cause.

        A crash report or a usage text that follows it would else be all that a message shows.
        """
        for line in self.last_words(_CAUSE_WITHIN).split(" | "):
            if _CAUSE.search(line) and line not in self.last_words():
                return f"{line} | … | {self.last_words()}"
        return self.last_words()

    def _end_of_log(self) -> str:
        """Return the last of what it has written, nothing where that cannot be read."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _END_BYTES))
                return file.read().decode(errors="replace")
        except OSError:
            return ""


class Processes:
    """Every process and scratch directory of one harness process; a context manager.

    Leaving it stops the children in reverse order of birth and removes the directories.
    """

    def __init__(self) -> None:
        self.tag = free_tag()
        self._born = itertools.count(1)
        self._wrap: Wrap = list
        self._children: list[Child] = []
        self._died: dict[int, Death] = {}
        self._directories: list[Path] = []
        self._temporary: list[Path] = []
        self._supervisor: subprocess.Popen[str] | None = None

    def __enter__(self) -> Processes:
        take(self.tag)
        sweep_leftovers()
        _take_every_descriptor()
        self._supervisor = subprocess.Popen(
            [sys.executable, "-m", "harness.process.supervisor", self.tag],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            # Untagged: it must not end itself, nor be ended by the sweep of a neighbour.
            env={
                name: value
                for name, value in child_environment().items()
                if name not in (TAG_VARIABLE, CHILD_VARIABLE)
            },
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for child in reversed(self._children):
                child.stop()
            end_processes(tagged_processes(self.tag))
            for directory in self._directories:
                shutil.rmtree(directory, ignore_errors=True)
        finally:
            give_back(self.tag)
            supervisor = self._supervisor
            if supervisor is not None and supervisor.stdin is not None:
                self._tell({"dismissed": True})
                with contextlib.suppress(OSError):
                    supervisor.stdin.close()
                supervisor.wait(10)

    def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
    ) -> Child:
        """Start a child in its own process group, its output appended to ``log``.

        Must be called from the main thread: on Linux the parent-death signal is bound to the
        thread that forked. Raises MissingPart when the program does not exist.
        """
        mark = f"{self.tag}-{next(self._born)}"
        marks = {TAG_VARIABLE: self.tag, CHILD_VARIABLE: mark}
        temporary = {"TMPDIR": str(self._shared_temporary())}
        environment = {**child_environment(), **temporary, **(env or {}), **marks}
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink, held_back():
            try:
                process = subprocess.Popen(
                    self.command(argv),
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    user=user,
                    cwd=cwd,
                    start_new_session=True,
                    preexec_fn=_die_with_parent(),
                )
            except FileNotFoundError as error:
                raise MissingPart(
                    f"{name}: {argv[0]} does not exist", hint="Run `harness setup`"
                ) from error
            except PermissionError as error:
                raise HarnessError(f"{name}: may not run {argv[0]}: {error}") from error
        child = Child(name, process, log, mark=mark)
        self._died.pop(child.pid, None)  # the number of one that ended before
        self._children.append(child)
        self._tell({"group": child.pid})
        return child

    def _shared_temporary(self) -> Path:
        """Return where children leave their temporary files that are given no place of their own:
        what they leave when they are killed goes with the harness."""
        if not self._temporary:
            self._temporary.append(self.temporary())
        return self._temporary[0]

    def inside(self, wrap: Wrap) -> Processes:
        """Return the same owner, whose children are started as ``wrap`` says: in a network of
        their own, for example. ``wrap`` must keep the process id (it ends in an exec)."""
        view = copy.copy(self)
        view._wrap = wrap
        return view

    @property
    def is_elsewhere(self) -> bool:
        """Return whether children are started in a place of their own."""
        return self._wrap is not list

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return the command by which ``argv`` is started here."""
        return self._wrap(argv)

    def marks(self) -> dict[str, str]:
        """Return an environment by which we know a process that somebody else starts for us.

        The supervisor finds it, and all that it starts, as it finds our own children.
        """
        return {TAG_VARIABLE: self.tag, CHILD_VARIABLE: f"{self.tag}-{next(self._born)}"}

    def marked(self, marks: Mapping[str, str]) -> list[psutil.Process]:
        """Return the processes that live with these marks in their environment."""
        return tagged_processes(marks[CHILD_VARIABLE], variable=CHILD_VARIABLE)

    def end_marked(self, marks: Mapping[str, str]) -> None:
        """Kill the processes that live with these marks."""
        end_processes(self.marked(marks), grace_s=0.5)

    def is_orphan(self, tag: str) -> bool:
        """Return whether the harness that made the tag is dead."""
        return not owner_is_alive(tag)

    @property
    def children(self) -> list[Child]:
        """Return the children that were not forgotten, in the order of their birth."""
        return list(self._children)

    def deaths(self) -> dict[int, Death]:
        """Return the children that ended by themselves, by process id."""
        found = {child.pid: child.death for child in list(self._children)}
        return self._died | {pid: death for pid, death in found.items() if death is not None}

    def forget(self, pid: int) -> None:
        """Stop watching a child that has ended, so that its number may be used again."""
        ended = {child.pid: child.death for child in self._children if child.pid == pid}
        self._died.update({one: death for one, death in ended.items() if death is not None})
        self._children[:] = [child for child in self._children if child.pid != pid]
        self._tell({"group_ended": pid})

    def scratch(self, purpose: str, *, passable: bool = False, place: str | None = None) -> Path:
        """Return a new directory that goes when the harness goes: of this user alone, or
        ``passable``, so that a process of another user can reach what it owns in there.

        It lies where temporary files do, or in ``place``.
        """
        path = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{self.tag}-{purpose}-", dir=place))
        if passable:
            path.chmod(0o711)
        self._directories.append(path)
        self._tell({"directory": str(path)})
        return path

    def temporary(self) -> Path:
        """Return a new directory for a child's temporary files (TMPDIR).

        Its path is short where there is a place for that: browsers make sockets in it.
        """
        here = len(f"{tempfile.gettempdir()}/{SCRATCH_PREFIX}{self.tag}-t-") + _DRAWN
        short = _SHORT if here > _TEMPORARY_MAX and os.access(_SHORT, os.W_OK) else None
        return self.scratch("t", place=short)

    def _tell(self, message: Mapping[str, object]) -> None:
        if self._supervisor is None or self._supervisor.stdin is None:
            raise HarnessError("no supervisor: use Processes as a context manager")
        with contextlib.suppress(BrokenPipeError):
            self._supervisor.stdin.write(json.dumps(message) + "\n")
            self._supervisor.stdin.flush()


def _take_every_descriptor() -> None:
    """Raise the limit of open files as far as this user may: children inherit it, and one that runs
    out of them would be accused of what its caller's shell had set."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS has a limit below "unlimited"
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    return ask_kernel
