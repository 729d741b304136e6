"""A batch is acknowledged when the broker has confirmed it, and only then."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from aio_pika.exceptions import ChannelInvalidStateError, DeliveryError, PublishError

from servers.ingest.board import Board
from servers.ingest.instant import now
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import Receipt, Receipts
from servers.ingest.refusal import Refusal
from servers.queue import publisher as module
from servers.queue.message import decoded
from servers.queue.publisher import Publisher
from tests.servers.queue.fakes import FakeExchange

pytestmark = pytest.mark.asyncio


class Returned(PublishError):
    """A message that no queue takes."""

    def __init__(self) -> None:
        super(DeliveryError, self).__init__("no route")

    def __str__(self) -> str:
        return "no route"


@asynccontextmanager
async def publishing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: FakeExchange | None
) -> AsyncIterator[tuple[Publisher, Receipts]]:
    """Yield a publisher with that exchange, or without a broker, and its receipts."""

    async def refused(url: str) -> Any:
        raise ConnectionRefusedError(url)

    monkeypatch.setattr(module, "connected", refused)
    receipts = Receipts(tmp_path / "r", "l")
    made = Publisher("amqp://x", receipts, Metrics(Board(), None), length_max=9)
    await asyncio.sleep(0)  # noqa: TID251 - lets it try once to connect
    made._exchange = cast(Any, exchange)
    try:
        yield made, receipts
    finally:
        await made.close()


def asked(receipts: Receipts) -> Receipt:
    receipt = receipts.begin(now())
    receipt.user, receipt.batch, receipt.attempt, receipt.received = "ann", "b", 2, 1
    return receipt


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "r").read_text().splitlines()]


async def test_a_confirmed_batch_is_accepted_and_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = FakeExchange(None)
    async with publishing(tmp_path, monkeypatch, exchange) as (publisher, receipts):
        receipt = asked(receipts)
        await publisher.write("ann", ["a"], receipt)
    assert receipt.status == 202
    [(message, key, mandatory)] = exchange.published
    assert (key, mandatory, message.delivery_mode) == ("impressions", True, 2)
    assert decoded(message.body).artworks == ["a"]
    assert (message.message_id, message.headers) == ("l-1", {"batch": "b", "attempt": 2})
    [line] = lines(tmp_path)
    assert (line["kind"], line["batch"], line["attempt"], line["received"]) == (
        *("confirmed", "b"),
        *(2, 1),
    )


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (DeliveryError(None, cast(Any, None)), 503, "queue_full"),
        (Returned(), 500, "unroutable"),
        (TimeoutError(), 503, "outcome_unknown"),
        (ConnectionResetError(), 503, "outcome_unknown"),
        (ChannelInvalidStateError(), 503, "outcome_unknown"),
        (ZeroDivisionError(), 500, "internal"),
    ],
)
async def test_what_is_not_confirmed_is_refused_by_its_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: BaseException,
    status: int,
    code: str,
) -> None:
    async with publishing(tmp_path, monkeypatch, FakeExchange(answer)) as (publisher, receipts):
        with pytest.raises(Refusal) as refused:
            await publisher.write("ann", ["a"], asked(receipts))
    assert (refused.value.status, refused.value.code) == (status, code)
    [line] = lines(tmp_path)
    assert (line["kind"], line["status"], line["rejected"]) == ("batch", status, 1)


async def test_without_a_broker_a_batch_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with publishing(tmp_path, monkeypatch, None) as (publisher, receipts):
        with pytest.raises(Refusal, match="cannot be reached"):
            await publisher.write("ann", ["a"], asked(receipts))


async def test_one_that_stops_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with publishing(tmp_path, monkeypatch, FakeExchange()) as (publisher, receipts):
        await publisher.close()
        with pytest.raises(Refusal, match="stopping"):
            publisher.submit("ann", ["a"], asked(receipts), lambda refusal: None)
