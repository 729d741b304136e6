"""The live feed: what receipts say, as they are written, for any number of viewers.

One ring holds the newest receipts, bounded in lines and in ids; a viewer is no more than a place in
it. Who reads too slowly finds that the ring has gone on: those lines are lost, and counted. The
writer only appends, however it is read.

Viewers at one place with one filter share one frame. What filters let pass is found for all of them
in one pass over the receipts since their place.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from servers.ingest.instant import NS_PER_S
from servers.ingest.receipts import Receipt

RING_LINES, RING_IDS = 2_000, 50_000
"""The most that is kept, for viewers who come back after a cut."""
FRAME_LINES = 40
"""Lines of one frame; what is older is lost."""
TICK_S = 1.0
_ARTWORKS_SHOWN = 20


class FeedLine(msgspec.Struct, rename="camel"):
    """One batch in the feed. ``seq`` counts the receipts of this process."""

    seq: int
    at_ms: int
    user: str | None
    batch: str | None
    received: int
    inserted: int
    duplicate: int
    status: int
    reason: str | None
    attempt: int | None
    transport: str | None
    latency_ms: float | None
    artworks: list[str]


class FeedFrame(msgspec.Struct, rename="camel"):
    """What a viewer gets at once: lines, oldest first, after which place the next frame goes on,
    and how many receipts before these lines were lost to this viewer (None: not known)."""

    lifetime: str
    seq: int
    lost: int | None
    lines: list[FeedLine]


@dataclass(slots=True)
class FeedViewer:
    """One viewer's place: receipts up to ``seq`` were dealt with. An empty filter lets all pass."""

    seq: int
    user: str = ""
    artwork: str = ""
    lost: int | None = field(default=0)

    def wants(self, receipt: Receipt) -> bool:
        """Return whether the filters let a receipt pass."""
        if self.user and receipt.user != self.user:
            return False
        return not self.artwork or self.artwork in receipt.artworks


Filter = tuple[str, str]
"""A user and an artwork, each empty where all pass."""
Numbered = list[tuple[int, Receipt]]


class _Passed:
    """What of receipts filters let pass, found in one pass for all of them."""

    def __init__(self, receipts: Iterable[tuple[int, Receipt]], filters: Set[Filter]) -> None:
        users = {user for user, _ in filters if user}
        artworks = {artwork for user, artwork in filters if not user}
        self._of_user: dict[str | None, Numbered] = defaultdict(list)
        self._of_artwork: dict[str, Numbered] = defaultdict(list)
        for seq, one in receipts:
            if one.user in users:
                self._of_user[one.user].append((seq, one))
            if artworks and not artworks.isdisjoint(one.artworks):
                for artwork in artworks.intersection(one.artworks):
                    self._of_artwork[artwork].append((seq, one))

    def of(self, viewer: FeedViewer) -> Numbered:
        """Return what a viewer's filter lets pass, one of ``filters``."""
        if not viewer.user:
            return self._of_artwork[viewer.artwork]
        return [(seq, one) for seq, one in self._of_user[viewer.user] if viewer.wants(one)]


class Feed:
    """The ring and who waits for it."""

    def __init__(self, lifetime: str) -> None:
        self.lifetime = lifetime
        self.seq = 0
        """The number of the newest receipt."""
        self.closing = False
        self.viewers = 0
        self._ring: deque[Receipt] = deque()
        self._ids = 0
        self._waiting: asyncio.Future[None] | None = None
        self._encoder = msgspec.json.Encoder()
        self._made_at = -1
        self._frames: dict[tuple[int, int | None, Filter], bytes] = {}
        self._passed: dict[int, _Passed] = {}
        self._asked: set[Filter] = set()
        self._expected: set[Filter] = set()

    def tap(self, receipts: Sequence[Receipt]) -> None:
        """Take receipts that were written; it neither waits nor looks at who reads."""
        self._ring.extend(receipts)
        self.seq += len(receipts)
        self._ids += sum([len(one.artworks) for one in receipts])
        while len(self._ring) > RING_LINES or self._ids > RING_IDS:
            self._ids -= len(self._ring.popleft().artworks)

    def viewer(
        self, *, user: str = "", artwork: str = "", after: int | None = None, lifetime: str = ""
    ) -> FeedViewer:
        """Return a new viewer, who begins now or, where this is the same ``lifetime``, ``after``
        what another connection had; what another lifetime wrote since is lost, and
        how much is not known."""
        if after is None:
            return FeedViewer(self.seq, user, artwork)
        if lifetime != self.lifetime or after > self.seq:
            return FeedViewer(0, user, artwork, lost=None)
        return FeedViewer(after, user, artwork)

    def frame(self, viewer: FeedViewer) -> bytes | None:
        """Return the viewer's next frame, None when there is nothing new; the viewer goes on."""
        if viewer.seq >= self.seq and viewer.lost == 0:
            return None
        begin, viewer.seq = viewer.seq, self.seq
        lost, viewer.lost = viewer.lost, 0
        if self._made_at != self.seq:
            self._made_at = self.seq
            self._frames.clear()
            self._passed.clear()
            self._expected, self._asked = self._asked, set()
        key = begin, lost, (viewer.user, viewer.artwork)
        if key not in self._frames:
            self._frames[key] = self._encoded(begin, viewer, lost)
        return self._frames[key]

    def greeting(self, viewer: FeedViewer) -> bytes:
        """Return the first frame: where the viewer begins, without lines."""
        return self._encoder.encode(
            FeedFrame(lifetime=self.lifetime, seq=viewer.seq, lost=0, lines=[])
        )

    async def ticked(self) -> None:
        """Return at the next moment at which frames are due, for all viewers at once."""
        if self._waiting is None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            if self.closing:
                self._tick()
                return
            loop.call_later(TICK_S, self._tick)
        await asyncio.shield(self._waiting)

    def close(self) -> None:
        """End every viewer."""
        self.closing = True
        self._tick()

    def _tick(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _encoded(self, begin: int, viewer: FeedViewer, lost: int | None) -> bytes:
        first = self.seq - len(self._ring)  # the receipt before the ring's oldest
        gone = max(0, first - begin)
        wanted = self._wanted(max(begin, first), first, viewer)
        over = max(0, len(wanted) - FRAME_LINES)
        return self._encoder.encode(
            FeedFrame(
                lifetime=self.lifetime,
                seq=self.seq,
                lost=None if lost is None else lost + gone + over,
                lines=[line_of(seq, one) for seq, one in wanted[over:]],
            )
        )

    def _wanted(self, begin: int, first: int, viewer: FeedViewer) -> Numbered:
        """Return what came after a place and a viewer's filter lets pass.

        Who asked with a filter last time is expected again: for these one pass does.
        """
        asked = viewer.user, viewer.artwork
        if asked == ("", ""):
            return list(self._since(begin, first))
        self._asked.add(asked)
        if asked not in self._expected:
            return [(seq, one) for seq, one in self._since(begin, first) if viewer.wants(one)]
        if begin not in self._passed:
            self._passed[begin] = _Passed(self._since(begin, first), self._expected)
        return self._passed[begin].of(viewer)

    def _since(self, begin: int, first: int) -> Iterator[tuple[int, Receipt]]:
        return enumerate(islice(self._ring, begin - first, None), begin + 1)


def line_of(seq: int, receipt: Receipt) -> FeedLine:
    """Return a receipt as a line of the feed."""
    committed = receipt.committed_mono_ns
    latency_ns = None if committed is None else committed - receipt.received_mono_ns
    return FeedLine(
        seq=seq,
        at_ms=receipt.received_wall_ns * 1000 // NS_PER_S,
        user=receipt.user,
        batch=receipt.batch,
        received=receipt.received,
        inserted=receipt.inserted,
        duplicate=receipt.duplicate,
        status=receipt.status,
        reason=receipt.reason,
        attempt=receipt.attempt,
        transport=receipt.transport,
        latency_ms=None if latency_ns is None else round(latency_ns * 1000 / NS_PER_S, 2),
        artworks=receipt.artworks[:_ARTWORKS_SHOWN],
    )
