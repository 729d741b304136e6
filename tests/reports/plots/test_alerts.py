"""The alerts' lanes: what is drawn, described and listed of each."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.monitoring.alerts import (
    AlertConditionOver,
    AlertExpected,
    AlertFiring,
    AlertNotified,
    AlertNotPending,
    AlertPending,
    AlertResolved,
    AlertsQuiet,
)
from reports.evidence.faults import FaultSpan
from reports.evidence.frame import LedgerFrames, read_ledger
from reports.plots.alerts import alert_lives, alerts_over_time, quiet_s
from tests.reports.ledgers import lived
from tests.reports.plots.reading import dots_in


def alerted(directory: Path) -> LedgerFrames:
    ledger = lived()
    ledger.saw(0.5, AlertFiring(alert="Another")).saw(1.0, AlertsQuiet())
    ledger.saw(0.8, AlertResolved(alert="Another"))
    ledger.saw(2.0, AlertExpected(alert="One")).saw(3.0, AlertPending(alert="One"))
    ledger.saw(8.0, AlertFiring(alert="One"))
    ledger.saw(8.5, AlertNotified(alert="One", receiver="pagerduty", state="firing"))
    ledger.saw(10.0, AlertConditionOver(alert="One")).saw(11.0, AlertResolved(alert="One"))
    ledger.saw(12.0, AlertNotified(alert="One", receiver="pagerduty", state="resolved"))
    return read_ledger(ledger.write(directory))


def test_each_alert_has_its_spans(tmp_path: Path) -> None:
    ledger = alerted(tmp_path)
    one, another = alert_lives(ledger)
    assert (one.alert, another.alert) == ("One", "Another")
    assert one.caused == ((2.0, 10.0),)
    assert one.pending == ((3.0, 8.0),)
    assert one.firing == ((8.0, 11.0),)
    assert one.notified == ((8.5, "pagerduty", "firing"), (12.0, "pagerduty", "resolved"))
    assert (another.caused, another.firing) == ((), ((0.5, 0.8),))
    assert quiet_s(ledger) == 1.0


def test_what_was_pending_and_never_fired_ends_where_prometheus_found_it_untrue(
    tmp_path: Path,
) -> None:
    ledger = lived().saw(1.0, AlertPending(alert="One")).saw(3.0, AlertNotPending(alert="One"))
    ledger.saw(4.0, AlertPending(alert="One")).saw(9.0, AlertExpected(alert="Two"))
    [_, one] = alert_lives(read_ledger(ledger.write(tmp_path)))
    assert one.pending == ((1.0, 3.0), (4.0, 9.0))


def test_they_are_drawn_and_listed(tmp_path: Path) -> None:
    ledger = alerted(tmp_path)
    picture = alerts_over_time(alert_lives(ledger), 1.0, [FaultSpan("cut", 2.0, 8.0)])
    assert "One: caused from 2 s to 10 s, pending from 3 s to 8 s" in picture.description
    assert "Another: firing from 0.5 s to 0.8 s." in picture.description
    assert ("One", "pagerduty notified: resolved", "12", "") in picture.rows
    # Each once, and once more in the legend.
    assert [dots_in(picture, css) for css in ("flush-failed", "flush-answered")] == [2, 2]
    assert "no rule holds" in str(picture.svg)


def test_one_that_never_ends_is_drawn_to_the_last_thing_that_was_seen(tmp_path: Path) -> None:
    ledger = lived().saw(2.0, AlertFiring(alert="One")).saw(9.0, AlertExpected(alert="Two"))
    [two, one] = alert_lives(read_ledger(ledger.write(tmp_path)))
    assert one.firing == ((2.0, 9.0),)
    assert two.caused == ((9.0, 9.0),)


def test_without_alerts_there_is_nothing_to_draw(tmp_path: Path) -> None:
    ledger = read_ledger(lived().write(tmp_path))
    assert alert_lives(ledger) == []
    assert quiet_s(ledger) is None
    assert alerts_over_time([], None, []).description.startswith("No data")
