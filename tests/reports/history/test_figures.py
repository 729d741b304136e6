"""Which figures are followed, and which way is worse."""

from __future__ import annotations

import pytest

from reports.history.figures import FOLLOWED, chosen, stem_of, way_of


def test_patterns_choose() -> None:
    names = ["load_response_p95_ms", "load_response_p5_ms", "wal_per_impression_bytes", "stored"]
    assert chosen(names, FOLLOWED) == ["load_response_p95_ms", "wal_per_impression_bytes"]
    assert chosen(names, ["sto*"]) == ["stored"]


@pytest.mark.parametrize(
    ("figure", "more"),
    [
        ("load_response_p95_ms", "worse"),
        ("wal_per_impression_bytes", "worse"),
        ("requests_per_1000_impressions", "worse"),
        ("postgres_rss_peak_mib", "worse"),
        ("rows_per_commit", "better"),
        ("load_rate_per_s", "better"),
        ("anything", "changed"),
    ],
)
def test_which_way_is_worse(figure: str, more: str) -> None:
    assert way_of(figure, 0.1) == more
    assert way_of(figure, -0.1) == {"worse": "better", "better": "worse"}.get(more, more)


def test_the_stem_of_a_quantile() -> None:
    assert stem_of("load_response_p95_ms") == "load_response"
    assert stem_of("insert_mean_ms") == "insert_mean_ms"
