"""A system of somebody's own with one oddity at a time; ids that it was sent are kept in memory.

    python odd_system.py PORT [ODDITY]

What an oddity begins with is ``STRANGE_AFTER`` batches later than the start: what comes before is
as sound as any.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STRANGE_AFTER = 5
LATE_S = 4.0
PORT, ODDITY = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""


class Kept:
    """What is stored: an id and the time from which it is shown."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[tuple[str, float]] = []
        self._known: set[str] = set()
        self._batches = 0

    def take(self, ids: list[str]) -> bool:
        """Store a batch as the oddity has it; return whether it is one that the oddity spoils."""
        with self._lock:
            self._batches += 1
            is_strange = self._batches > STRANGE_AFTER
            if is_strange and ODDITY in ("error-under-200", "redirect"):
                return True
            shown_at = time.monotonic() + (LATE_S if ODDITY == "late" else 0.0)
            spelt = [one.upper() if ODDITY == "capitals" else one for one in ids]
            new = [one for one in dict.fromkeys(spelt) if one not in self._known]
            self._known.update(new)
            times = 2 if is_strange and ODDITY == "proxy-tries-again" else 1
            self._rows += [(one, shown_at) for one in new] * times
            return is_strange

    def shown(self) -> tuple[list[str], bool]:
        """Return the ids that are there by now, and whether the schema is the new one."""
        with self._lock:
            now = time.monotonic()
            ids = [one for one, shown_at in self._rows if shown_at <= now]
            return ids, ODDITY == "schema" and self._batches > STRANGE_AFTER


KEPT = Kept()


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1, but for the oddity that is older."""

    protocol_version = "HTTP/1.0" if ODDITY == "http10" else "HTTP/1.1"

    def do_GET(self) -> None:
        ids, is_new = KEPT.shown()
        name = "identifier" if is_new else "id"
        self._answer(200, {"rows": [{name: one} for one in ids]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/reset":
            return self._answer(500, {"state": "no"})
        if ODDITY == "gzip-only":
            if self.headers.get("Content-Encoding") != "gzip":
                return self._answer(415, {"state": "not compressed"})
            body = gzip.decompress(body)
        is_strange = KEPT.take([str(one) for one in json.loads(body)["ids"]])
        if is_strange and ODDITY == "error-under-200":
            return self._answer(200, {"state": "failed", "reason": "disk full"})
        if is_strange and ODDITY == "redirect":
            return self._answer(307, {}, Location="http://elsewhere.example/views")
        return self._answer(204 if ODDITY == "no-content" else 200, {"state": "stored"})

    def log_message(self, *words: Any) -> None:
        """Print nothing."""

    def _answer(self, status: int, content: object, **fields: str) -> None:
        body = b"" if status == 204 else json.dumps(content).encode()
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if ODDITY == "gzip-answers":
            self.send_header("Content-Encoding", "gzip")
            body = gzip.compress(body)
        if ODDITY == "chunked" and body:
            self.send_header("Transfer-Encoding", "chunked")
            middle = len(body) // 2
            pieces = [body[:middle], body[middle:]]
            body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
        elif ODDITY != "http10" and status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    server.daemon_threads = True
    server.serve_forever()
