"""The same requests for every tool: what our generator sends first, written down for the others."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.wire import PATH
from harness.load.schedule.schedule import Names, schedule
from harness.load.schedule.workload import Workload
from harness.target.reference.dialect import ReferenceDialect

SESSIONS = 500
FLUSH_DELAY_S = 2.0


class Request(NamedTuple):
    """One POST: its body, and the session's Cookie header."""

    body: str
    cookie: str


def even(rate_per_s: float, seconds: float, ids: int) -> Workload:
    """Return ``rate_per_s`` requests a second, evenly, for so long, each with ``ids`` new ids."""
    return Workload(
        sessions=SESSIONS,
        impressions=rate_per_s * ids * seconds / SESSIONS,
        duration_s=seconds + FLUSH_DELAY_S,
        flush_delay_s=FLUSH_DELAY_S,
        batch=ids,
    )


def users_of(workload: Workload, seed: int) -> list[str]:
    """Return the users of a workload."""
    return Names(workload, seed, ReferenceDialect()).users


def requests_of(workload: Workload, seed: int, cookies: Mapping[str, str]) -> list[Request]:
    """Return the first attempts of a workload's slots in order, with the bytes that ours sends.

    The caller compares the sum of their bytes with what the generator recorded.
    """
    requests, users = [], users_of(workload, seed)
    for slot in schedule(workload, seed, ReferenceDialect()):
        user = users[slot.session]
        body = {
            "artworkIds": slot.artworks,
            "batchId": slot.batch,
            "tabId": user,
            "seq": slot.sequence,
            "attempt": 1,
            "transport": "load",
        }
        requests.append(Request(json.dumps(body), cookies[user]))
    return requests


def write_requests(path: Path, requests: Sequence[Request]) -> None:
    """Write them as one JSON array of objects, for k6 and for the bare Locust loop."""
    path.write_text(json.dumps([one._asdict() for one in requests]), encoding="utf-8")


def write_targets(path: Path, requests: Sequence[Request], url: str) -> None:
    """Write them as vegeta's JSON targets, one a line, for one server."""
    with path.open("w", encoding="utf-8") as file:
        for one in requests:
            target = {
                "method": "POST",
                "url": f"{url}{PATH}",
                "body": base64.b64encode(one.body.encode()).decode(),
                "header": {"Content-Type": ["application/json"], "Cookie": [one.cookie]},
            }
            file.write(json.dumps(target) + "\n")
