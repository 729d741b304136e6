"""What holds for every test: how properties are tried, what may be started, what runs first."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from harness.core import loading
from harness.core.loading import pytest_runtestloop as pytest_runtestloop
from tests import marks, order
from tests.marks import pytest_runtest_protocol as pytest_runtest_protocol

# A property is red when an example contradicts it, never because the machine was slow, and the
# examples follow from the test alone: what is red is red again. `make test-nightly` draws others.
settings.register_profile(
    "drawn",
    settings.default,
    deadline=None,
    suppress_health_check=(*settings.default.suppress_health_check, HealthCheck.too_slow),
)
settings.register_profile("same", settings.get_profile("drawn"), derandomize=True)
settings.load_profile("same")

marks.watch_starts()
# Six thousand collected tests are kept to the end, as are the modules they load.
loading.begin()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what fixtures start, before ``-m`` chooses; let the longest tests run first."""
    marks.mark_by_fixture(items)
    if hasattr(config, "workerinput"):
        order.longest_first(items)
