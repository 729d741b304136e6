"""The reference system's HTTP (docs/target-contract.md, section 1)."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from harness.core.errors import TargetNotReady
from harness.core.outcome import Outcome
from harness.target.dialect import (
    BatchEncoder,
    BatchFields,
    HttpRequest,
    Meaning,
    MetricNames,
    Reply,
    SendableBatch,
    Session,
    plain_load_id,
)
from harness.target.retry_after import seconds_of

BATCH_PATH = "/api/artworks/batch-impressions"
SESSION_PATH = "/api/session"
FRESH_PATH = "/api/artworks/fresh"
"""Artworks of the active pool that the signed-in user has not seen."""

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}

TRY_AGAIN_4XX = frozenset({408, 425, 429})
"""The same request may be welcome later; every other 4xx is final ..."""
HELD_4XX = frozenset({401, 409})
"""... but these are about who is signed in: the batch waits for its owner, it is not resent."""

_escaped = json.encoder.encode_basestring_ascii
_METRICS = MetricNames(
    path="/metrics",
    gauges={
        "ingest_in_flight_batches": "in_flight",
        "ingest_queue_ids": "queue_depth",
        "ingest_connections_in_use": "pool_in_use",
        "ingest_connections": "pool_size",
        "ingest_pool_artworks": "pool_artworks",
        "ingest_active_users": "active_users",
        "ingest_users_at_risk": "users_at_risk",
        "ingest_users_exhausted": "users_exhausted",
        "ingest_unseen_share": "unseen_share",
    },
    counters={
        ("ingest_ids_total", "fate", "inserted"): "ids_inserted",
        ("ingest_ids_total", "fate", "duplicate"): "ids_duplicate",
        ("ingest_batches_total", "status", "503"): "batches_503",
        ("ingest_lost_races_total", "", ""): "lost_races",
    },
    histograms={
        "ingest_queue_wait_seconds": "queue_wait",
        "ingest_write_seconds": "write",
    },
)


@dataclass(frozen=True, slots=True)
class ReferenceDialect:
    """JSON over POST, a session cookie, counts in every acknowledgement."""

    health_path: str = "/healthz"
    readiness_path: str = "/readyz"
    metrics: MetricNames = _METRICS
    batch_method: str = "POST"
    freshness_path: str = "/api/users/me/freshness"

    def artwork_id(self, number: int) -> str:
        """Return ``artwork-0001`` and so on."""
        return f"artwork-{number:04d}"

    def load_artwork_id(self, number: int) -> str:
        """Return ``load-000000`` and so on."""
        return plain_load_id(number)

    def sign_in(self, user: str) -> HttpRequest:
        """Return the request of the server's sign-in for tests."""
        body = json.dumps({"userId": user}).encode()
        return HttpRequest(method="POST", path=SESSION_PATH, headers=_JSON, body=body)

    def session_of(self, reply: Reply) -> Session:
        """Return the session that the cookies of a reply open."""
        if not 200 <= reply.status < 300:
            raise TargetNotReady(f"sign-in answered {reply.status or reply.error}")
        jar: SimpleCookie = SimpleCookie()
        for header in reply.headers("Set-Cookie"):
            jar.load(header)
        cookies = {name: morsel.value for name, morsel in jar.items()}
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return Session(cookies=cookies, headers={"Cookie": cookie} if cookie else {})

    def batch_request(self, artworks: Sequence[str], tab: str) -> HttpRequest:
        """Return a batch with the fields that the server requires and the tab."""
        body = json.dumps({"artworkIds": list(artworks), "tabId": tab}).encode()
        return HttpRequest(method="POST", path=BATCH_PATH, headers=_JSON, body=body)

    def claimed_batch(self, artworks: Sequence[str], tab: str, subject: str) -> HttpRequest:
        """Return such a batch with the optional field ``subject``."""
        content = {"artworkIds": list(artworks), "tabId": tab, "subject": subject}
        body = json.dumps(content).encode()
        return HttpRequest(method="POST", path=BATCH_PATH, headers=_JSON, body=body)

    def batch_encoder(self, host: str, *, coding: str = "identity") -> BatchEncoder:
        """Return an encoder that writes JSON by itself, and compresses it with ``gzip``.

        ``json.dumps`` of a whole batch would cost a twentieth of all that a request costs; here
        ids are escaped only where one of them needs it, which all of them together tell.
        """
        fields = "".join(f"{name}: {value}\r\n" for name, value in _JSON.items())
        start = f"POST {BATCH_PATH} HTTP/1.1\r\nHost: {host}\r\n{fields}"
        if coding == "gzip":
            start += "Content-Encoding: gzip\r\n"

        def encode(batch: SendableBatch, attempt: int, session_lines: str) -> tuple[bytes, int]:
            ids = batch.artworks
            artworks = '", "'.join(ids)
            if (
                not artworks.isascii()
                or "\\" in artworks
                or artworks.count('"') != 2 * len(ids) - 2
            ):
                artworks = '", "'.join([_escaped(one)[1:-1] for one in ids])
            body = (
                f'{{"artworkIds": ["{artworks}"], "batchId": "{batch.name}", '
                f'"tabId": {_escaped(batch.user)}, "seq": {batch.sequence}, "attempt": {attempt}, '
                '"transport": "load"}'
            )
            if coding == "gzip":
                packed = gzip.compress(body.encode(), compresslevel=6, mtime=0)
                size = len(packed)
                head = f"{start}{session_lines}Content-Length: {size}\r\n\r\n"
                return head.encode() + packed, size
            size = len(body)
            return f"{start}{session_lines}Content-Length: {size}\r\n\r\n{body}".encode(), size

        return encode

    def understand(self, reply: Reply) -> Meaning:
        """Return what the status says, and the counts of an acknowledgement."""
        status = reply.status
        if 200 <= status < 300:
            return _acknowledged(reply.body)
        if status in HELD_4XX:
            return Meaning(Outcome.UNKNOWN)
        if 400 <= status < 500 and status not in TRY_AGAIN_4XX:
            return Meaning(Outcome.REFUSED)
        retry_after_s = seconds_of(reply.header("Retry-After"), reply.header("Date"))
        return Meaning(Outcome.UNKNOWN, may_resend=True, retry_after_s=retry_after_s)

    def is_batch_path(self, path: str) -> bool:
        """Return whether it is the one path that takes batches."""
        return path == BATCH_PATH

    def batch_fields(self, body: bytes) -> BatchFields:
        """Return the optional fields of a JSON body."""
        content = _object_of(body)
        return BatchFields(
            batch=_text(content.get("batchId")),
            attempt=_count(content.get("attempt")),
            transport=_text(content.get("transport")),
            tab=_text(content.get("tabId")),
            artworks=_texts(content.get("artworkIds")),
        )

    def in_flight(self, reply: Reply) -> int:
        """Return ``in_flight`` of the readiness probe; a server that is not ready tells it too."""
        try:
            return int(_object_of(reply.body)["in_flight"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{self.readiness_path} does not tell in_flight") from error


@functools.lru_cache(maxsize=256)  # nearly all acknowledgements are one of a few
def _acknowledged(body: bytes) -> Meaning:
    content = _object_of(body)
    return Meaning(
        Outcome.ACKNOWLEDGED,
        inserted=_count(content.get("inserted")),
        duplicate=_count(content.get("duplicate")),
    )


def _object_of(body: bytes) -> dict[str, Any]:
    """Return a JSON object, empty for anything else."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _texts(value: object) -> tuple[str, ...] | None:
    is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return tuple(value) if is_list and isinstance(value, list) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
