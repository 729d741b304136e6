"""Sends a schedule from inside a Locust process and records what happened.

Imported by the generator only: it needs the patched process. One dispatcher starts one greenlet a
slot at its time; a late slot is sent at once and never skipped. Latency counts from the scheduled
moment, so a slow generator can only make the target look worse.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import gevent
from gevent.event import Event

from harness.core.clock import NS_PER_S, Instant, seeded_random
from harness.core.outcome import Outcome
from harness.ledger.kinds.load import CAPPED
from harness.load.generator.pulse import Counts
from harness.load.generator.retry import LAST_SHARE, delay_s
from harness.load.generator.rows import Recorder, Sent
from harness.load.generator.search import Search
from harness.load.schedule.schedule import Names, Window, Workload, windows
from harness.target.dialect import Dialect, Meaning, Reply, silence_of

FLUSH_S = 0.5

# Looked up once: an enum's members and values cost a tenth of all that an attempt costs here.
_ACKNOWLEDGED = Outcome.ACKNOWLEDGED
_ACKNOWLEDGED_TEXT = Outcome.ACKNOWLEDGED.value

Post = Callable[[bytes], Reply]
OnAttempt = Callable[[Sent, Reply], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one process has to send: its part of a workload, in which dialect, as which users.

    ``sessions`` leads from a user to the header lines of their session (``Session.lines``).
    """

    workload: Workload
    seed: int
    dialect: Dialect
    sessions: Mapping[str, str]
    part: int = 0
    parts: int = 1


class Batch(NamedTuple):
    """One slot, ready to be sent."""

    due_ns: int
    user: str
    sequence: int
    name: str
    artworks: list[str]


class Sender:
    """One process's part of a workload, sent once.

    ``post`` sends a whole HTTP request to ``host``; ``on_attempt`` is called after every attempt.
    """

    def __init__(
        self, task: Task, names: Names, recorder: Recorder, counts: Counts, *, host: str, post: Post
    ) -> None:
        self._task = task
        self._names = names
        self._recorder = recorder
        self._counts = counts
        self._post = post
        self._chance = seeded_random(task.seed, f"load retries {task.part}").random
        self._sessions = task.sessions
        self._cap = task.workload.cap
        self._encode = task.dialect.batch_encoder(host, coding=task.workload.coding)
        self._understand = task.dialect.understand
        self._silence = silence_of(task.dialect)
        self._search = Search(task.workload)
        self._open = 0
        self._idle = Event()
        self._start_ns = self._patient_until_ns = 0
        self.failure: BaseException | None = None
        self.on_attempt: OnAttempt | None = None

    @property
    def stopped_early(self) -> str:
        """Return why the schedule was given up before its end, or an empty text."""
        return self._search.verdict

    def send_all(self, start_ns: int) -> None:
        """Send every slot at its time after ``start_ns`` (this process's monotonic clock); return
        when each one is answered or given up. Raises what broke the generator."""
        self._start_ns = start_ns
        patient_s = self._task.workload.duration_s + self._task.workload.drain_s
        self._patient_until_ns = start_ns + int(patient_s * NS_PER_S)
        flushing = gevent.spawn(self._flush_forever)
        try:
            for window in windows(self._task.workload, self._task.seed):
                part = window.part(self._task.part, self._task.parts)
                self._recorder.intend(part)
                for batch in self._batches(part):
                    self._wait_until(batch.due_ns)
                    self._start(batch)
                self._recorder.show(part)
                self._raise_failure()
                if self._search.is_over(window.end_s):
                    break
            while self._open:
                self._idle.clear()
                self._idle.wait()
            self._raise_failure()
        finally:
            gevent.kill(flushing)

    def _start(self, batch: Batch) -> None:
        counts = self._counts
        counts.lag_ns.append(time.monotonic_ns() - batch.due_ns)
        counts.scheduled += 1
        counts.views += len(batch.artworks)
        self._open += 1
        gevent.spawn_raw(self._deliver, batch)

    def _deliver(self, batch: Batch) -> None:
        """Send a batch until it is settled; a defect of ours is kept for the dispatcher."""
        try:
            scheduled_ns, failures, is_last = batch.due_ns, 0, False
            for attempt in itertools.count(1):
                reply, meaning, done_ns = self._attempt(batch, attempt, scheduled_ns)
                if is_last or not meaning.may_resend:
                    break
                # What was refused here never reached the target: a session does not give up on it.
                failures += reply.error != CAPPED
                pause_s = delay_s(
                    meaning,
                    max(1, failures),
                    self._chance,
                    policy=self._task.workload.retry,
                    base_s=self._task.workload.retry_base_s,
                )
                if pause_s is None:
                    break
                # From the answer on: a process that is held up here sends late, and it is seen.
                scheduled_ns = done_ns + int(pause_s * NS_PER_S)
                if scheduled_ns > self._patient_until_ns:
                    left_ns = self._patient_until_ns - done_ns
                    if left_ns <= 0 or self.stopped_early:
                        break
                    # Given up instead, a batch would be lost by the draw and not by the target.
                    is_last = True
                    scheduled_ns = self._patient_until_ns - int(
                        self._chance() * LAST_SHARE * left_ns
                    )
                self._counts.waiting += 1
                self._wait_until(scheduled_ns)
                self._counts.waiting -= 1
        except BaseException as error:
            self.failure = self.failure or error
            raise
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    def _attempt(self, batch: Batch, attempt: int, scheduled_ns: int) -> tuple[Reply, Meaning, int]:
        """Send a batch once, or refuse to; record it and return the reply, what it says, and when
        it came."""
        counts = self._counts
        request, body_bytes = self._encode(batch, attempt, self._sessions[batch.user])
        sent_ns = time.monotonic_ns()
        if counts.in_flight >= self._cap:
            counts.capped += 1
            reply = Reply(0, error=CAPPED)
        else:
            counts.in_flight += 1
            if attempt == 1:
                counts.sent += 1
            try:
                reply = self._post(request)
            finally:
                counts.in_flight -= 1
        done_ns = time.monotonic_ns()
        meaning = self._understand(reply) if reply.status else self._silence
        acknowledged = meaning.outcome is _ACKNOWLEDGED
        sent = Sent(
            scheduled_ns,
            sent_ns,
            done_ns,
            batch.user,
            batch.name,
            attempt,
            _ACKNOWLEDGED_TEXT if acknowledged else meaning.outcome.value,
            reply.status,
            reply.error,
            body_bytes,
            meaning.inserted,
            batch.artworks,
        )
        self._note(sent, reply, acknowledged)
        return reply, meaning, done_ns

    def _note(self, sent: Sent, reply: Reply, acknowledged: bool) -> None:
        counts = self._counts
        self._recorder.saw(sent)
        if acknowledged:
            counts.answered += 1
            counts.inserted += sent.inserted or 0
        else:
            counts.failed += 1
        counts.response_ns.append(sent.done_ns - sent.scheduled_ns)
        self._search.heard((sent.scheduled_ns - self._start_ns) / NS_PER_S, sent, acknowledged)
        if self.on_attempt is not None:
            self.on_attempt(sent, reply)

    def _batches(self, window: Window) -> Iterator[Batch]:
        names = self._names
        sizes = window.views.tolist()
        artworks = [names.artworks[number] for number in window.artwork.tolist()]
        columns = (window.at_ns, window.session, window.sequence, window.batch)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for n, (at_ns, session, sequence, batch) in enumerate(rows):
            yield Batch(
                self._start_ns + at_ns,
                names.users[session],
                sequence,
                f"{batch:016x}",
                artworks[sizes[n] : sizes[n + 1]],
            )

    def _flush_forever(self) -> None:
        while True:
            gevent.sleep(FLUSH_S)
            self._recorder.flush()

    def _raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure

    @staticmethod
    def _wait_until(moment_ns: int) -> None:
        left_ns = moment_ns - time.monotonic_ns()
        if left_ns > 0:
            gevent.sleep(left_ns / NS_PER_S)


def start_in(seconds: float) -> Instant:
    """Return the moment ``seconds`` from now."""
    ahead_ns = int(seconds * NS_PER_S)
    return Instant(time.monotonic_ns() + ahead_ns, time.time_ns() + ahead_ns)


__all__ = ["OnAttempt", "Sender", "Task", "start_in"]
