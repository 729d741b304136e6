"""What the scenarios on keeping do, against a server in this process."""

from __future__ import annotations

from harness.ledger.kinds.client import HistoryPage
from harness.ledger.kinds.viewer import ViewShown
from harness.target.http import client_of
from harness.target.reference.product import ERASURE_PATH
from harness.target.reference.system import SYSTEM
from harness.witnesses.product import expire, read_user
from scenarios.product.test_keeping import Account
from tests.scenarios.product.observed import Observed
from tests.servers.ingest.site import make_config, running, visitor


async def erasure(database: str) -> Observed:
    """Have two users live, and one of them erased."""
    config = make_config(database, improvements=("product", "admin"))
    async with running(config) as site, client_of(SYSTEM.dialect) as http:
        observed = Observed(site.url, database)
        accounts = [Account(observed.run, http, user) for user in ("ann", "Ann")]
        artworks = ["artwork-0001", "artwork-0002"]
        for account in accounts:
            async with visitor(site.url, account.user) as one:
                await one.send(artworks)
            await account.live(artworks)
        for is_after in (False, True):
            if is_after:
                await accounts[0].post(ERASURE_PATH)
            for number, account in enumerate(accounts):
                await read_user(
                    database,
                    observed.witness,
                    account.user,
                    is_erased=number == 0,
                    is_after=is_after,
                    timeout_s=30,
                )
    return observed


async def history(database: str) -> Observed:
    """Read a history of three pages while what is on the first two is deleted."""
    config = make_config(database, improvements=("product", "admin"))
    async with running(config) as site, client_of(SYSTEM.dialect) as http:
        observed = Observed(site.url, database)
        async with visitor(site.url) as ann:
            for first in range(0, 30, 10):
                artworks = [f"a{first + number}" for number in range(10)]
                await ann.send(artworks)
                for one in artworks:
                    observed.witness.saw(ViewShown(user="ann", tab="t", artwork=one))
        account, query, number = Account(observed.run, http, "ann"), {}, 0
        while number == 0 or query:
            page = await account.history(**query)
            number += 1
            listed = tuple(one["artworkId"] for one in page["entries"])
            row = HistoryPage(
                user="ann", tab=None, artworks=listed, number=number, is_last=not page["next"]
            )
            observed.witness.saw(row)
            query = page["next"] or {}
            await expire(database, observed.witness, "ann", listed[:2])
    return observed
