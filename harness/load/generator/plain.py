"""A workload in plain Locust: signed in by itself, shown in Locust's web UI, not judged.

What is sent is the same schedule; what happened goes to Locust's ``request`` event instead of a
ledger. Response times there count from the scheduled moment too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import gevent
from gevent.pool import Pool
from locust.exception import StopUser

from harness.core.errors import TargetNotReady
from harness.load.generator.pulse import Counts
from harness.load.generator.rows import Recorder, Sent
from harness.load.generator.sender import Sender, Task, start_in
from harness.load.generator.wire import Wire
from harness.load.schedule.schedule import Names, Workload
from harness.target.described.file import REFERENCE
from harness.target.dialect import Dialect, Reply, authority_of
from harness.target.system import system_named

DEFAULT = "steady"
_SIGN_INS_AT_ONCE = 32
_OPTIONS = {
    "sessions": (int, "concurrent sessions"),
    "rate": (float, "impressions a second"),
    "duration": (float, "seconds until the last flush"),
    "batch": (int, "ids in a ready batch; 0: each session flushes its own"),
}
_FIELDS = {"rate": "rate_per_s", "duration": "duration_s"}


class Entry(Protocol):
    """A workload of the catalogue."""

    def with_overrides(self, overrides: dict[str, Any]) -> Workload:
        """Return it with other values for some fields."""


class _Nowhere:
    """A sink for rows that are not kept."""

    def write(self, witness: str, part: str, batch: object) -> None: ...

    def close(self) -> dict[str, int]:
        return {}


def add_options(parser: Any, known: Mapping[str, object]) -> None:
    """Add the workload's options to Locust's command line and web UI."""
    group = parser.add_argument_group("the workload")
    group.add_argument(
        "--workload",
        choices=list(known),
        default=DEFAULT,
        env_var="LOAD_WORKLOAD",
        help="which one",
    )
    group.add_argument(
        "--load-seed", type=int, default=1, env_var="LOAD_SEED", help="seed of schedule and ids"
    )
    group.add_argument(
        "--load-system",
        default=REFERENCE,
        env_var="LOAD_SYSTEM",
        help="how the host is spoken to, package.module:NAME",
    )
    for name, (kind, text) in _OPTIONS.items():
        variable = f"LOAD_{name.upper()}"
        group.add_argument(f"--load-{name}", type=kind, env_var=variable, help=text)


def refuse_users(environment: Any) -> None:
    """End Locust with an error where it was asked for a number of users or a rate of their start.

    The sessions are the workload's: what Locust would count is one user that sends them all.
    """
    options = environment.parsed_options
    given = [
        option
        for name, option in (("num_users", "-u/--users"), ("spawn_rate", "-r/--spawn-rate"))
        if getattr(options, name, None) is not None
    ]
    if given:
        raise SystemExit(
            f"{' and '.join(given)}: the sessions are the workload's, not Locust's users. "
            "Say --load-sessions N and --load-rate N (impressions a second)"
        )


def send_plainly(environment: Any, entry: Callable[[str], Entry]) -> None:
    """Send the workload that Locust's options name to Locust's host; end the test after it."""
    options = environment.parsed_options
    overrides = {
        _FIELDS.get(name, name): value
        for name in _OPTIONS
        if (value := getattr(options, f"load_{name}")) is not None
    }
    workload = entry(options.workload).with_overrides(overrides)
    seed = options.load_seed
    dialect = system_named(options.load_system).dialect
    wire = Wire(environment.host or "http://127.0.0.1:8080", authority=authority_of(dialect))
    names = Names(workload, seed, dialect)
    sessions = _sign_in(environment, wire, dialect, names.users)
    task = Task(workload=workload, seed=seed, dialect=dialect, sessions=sessions)
    recorder = Recorder(_Nowhere(), names, 0, alone=True)
    sender = Sender(task, names, recorder, Counts(), host=wire.host, post=wire.send)
    sender.on_attempt = lambda sent, reply: _fire(environment, sent, reply)
    try:
        sender.send_all(start_in(0.5).mono_ns)
    finally:
        wire.close()
    if environment.web_ui is None:
        environment.runner.quit()
    else:
        gevent.spawn(environment.runner.stop)  # not from the user that it stops
    raise StopUser


def _sign_in(environment: Any, wire: Wire, dialect: Dialect, users: list[str]) -> dict[str, str]:
    """Sign users in over Locust's host; return user → header lines of the session.

    A user whom the server refused has none, and Locust counts the failure.
    """
    sessions: dict[str, str] = {}

    def sign_in(user: str) -> None:
        sessions[user] = ""
        request = dialect.sign_in(user)
        if request is None:
            return
        begun = start_in(0)
        reply = wire.send(request.wire(wire.host))
        took_ms = (start_in(0).mono_ns - begun.mono_ns) / 1e6
        _fire_event(environment, "session", took_ms, reply)
        with contextlib.suppress(TargetNotReady):
            sessions[user] = dialect.session_of(reply).lines

    pool = Pool(_SIGN_INS_AT_ONCE)
    for user in users:
        pool.spawn(sign_in, user)
    pool.join(raise_error=True)
    return sessions


def _fire(environment: Any, sent: Sent, reply: Reply) -> None:
    _fire_event(environment, "batch", (sent.done_ns - sent.scheduled_ns) / 1e6, reply)


def _fire_event(environment: Any, name: str, took_ms: float, reply: Reply) -> None:
    good = 200 <= reply.status < 300
    trouble = reply.error or f"HTTP {reply.status}"
    environment.events.request.fire(
        request_type="POST",
        name=name,
        response_time=took_ms,
        response_length=len(reply.body),
        response=None,
        context={},
        exception=None if good else RuntimeError(trouble),
    )
