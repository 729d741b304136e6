"""The reference system: what a target is where a target file does not name another."""

from __future__ import annotations

from harness.target.capabilities import (
    EVERYTHING,
    OF_A_STARTED_DATABASE,
    OF_A_STARTED_SERVER,
)
from harness.target.reference.dialect import ReferenceDialect
from harness.target.reference.page import REFERENCE_PAGE
from harness.target.system import System

SYSTEM = System(
    dialect=ReferenceDialect(),
    page=REFERENCE_PAGE,
    capabilities=EVERYTHING - OF_A_STARTED_SERVER - OF_A_STARTED_DATABASE,
)
