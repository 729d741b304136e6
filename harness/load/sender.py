"""Sends a schedule from inside the Locust child and writes what happened.

Imported by the locustfiles in scenarios/workloads only: it needs the patched process. One
dispatcher spawns one greenlet a slot at its time; a late slot is sent at once and never skipped.
Latency counts from the scheduled moment, so a slow generator can only make the target look worse.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import gevent

from harness.clock import NS_PER_S, Instant, now, seeded_random
from harness.ledger import Ledger
from harness.load.child import PLAN_VARIABLE, ROWS_FILE
from harness.load.retry import delay_s, outcome_of
from harness.load.schedule import Slot, Workload, schedule, user_name
from harness.observations import Outcome, Saw
from harness.rundir import write_json

# ``client`` below is locust.contrib.fasthttp.FastHttpSession; its annotations leave out the
# bytes body and the ``error`` of the answers that it takes and gives.

PATH = "/api/artworks/batch-impressions"
HEAD_START_S = 1.0


class Sender:
    """One workload, sent once."""

    def __init__(self) -> None:
        plan = json.loads(Path(os.environ[PLAN_VARIABLE]).read_text(encoding="utf-8"))
        self._workload = Workload(**plan["workload"])
        self._seed = int(plan["seed"])
        self._cookies: dict[str, str] = plan["cookies"]
        self._directory = Path(plan["directory"])
        self._chance = seeded_random(self._seed, "load retries")
        self._origin = Instant(0, 0)

    def send_all(self, client: Any) -> None:
        """Send every slot at its time; returns when each one is answered or given up."""
        slots = schedule(self._workload, self._seed)
        with Ledger(self._directory) as ledger:
            self._load, self._viewer = ledger.witness("load"), ledger.witness("viewer", "load")
            start = now()
            ahead_ns = int(HEAD_START_S * NS_PER_S)
            self._origin = Instant(start.mono_ns + ahead_ns, start.wall_ns + ahead_ns)
            greenlets = []
            for slot in slots:
                gevent.sleep(max(0.0, self._seconds_until(self._due_ns(slot.at_s))))
                greenlets.append(gevent.spawn(self._deliver, client, slot))
            gevent.joinall(greenlets, raise_error=True)
        write_json(self._directory / ROWS_FILE, ledger.rows())

    def _deliver(self, client: Any, slot: Slot) -> None:
        user = user_name(self._seed, slot.session)
        for artwork, shown_at_s in zip(slot.artworks, slot.shown_at_s, strict=True):
            shown = self._moment(self._due_ns(shown_at_s))
            for kind in (Saw.VIEW_INTENT.value, Saw.VIEW_SHOWN.value):
                self._viewer.saw(at=shown, kind=kind, user=user, tab=user, artwork=artwork)
        scheduled_ns = self._due_ns(slot.at_s)
        for attempt in itertools.count(1):
            pause_s = self._post(client, slot, user, attempt, scheduled_ns)
            if pause_s is None:
                return
            scheduled_ns = time.monotonic_ns() + int(pause_s * NS_PER_S)
            gevent.sleep(pause_s)

    def _post(
        self, client: Any, slot: Slot, user: str, attempt: int, scheduled_ns: int
    ) -> float | None:
        """Send a batch once; return the seconds to the next attempt, or None when all is said."""
        body = json.dumps(
            {
                "artworkIds": slot.artworks,
                "batchId": slot.batch,
                "tabId": user,
                "seq": slot.sequence,
                "attempt": attempt,
                "transport": "load",
            }
        ).encode()
        headers = {"Content-Type": "application/json", "Cookie": self._cookies[user]}
        sent = now()
        answer = client.post(PATH, data=body, headers=headers, name="batch")
        done_ns = time.monotonic_ns()
        status = int(answer.status_code or 0)
        outcome = outcome_of(status)
        error = getattr(answer, "error", None)  # only answers that never came have one
        self._load.saw(
            at=sent,
            scheduled_ns=scheduled_ns,
            sent_ns=sent.mono_ns,
            done_ns=done_ns,
            user=user,
            tab=user,
            batch=slot.batch,
            attempt=attempt,
            outcome=outcome.value,
            status=status,
            error=str(error) if error else None,
            bytes=len(body),
            inserted=_inserted(answer) if outcome is Outcome.ACKNOWLEDGED else None,
            artworks=list(slot.artworks),
        )
        retry_after = (getattr(answer, "headers", None) or {}).get("Retry-After")
        return delay_s(status, attempt, retry_after, self._chance.random)

    def _due_ns(self, at_s: float) -> int:
        return self._origin.mono_ns + int(at_s * NS_PER_S)

    def _moment(self, mono_ns: int) -> Instant:
        return Instant(mono_ns, self._origin.wall_ns + mono_ns - self._origin.mono_ns)

    @staticmethod
    def _seconds_until(mono_ns: int) -> float:
        return (mono_ns - time.monotonic_ns()) / NS_PER_S


def _inserted(answer: Any) -> int | None:
    try:
        return int(json.loads(answer.text)["inserted"])
    except (ValueError, KeyError, TypeError):
        return None
