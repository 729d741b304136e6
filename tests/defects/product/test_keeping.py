"""Every defect of what is kept of users is found by its name, and its twin is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from defects.base import ServerDefect, Switch, installed
from tests.defects.product.folders import of
from tests.reports.ledgers import FAIL, PASS
from tests.scenarios.product.keeping_tries import erasure, history

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
DEFECTS = of("keeping")
PARAMETERS = {
    "erasure_exact": {"tables": 6.0},
    "history_whole": {"pages": 3.0, "expired": 4.0},
}


@pytest.mark.parametrize("twin", [True, False], ids=["twin", "defect"])
@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
async def test_a_defect_is_caught(
    defect: ServerDefect, twin: bool, database: str, tmp_path: Path
) -> None:
    switch = Switch(twin=twin)
    check = min(defect.expected & {*PARAMETERS})
    with installed(defect.overrides, switch):
        observed = await (erasure if check == "erasure_exact" else history)(database)
    assert switch.hits
    finding = observed.finding(check, tmp_path, **PARAMETERS[check])
    assert finding.verdict is (PASS if twin else FAIL), finding
