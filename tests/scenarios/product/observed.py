"""A run of the product's scenarios without a stack: a server in this process, rows in memory."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from harness.compose.targets.admin import keys_of
from harness.run.run import Run
from harness.target.reference.dashboard import SECRET_VARIABLE
from harness.target.reference.system import SYSTEM
from reports.verdict.verdict import Finding
from servers.ingest.__main__ import SECRET_VARIABLE as SESSION_VARIABLE
from tests.harness.fake_run import site
from tests.reports.ledgers import HandWritten, find, lived
from tests.servers.ingest.admin.admins import SECRET


class Observed:
    """What a scenario writes down, and what a check finds in it."""

    def __init__(self, url: str, database: str) -> None:
        self.rows: list[Any] = []
        self.batches = 0
        """How many batches the server took, long before what is written down."""
        keys = keys_of({SECRET_VARIABLE: SECRET, SESSION_VARIABLE: "test"})
        witness = SimpleNamespace(saw=lambda row, at=None: self.rows.append(row))
        context = SimpleNamespace(
            ledger=SimpleNamespace(witness=lambda kind: witness),
            site=site(url, dsn=database, admin=keys),
        )
        self.run = cast(Run, SimpleNamespace(context=context, system=SYSTEM))
        self.witness: Any = witness

    def finding(self, check: str, directory: Path, **parameters: float) -> Finding:
        """Return what a check finds in the rows."""
        return find(check, self.ledger(), directory, **parameters)

    def ledger(self) -> HandWritten:
        """Return the rows as a ledger, in their order."""
        ledger = lived()
        for number in range(self.batches):
            ledger.receipt([f"a{number}"], 1.0 + number / 1000)
        for number, row in enumerate(self.rows):
            ledger.saw(8.0 + number / 1000, row)
        return ledger
