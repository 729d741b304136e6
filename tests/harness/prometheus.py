"""Prometheus' and Alertmanager's APIs, as a test wants them."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Apis:
    """What both answer: state by alert, and who was sent."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {"One": "inactive", "Two": "inactive"}
        self.sent: list[str] = []
        self.health = "ok"
        self.unevaluated = set[str]()
        self.fails = False
        self.asked = 0
        self.urls = ("", "")

    def answer(self, path: str) -> Any:
        self.asked += 1
        if path == "/am/alerts":
            return [{"labels": {"alertname": name}} for name in self.sent]
        rules = [
            {
                "name": name,
                "state": state,
                "health": "unknown" if name in self.unevaluated else self.health,
            }
            for name, state in self.states.items()
        ]
        return {"data": {"groups": [{"rules": rules}]}}


@contextlib.contextmanager
def apis() -> Iterator[Apis]:
    """Serve both on a free port until the block ends."""
    shown = Apis()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(shown.answer(self.path)).encode()
            self.send_response(503 if shown.fails else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shown.urls = tuple(f"http://127.0.0.1:{server.server_port}/{name}" for name in ("prom", "am"))  # type: ignore[assignment]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
