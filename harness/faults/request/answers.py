"""Faults at the gateway: what becomes of a request, of its answer, or of a page.

    async with run.fault(AckLost(gateway, times=1, which=Batches(transport="beacon"))):
        ...

Each acts only on the requests that ``which`` names (by default every batch), the first
``times`` of them (by default all), and writes one row ``acted`` for each. It is felt by use: right
after injection there is nothing to see, and a probe would use up a time or store something. So its
sentinel is the number of requests that it acted on.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal, Protocol

from harness.core.clock import NS_PER_S, now, pause
from harness.core.errors import UsageError
from harness.faults.request.gateway import Gateway, Onward
from harness.faults.request.messages import SILENCE, Answer, Call, Ending, answer_of

How = Literal["fin", "rst"]


class Which(Protocol):
    """Which requests a fault acts on."""

    def matches(self, call: Call) -> bool:
        """Return whether a request is one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Requests that carry a batch; ``transport`` is what the batch says of itself, None any."""

    transport: str | None = None

    def matches(self, call: Call) -> bool:
        """Return whether a request carries such a batch."""
        return call.batch is not None and self.transport in (None, call.batch.transport)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Requests of a method to a path (without the query); None means any."""

    method: str | None = None
    path: str | None = None

    def matches(self, call: Call) -> bool:
        """Return whether a request is one of them."""
        return self.method in (None, call.method) and self.path in (None, call.path)


ALL_BATCHES = Batches()


class FeltByUse:
    """What all of them share: they count, they write down what they did, they let go."""

    acts_on_use = True
    disturbs = True
    """Whether visitors may be kept waiting by it."""
    decides = True

    def __init__(self, gateway: Gateway, name: str, which: Which, times: int | None) -> None:
        if times is not None and times < 1:
            raise UsageError(f"a fault that acts {times} times proves nothing")
        self.name = name
        self.acts = 0
        self._gateway = gateway
        self._which = which
        self._times = times
        self._left = times
        self._healed = asyncio.Event()

    async def inject(self) -> None:
        """Act on the requests that arrive from now on."""
        self.acts, self._left = 0, self._times
        self._healed.clear()
        self._gateway.hold(self)

    async def heal(self) -> None:
        """Act on no request any more, and let go of those that are held back."""
        self._gateway.release(self)
        self._healed.set()

    async def evidence(self) -> str:
        """Return on how many requests it acted, an empty string if on none."""
        return f"acted on {self.acts} request{'s' * (self.acts != 1)}" if self.acts else ""

    def takes(self, call: Call) -> bool:
        """Say whether it acts on this request; concurrent ones never share a time."""
        if self._left == 0 or not self._which.matches(call):
            return False
        if self._left is not None:
            self._left -= 1
        return True

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Return what the visitor gets."""
        raise NotImplementedError

    def acted(self, call: Call, did: str, *, answered: int | None = None) -> None:
        """Count one request that was acted on, and write down what was done to it.

        ``answered`` is the status of an answer that does not come from the target.
        """
        self.acts += 1
        # A change to a page must not be taken for a fault that bit.
        self._gateway.acted(self.name, call, did, disturbs=self.disturbs, answered=answered)

    def did_nothing(self) -> None:
        """Give a time back: there was nothing to act on."""
        if self._left is not None:
            self._left += 1


class Answers(FeltByUse):
    """The gateway answers by itself, JSON; nothing reaches the target.

    An answer across origins cannot be read by the page unless ``headers`` bring the permission.
    ``retry_after_s`` is sent as Retry-After, as a number, or ``as_date`` as an HTTP-date that many
    seconds after the answer's Date, both rounded up to a whole second.
    """

    def __init__(
        self,
        gateway: Gateway,
        status: int,
        *,
        retry_after_s: int | None = None,
        as_date: bool = False,
        times: int | None = None,
        which: Which = ALL_BATCHES,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(gateway, f"answered {status}", which, times)
        fields = {"Content_Type": "application/json; charset=utf-8", **(headers or {})}
        if retry_after_s is not None and not as_date:
            fields["Retry_After"] = str(retry_after_s)
        self._date_after_s = retry_after_s if as_date else None
        self._status, self._fields = status, fields

    async def act(self, call: Call, onward: Onward) -> Answer:
        status, fields = self._status, dict(self._fields)
        if self._date_after_s is not None:
            at_s = math.ceil(now().wall_ns / NS_PER_S)
            fields["Date"] = formatdate(at_s, usegmt=True)
            fields["Retry_After"] = formatdate(at_s + self._date_after_s, usegmt=True)
        body = {"error": {"code": "gateway", "message": f"the gateway answers {status}"}}
        self.acted(call, f"answered {status}, nothing was forwarded", answered=status)
        return answer_of(status, HTTPStatus(status).phrase, json.dumps(body).encode(), **fields)


class AckLost(FeltByUse):
    """The target stores and answers; the connection ends and not a byte of the answer arrives."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        times: int | None = None,
        which: Which = ALL_BATCHES,
        how: How = "fin",
    ) -> None:
        super().__init__(gateway, "answer lost", which, times)
        self._how = Ending(how)

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Forward, and drop what comes back."""
        answer = await onward(call)
        if answer.is_silence:
            self.did_nothing()
            return answer
        self.acted(call, f"dropped the target's {answer.status}, ended by {self._how.name}")
        return answer.cut(0, self._how)


class HalfAnswer(FeltByUse):
    """The target stores and answers; head and half the body arrive, then the connection is reset.

    An answer without a body breaks off in the middle of its head.
    """

    def __init__(
        self, gateway: Gateway, *, times: int | None = None, which: Which = ALL_BATCHES
    ) -> None:
        super().__init__(gateway, "answer cut in half", which, times)

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Forward, and send half of what comes back."""
        answer = await onward(call)
        if answer.is_silence:
            self.did_nothing()
            return answer
        head = len(answer.head())
        sent = head + len(answer.body) // 2 if answer.body else head // 2
        self.acted(call, f"sent {sent} bytes of the target's {answer.status}, then reset")
        return answer.cut(sent, Ending.RST)


class ReadsThenCloses(FeltByUse):
    """The whole request is read, then the connection ends; nothing reaches the target.

    On a connection that served a request before, a browser may send the request again by itself,
    with the same attempt number.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        times: int | None = None,
        which: Which = ALL_BATCHES,
        how: How = "fin",
    ) -> None:
        super().__init__(gateway, "read, then closed", which, times)
        self._how = Ending(how)

    async def act(self, call: Call, onward: Onward) -> Answer:
        self.acted(call, f"read it, forwarded nothing, ended by {self._how.name}")
        return SILENCE.ended(self._how)


class Delays(FeltByUse):
    """The request is held back before it is forwarded, or its answer before it is sent.

    It acts around a fault that decides what becomes of the request. Healing ends every delay.
    """

    decides = False

    def __init__(
        self,
        gateway: Gateway,
        delay_s: float,
        *,
        what: Literal["request", "answer"] = "request",
        times: int | None = None,
        which: Which = ALL_BATCHES,
    ) -> None:
        super().__init__(gateway, f"{what} delayed", which, times)
        self._delay_s = delay_s
        self._what = what

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Hold it back for the delay, or until it heals."""
        answer = await onward(call) if self._what == "answer" else None
        self.acted(call, f"held the {self._what} back, {self._delay_s:g} s at most")
        await self._delay()
        return await onward(call) if answer is None else answer

    async def _delay(self) -> None:
        waits = [
            asyncio.ensure_future(pause(self._delay_s)),
            asyncio.ensure_future(self._healed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class Hangs(FeltByUse):
    """The request is read and gets no answer; nothing reaches the target; healing closes it."""

    def __init__(
        self, gateway: Gateway, *, times: int | None = None, which: Which = ALL_BATCHES
    ) -> None:
        super().__init__(gateway, "never answered", which, times)

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Wait until it heals."""
        self.acted(call, "read it, forwarded nothing, answered nothing")
        await self._healed.wait()
        return SILENCE
