"""What the reference server's /metrics says, by hand."""

from __future__ import annotations

GAUGES = """
# TYPE ingest_in_flight_batches gauge
ingest_in_flight_batches 3
# TYPE ingest_queue_ids gauge
ingest_queue_ids 40
# TYPE ingest_connections_in_use gauge
ingest_connections_in_use 4
# TYPE ingest_connections gauge
ingest_connections 4
"""


def waits(*cumulative: int) -> str:
    lines = ["# TYPE ingest_queue_wait_seconds histogram"]
    for bound, count in zip(("0.01", "0.1", "1.0", "+Inf"), cumulative, strict=True):
        lines.append(f'ingest_queue_wait_seconds_bucket{{le="{bound}"}} {count}')
    lines.append(f"ingest_queue_wait_seconds_count {cumulative[-1]}")
    lines.append("ingest_queue_wait_seconds_sum 1.0")
    return "\n".join(lines) + "\n"
