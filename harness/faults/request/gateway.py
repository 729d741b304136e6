"""The gateway: a reverse proxy that knows HTTP, between visitors and the target.

    async with Gateway(site.direct_url, network, dialect=dialect) as gateway:
        async with run.fault(Answers(gateway, 503, retry_after_s=1, times=2)):
            ...                                    # visitors go to gateway.url

It is transparent unless a fault is held: method, path, query, body and every end-to-end header
(Host and Origin too) reach the target byte for byte, and so does the answer on its way back. It
runs in the harness's own event loop, therefore all that it knows is exact: which request arrived,
which fault acted on it, and what was done to it.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from types import TracebackType
from typing import Any, Protocol

import aiohttp
from aiohttp import web

from harness.core.clock import now
from harness.core.errors import HarnessError, UsageError
from harness.faults.request.messages import (
    BODY_BYTES_MAX,
    SILENCE,
    Answer,
    BodyTooLarge,
    Call,
    Ending,
    WireResponse,
    answer_of,
    head_of,
    read_answer,
    read_call,
)
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import (
    NetworkRow,
    RequestActedOn,
    RequestAnswered,
    RequestArrived,
    RequestChanged,
    RequestReleased,
)
from harness.target.dialect import NO_REPLY, BatchFields, Dialect, Reply, authority_of
from harness.target.http import trusted

SHUTDOWN_S = 5.0
"""How long a request that is still being forwarded may take when the gateway closes."""

_FIELD_BYTES_MAX = 65_536  # more than the target takes: it shall be the one that refuses
_LINGER_S = 2.0
"""How long the body of a request that was refused unread is thrown away before it is closed."""
_TOO_LARGE = answer_of(
    413,
    "Content Too Large",
    f"A body is over {BODY_BYTES_MAX} bytes.\n".encode(),
    Content_Type="text/plain; charset=utf-8",
)
_NEVER_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")

Onward = Callable[[Call], Awaitable[Answer]]


class _NoAnswer(Exception):
    """The target ended the connection without an answer, or took none."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request once: aiohttp by itself sends a GET again when there was no answer."""
    try:
        return await send(request)
    except aiohttp.ClientOSError as error:
        reset = error.errno in (errno.ECONNRESET, errno.EPIPE)
        raise _NoAnswer(Ending.RST if reset else Ending.FIN) from error
    except aiohttp.ServerDisconnectedError as error:
        raise _NoAnswer(Ending.FIN) from error


class Interceptor(Protocol):
    """What stands in a request's way while a fault is held."""

    name: str
    decides: bool
    """Whether it settles what becomes of the request; else it only delays or edits."""

    def takes(self, call: Call) -> bool:
        """Say whether it will act on this request, and count it if so."""

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Return what the visitor gets; ``onward`` leads to the target."""

    async def heal(self) -> None:
        """Let go of every request that is held back, and of the gateway."""


class Gateway:
    """An async context manager: a port of its own on entry, nothing left after.

    Of the held faults that decide what becomes of a request the most recently injected that
    matches wins; all that only delay or edit act around it, the most recent one outermost.

    A request that arrived whole is completed at the target even when its visitor has gone: what
    left the browser is on its way. One that is cut off in the middle is not forwarded. A target
    that is away, or ends a connection without an answer, looks just so to the visitor: the
    connection ends, by FIN or RST as the target's did, and not one byte is answered.
    """

    def __init__(
        self,
        upstream: str = "",
        network: WitnessFile[NetworkRow] | None = None,
        *,
        dialect: Dialect,
        host: str = "",
        record: bool = False,
        bind: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Stand before the base URL ``upstream``; ``lead_to`` changes it.

        The ``dialect`` says which requests carry a batch, and what a batch tells of itself.
        With ``host`` the target sees that Host instead of the visitor's: a second gateway is then
        a foreign origin. With ``record`` every request that arrives is a row of the ledger.
        ``bind`` is the address to listen at, ``port`` 0 a free one.
        """
        self.requests: Counter[tuple[str, str]] = Counter()
        """How many requests arrived whole, by method and path."""
        self._upstream = ""
        self._network: WitnessFile[NetworkRow] | None = None
        self.lead_to(upstream, network)
        self._dialect = dialect
        self._host = host
        self._bind = bind
        self._record = record
        self._held: list[Interceptor] = []
        self.door: Callable[[Call], Answer | None] = _open_door
        """Returns the refusal of a request by its head, before its body is read; None admits."""
        self._failure: Exception | None = None
        self._port = port
        self._session: aiohttp.ClientSession | None = None
        server = web.Server(
            self._handle,
            access_log=None,
            auto_decompress=False,
            max_line_size=_FIELD_BYTES_MAX,
            max_field_size=_FIELD_BYTES_MAX,
            lingering_time=_LINGER_S,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_S)

    @property
    def url(self) -> str:
        """Return where visitors go."""
        if self._session is None:
            raise HarnessError("the gateway is not open", hint="Enter it first: async with Gateway")
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._bind, self._bind)
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}"

    @property
    def failure(self) -> str:
        """Return why it serves no longer, or broke while it did; empty while it works."""
        if self._failure is not None:
            return repr(self._failure)
        return "it listens no longer" if self._session and not self._runner.addresses else ""

    async def __aenter__(self) -> Gateway:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._bind, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            reason = error.strerror or str(error)
            raise UsageError(f"cannot listen at {self._bind}:{self._port}: {reason}") from error
        self._port = int(self._runner.addresses[0][1])
        self._session = aiohttp.ClientSession(
            # A connection for each request: one from a pool may have been closed by the target
            # just now, and the request would fail, or be sent again, because of the gateway.
            connector=aiohttp.TCPConnector(
                force_close=True, limit=0, ssl=trusted(authority_of(self._dialect))
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            max_line_size=_FIELD_BYTES_MAX,
            max_field_size=_FIELD_BYTES_MAX,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for interceptor in self._held[:]:
            await interceptor.heal()  # else what it holds back would be waited for
        await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._failure is not None and error is None:
            raise HarnessError(f"the gateway broke: {self._failure!r}") from self._failure

    def lead_to(self, upstream: str, network: WitnessFile[NetworkRow] | None) -> None:
        """Forward to another target from now on, and write rows into its run's ledger.

        The origin stays. Without an upstream every request ends in silence;
        without a ledger rows are not written.
        """
        self._upstream = upstream.rstrip("/")
        self._network = network

    # --- what faults act through ----------------------------------------------------------------

    def hold(self, interceptor: Interceptor) -> None:
        """Put it in the way of the requests that arrive from now on."""
        self._held.append(interceptor)

    def release(self, interceptor: Interceptor) -> None:
        """Take it out of the way; no error if it is not there."""
        if interceptor in self._held:
            self._held.remove(interceptor)

    def acted(
        self,
        fault: str,
        call: Call,
        did: str,
        *,
        disturbs: bool = True,
        answered: int | None = None,
    ) -> None:
        """Write down that a fault, or a change that disturbs nothing, acted on a request.

        ``answered`` is the status of an answer that the fault made itself.
        """
        if self._network is None:
            return
        facts: dict[str, Any] = {"fault": fault, "did": did, "method": call.method}
        facts |= {"path": call.path, **_facts(call)}
        if disturbs:
            self._network.saw(RequestActedOn(**facts, answered=answered))
        else:
            self._network.saw(RequestChanged(**facts))

    def released(self, fault: str, calls: Collection[Call]) -> None:
        """Write down that requests which a barrier held back go on together."""
        if self._network is None:
            return
        at = now()
        for call in calls:
            row = RequestReleased(
                fault=fault,
                method=call.method,
                path=call.path,
                tab=call.batch.tab if call.batch else None,
                parties=len(calls),
                **_facts(call),
            )
            self._network.saw(row, at=at)

    async def forward(self, call: Call) -> Answer:
        """Return the target's answer; SILENCE, or its end, when there is none."""
        if self._session is None or not self._upstream:
            return SILENCE
        try:
            async with self._session.request(
                call.method,
                call.url_at(self._upstream),
                headers=call.headers_for(self._host),
                data=call.stream(),
                skip_auto_headers=_NEVER_ADDED,
                allow_redirects=False,
                middlewares=(_once,),
            ) as response:
                return await read_answer(response)
        except _NoAnswer as none:
            return SILENCE.ended(none.ending)
        except aiohttp.ClientError:  # what came is not HTTP
            return SILENCE

    # --- one request ----------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if (refusal := self.door(head_of(request))) is not None:
            return WireResponse(refusal.ended(Ending.FIN))
        try:
            call = await read_call(request, self._dialect)
        except BodyTooLarge:
            return WireResponse(_TOO_LARGE.ended(Ending.FIN))
        if call is None:
            return WireResponse(SILENCE)
        try:
            answer = await self._answer(call)
        except Exception as error:
            # Trouble of ours must not look like an answer of the target: it is raised at the end.
            self._failure = self._failure or error
            answer = SILENCE
        return WireResponse(answer)

    async def _answer(self, call: Call) -> Answer:
        self.requests[call.method, call.path] += 1
        if self._record and self._network is not None:
            self._network.saw(
                RequestArrived(
                    method=call.method,
                    path=call.path,
                    origin=call.header("Origin"),
                    content_type=call.header("Content-Type"),
                    to_batches=call.to_batches,
                    **_facts(call),
                )
            )
        onward: Onward = self.forward
        for interceptor in self._in_the_way(call):
            onward = partial(interceptor.act, onward=onward)
        answer = await onward(call)
        self._answered(call, answer)
        return answer

    def _answered(self, call: Call, answer: Answer) -> None:
        """Write down what a visitor is given for a batch."""
        if self._network is None or call.batch is None:
            return
        meaning = NO_REPLY
        if not answer.is_silence:
            head = answer.head().removesuffix(b"\r\n\r\n")
            meaning = self._dialect.understand(Reply(answer.status, answer.body, head))
        row = RequestAnswered(
            method=call.method,
            path=call.path,
            artworks=call.batch.artworks,
            status=answer.status,
            is_whole=answer.sent_bytes is None,
            inserted=meaning.inserted,
            duplicate=meaning.duplicate,
            **_facts(call),
        )
        self._network.saw(row)

    def _in_the_way(self, call: Call) -> list[Interceptor]:
        """Return who acts on this request: the one that decides, then the others, oldest first."""
        newest_first = self._held[::-1]
        decides = next((one for one in newest_first if one.decides and one.takes(call)), None)
        around = [one for one in self._held if not one.decides and one.takes(call)]
        return [decides, *around] if decides else around


def _open_door(call: Call) -> Answer | None:
    """Admit every request."""
    return None


def _facts(call: Call) -> dict[str, Any]:
    """Return what a row says of the batch that a request carries, nothing where it carries none."""
    fields = call.batch or BatchFields()
    return {"batch": fields.batch, "attempt": fields.attempt, "transport": fields.transport}
