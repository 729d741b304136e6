"""Each fault of the gateway bites while it is held, as often as it says, and on nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from harness.core.errors import UsageError
from harness.core.wait import wait_until
from harness.faults.base import held
from harness.faults.request.answers import (
    AckLost,
    Answers,
    Batches,
    Delays,
    FeltByUse,
    HalfAnswer,
    Hangs,
    ReadsThenCloses,
    Which,
)
from harness.faults.request.gateway import Gateway
from harness.target.reference.dialect import BATCH_PATH
from harness.target.retry_after import seconds_of
from tests.harness.faults.request.wire import (
    STORED,
    Bench,
    batch,
    benched,
    get,
    header,
    post,
    visiting,
)

pytestmark = pytest.mark.asyncio

Make = Callable[[Gateway, Which], FeltByUse]
BEACONS = Batches(transport="beacon")
AGES_S = 86_400.0  # a delay that only healing ends

ONCE: dict[str, Make] = {
    "answers": lambda gateway, which: Answers(gateway, 503, times=1, which=which),
    "ack_lost": lambda gateway, which: AckLost(gateway, times=1, which=which),
    "half_answer": lambda gateway, which: HalfAnswer(gateway, times=1, which=which),
    "reads_then_closes": lambda gateway, which: ReadsThenCloses(gateway, times=1, which=which),
    "delays": lambda gateway, which: Delays(gateway, AGES_S, times=1, which=which),
    "hangs": lambda gateway, which: Hangs(gateway, times=1, which=which),
}


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with benched(tmp_path) as bench:
        yield bench


async def asked(bench: Bench, request: bytes) -> bytes:
    """Return the body of the answer that a new visitor gets."""
    async with visiting(bench.gateway) as visitor:
        return (await visitor.ask(request))[1]


async def lost(bench: Bench, request: bytes) -> tuple[bytes, str]:
    """Return what a new visitor got before the connection ended, and how it ended."""
    async with visiting(bench.gateway) as visitor:
        return await visitor.lose(request)


async def test_it_asks_for_a_pause_by_a_date_that_counts_from_the_answers_own(
    bench: Bench,
) -> None:
    fault = Answers(bench.gateway, 503, retry_after_s=7, as_date=True)
    async with held(fault, bench.network), visiting(bench.gateway) as visitor:
        head, _ = await visitor.ask(batch())
    asked, date = header(head, "Retry-After"), header(head, "Date")
    assert seconds_of(asked, date) == 7
    assert (seconds_of(asked) or 0) + 1 >= 7, "it is in the future of this machine's clock too"


async def test_it_answers_by_itself_and_forwards_nothing(bench: Bench) -> None:
    async with (
        held(Answers(bench.gateway, 503, retry_after_s=7, times=2), bench.network),
        visiting(bench.gateway) as visitor,  # one connection: it is kept all the while
    ):
        for attempt in (1, 2):
            head, body = await visitor.ask(batch(attempt=attempt))
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert header(head, "Retry-After") == "7"
            assert header(head, "Content-Type") == "application/json; charset=utf-8"
            assert b"503" in body
        assert bench.target.stored == 0
        assert (await visitor.ask(batch(attempt=3)))[1] == STORED
    assert bench.target.stored == 1
    rows = [row["detail"] for row in bench.rows("acted")]
    assert [(row["batch"], row["attempt"]) for row in rows] == [("batch-1", 1), ("batch-1", 2)]
    assert rows[0] == {
        "method": "POST",
        "path": BATCH_PATH,
        "batch": "batch-1",
        "attempt": 1,
        "transport": "fetch",
        "did": "answered 503, nothing was forwarded",
        "answered": 503,
    }


@pytest.mark.parametrize("how", ["fin", "rst"])
async def test_a_lost_answer_was_stored(bench: Bench, how: str) -> None:
    fault = AckLost(bench.gateway, times=1, how="fin" if how == "fin" else "rst")
    async with held(fault, bench.network):
        assert await lost(bench, batch()) == (b"", how)
        assert bench.target.stored == 1
        assert await asked(bench, batch()) == STORED
    assert bench.target.stored == 2
    assert "dropped the target's 200" in bench.rows("acted")[0]["detail"]["did"]


async def test_half_an_answer_promises_the_whole(bench: Bench) -> None:
    async with held(HalfAnswer(bench.gateway, times=1), bench.network):
        came, end = await lost(bench, batch())
        assert await asked(bench, batch()) == STORED
    head, _, body = came.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert header(head, "Content-Length") == str(len(STORED))
    assert (body, end) == (STORED[: len(STORED) // 2], "rst")
    assert bench.target.stored == 2


async def test_half_an_answer_without_a_body_breaks_off_in_its_head(bench: Bench) -> None:
    bench.target.answers[BATCH_PATH] = b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"
    async with held(HalfAnswer(bench.gateway), bench.network):
        came, end = await lost(bench, batch())
    assert came.startswith(b"HTTP/1.1 204")
    assert (b"\r\n\r\n" in came, end) == (False, "rst")


@pytest.mark.parametrize("how", ["fin", "rst"])
async def test_it_reads_then_closes_a_connection_that_served_before(bench: Bench, how: str) -> None:
    async with visiting(bench.gateway) as visitor:
        assert (await visitor.ask(get("/display")))[1] == STORED
        fault = ReadsThenCloses(bench.gateway, times=1, how="fin" if how == "fin" else "rst")
        async with held(fault, bench.network):
            assert await visitor.lose(batch()) == (b"", how)
            assert bench.target.stored == 0
            assert await asked(bench, batch()) == STORED


async def test_a_delayed_request_is_not_yet_at_the_target(bench: Bench) -> None:
    fault = Delays(bench.gateway, AGES_S)
    async with held(fault, bench.network):
        answer = asyncio.create_task(asked(bench, batch()))
        await wait_until("it is held back", lambda: fault.acts, timeout_s=60)
        assert await asked(bench, get("/display")) == STORED
        assert (bench.target.stored, answer.done()) == (0, False)
    assert await answer == STORED
    assert bench.target.stored == 1


async def test_a_delayed_answer_is_stored_before(bench: Bench) -> None:
    fault = Delays(bench.gateway, AGES_S, what="answer")
    async with held(fault, bench.network):
        answer = asyncio.create_task(asked(bench, batch()))
        await wait_until("it is held back", lambda: fault.acts, timeout_s=60)
        assert (bench.target.stored, answer.done()) == (1, False)
    assert await answer == STORED


async def test_a_delay_ends_by_itself(bench: Bench) -> None:
    async with held(Delays(bench.gateway, 0.01), bench.network):
        assert await asked(bench, batch()) == STORED


async def test_what_hangs_is_closed_when_it_heals(bench: Bench) -> None:
    fault = Hangs(bench.gateway, which=BEACONS)
    async with held(fault, bench.network):
        end = asyncio.create_task(lost(bench, batch(transport="beacon")))
        await wait_until("it hangs", lambda: fault.acts, timeout_s=60)
        assert await asked(bench, batch()) == STORED
        assert not end.done()
    assert await end == (b"", "fin")
    assert bench.target.stored == 1


@pytest.mark.parametrize("make", ONCE.values(), ids=ONCE.keys())
async def test_it_acts_on_what_it_names_and_on_nothing_else(bench: Bench, make: Make) -> None:
    fault = make(bench.gateway, BEACONS)
    async with held(fault, bench.network):
        for other in (
            batch(),
            batch(transport="keepalive"),
            get(BATCH_PATH, "OPTIONS"),
            get(BATCH_PATH),
            post("/api/session", b'{"transport": "beacon"}'),
            post(BATCH_PATH, b"not JSON"),
            post(BATCH_PATH, b'["transport"]'),
        ):
            assert await asked(bench, other) == STORED
        assert await fault.evidence() == ""
        bitten = asyncio.create_task(lost(bench, batch(transport="beacon", Connection="close")))
        await wait_until("it acted", lambda: fault.acts, timeout_s=60)
        assert await asked(bench, batch(transport="beacon")) == STORED  # its one time is used up
    await bitten
    assert len(bench.rows("acted")) == 1


@pytest.mark.parametrize("make", ONCE.values(), ids=ONCE.keys())
async def test_nothing_is_left_of_it(bench: Bench, make: Make) -> None:
    async with held(make(bench.gateway, Batches()), bench.network):
        pass
    assert await asked(bench, batch()) == STORED
    assert bench.kinds() == [
        "fault_injecting",
        "fault_start",
        "sentinel_armed",
        "sentinel_unharmed",
        "fault_end",
    ]


async def test_its_sentinel_says_how_often_it_acted(bench: Bench) -> None:
    async with held(Answers(bench.gateway, 500, times=2), bench.network):
        for _ in range(3):
            await asked(bench, batch())
    [sentinel] = bench.rows("sentinel_bitten")
    assert (sentinel["fault"], sentinel["detail"]) == (
        "answered 500",
        "before healing: acted on 2 requests",
    )
    assert "sentinel_unharmed" not in bench.kinds()


async def test_many_at_once_do_not_exceed_its_times(bench: Bench) -> None:
    async with held(Answers(bench.gateway, 429, times=7), bench.network):
        answers = await asyncio.gather(*(asked(bench, batch(n)) for n in range(30)))
    assert sum(answer != STORED for answer in answers) == 7
    assert bench.target.stored == 23
    assert len(bench.rows("acted")) == 7


async def test_a_time_is_not_used_up_when_there_was_no_answer_to_lose(bench: Bench) -> None:
    bench.target.answers[BATCH_PATH] = b""
    async with held(AckLost(bench.gateway, times=1, how="rst"), bench.network):
        assert await lost(bench, batch()) == (b"", "fin")
        assert bench.rows("acted") == []
        del bench.target.answers[BATCH_PATH]
        assert await lost(bench, batch()) == (b"", "rst")
        assert await asked(bench, batch()) == STORED


async def test_the_most_recent_that_matches_wins_and_healing_brings_back_the_other(
    bench: Bench,
) -> None:
    async def statuses() -> list[bytes]:
        async with visiting(bench.gateway) as visitor:
            heads = [(await visitor.ask(batch(transport=t)))[0] for t in ("fetch", "beacon")]
        return [head.split()[1] for head in heads]

    async with held(Answers(bench.gateway, 500), bench.network):
        async with held(Answers(bench.gateway, 429, which=BEACONS), bench.network):
            assert await statuses() == [b"500", b"429"]
        assert await statuses() == [b"500", b"500"]
    assert await statuses() == [b"200", b"200"]


async def test_the_older_one_has_its_turn_when_the_newer_ones_times_are_used_up(
    bench: Bench,
) -> None:
    async with (
        held(Answers(bench.gateway, 503), bench.network),
        held(AckLost(bench.gateway, times=1), bench.network),
    ):
        assert await lost(bench, batch()) == (b"", "fin")
        assert bench.target.stored == 1  # the newer one wins: it is forwarded
        assert await asked(bench, batch()) != STORED


async def test_a_delay_acts_around_the_one_that_decides(bench: Bench) -> None:
    delay = Delays(bench.gateway, AGES_S)
    async with held(AckLost(bench.gateway), bench.network):
        async with held(delay, bench.network):
            end = asyncio.create_task(lost(bench, batch()))
            await wait_until("it is held back", lambda: delay.acts, timeout_s=60)
            assert bench.target.stored == 0
        assert await end == (b"", "fin")
    assert bench.target.stored == 1


async def test_it_can_be_injected_again(bench: Bench) -> None:
    fault = Answers(bench.gateway, 500, times=1)
    for _ in range(2):
        async with held(fault, bench.network):
            assert await asked(bench, batch()) != STORED
            assert await asked(bench, batch()) == STORED
    assert len(bench.rows("acted")) == 2


async def test_it_heals_when_the_scenario_breaks(bench: Bench) -> None:
    with pytest.raises(RuntimeError, match="in the middle"):
        async with held(Hangs(bench.gateway), bench.network):
            raise RuntimeError("in the middle")
    assert await asked(bench, batch()) == STORED


async def test_a_fault_that_never_acts_is_a_slip(bench: Bench) -> None:
    with pytest.raises(UsageError, match="0 times"):
        AckLost(bench.gateway, times=0)
