"""A private certificate authority, and a certificate of it for this machine."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Certified(NamedTuple):
    """The authority's file, and what a server that it certified serves with."""

    authority: Path
    server: ssl.SSLContext


def certified(folder: Path) -> Certified:
    """Make an authority and a certificate for 127.0.0.1; skip where there is no OpenSSL."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not on PATH: certificates cannot be made")

    def run(*argv: str) -> None:
        subprocess.run([openssl, *argv], cwd=folder, check=True, capture_output=True, timeout=60)

    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    authority = ["-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=a test"]
    run("req", "-x509", *_KEY, *authority)
    run("req", *_KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-extfile", "names"]
    run("x509", "-req", "-in", "server.csr", *signing, "-out", "server.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return Certified(folder / "ca.pem", context)


@asynccontextmanager
async def serving_tls(context: ssl.SSLContext, *routes: web.RouteDef) -> AsyncIterator[str]:
    """Serve routes over TLS on loopback; yield the URL."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"https://{host}:{port}"
    finally:
        await runner.cleanup()
