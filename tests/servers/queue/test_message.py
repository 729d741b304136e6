"""A batch comes out of its message as it went in; what is no batch is named."""

from __future__ import annotations

import pytest

from servers.ingest.receipts import Receipt
from servers.queue.message import Malformed, decoded, encoded, queued

WHOLE = Receipt(
    1,
    "batch",
    "l",
    batch="b",
    tab="t",
    seq=2,
    attempt=3,
    transport="fetch",
    bytes=7,
    received_wall_ns=1_000,
)


def test_a_batch_comes_out_as_it_went_in() -> None:
    batch = queued("ann", ["a", "ü"], WHOLE)
    assert decoded(encoded(batch)) == batch
    receipt = Receipt(1, "batch", "another")
    batch.fill(receipt)
    assert (receipt.user, receipt.artworks, receipt.received) == ("ann", ["a", "ü"], 2)
    assert (receipt.batch, receipt.tab, receipt.seq, receipt.attempt) == ("b", "t", 2, 3)
    assert (receipt.transport, receipt.bytes, receipt.lifetime) == ("fetch", 7, "another")


def test_a_field_of_a_newer_server_is_left_out() -> None:
    batch = queued("ann", ["a"], WHOLE)
    newer = encoded(batch).replace(b'{"user"', b'{"colour":"red","user"')
    assert decoded(newer) == batch


@pytest.mark.parametrize(
    "body",
    [b"", b"no batch", b"{}", b"[]", b'{"user": 1}', encoded(queued("ann", ["a"], WHOLE))[:-1]],
)
def test_what_is_no_batch_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match=r"\S"):
        decoded(body)
