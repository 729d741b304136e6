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
from urllib.parse import parse_qs, urlsplit

STRANGE_AFTER = 5
LATE_S = 4.0
VERY_LATE_S = 30.0
STALLS_S = 14.0
EMPTIES_AFTER_S = 4.0
PAGE, SHOWN = 30, 100
REFUSALS: dict[str, tuple[int, object, str]] = {
    "error-under-200": (200, {"state": "failed", "reason": "disk full"}, ""),
    "redirect": (307, {}, "http://elsewhere.example/views"),
    "sign-in": (302, {}, "/login"),
    "sign-in-page": (200, "Sign in, please", ""),
    "session-ends": (401, {"state": "who is it"}, ""),
}
"""What takes no batch: the status, what is answered, and where to."""
PORT, ODDITY = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""


class Kept:
    """What is stored: an id and the time from which it is shown."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[tuple[str, float]] = []
        self._known: set[str] = set()
        self._users: set[str] = set()
        self._batches = self._reads = 0

    def take(self, ids: list[str], user: str) -> bool:
        """Store a batch as the oddity has it; return whether it is one that the oddity spoils."""
        with self._lock:
            self._batches += 1
            is_strange = self._batches > STRANGE_AFTER
            if ODDITY == "session-ends":  # after the first batch
                is_strange = user in self._users
                self._users.add(user)
            if is_strange and ODDITY in REFUSALS:
                return True
            if ODDITY == "some-refused" and is_strange:
                ids = ids[1:]
            late_s = {"late": LATE_S, "capitals-late": VERY_LATE_S}.get(ODDITY, 0.0)
            if ODDITY == "stalls" and is_strange:
                late_s = STALLS_S
            shown_at = time.monotonic() + late_s
            spelt = [one.upper() if ODDITY.startswith("capitals") else one for one in ids]
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

    def is_odd_read(self) -> bool:
        """Return whether this read is the first, third, fifth …"""
        with self._lock:
            self._reads += 1
            return self._reads % 2 == 1

    def empty(self) -> None:
        """Forget all that is stored."""
        with self._lock:
            self._rows.clear()
            self._known.clear()


KEPT = Kept()


def page_of(ids: list[str], asked: str) -> dict[str, object]:
    """Return a page of rows, numbered from 1: each begins with the row that ended the one before,
    or, with names of pages, the second is shown twice."""
    number = int(asked)
    if ODDITY == "repeats-rows":
        first, following = number - 1, str(number + PAGE - 1)
    else:
        first, following = (number - (1 if number < 3 else 2)) * PAGE, f"p{number + 1}"
    rows = [{"id": one, "number": at} for at, one in enumerate(ids)][first : first + PAGE]
    return {"rows": rows, "next": following if first + PAGE < len(ids) else None}


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1, but for the oddity that is older."""

    protocol_version = "HTTP/1.0" if ODDITY == "http10" else "HTTP/1.1"

    def do_GET(self) -> None:
        ids, is_new = KEPT.shown()
        asked = parse_qs(urlsplit(self.path).query).get("after", ["1"])[0]
        if ODDITY in ("repeats-rows", "repeats-page"):
            return self._answer(200, page_of(ids, asked.removeprefix("p")))
        if ODDITY == "empty-truth" and len(ids) > SHOWN and KEPT.is_odd_read():
            return self._answer(200, {"rows": None, "error": "timeout"})
        shown = {"first-rows": ids[:SHOWN], "newest-rows": ids[-SHOWN:]}.get(ODDITY, ids)
        name = "identifier" if is_new else "id"
        return self._answer(200, {"rows": [{name: one} for one in shown]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/reset" and ODDITY == "empties-later":
            threading.Timer(EMPTIES_AFTER_S, KEPT.empty).start()
            return self._answer(202, {"state": "soon"})
        if self.path == "/reset":
            return self._answer(500, {"state": "no"})
        if ODDITY == "gzip-only":
            if self.headers.get("Content-Encoding") != "gzip":
                return self._answer(415, {"state": "not compressed"})
            body = gzip.decompress(body)
        content = json.loads(body)
        is_strange = KEPT.take([str(one) for one in content["ids"]], content.get("user", ""))
        if is_strange and ODDITY == "some-refused":
            first = content["ids"][0]
            return self._answer(200, {"state": "stored", "results": [{"id": first, "error": "no"}]})
        if is_strange and ODDITY in REFUSALS:
            return self._answer(*REFUSALS[ODDITY])
        return self._answer(204 if ODDITY == "no-content" else 200, {"state": "stored"})

    def log_message(self, *words: Any) -> None:
        """Print nothing."""

    def _answer(self, status: int, content: object, location: str = "") -> None:
        body = b"" if status == 204 else json.dumps(content).encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
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
