"""The alerts: what Prometheus says of each, and when the condition of one was there."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from msgspec import Meta

from harness.ledger.kinds.base import (
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    Count,
    LedgerRow,
    Witness,
)


class AlertsRow(LedgerRow):
    """One thing about one alert."""

    alert: str | None = None


class AlertExpected(AlertsRow, tag="alert_expected"):
    """A scenario begins to cause the alert's condition."""


class AlertConditionOver(AlertsRow, tag="alert_condition_over"):
    """The condition is no longer caused."""


class AlertPending(AlertsRow, tag="alert_pending"):
    """Prometheus finds the condition true, not yet for long enough."""


class AlertNotPending(AlertsRow, tag="alert_not_pending"):
    """Prometheus finds the condition untrue before it was true for long enough."""


class AlertFiring(AlertsRow, tag="alert_firing"):
    """Prometheus fires the alert."""


class AlertSent(AlertsRow, tag="alert_sent"):
    """Alertmanager has the alert, which it had not before."""


class AlertResolved(AlertsRow, tag="alert_resolved"):
    """Prometheus fires it no longer."""


class AlertsQuiet(AlertsRow, tag="alerts_quiet"):
    """Prometheus evaluates every rule, and none holds: what fires from here on has a cause. Before
    the first scrape the alerts on missing figures do."""


class ReceiversAnswer(AlertsRow, tag="receivers_answer"):
    """Those who are notified answer, and what they receive is written from here on."""


class AlertNotified(AlertsRow, tag="alert_notified"):
    """Alertmanager notified a receiver of the alert, or of its end."""

    receiver: Annotated[str, Meta(description="`pagerduty`, or `slack` and a channel")]
    state: Annotated[str, Meta(description="`firing` or `resolved`")]


class AlertsWatched(AlertsRow, tag="alerts_watched"):
    """What was watched until now."""

    rules: Annotated[Count, Meta(description="alert rules that Prometheus has and evaluates")]
    polls: Annotated[Count, Meta(description="times that Prometheus was asked and answered")]


ALERTS = Witness(
    "alerts",
    AlertsRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column("alert", pa.string(), "the alert's name"),
        Column("rules", pa.int32(), "alert rules that are evaluated"),
        Column("receiver", pa.string(), "who was notified", is_new=True),
        Column("state", pa.string(), "what of: `firing` or `resolved`", is_new=True),
        Column("polls", pa.int32(), "answers of Prometheus"),
    ),
)
