"""The alerts part: a condition's span in the ledger, and waits that end in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import read_witness
from harness.ledger.kinds import ALERTS
from harness.run.alerts import Alerts
from tests.harness.fake_run import open_context, site
from tests.harness.witnesses.prometheus import apis

pytestmark = pytest.mark.asyncio


def kinds(directory: Path) -> list[Any]:
    table = ALERTS.with_kinds(read_witness(directory / "alerts.arrows").table)
    found: list[Any] = table["kind"].to_pylist()
    return found


async def test_a_condition_has_a_beginning_and_an_end(tmp_path: Path) -> None:
    with apis() as shown:
        target = replace(site(), alert_apis=shown.urls)
        with open_context(tmp_path, target=target) as context:
            alerts = Alerts(context)
            await alerts.start()
            async with alerts.expected("One", resolved_within_s=20):
                shown.states["One"], shown.sent = "firing", ["One"]
                await alerts.fired("One", within_s=20)
                shown.states["One"] = "inactive"
            await context.exits.aclose()
    found = kinds(tmp_path)
    assert found[0] == "alert_expected"
    assert set(found[1:3]) == {"alert_firing", "alert_sent"}
    assert found[3:] == ["alert_condition_over", "alert_resolved", "alerts_watched"]


async def test_it_waits_until_no_rule_holds(tmp_path: Path) -> None:
    with apis() as shown:
        shown.states["One"] = "pending"
        target = replace(site(), alert_apis=shown.urls)
        with open_context(tmp_path, target=target) as context:
            starting = asyncio.ensure_future(Alerts(context).start())
            aim = shown.asked + 6
            await wait_until("it was asked", lambda: shown.asked >= aim, timeout_s=20)
            assert not starting.done()
            shown.states["One"] = "inactive"
            await starting
            await context.exits.aclose()


async def test_an_alert_that_does_not_come_is_no_error_here(tmp_path: Path) -> None:
    with apis() as shown:
        target = replace(site(), alert_apis=shown.urls)
        with open_context(tmp_path, target=target) as context:
            alerts = Alerts(context)
            await alerts.start()
            async with alerts.expected("One", resolved_within_s=0.3):
                await alerts.fired("One", within_s=0.3)
                shown.states["One"] = "firing"  # not at Alertmanager: it has not fired whole
                await alerts.fired("One", within_s=1.0)
            await context.exits.aclose()
    assert "alert_resolved" not in kinds(tmp_path)
    assert "alert_firing" in kinds(tmp_path)


async def test_without_monitoring_it_rests_and_cannot_wait(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        alerts = Alerts(context)
        await alerts.start()
        with pytest.raises(HarnessError, match="no monitoring"):
            await alerts.fired("One", within_s=1)
