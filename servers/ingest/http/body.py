"""Reads one request body, within bounds of type, size and time."""

from __future__ import annotations

import asyncio
import zlib

from aiohttp import web
from aiohttp.web import RequestPayloadError

from servers.ingest.config import Limits
from servers.ingest.http.origins import Origins
from servers.ingest.refusal import Refusal

_CODINGS = ("identity", "gzip")
_PLAINLY = "application/json"


def check_headers(request: web.Request, origins: Origins) -> None:
    """Raise Refusal 403 or 415 unless a body of this type, from there, may be read at all."""
    headers = request.headers
    if (
        headers.get("Content-Type") == _PLAINLY
        and "Content-Encoding" not in headers
        and "Origin" not in headers
    ):
        return  # what nearly every batch says: nothing is left to take apart
    kind = request.content_type
    if "Content-Type" not in headers or kind not in ("application/json", "text/plain"):
        raise Refusal(
            415, "content_type", "send application/json, or text/plain from a page of this site"
        )
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise Refusal(415, "charset", "send UTF-8")
    if _coding(request) not in _CODINGS:
        raise Refusal(415, "content_encoding", "send gzip or no Content-Encoding")
    origins.check(request, required=kind == "text/plain")


async def read_body(request: web.Request, limits: Limits) -> bytes:
    """Return the decompressed body; raise Refusal 400, 408 or 413.

    The bound holds on the wire and after decompression, so a gzip bomb is dropped unexploded.
    """
    if (request.content_length or 0) > limits.body_bytes:
        raise _too_large(limits)
    try:
        # By request.read(), which keeps the body: a middleware may want it too.
        if request.content.is_eof():  # it all came with the headers: nothing to wait for
            body = await request.read()
        else:
            async with asyncio.timeout(limits.body_s):
                body = await request.read()
    except TimeoutError:
        raise Refusal(
            408, "slow_body", f"the body did not arrive within {limits.body_s:g} s"
        ) from None
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(limits) from None
    except (RequestPayloadError, ConnectionError, web.HTTPException) as error:
        raise _broken(str(error)) from None
    if len(body) > limits.body_bytes:  # a chunked body does not say its length before
        raise _too_large(limits)
    return _gunzip(body, limits) if _coding(request) == "gzip" else body


def _coding(request: web.Request) -> str:
    return request.headers.get("Content-Encoding", "identity").strip().lower()


def _gunzip(body: bytes, limits: Limits) -> bytes:
    """Return what one gzip member holds, never more than one byte over the limit."""
    squeezed = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = squeezed.decompress(body, limits.body_bytes + 1)
    except zlib.error as error:
        raise _broken(f"not gzip: {error}") from None
    if len(plain) > limits.body_bytes:
        raise _too_large(limits)
    if not squeezed.eof or squeezed.unused_data:
        raise _broken("the gzip data is cut short, or more follows it")
    return plain


def _broken(why: str) -> Refusal:
    return Refusal(400, "broken_body", f"the body could not be read: {why}")


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, "too_large", f"the body is over {limits.body_bytes} bytes")
