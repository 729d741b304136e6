"""What each alert must do with which series, step by step; promtool decides (`rule tests`).

A step is 15 s. Series cover the moment that is asked about: where data end earlier, Prometheus
looks back five minutes and finds the last value. Values are promtool's: `6x40` is 41 samples of 6.
"""

from __future__ import annotations

from tests.servers.monitoring.rule_case import Alert, Case, unknown

RISK = 'ingest_users_at_risk{instance="a"}'
DONE = 'ingest_users_exhausted{instance="a"}'
OK = 'ingest_batches_total{instance="a",status="200"}'
BAD = 'ingest_batches_total{instance="a",status="503"}'
QUEUE = 'ingest_queue_ids{instance="a"}'
PENDING = 'ingest_recorder_pending_ids{instance="a"}'
TWICE = 'ingest_ids_total{fate="duplicate",instance="a"}'
COUNT = 'ingest_batch_seconds_count{instance="a"}'


def few(number: int) -> str:
    return f"{number} active users have less than half of the pool unseen."


def failing(percent: str) -> str:
    return f"{percent}% of the batches of five minutes failed."


def exhausted(number: int) -> str:
    return f"{number} users have fewer than five artworks unseen."


def waiting(number: int) -> str:
    return f"{number} impressions wait in servers and recorders."


def again(number: int) -> str:
    return f"{number} ids of the last hour were stored already."


def slow(seconds: str) -> str:
    return f"95 % of the batches of five minutes took up to {seconds} s."


def buckets(fast: str, slow: str) -> dict[str, str]:
    """Batches of up to 0.2 s and of up to 0.5 s, as a histogram that counts ``slow`` in all."""
    name = 'ingest_batch_seconds_bucket{{instance="a",le="{}"}}'
    return {
        name.format("0.1"): "0x60",
        name.format("0.2"): fast,
        name.format("0.5"): slow,
        name.format("+Inf"): slow,
        COUNT: slow,
    }


ALERTS: dict[str, Alert] = {
    "FreshnessLow": Alert(
        "P1",
        "Active users have seen most of the pool",
        (
            Case(
                what="six of them, then none",
                series={RISK: "6x21 0x40"},
                moments={"0s": None, "4m45s": None, "5m": few(6), "5m15s": few(6), "6m": None},
            ),
            Case(
                what="the figure goes",
                series={RISK: "6x21 stale"},
                moments={"5m": few(6), "5m30s": None, "5m45s": None},
            ),
            Case(what="five", series={RISK: "5x60"}, moments={"10m": None}),
            Case(what="just above five", series={RISK: "5.01x60"}, moments={"10m": few(5)}),
            Case(
                what="it goes below for one step",
                series={RISK: "6x10 5 6x40"},
                # Step 11 is 2m45s; from step 12, at 3m, it holds again.
                moments={"5m": None, "7m45s": None, "8m": few(6)},
            ),
            Case(
                what="two servers count the same users",
                series={RISK: "3x60", RISK.replace('"a"', '"b"'): "3x60"},
                moments={"10m": None},
            ),
            Case(
                what="one of two servers has seen it",
                series={RISK: "3x60", RISK.replace('"a"', '"b"'): "7x60"},
                moments={"10m": few(7)},
            ),
        ),
    ),
    "BatchFailures": Alert(
        "P2",
        "Batches are not stored",
        (
            Case(
                what="one in ten, then none",
                series={OK: "0+90x100", BAD: "0+10x20 200x80"},
                moments={"5m": failing("10"), "11m": None},
            ),
            Case(
                what="the figures go",
                series={OK: "0+90x20 stale", BAD: "0+10x20 stale"},
                moments={"5m": failing("10"), "11m": None},
            ),
            Case(
                what="exactly one in twenty",
                # Which of them is exactly 0.05 in binary depends on how a version rounds.
                series={OK: "0+76x60", BAD: "0+4x60"},
                moments={"4m": None, "10m": None},
            ),
            Case(
                what="exactly one in twenty, of more",
                series={OK: "0+95x60", BAD: "0+5x60"},
                moments={"4m": None, "10m": None},
            ),
            Case(
                what="a little more than one in twenty",
                series={OK: "0+94.98x60", BAD: "0+5.02x60"},
                moments={"10m": failing("5.02")},
            ),
            Case(
                what="all fail, exactly one batch in ten seconds",
                # From zero within the range: nothing is extrapolated.
                series={OK: "0x60", BAD: "0 30x60"},
                moments={"4m": None},
            ),
            Case(
                what="all fail, a little more often",
                series={OK: "0x60", BAD: "0 30.2x60"},
                moments={"4m": failing("100")},
            ),
            Case(
                what="few batches after many",
                series={OK: "0+20x3 60x60", BAD: "0+1x60"},
                moments={"6m15s": None},
            ),
            Case(
                what="failures and batches are spread over two servers",
                series={
                    OK: "0+9.4x60",
                    BAD: "0+0.3x60",
                    BAD.replace('"a"', '"b"'): "0+0.3x60",
                },
                moments={"10m": failing("6")},
            ),
            Case(
                what="two servers with little to do",
                series={OK: "0x60", BAD: "0+1x60", BAD.replace('"a"', '"b"'): "0+1x60"},
                moments={"10m": failing("100")},
            ),
            Case(
                what="another failure of a server",
                series={OK: "0+90x60", BAD.replace("503", "500"): "0+10x60"},
                moments={"10m": failing("10")},
            ),
            Case(
                what="batches that clients got wrong",
                series={
                    OK: "0+50x60",
                    BAD: "0x60",
                    BAD.replace("503", "400"): "0+50x60",
                    BAD.replace("503", "429"): "0+50x60",
                },
                moments={"10m": None},
            ),
            Case(
                what="one server of two, with little to do",
                series={OK: "0+1000x60", BAD: "0x60", BAD.replace('"a"', '"b"'): "0+10x60"},
                moments={"10m": None},
            ),
            Case(
                what="the healthy ones are spread over ten servers",
                series={
                    BAD: "0+6x60",
                    **{OK.replace('"a"', f'"{number}"'): "0+10x60" for number in range(10)},
                },
                moments={"10m": failing("5.66")},
            ),
            Case(
                what="a burst counts for five minutes, no more and no less",
                series={OK: "0x5 20 40 60 60x80", BAD: "0x5 20 40 60 60x80"},
                moments={"1m": None, "2m": failing("50"), "6m15s": failing("50"), "7m": None},
            ),
        ),
    ),
    "PoolExhausted": Alert(
        "P2",
        "A user has nearly nothing left to see",
        (
            Case(
                what="one, then none",
                series={DONE: "0 1x4 0x4"},
                moments={"0s": None, "15s": exhausted(1), "1m": exhausted(1), "1m30s": None},
            ),
            Case(
                what="the figure goes",
                series={DONE: "2 stale"},
                moments={"0s": exhausted(2), "15s": None},
            ),
            Case(what="no user", series={DONE: "0x60"}, moments={"10m": None}),
            Case(
                what="two servers count the same users",
                series={DONE: "1x60", DONE.replace('"a"', '"b"'): "1x60"},
                moments={"10m": exhausted(1)},
            ),
            Case(
                what="one of two servers has seen it",
                series={DONE: "0x60", DONE.replace('"a"', '"b"'): "1x60"},
                moments={"10m": exhausted(1)},
            ),
        ),
    ),
    "QueueBacklog": Alert(
        "warning",
        "Impressions wait in queues",
        (
            Case(
                what="in a server, then no more",
                series={QUEUE: "501x21 0x40"},
                moments={"4m45s": None, "5m": waiting(501), "6m": None},
            ),
            Case(
                what="the figures go",
                series={QUEUE: "600x21 stale", PENDING: "600x21 stale"},
                moments={"5m": waiting(1200), "5m45s": None},
            ),
            Case(what="five hundred", series={QUEUE: "500x60"}, moments={"10m": None}),
            Case(
                what="recorders and servers together",
                series={QUEUE: "201x60", PENDING: "300x60"},
                moments={"10m": waiting(501)},
            ),
            Case(
                what="two servers with their own queues",
                series={
                    QUEUE: "200x60",
                    QUEUE.replace('"a"', '"b"'): "200x60",
                    PENDING: "60x60",
                    PENDING.replace('"a"', '"b"'): "60x60",
                },
                moments={"10m": waiting(520)},
            ),
            Case(
                what="it drains once",
                series={QUEUE: "600x10 0 600x40"},
                moments={"5m": None, "7m45s": None, "8m": waiting(600)},
            ),
        ),
    ),
    "DuplicateAttempts": Alert(
        "warning",
        "Clients send impressions that are stored",
        (
            Case(
                what="eleven, forgotten after an hour",
                series={TWICE: "0x4 0+1x11 11x400"},
                moments={"2m30s": None, "5m": again(11), "58m": again(11), "65m": None},
            ),
            Case(
                what="the figure goes",
                series={TWICE: "0x4 20x4 stale"},
                moments={"2m": again(20), "63m": None},
            ),
            Case(what="ten", series={TWICE: "0 10x100"}, moments={"20m": None}),
            Case(what="just above ten", series={TWICE: "0 10.05x100"}, moments={"20m": again(10)}),
            Case(
                what="what is stored is no attempt",
                series={TWICE: "0x100", TWICE.replace("duplicate", "inserted"): "0+50x100"},
                moments={"20m": None},
            ),
            Case(
                what="six on each of two servers",
                series={TWICE: "0 6x100", TWICE.replace('"a"', '"b"'): "0 6x100"},
                moments={"20m": again(12)},
            ),
        ),
    ),
    "BatchesSlow": Alert(
        "warning",
        "Storing a batch takes long",
        (
            Case(
                what="one in ten, then none",
                series=buckets("0+90x20 1800+100x60", "0+100x100"),
                moments={"5m": slow("0.350"), "11m": None},
            ),
            Case(
                what="the figures go",
                series=buckets("0+90x20 stale", "0+100x20 stale"),
                moments={"5m": slow("0.350"), "11m": None},
            ),
            Case(
                what="exactly one in twenty",
                series=buckets("0+76x60", "0+80x60"),
                moments={"10m": None},
            ),
            Case(
                what="a little more than one in twenty",
                series=buckets("0+94.98x60", "0+100x60"),
                moments={"10m": slow("0.201")},
            ),
            Case(
                what="one in twelve",
                series=buckets("0+92x60", "0+100x60"),
                moments={"10m": slow("0.312")},
            ),
            Case(
                what="all slow, exactly one batch in ten seconds",
                series=buckets("0x60", "0 30x60"),
                moments={"4m": None},
            ),
            Case(
                what="all slow, a little more often",
                series=buckets("0x60", "0 30.2x60"),
                moments={"4m": slow("0.485")},
            ),
            Case(
                what="few batches after many",
                series=buckets("0x60", "0+20x3 61+1x60"),
                moments={"6m15s": None},
            ),
            Case(
                what="two servers with little to do",
                series={
                    **buckets("0x60", "0+1x60"),
                    COUNT.replace('"a"', '"b"'): "0+1x60",
                },
                moments={"10m": slow("0.485")},
            ),
            Case(
                what="a burst counts for five minutes, no more and no less",
                series=buckets("0x80", "0x5 20 40 60 60x80"),
                moments={"1m": None, "2m": slow("0.485"), "6m15s": slow("0.485"), "7m": None},
            ),
            Case(
                what="slow ones of six minutes ago, and quick ones since",
                series=buckets("0x8 10+10x60", "0x5 200 400 600 610+10x60"),
                moments={"2m": slow("0.485"), "7m30s": None},
            ),
        ),
    ),
    "FreshnessUnknown": unknown(RISK, "ingest_users_at_risk"),
    "BatchFailuresUnknown": unknown(OK, "ingest_batches_total"),
    "PoolUnknown": unknown(DONE, "ingest_users_exhausted"),
    "QueueUnknown": unknown(QUEUE, "ingest_queue_ids"),
    "DuplicatesUnknown": unknown(TWICE, "ingest_ids_total"),
    "LatencyUnknown": unknown(COUNT, "ingest_batch_seconds"),
}
