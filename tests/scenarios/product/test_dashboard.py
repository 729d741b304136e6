"""The tries on the dashboard: a sound server passes every check that they feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.ledgers import PASS
from tests.scenarios.product.dashboard_tries import USERS, access, feed
from tests.servers.conftest import database, postgres, spawner

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
__all__ = ["database", "postgres", "spawner"]


async def test_a_sound_server_lets_admins_in_and_no_other_else(
    database: str, tmp_path: Path
) -> None:
    observed = await access(database)
    for check, parameters in (
        ("admins_alone", {"tries": 42}),
        ("accesses_kept", {}),
        ("export_is_text", {"users": len(USERS)}),
    ):
        finding = observed.finding(check, tmp_path / check, **parameters)
        assert finding.verdict is PASS, finding


async def test_a_sound_feed_names_each_batch_to_each_viewer_once(
    database: str, tmp_path: Path
) -> None:
    observed, _ = await feed(database)
    finding = observed.finding("feed_accounts", tmp_path, viewers=2)
    assert finding.verdict is PASS, finding
