"""Running other programs with a bound: a hanging one is ended, with everything it started."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

VERSION_TIMEOUT_S = 5.0
_GRACE_S = 5.0
_VERSION = re.compile(r"\d+(?:\.\d+)+[a-z0-9]*")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program printed, or why it printed nothing."""

    ok: bool
    output: str
    reason: str


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    timeout_s: float,
    cwd: Path | None = None,
) -> Answer:
    """Run a program without standard input; never raises for what the program does.

    ``reason`` is one line: the exit code with the program's last words, or the bound it broke.
    """
    words = [str(word) for word in argv]
    # Files, not pipes: a grandchild that keeps a pipe open would hold us past the bound.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            code = _run_bounded(words, env, timeout_s, cwd, output, errors)
        except OSError as error:
            return Answer(False, "", f"{words[0]}: {error.strerror or error}")
        text, complaint = _text_of(output), _text_of(errors)
    if code is None:
        return Answer(False, text, f"no answer within {timeout_s:g} s")
    if code != 0:
        return Answer(False, text, f"exit {code}: {_last_words(complaint or text)}")
    return Answer(True, text, "")


def version_of(argv: Sequence[str | Path], env: Mapping[str, str]) -> Answer:
    """Return the first dotted number a program prints; ``ok`` means that it ran."""
    answer = run(argv, env=env, timeout_s=VERSION_TIMEOUT_S)
    if not answer.ok:
        return Answer(False, "", f"{argv[0]} {' '.join(map(str, argv[1:]))}: {answer.reason}")
    match = _VERSION.search(answer.output)
    return Answer(True, match[0] if match else "", "")


def _run_bounded(
    words: list[str],
    env: Mapping[str, str],
    timeout_s: float,
    cwd: Path | None,
    output: IO[bytes],
    errors: IO[bytes],
) -> int | None:
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        env=dict(env),
        cwd=cwd,
        start_new_session=True,
    )
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.returncode is None:  # the bound is over, or somebody pressed Ctrl-C
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # Asked first: a package manager that is killed leaves its database half configured.
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
            if how is signal.SIGTERM:
                continue  # the leader is gone; what it started may have stayed
            return


def _text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _last_words(text: str, lines: int = 3) -> str:
    printed = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(printed[-lines:])[-400:] or "it printed nothing"
