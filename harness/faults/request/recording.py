"""A relay that records: right before a server, it writes down each request that carries views.

It is a gateway in which one interceptor watches, so nothing of a request or an answer is changed,
but one answer that is held back: a redirect to another origin, which a browser would follow to
wherever it leads. A server that writes no receipts has the relay for a witness: what arrived there,
and what it answered.
"""

from __future__ import annotations

import hashlib
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from harness.core.clock import now
from harness.core.errors import HarnessError
from harness.core.outcome import Outcome
from harness.faults.request.gateway import Gateway, Onward
from harness.faults.request.messages import Answer, Call, Ending
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.wire import WireRow
from harness.target.described.dialect import DescribedDialect
from harness.target.dialect import Reply, Session, origin_of


class RecordingRelay(AbstractAsyncContextManager["RecordingRelay"]):
    """A port of its own before ``upstream``; rows are written from ``record_into`` on."""

    name = "recording"
    decides = False

    def __init__(self, upstream: str, dialect: DescribedDialect) -> None:
        self._dialect = dialect
        self._gateway = Gateway(upstream, dialect=dialect)
        self._witness: WitnessFile[WireRow] | None = None
        self._sessions: list[tuple[Session, str]] = []
        self._seen: set[str] = set()
        self._leads_to = ""

    @property
    def url(self) -> str:
        """Return where it listens."""
        return self._gateway.url

    @property
    def failure(self) -> str:
        """Return why it works no longer, or why no more may go through it; empty while it does."""
        if self._leads_to:
            there = f"redirected to {self._leads_to}, which is not followed"
            return f"a request with views is {there}"
        return self._gateway.failure

    async def __aenter__(self) -> RecordingRelay:
        await self._gateway.__aenter__()
        self._gateway.hold(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._gateway.__aexit__(kind, error, trace)

    def record_into(self, witness: WitnessFile[WireRow]) -> None:
        """Write a row for every request from now on."""
        self._witness = witness

    def knows(self, user: str, session: Session) -> None:
        """Take note of whose a session is, where a request's body does not name the user."""
        self._sessions.insert(0, (session, user))

    def check_seen(self, sent: str) -> None:
        """Raise HarnessError unless a request that carried this id, as it was sent, was seen."""
        if sent not in self._seen:
            raise HarnessError(
                "the relay before the system did not see a request that went through it",
                hint="Does [batch] body say where the ids are?",
            )

    # --- an interceptor of its gateway ----------------------------------------------------------

    def takes(self, call: Call) -> bool:
        """Return whether a request carries views."""
        return call.batch is not None

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Return the server's answer, unchanged, when it was written down; nothing of one that
        leads to another origin."""
        arrived = now()
        answer = await onward(call)
        ids = self._dialect.ids_of(call.body)
        self._seen = set(ids)
        if self._witness is not None:
            user = self._user_of(call)
            views = [self._dialect.ids.view(one, user) for one in ids]
            self._witness.saw(
                WireRow(
                    arrived_ns=arrived.mono_ns,
                    first_byte_ns=answer.first_byte_ns or None,
                    last_byte_ns=now().mono_ns,
                    method=call.method,
                    path=call.path,
                    sha256=hashlib.sha256(call.body).hexdigest(),
                    body_bytes=len(call.body),
                    user=user,
                    artworks=tuple(view[1] for view in views if view is not None),
                    outcome=self._meaning(answer),
                    status=answer.status,
                )
            )
        asked = f"http://{call.header('Host')}{call.target}"
        there = self._reply(answer).leads_to(asked)
        if there and there != origin_of(asked):
            self._leads_to = there
            return answer.cut(0, Ending.FIN)
        return answer

    async def heal(self) -> None:
        """Hold nothing back: there is nothing to let go."""

    def _meaning(self, answer: Answer) -> Outcome:
        if answer.is_silence:
            return Outcome.UNKNOWN
        return self._dialect.understand(self._reply(answer)).outcome

    def _reply(self, answer: Answer) -> Reply:
        return Reply(answer.status, answer.body, answer.head().removesuffix(b"\r\n\r\n"))

    def _user_of(self, call: Call) -> str | None:
        """Return whom the body names, else whose the session is that the request bears."""
        named = self._dialect.user_of(call.body)
        if named is not None:
            return named
        cookies = call.header("Cookie") or ""
        for session, user in self._sessions:
            has_cookies = all(
                f"{name}={value}" in cookies for name, value in session.cookies.items()
            )
            if session.cookies and has_cookies:
                return user
        return None
