"""Text of rules and routes that is replaced must be there once, within its own alert."""

from __future__ import annotations

import pytest

from defects.base import PatchMissing, Switch, installed
from defects.overrides.monitoring import replaced, rule_changed
from servers.monitoring.alerts import rules
from servers.topology import monitoring


@pytest.mark.parametrize("text", ["", "a b a"])
def test_text_that_is_not_there_once_is_not_replaced(text: str) -> None:
    with pytest.raises(PatchMissing, match="times, not once"):
        replaced(text, "a", "c")
    assert replaced("a b", "a", "c") == "c b"


@pytest.mark.parametrize("alert", ["FreshnessUnknown", "LatencyUnknown"])
def test_one_alert_is_changed_and_no_other(alert: str) -> None:
    overrides = rule_changed(alert, "        for: 5s\n", "")
    with installed(overrides, Switch(twin=False)):
        changed = monitoring.rules(60)
    before, after = (text.split("      - alert: ") for text in (rules(60), changed))
    different = [old for old, new in zip(before, after, strict=True) if old != new]
    assert [one.partition("\n")[0] for one in different] == [alert]
