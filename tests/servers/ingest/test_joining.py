"""When a second writer joins in, and what becomes of an answer that no request waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from harness.core.wait import wait_until
from servers.ingest.board import Board, Cell
from servers.ingest.combiner import UNDIVIDED, Combiner
from servers.ingest.config import Limits
from servers.ingest.instant import now
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import Receipt, Receipts
from servers.ingest.refusal import Refusal
from servers.ingest.storage.store import Share, Store, Written
from tests.servers.ingest.site import make_config

pytestmark = pytest.mark.asyncio

NEVER_S = 60.0


class Held(Store):
    """Holds every group until its gate opens; needs no database."""

    def __init__(self) -> None:
        super().__init__(make_config("unused"))
        self.gate = asyncio.Event()
        self.groups: list[list[str]] = []

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        self.groups.append([share.artworks[0] for share in shares])
        await self.gate.wait()
        return [Written(len(share.artworks), 0) for share in shares]


class Desk:
    """A combiner, and batches handed in to it."""

    def __init__(self, limits: Limits, writers: int) -> None:
        board = Board()
        self.store = Held()
        self._receipts = Receipts(None, "test")
        self.row = board.row(0)
        self.combiner = Combiner(
            self.store, self._receipts, Metrics(board), limits, self.row, writers=writers
        )

    def receipt(self) -> Receipt:
        """Return the receipt of a batch that comes now."""
        return self._receipts.begin(now())

    async def hand_in(self, *artworks: str) -> asyncio.Task[None]:
        """Hand in a batch; return when it is queued."""
        (task,) = await self.hand_in_together(artworks)
        return task

    async def hand_in_together(self, *batches: Sequence[str]) -> list[asyncio.Task[None]]:
        """Hand in several, one after another and with no timer in between, however late it is."""
        tasks = [
            asyncio.create_task(self.combiner.write("ann", artworks, self.receipt()))
            for artworks in batches
        ]
        for _ in range(3):  # their own first step, and those of the writer that they wake
            await asyncio.sleep(0)  # noqa: TID251 - lets others run, waits for nothing
        return tasks


@asynccontextmanager
async def desk(*, writers: int = 2, **limits: float) -> AsyncIterator[Desk]:
    """A desk whose gate opens at the end at the latest."""
    one = Desk(Limits(**limits), writers)  # type: ignore[arg-type]
    yield one
    one.store.gate.set()
    await one.combiner.close()


async def test_a_few_ids_wait_for_the_writer_that_is_busy() -> None:
    async with desk(join_ids=4, join_s=NEVER_S) as one:
        for artwork in "abc":
            await one.hand_in(artwork)
        assert one.store.groups == [["a"]]
    assert one.store.groups == [["a"], ["b", "c"]]


async def test_a_statements_worth_of_ids_brings_another_writer() -> None:
    async with desk(join_ids=4, join_s=NEVER_S) as one:
        await one.hand_in("a")
        await one.hand_in("b")
        await one.hand_in("c", "d", "e")
        assert one.store.groups == [["a"], ["b", "c"]]


async def test_a_writer_that_is_stuck_holds_no_request_up_for_long() -> None:
    async with desk(join_ids=100, join_s=0.01) as one:
        await one.hand_in("a")
        await one.hand_in("b")
        await wait_until("b has its writer", lambda: len(one.store.groups) == 2, timeout_s=30)
    assert one.store.groups == [["a"], ["b"]]


async def test_what_one_statement_could_not_take_is_remembered() -> None:
    async with desk(join_ids=100, join_s=0.01, combine_ids=2) as one:
        await one.hand_in("a")
        await one.hand_in_together("b", "c", "d")
        one.store.gate.set()
    assert one.store.groups == [["a"], ["b", "c"], ["d"]]


async def test_the_rest_of_a_group_does_not_wait_for_a_stuck_writer() -> None:
    async with desk(writers=3, join_ids=100, join_s=0.01, combine_ids=2) as one:
        await one.hand_in("a")
        await one.hand_in_together("b", "c", "d")
        await wait_until("d has its writer", lambda: len(one.store.groups) == 3, timeout_s=30)
    assert one.store.groups == [["a"], ["b", "c"], ["d"]]


@pytest.mark.parametrize(("in_flight", "sizes"), [(UNDIVIDED, [1, 16, 16, 7]), (40, [1, 20, 19])])
async def test_a_writer_leaves_half_of_many_requests_to_the_next(
    in_flight: int, sizes: list[int]
) -> None:
    async with desk(writers=1) as one:
        one.row.add(Cell.IN_FLIGHT, in_flight)
        for number in range(40):
            await one.hand_in(f"{number}")
        one.store.gate.set()
        await one.combiner.close()
    assert [len(group) for group in one.store.groups] == sizes
    written = [artwork for group in one.store.groups for artwork in group]
    assert written == [f"{number}" for number in range(40)]


async def test_the_next_statement_is_on_its_way_before_the_last_is_answered() -> None:
    async with desk(writers=2, join_ids=100, join_s=NEVER_S) as one:
        groups_at_answer: list[int] = []

        def tell(refusal: Refusal | None) -> None:
            assert refusal is None
            groups_at_answer.append(len(one.store.groups))

        one.combiner.submit("ann", ["a"], one.receipt(), tell)
        await one.hand_in("b")
        one.combiner.submit("ann", ["c"], one.receipt(), tell)
        assert one.store.groups == [["a"]]
        one.store.gate.set()
        await wait_until("both are answered", lambda: len(groups_at_answer) == 2, timeout_s=30)
    assert one.store.groups == [["a"], ["b", "c"]]
    assert groups_at_answer == [2, 2]


async def test_who_stops_waiting_takes_neither_the_write_nor_a_neighbour_along() -> None:
    async with desk(writers=1) as one:
        await one.hand_in("a")
        leaving = await one.hand_in("b")
        staying = await one.hand_in("c")
        leaving.cancel()
        one.store.gate.set()
        await staying
    assert one.store.groups == [["a"], ["b", "c"]]
    assert leaving.cancelled()


async def test_an_answer_that_cannot_be_given_holds_up_neither_neighbours_nor_the_queue() -> None:
    def fail(refusal: Refusal | None) -> None:
        raise RuntimeError("the connection is in no state to be answered")

    async with desk(writers=1) as one:
        await one.hand_in("a")
        one.combiner.submit("ann", ["b"], one.receipt(), fail)
        neighbour = await one.hand_in("c")
        one.store.gate.set()
        async with asyncio.timeout(30):
            await neighbour
            await (await one.hand_in("d"))
    assert one.store.groups == [["a"], ["b", "c"], ["d"]]
