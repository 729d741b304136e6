"""The alerts witness: asks Prometheus and Alertmanager five times a second, and writes changes."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from typing import Any
from urllib.parse import urlsplit

from harness.ledger.files import WitnessFile
from harness.ledger.kinds.monitoring.alerts import (
    AlertFiring,
    AlertNotPending,
    AlertPending,
    AlertResolved,
    AlertSent,
    AlertsQuiet,
    AlertsRow,
    AlertsWatched,
)

INTERVAL_S = 0.2
_TIMEOUT_S = 5.0


class AlertsWitness:
    """Asks in a thread from ``start`` to ``stop``."""

    def __init__(self, prometheus: str, alertmanager: str, witness: WitnessFile[AlertsRow]) -> None:
        """``prometheus`` and ``alertmanager`` are the URLs of their APIs."""
        self._prometheus = prometheus
        self._alertmanager = alertmanager
        self._witness = witness
        self._states: dict[str, str] = {}
        self._sent: set[str] = set()
        self._rules = self._polls = 0
        self._quiet = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="alerts", daemon=True)

    def start(self) -> None:
        """Start asking."""
        self._thread.start()

    def stop(self) -> None:
        """Write down what was watched, and stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._witness.saw(AlertsWatched(rules=self._rules, polls=self._polls))

    def state(self, alert: str) -> str:
        """Return ``inactive``, ``pending`` or ``firing``, as Prometheus last reported it."""
        return self._states.get(alert, "inactive")

    def is_sent(self, alert: str) -> bool:
        """Return whether Alertmanager has the alert, as it last reported."""
        return alert in self._sent

    @property
    def has_been_quiet(self) -> bool:
        """Return whether Prometheus has evaluated every rule and found none of them true."""
        return self._quiet

    @property
    def rules(self) -> int:
        """Return the number of alert rules that Prometheus has evaluated without an error."""
        return self._rules

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL_S):
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, KeyError):
                self._look()

    def _look(self) -> None:
        groups = _get(self._prometheus, "/rules?type=alert")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        self._rules = sum(rule["health"] == "ok" for rule in rules)
        self._polls += 1
        for rule in rules:
            self._note(rule["name"], rule["state"])
        if not self._quiet and 0 < self._rules == len(rules):
            self._quiet = all(rule["state"] == "inactive" for rule in rules)
            if self._quiet:
                self._witness.saw(AlertsQuiet())
        sent = {alert["labels"]["alertname"] for alert in _get(self._alertmanager, "/alerts")}
        for name in sorted(sent - self._sent):
            self._witness.saw(AlertSent(alert=name))
        self._sent = sent

    def _note(self, alert: str, state: str) -> None:
        before = self._states.get(alert, "inactive")
        self._states[alert] = state
        if state == before:
            return
        if before == "firing":
            self._witness.saw(AlertResolved(alert=alert))
        elif before == "pending" and state == "inactive":
            self._witness.saw(AlertNotPending(alert=alert))
        if state == "pending":
            self._witness.saw(AlertPending(alert=alert))
        elif state == "firing":
            self._witness.saw(AlertFiring(alert=alert))


def _get(url: str, path: str) -> Any:
    """Return the JSON that is there; raise OSError, HTTPException or ValueError."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_S
    )
    with contextlib.closing(connection):
        connection.request("GET", f"{parts.path}{path}")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ValueError(f"{path} was answered {answer.status}")
        return json.loads(body)
