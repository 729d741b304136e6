"""The recorder's configuration over HTTP, and exposures from a batch to the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from servers.ingest.config import Config
from servers.ingest.experiments.definition import (
    EXPERIMENTS_MAX,
    ServedExperiment,
    ServedExperiments,
    ServedVariant,
)
from servers.ingest.experiments.endpoint import PATH
from servers.ingest.experiments.options import NUMBERS
from servers.ingest.http.session import COOKIE, Signer
from tests.servers.ingest.experiments.flush import FLUSH, OTHER, SERVED
from tests.servers.ingest.site import make_config, read_receipts, rows, running, visitor
from tests.servers.ingest.stores import MemoryStore

ANSWER_BYTES_MAX = 32 * 1024
"""What the page reads at most (servers/client/served.js)."""


def config(database: str, receipts: Path | None = None, **changes: Any) -> Config:
    return make_config(database, receipts, experiments=SERVED, **changes)


def exposed(database: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(database) as connection:
        query = "SELECT experiment, user_id, variant FROM experiment_exposures ORDER BY 1, 2"
        return connection.execute(query).fetchall()


def metric(text: bytes, result: str) -> float:
    lines = [
        line
        for line in text.decode().splitlines()
        if line.startswith(f'ingest_exposures_total{{result="{result}"}}')
    ]
    return float(lines[0].split()[-1]) if lines else 0.0


@pytest.mark.stack
@pytest.mark.asyncio
async def test_who_is_not_signed_in_gets_nothing() -> None:
    async with running(config(""), store_type=MemoryStore) as site:
        forged = Signer(b"not ours").sign("ann", tier="pro")
        expired = Signer(b"test").sign("ann", at_s=1, tier="pro")
        for cookie in (None, forged, expired, "rubbish"):
            headers = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}
            async with visitor(site.url, None) as stranger:
                answer = await stranger.get(PATH, headers=headers)
            assert (answer.status, answer.body["error"]) == (401, "not_signed_in")
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.stack
@pytest.mark.asyncio
async def test_the_tier_is_that_of_the_session_whatever_a_request_says() -> None:
    async with (
        running(config(""), store_type=MemoryStore) as site,
        visitor(site.url, None) as ann,
    ):
        await ann.post({"userId": "ann", "tier": "free"}, path="/api/session")
        answer = await ann.get(
            f"{PATH}?tier=pro&userId=bob", headers={"X-Tier": "pro", "Tier": "pro"}
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert (answer.body["userId"], answer.body["tier"]) == ("ann", "free")
        assert answer.body["options"] == {"flushDelayMs": 5_000}
        variant = FLUSH.variant_of("ann")
        assert answer.body["experiments"] == {
            "flush": {"variant": variant, "options": FLUSH.variants[variant].options}
        }
        session = (await ann.get("/api/session")).body
        assert session == {"userId": "ann"}


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize("tier", ["gold", "", "pro\n", "__proto__", "pro.1", "x" * 10_000, 1, {}])
async def test_a_tier_that_does_not_exist_signs_no_user_in(tier: object) -> None:
    async with (
        running(config(""), store_type=MemoryStore) as site,
        visitor(site.url, None) as ann,
    ):
        answer = await ann.post({"userId": "ann", "tier": tier}, path="/api/session")
        assert answer.status == 400
        assert len(json.dumps(answer.body)) < 500
        assert (await ann.get(PATH)).status == 401


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_session_without_a_tier_or_from_before_a_change_gets_no_option() -> None:
    async with running(config(""), store_type=MemoryStore) as site:
        for tier in (None, "gone"):
            cookie = Signer(b"test").sign("Zoë.…", tier=tier)
            async with visitor(site.url, None) as zoe:
                answer = await zoe.get(PATH, headers={"Cookie": f"{COOKIE}={cookie}"})
            assert answer.status == 200
            assert (answer.body["userId"], answer.body["options"]) == ("Zoë.…", {})


def test_the_largest_answer_is_one_that_the_page_reads() -> None:
    options = {name: most for name, (_, most) in NUMBERS.items()} | {"fullJitter": False}
    variants = {"v" * 64: ServedVariant(share=1, options=options)}
    experiments = {
        f"{n:064}": ServedExperiment(salt=str(n), variants=variants) for n in range(EXPERIMENTS_MAX)
    }
    served = ServedExperiments(tiers={"t": options}, experiments=experiments)
    answer = json.dumps(served.configuration('"' * 512, "t"))
    assert len(answer) < ANSWER_BYTES_MAX


@pytest.mark.stack
@pytest.mark.asyncio
async def test_exposures_are_written_once_per_user_and_receipts_stay_as_they_were(
    database: str, receipts: Path
) -> None:
    async with running(config(database, receipts)) as site:
        for user in ("ann", "bob", "ann"):
            async with visitor(site.url, user) as somebody:
                own = {"flush": FLUSH.variant_of(user)}
                for artwork in ("a", "b"):
                    answer = await somebody.send([artwork], experiments=own, transport="fetch")
                    assert answer.status == 200
    found = exposed(database)
    assert found == [("flush", user, FLUSH.variant_of(user)) for user in ("ann", "bob")]
    assert rows(database) == [(u, a) for u in ("ann", "bob") for a in ("a", "b")]
    assert all("experiments" not in receipt for receipt in read_receipts(receipts))
    with psycopg.connect(database) as connection:
        query = """SELECT bool_and(viewed_at >= first_at), min(viewed_at - first_at) = '0'
            FROM user_art_impressions JOIN experiment_exposures USING (user_id)"""
        assert connection.execute(query).fetchone() == (True, True)


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_mismatch_is_counted_and_the_impression_is_stored(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        wrong: dict[str, object] = {"flush": OTHER[FLUSH.variant_of("ann")]}
        # On the short way of a plain batch, and on the long one.
        first = await ann.send(["a"], experiments=wrong)
        second = await ann.post(
            json.dumps({"artworkIds": ["b"], "experiments": {"flush": ["fast"]}}).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        third = await ann.send(["c"], experiments={"gone": "x"})
        text = (await ann.get("/metrics")).body
    assert [answer.status for answer in (first, second, third)] == [200, 200, 200]
    assert (metric(text, "mismatch"), metric(text, "unknown")) == (2, 1)
    assert exposed(database) == []
    assert rows(database) == [("ann", "a"), ("ann", "b"), ("ann", "c")]


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_table_of_exposures_that_is_gone_costs_no_impression(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        with psycopg.connect(database) as connection:
            connection.execute("DROP TABLE experiment_exposures")
        answer = await ann.send(["a"], experiments={"flush": FLUSH.variant_of("ann")})
        assert answer.status == 200
    assert rows(database) == [("ann", "a")]


@pytest.mark.stack
@pytest.mark.asyncio
async def test_what_is_refused_exposes_no_user(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        own = {"flush": FLUSH.variant_of("ann")}
        assert (await ann.send(["a"], experiments=own, subject="bob")).status == 409
        assert (await ann.send([], experiments=own)).status == 400
        assert (await ann.send(["a"], experiments="fast")).status == 400
    assert exposed(database) == []
