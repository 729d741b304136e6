"""Every defect of the dashboard is found by the check that is its name, and its twin by none."""

from __future__ import annotations

from pathlib import Path

import pytest

from defects.base import ServerDefect, Switch, installed
from defects.product.feed import feed_blocks_the_writer as blocking
from tests.defects.product.folders import of
from tests.reports.ledgers import FAIL, PASS
from tests.scenarios.product.dashboard_tries import access, feed

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


ACCESS, FEED = of("dashboard"), of("feed")
PARAMETERS = {
    "admins_alone": {"tries": 42.0},
    "accesses_kept": {},
    "export_is_text": {"users": 2.0},
    "feed_accounts": {"viewers": 2.0},
}


@pytest.mark.parametrize("twin", [True, False], ids=["twin", "defect"])
@pytest.mark.parametrize("defect", ACCESS.values(), ids=ACCESS)
async def test_a_defect_of_the_dashboard_is_caught(
    defect: ServerDefect, twin: bool, database: str, tmp_path: Path
) -> None:
    switch = Switch(twin=twin)
    with installed(defect.overrides, switch):
        observed = await access(database)
    assert switch.hits
    (check,) = defect.expected
    finding = observed.finding(check, tmp_path, **PARAMETERS[check])
    assert finding.verdict is (PASS if twin else FAIL), finding


@pytest.mark.parametrize("twin", [True, False], ids=["twin", "defect"])
@pytest.mark.parametrize("defect", FEED.values(), ids=FEED)
async def test_a_defect_of_the_feed_is_caught(
    defect: ServerDefect,
    twin: bool,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocking, "WAIT_S", 0.5)
    switch = Switch(twin=twin)
    with installed(defect.overrides, switch):
        observed, slowest_s = await feed(database)
    assert switch.hits
    if defect.id == "feed_blocks_the_writer":
        assert twin or slowest_s >= 1.5
        return
    finding = observed.finding("feed_accounts", tmp_path, viewers=2)
    assert finding.verdict is (PASS if twin else FAIL), finding
