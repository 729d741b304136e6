"""Collects views into SQLite, with the standard library alone: an ingest API of somebody's own.

    python app.py --port 8080 --database views.db

A client signs in, sends views and may send them again: each request is appended as it comes, so
that delivery is at-least-once. ``--answer-early`` has a defect that is common: the answer is sent
before the batch is written, and what waits in memory is lost when the process is killed.
"""

from __future__ import annotations

import argparse
import hmac
import json
import queue
import secrets
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 1_000
BATCH_MOST = 100
WRITE_EVERY_S = 5.0

Rows = list[tuple[str, str]]


class Store:
    """The table of views; ``early`` writes every few seconds instead of at once."""

    def __init__(self, path: str, *, early: bool) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        # What is committed survives the process; only a loss of power may take the last commits.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS views "
            "(number INTEGER PRIMARY KEY, visitor TEXT NOT NULL, picture TEXT NOT NULL)"
        )
        self._database.execute("CREATE TABLE IF NOT EXISTS secret (key BLOB NOT NULL)")
        self._lock = threading.Lock()
        with self._database:
            self._database.execute(
                "INSERT INTO secret SELECT ? WHERE NOT EXISTS (SELECT 1 FROM secret)",
                (secrets.token_bytes(32),),
            )
        [(self.secret,)] = self._database.execute("SELECT key FROM secret").fetchall()
        self._waiting: queue.SimpleQueue[Rows] | None = queue.SimpleQueue() if early else None
        if early:
            threading.Thread(target=self._write_forever, daemon=True).start()

    def add(self, rows: Rows) -> None:
        """Store views; returns when they are on disk, unless they are written later."""
        if self._waiting is not None:
            self._waiting.put(rows)
        else:
            self._write(rows)

    def page(self, after: int) -> list[tuple[int, str, str]]:
        """Return the views that follow a number, at most a page of them."""
        with self._lock:
            return self._database.execute(
                "SELECT number, visitor, picture FROM views WHERE number > ? "
                "ORDER BY number LIMIT ?",
                (after, PAGE),
            ).fetchall()

    def _write(self, rows: Rows) -> None:
        with self._lock, self._database:
            self._database.executemany("INSERT INTO views (visitor, picture) VALUES (?, ?)", rows)

    def _write_forever(self) -> None:
        ticks = threading.Event()
        while not ticks.wait(WRITE_EVERY_S):
            rows: Rows = []
            while self._waiting is not None and not self._waiting.empty():
                rows += self._waiting.get()
            self._write(rows)


class Tokens:
    """Tokens that name their visitor, signed with a secret that outlives the process."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def made(self, visitor: str) -> str:
        """Return the token of a visitor."""
        return f"{visitor.encode().hex()}.{self._signature(visitor)}"

    def visitor(self, token: str) -> str | None:
        """Return whose token it is, None for one that was not made here."""
        name, _, signature = token.partition(".")
        try:
            visitor = bytes.fromhex(name).decode()
        except ValueError:
            return None
        return visitor if hmac.compare_digest(signature, self._signature(visitor)) else None

    def _signature(self, visitor: str) -> str:
        return hmac.new(self._secret, visitor.encode(), "sha256").hexdigest()


class Api(BaseHTTPRequestHandler):
    """POST /login, POST /views, GET /admin/views, GET /health."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    disable_nagle_algorithm = True
    store: Store
    tokens: Tokens

    def do_GET(self) -> None:
        """Answer with a page of what is stored, or that the service is up."""
        url = urlsplit(self.path)
        if url.path != "/admin/views":
            self._answer(200 if url.path == "/health" else 404, {})
            return
        rows = self.store.page(int(parse_qs(url.query).get("after", ["0"])[0] or 0))
        views = [{"visitor": visitor, "picture": picture} for _, visitor, picture in rows]
        self._answer(200, {"views": views, "next": rows[-1][0] if len(rows) == PAGE else None})

    def do_POST(self) -> None:
        """Sign a visitor in, or take views."""
        try:
            content = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        except ValueError:
            self._answer(400, {"error": "not JSON"})
            return
        if self.path == "/login":
            self._answer(200, {"token": self.tokens.made(str(content["visitor"]))})
        elif self.path == "/views":
            self._take(content)
        else:
            self._answer(404, {"error": "no such path"})

    def _take(self, content: Any) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        visitor = self.tokens.visitor(token)
        pictures = content.get("pictures") if isinstance(content, dict) else None
        if visitor is None:
            self._answer(401, {"error": "sign in first"})
        elif not isinstance(pictures, list) or not 1 <= len(pictures) <= BATCH_MOST:
            self._answer(422, {"error": f"pictures is a list of 1 to {BATCH_MOST} ids"})
        else:
            self.store.add([(visitor, str(picture)) for picture in pictures])
            self._answer(202, {"taken": len(pictures)})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a load would fill the disk."""


class Server(ThreadingHTTPServer):
    """A server for more clients than the five that Python lets wait for a thread."""

    request_queue_size = 256
    daemon_threads = True


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--answer-early", action="store_true")
    options = parser.parse_args()
    Api.store = Store(options.database, early=options.answer_early)
    Api.tokens = Tokens(Api.store.secret)
    Server(("127.0.0.1", options.port), Api).serve_forever()


if __name__ == "__main__":
    main()
