"""A direction applies its shape to packets, in the order of a real line."""

from __future__ import annotations

import pytest

from harness.core.clock import seeded_random
from harness.faults.line.packets.shaper import NS_PER_MS, Direction

IPV4, IPV6 = bytes([0x45]), bytes([0x60])


def direction(seed: int = 1) -> Direction:
    return Direction(chance=seeded_random(seed, "test"))


def packet(size: int = 100, mark: int = 0) -> bytes:
    return IPV4 + bytes([mark]) + bytes(size - 2)


def shaped(**changes: float | None) -> Direction:
    line = direction()
    usual = {"delay_ms": 0.0, "rate_kbps": None, "loss": 0.0, "queue_bytes": 64_000}
    line.shape(**{**usual, **changes})  # type: ignore[arg-type]
    return line


def test_a_delay_holds_each_packet_so_long_and_keeps_their_order() -> None:
    line = shaped(delay_ms=30)
    line.take(packet(mark=1), 0)
    line.take(packet(mark=2), 5 * NS_PER_MS)
    assert line.next_ns == 30 * NS_PER_MS
    assert line.due(30 * NS_PER_MS - 1) == []
    assert [p[1] for p in line.due(35 * NS_PER_MS)] == [1, 2]
    assert line.next_ns is None


def test_a_rate_is_shared_by_all_that_passes_and_adds_to_the_delay() -> None:
    line = shaped(rate_kbps=400, delay_ms=200)
    for mark in range(3):
        line.take(packet(1_000, mark), 0)  # 1,000 bytes at 400 kbps are 20 ms
    times = []
    while line.next_ns is not None:
        times.append(line.next_ns / NS_PER_MS)
        line.due(line.next_ns)
    assert times == [220, 240, 260]


def test_a_full_queue_drops_what_comes_last() -> None:
    line = shaped(rate_kbps=400, queue_bytes=2_500)
    for mark in range(4):
        line.take(packet(1_000, mark), 0)
    assert [p[1] for p in line.due(10**12)] == [0, 1]
    assert line.counts.overflowed == 2
    assert line.counts.seen == 4


def test_loss_is_drawn_for_the_nth_packet_and_the_same_seed_draws_the_same() -> None:
    survivors = []
    for _ in range(2):
        line = direction(seed=7)
        line.shape(delay_ms=0, rate_kbps=None, loss=0.5, queue_bytes=64_000)
        for mark in range(200):
            line.take(packet(mark=mark), 0)
        survivors.append([p[1] for p in line.due(0)])
        assert line.counts.lost == 200 - len(survivors[-1])
    assert survivors[0] == survivors[1]
    assert 70 <= len(survivors[0]) <= 130


def test_ipv6_chatter_shifts_no_draw_and_is_not_counted() -> None:
    plain, chatty = (shaped(loss=0.5) for _ in range(2))
    for mark in range(50):
        plain.take(packet(mark=mark), 0)
        chatty.take(IPV6 + bytes(40), 0)
        chatty.take(packet(mark=mark), 0)
    assert plain.due(0) == chatty.due(0)
    assert chatty.counts.seen == 50


def test_a_cut_loses_what_comes_and_what_is_under_way_and_counts_it() -> None:
    line = shaped(delay_ms=10)
    line.take(packet(mark=1), 0)
    line.is_cut = True
    line.take(packet(mark=2), 0)
    assert line.due(20 * NS_PER_MS) == []
    assert (line.counts.cut, line.counts.seen) == (2, 1)


@pytest.mark.parametrize("now_ms", [0, 1_000])
def test_an_idle_line_saves_nothing_up(now_ms: int) -> None:
    line = shaped(rate_kbps=400)
    line.take(packet(1_000), now_ms * NS_PER_MS)
    assert line.next_ns == (now_ms + 20) * NS_PER_MS
