"""What watches a stack: an arm that causes an alert, and the programs that it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose import monitoring
from harness.core.errors import MissingPart


def test_only_an_arm_that_causes_an_alert_is_watched() -> None:
    assert monitoring.is_watched({"alert": "PoolExhausted"})
    assert not monitoring.is_watched({"preset": "durable"})


@pytest.mark.parametrize("lacking", ["prometheus", "alertmanager"])
def test_one_program_alone_watches_nothing(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    parts = {name: Path(f"/x/{name}") for name in ("prometheus", "alertmanager")}
    monkeypatch.setattr(monitoring, "find_part", parts.get)
    assert monitoring.monitoring_programs().alertmanager == Path("/x/alertmanager")
    del parts[lacking]
    with pytest.raises(MissingPart, match="needs Prometheus and Alertmanager") as caught:
        monitoring.monitoring_programs()
    assert "--only prometheus --only alertmanager" in str(caught.value.hint)
