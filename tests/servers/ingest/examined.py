"""An API that schemathesis holds against its document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from servers.ingest.http.session import Signer

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


# A document has no words for two parameters that belong together: `before` and `beforeId`.
_PAIRS = """
[[operations]]
include-path = "/api/history"
checks.positive_data_acceptance.enabled = false
"""


def examine(url: str, directory: Path, *more: str) -> subprocess.CompletedProcess[str]:
    cookie = Signer(b"test").sign("ann")
    settings = directory / "schemathesis.toml"
    settings.write_text(f'[auth.openapi.session]\napi_key = "{cookie}"\n{_PAIRS}')
    argv = [str(SCHEMATHESIS), "--config-file", str(settings), "run", f"{url}/openapi.json"]
    argv += ["--max-examples", "20", "--seed", "1", "--phases", "coverage,fuzzing", "--no-color"]
    # How long it takes says something of the machine alone.
    argv += ["--request-timeout", "60", "--suppress-health-check", "too_slow", *more]
    return subprocess.run(
        argv, cwd=directory, capture_output=True, text=True, timeout=600, check=False
    )
