"""The dialect of a described system: every path, body and meaning comes from its target file."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

from harness.core.clock import NS_PER_S, now
from harness.core.errors import TargetNotReady, UsageError
from harness.target.described.answers import AnswerReader, is_listed, plain_body
from harness.target.described.form import BatchTable, SessionTable, SignatureTable
from harness.target.described.ids import ViewIds
from harness.target.described.template import Template, filled, pointed
from harness.target.dialect import (
    NO_REPLY,
    BatchEncoder,
    BatchFields,
    HttpRequest,
    Meaning,
    Reply,
    SendableBatch,
    Session,
)
from harness.target.neighbours import Likeness

MOST_IDS = 200
"""How many ids a request takes where a file does not say."""
POOL = 200
"""How many artworks a page shows: as many as a run's visitors look at."""
_HEADER = "header:"


@dataclass(frozen=True, kw_only=True)
class DescribedDialect:
    """One target file's API, for one run's ids. ``base_path`` is the path of its base URL,
    ``authority`` the file of the certificate authority that it is trusted by.

    ``resends`` is whether its clients may send a batch again that may have been stored.
    """

    batch: BatchTable
    session: SessionTable
    answers: AnswerReader
    ids: ViewIds
    base_path: str = ""
    authority: str = ""
    health_path: str = "/"
    resends: bool = True
    readiness_path: str = ""
    metrics: None = None
    neighbours: frozenset[Likeness] = field(default_factory=frozenset)

    @cached_property
    def template(self) -> Template:
        """Return the body of its batches. Raises UsageError for one that cannot be."""
        return Template(self.batch.body, self.batch.item, self.batch.content)

    @property
    def batch_method(self) -> str:
        """Return the method of requests that carry a batch."""
        return self.batch.method

    @property
    def ids_at_most(self) -> int:
        """Return how many ids a request takes."""
        one = "ids" not in self.template.markers
        return self.batch.most or (1 if one else MOST_IDS)

    @property
    def silence(self) -> Meaning:
        """Return what no reply at all means."""
        return NO_REPLY._replace(may_resend=self.resends)

    @property
    def pool(self) -> list[str]:
        """Return the ids of all artworks that a visit may show, in the page's order."""
        return [self.artwork_id(number) for number in range(1, POOL + 1)]

    def artwork_id(self, number: int) -> str:
        """Return an id of the pool that no other run shows."""
        return self.ids.artwork(number)

    def load_artwork_id(self, number: int) -> str:
        """Return an id of a load that no other run shows."""
        return self.ids.artwork(number, of_load=True)

    # --- sessions -------------------------------------------------------------------------------

    def sign_in(self, user: str) -> HttpRequest | None:
        """Return the request that signs a user in; None where the file has none."""
        table = self.session.sign_in
        if table is None:
            return None
        values = {"user": user}
        form = Template(table.body, "{id}", table.content)
        body = form.rendered([], values) if table.body is not None else b""
        headers = {name: filled(text, values) for name, text in table.headers.items()}
        if body:
            headers.setdefault("Content-Type", form.content_type)
        return HttpRequest(
            method=table.method,
            path=self.base_path + _in_path(table.path, values),
            headers=headers,
            body=body,
        )

    def session_of(self, reply: Reply) -> Session:
        """Return the session that a reply to the sign-in opens. Raises TargetNotReady."""
        table = self.session.sign_in
        if not is_listed(reply.status, table.accepted if table else ("2xx",)):
            raise TargetNotReady(
                f"the sign-in {reply.in_words('')}",
                hint="`harness target check` shows the request that was sent",
            )
        captured = {
            name: _captured(reply, source)
            for name, source in (table.captures if table else {}).items()
        }
        jar: SimpleCookie = SimpleCookie()
        if self.session.keeps_cookies:
            for line in reply.headers("Set-Cookie"):
                try:
                    jar.load(line)
                except CookieError as error:
                    raise TargetNotReady("the sign-in set a cookie that is malformed") from error
        return self.opened(captured, {name: one.value for name, one in jar.items()})

    def opened(self, values: Mapping[str, str], cookies: Mapping[str, str]) -> Session:
        """Return a session of these captures and cookies, with what the file has for everyone."""
        table = self.session
        own = {name: str(filled(text, values)) for name, text in table.cookies.items()}
        jar = {**cookies, **own}
        headers = {name: str(filled(text, values)) for name, text in table.headers.items()}
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        return Session(cookies=jar, headers=headers)

    def session_without_sign_in(self, user: str) -> Session:
        """Return the session of a user where the file has no sign-in."""
        return self.opened({"user": user}, {})

    # --- batches --------------------------------------------------------------------------------

    def batch_request(self, artworks: Sequence[str], tab: str) -> HttpRequest:
        """Return a batch as a script in the page of the run's visitor sends it."""
        user = f"visitor-{self.ids.mark.seed}"
        return self.request(user, artworks, batch=f"{tab}-script", attempt=1)

    def claimed_batch(self, artworks: Sequence[str], tab: str, subject: str) -> HttpRequest | None:
        """Return None: whom a batch names is the file's affair."""
        return None

    def request(
        self, user: str, artworks: Sequence[str], *, batch: str, attempt: int, packed: bool = False
    ) -> HttpRequest:
        """Return the request that carries a user's views."""
        at = now()
        values = {
            "user": user,
            "batch": batch,
            "attempt": attempt,
            "now": dt.datetime.fromtimestamp(at.wall_ns / NS_PER_S, dt.UTC).isoformat(),
            "now_ms": at.wall_ns * 1000 // NS_PER_S,
        }
        sent = [self.ids.sent(user, artwork) for artwork in artworks]
        body = self.template.rendered(sent, values)
        headers = {"Content-Type": self.template.content_type, **self.batch.headers}
        headers = {name: str(filled(text, values)) for name, text in headers.items()}
        if packed or self.batch.gzip == "only":
            body = gzip.compress(body, compresslevel=6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if (signed := self.batch.signature) is not None:
            headers[signed.header] = signature_of(signed, body)
        path = self.base_path + _in_path(self.batch.path, {**values, "id": sent[0] if sent else ""})
        return HttpRequest(method=self.batch.method, path=path, headers=headers, body=body)

    def batch_encoder(self, host: str, *, coding: str = "identity") -> BatchEncoder:
        """Return an encoder of the file's request. Raises UsageError for a coding that the system
        does not take."""
        packed = coding == "gzip"
        if packed and not self.batch.gzip:
            raise UsageError("the target file does not say that the system takes gzip")

        def encode(batch: SendableBatch, attempt: int, session_lines: str) -> tuple[bytes, int]:
            request = self.request(
                batch.user, batch.artworks, batch=batch.name, attempt=attempt, packed=packed
            )
            return request.wire(host, session_lines), len(request.body)

        return encode

    def understand(self, reply: Reply) -> Meaning:
        """Return what the file's [answers] make of a reply."""
        return self.answers.meaning(reply)

    def is_batch_path(self, path: str) -> bool:
        """Return whether batches are sent to a path (without the query)."""
        return self._batch_path.fullmatch(path) is not None

    def batch_fields(self, body: bytes) -> BatchFields:
        """Return the batch's id and its attempt, where the file's body holds them."""
        body = unpacked(body)
        batch = self.template.value_in(body, "batch")
        attempt = self.template.value_in(body, "attempt")
        is_count = isinstance(attempt, int) or (isinstance(attempt, str) and attempt.isdigit())
        return BatchFields(
            batch=batch if isinstance(batch, str) else None,
            attempt=int(attempt) if is_count and attempt is not None else None,
        )

    def ids_of(self, body: bytes) -> list[str]:
        """Return the ids that a request of the batch path carries, as it was sent."""
        return self.template.ids_in(unpacked(body))

    def user_of(self, body: bytes) -> str | None:
        """Return the user whom the body of a request names, None where it names none."""
        found = self.template.value_in(unpacked(body), "user")
        return found if isinstance(found, str) else None

    def in_flight(self, reply: Reply) -> int:
        """Raise ValueError: a described system has no such probe."""
        raise ValueError("a described system does not tell what is in flight")

    @cached_property
    def _batch_path(self) -> re.Pattern[str]:
        path = (self.base_path + self.batch.path).partition("?")[0]
        parts = re.split(r"(\{[a-z_]+\})", path)
        return re.compile("".join("[^/]+" if p.startswith("{") else re.escape(p) for p in parts))


def unpacked(body: bytes) -> bytes:
    """Return a body without its gzip; as it is where it has none, or a broken one."""
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError):
        return body


def signature_of(table: SignatureTable, body: bytes) -> str:
    """Return what the signing header of a request with this body holds."""
    digest = hmac.digest(table.key.encode(), body, table.algorithm)
    text = digest.hex() if table.encoding == "hex" else base64.b64encode(digest).decode()
    return table.value.replace("{signature}", text)


def _in_path(path: str, values: Mapping[str, Any]) -> str:
    quoted = {name: quote(str(value), safe="") for name, value in values.items()}
    return str(filled(path, quoted))


def _captured(reply: Reply, source: str) -> str:
    """Return what a capture names in an answer. Raises TargetNotReady where it is not there."""
    if source.startswith(_HEADER):
        found: object = reply.header(source.removeprefix(_HEADER).strip())
    else:
        try:
            found = pointed(json.loads(plain_body(reply)), source)
        except (ValueError, LookupError, RecursionError):
            found = None
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not text or not {"\r", "\n"}.isdisjoint(text):
        raise TargetNotReady(f"the answer to the sign-in has no {source}")
    return text


__all__ = ["MOST_IDS", "DescribedDialect", "signature_of", "unpacked"]
