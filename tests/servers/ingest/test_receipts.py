"""A receipt is on disk before a batch is acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.ingest.site import make_config, running, visitor


@pytest.mark.stack
@pytest.mark.asyncio
async def test_receipts_that_cannot_be_written_are_no_success(database: str) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    async with running(make_config(database, full)) as site, visitor(site.url) as ann:
        answer = await ann.send(["a"])
    assert (answer.status, answer.body["error"]) == (503, "no_receipt")
