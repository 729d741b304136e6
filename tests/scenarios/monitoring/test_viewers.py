"""Viewers of the pool: their paces, and that they see only what is new, in two tabs, and say so."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from harness.ledger.files import read_witness
from scenarios.monitoring import viewers
from scenarios.monitoring.viewers import (
    FASTEST_PER_S,
    SEEN_BEFORE,
    SPRINTERS_PER_S,
    Pace,
    Viewers,
    paces,
)
from tests.harness.fake_run import listening, open_context, site


def test_paces_are_of_the_seed_and_from_slow_to_fast() -> None:
    found = paces(3, 200)
    assert found == paces(3, 200) != paces(4, 200)
    assert len({one.user for one in found}) == 200
    sprinters, others = found[: len(SPRINTERS_PER_S)], found[len(SPRINTERS_PER_S) :]
    assert {one.seen for one in sprinters} == {SEEN_BEFORE}
    assert min(one.per_s for one in sprinters) > others[-1].per_s == pytest.approx(FASTEST_PER_S)
    assert [one.per_s for one in others] == sorted(one.per_s for one in others)
    assert max(one.seen for one in others) <= SEEN_BEFORE


class Server:
    """Knows who has seen what of a pool; refuses the first batch of each user."""

    def __init__(self, pool: int) -> None:
        self.pool = [f"artwork-{number:04}" for number in range(1, pool + 1)]
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.refused: set[str] = set()
        self.bodies: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/session", self.sign_in),
            web.get("/api/artworks/fresh", self.fresh),
            web.post("/api/artworks/batch-impressions", self.batch),
        ]

    async def sign_in(self, request: web.Request) -> web.Response:
        response = web.Response(status=204)
        response.set_cookie("session", (await request.json())["userId"])
        return response

    async def fresh(self, request: web.Request) -> web.Response:
        seen = self.seen[request.cookies["session"]]
        left = [one for one in self.pool if one not in seen][: int(request.query["limit"])]
        return web.json_response({"artworks": [{"id": one, "title": ""} for one in left]})

    async def batch(self, request: web.Request) -> web.Response:
        user, body = request.cookies["session"], await request.json()
        if user not in self.refused:
            self.refused.add(user)
            return web.json_response({}, status=503)
        self.bodies.append(body)
        new = set(body["artworkIds"]) - self.seen[user]
        self.seen[user] |= new
        received = len(body["artworkIds"])
        counts = {"received": received, "inserted": len(new), "duplicate": received - len(new)}
        return web.json_response(counts)


@pytest.mark.asyncio
async def test_they_see_what_is_new_until_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "EVERY_S", 0.05)
    monkeypatch.setattr(viewers, "RETRY_S", 0.01)
    server = Server(30)
    app = web.Application()
    app.add_routes(server.routes())
    who = [Pace(user="ann", per_s=100, seen=0.02), Pace(user="bob", per_s=20, seen=0)]
    async with listening(app) as url, aiohttp.ClientSession() as http:
        with open_context(tmp_path, target=site(direct_url=url)) as context:
            looking = Viewers(cast(Any, SimpleNamespace(context=context)), http)
            await looking.remember(who)  # four of the run's two hundred
            assert len(server.seen["ann"]) == 4
            await looking.view(who, 0.8)
            shown = set(context.shown)
    assert server.seen["ann"] == set(server.pool)
    assert shown == {(user, one) for user, seen in server.seen.items() for one in seen}
    load = read_witness(tmp_path / "load.arrows").table.to_pylist()
    assert {row["status"] for row in load} == {200, 503}
    assert {row["tab"] for row in load} >= {"ann-0", "ann-1"}
    assert max(row["attempt"] for row in load) >= 2
    pool = read_witness(tmp_path / "pool.arrows").table.to_pylist()
    assert {(row["kind"], row["user"]) for row in pool} == {("no_fresh_artwork", "ann")}
    viewer = read_witness(tmp_path / "viewer.arrows").table.to_pylist()
    assert {(row["user"], row["artwork"]) for row in viewer} == shown


@pytest.mark.asyncio
async def test_a_leap_is_one_batch_of_nearly_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "RETRY_S", 0.01)
    server = Server(200)
    app = web.Application()
    app.add_routes(server.routes())
    async with listening(app) as url, aiohttp.ClientSession() as http:
        with open_context(tmp_path, target=site(direct_url=url)) as context:
            await Viewers(cast(Any, SimpleNamespace(context=context)), http).leap("cy")
    [body] = server.bodies
    assert len(set(body["artworkIds"])) == 194  # of 200: above 95 %, and not all
