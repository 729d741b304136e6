"""Counters that ride on batches: each event once, however often and in whatever order they come."""

from __future__ import annotations

import pytest

from servers.ingest.monitoring import recorders
from servers.ingest.monitoring.recorders import Recorders


def figures(heard: Recorders) -> dict[str, float]:
    return {
        "|".join([sample.name, *sample.labels.values()]): sample.value
        for family in heard.collect()
        for sample in family.samples
    }


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_tabs_add_up_and_repeats_add_nothing() -> None:
    heard = Recorders(Clock())
    heard.heard("one", {"recorded": 10, "flushFail": 1})
    heard.heard("one", {"recorded": 30, "totalFlushed": 20, "flushFail": 1})
    heard.heard("one", {"recorded": 10, "flushFail": 1})  # late
    heard.heard("two", {"recorded": 5})
    found = figures(heard)
    assert found["ingest_recorder_events_total|recorded"] == 35
    assert found["ingest_recorder_events_total|flush_fail"] == 1
    assert found["ingest_recorder_events_total|flushed"] == 20
    assert found["ingest_recorder_pending_ids"] == 10 + 5
    assert found["ingest_recorder_tabs"] == 2


def test_every_event_is_there_from_the_start() -> None:
    found = figures(Recorders(Clock()))
    assert len([name for name in found if name.startswith("ingest_recorder_events_total")]) == 8
    assert set(found.values()) == {0}


@pytest.mark.parametrize("nonsense", [-1, 1.5, True, "7", None, [], 2**53 + 1])
def test_what_is_no_count_is_passed_over(nonsense: object) -> None:
    heard = Recorders(Clock())
    heard.heard("one", {"recorded": nonsense, "unheard_of": 3})
    assert figures(heard)["ingest_recorder_events_total|recorded"] == 0


def test_what_was_refused_waits_no_more_and_an_heirs_flushes_are_no_debt() -> None:
    heard = Recorders(Clock())
    heard.heard("one", {"recorded": 10, "totalFlushed": 4, "refused": 6})
    heard.heard("heir", {"recorded": 1, "totalFlushed": 9})
    assert figures(heard)["ingest_recorder_pending_ids"] == 0


def test_a_silent_tab_has_no_queue_but_its_events_stay() -> None:
    clock = Clock()
    heard = Recorders(clock)
    heard.heard("one", {"recorded": 10})
    clock.now_s += recorders.SILENT_S
    assert figures(heard)["ingest_recorder_pending_ids"] == 10
    clock.now_s += 0.001
    found = figures(heard)
    assert found["ingest_recorder_pending_ids"] == found["ingest_recorder_tabs"] == 0
    assert found["ingest_recorder_events_total|recorded"] == 10


def test_the_longest_silent_tab_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorders, "TABS_MAX", 2)
    heard = Recorders(Clock())
    for tab in ("one", "two", "one", "three"):
        heard.heard(tab, {"recorded": 1})
    heard.heard("one", {"recorded": 1})
    assert figures(heard)["ingest_recorder_events_total|recorded"] == 3
