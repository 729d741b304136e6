"""The three lines, in a Locust without a judge: names and ids are there all the same."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from harness.core.environment import child_environment

pytestmark = pytest.mark.slow

SCRIPT = """
import json
from harness.load.own import views
names = [views.user(), views.user()]
print(json.dumps([names, [views.seen(name) for name in (*names, *names)]]))
"""


def test_started_by_locust_alone_it_gives_out_new_ones() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=True,
        env=child_environment(),
        timeout=60,
    )
    names, ids = json.loads(ended.stdout)
    assert len(set(names)) == 2
    assert len(set(ids)) == 4
