"""Collects views into SQLite behind FastAPI: an ingest API of somebody's own.

    python app.py --port 8080 --database views.db

A visitor signs in for a bearer token. Views are appended as they come, so that what is sent again
is stored again: delivery is at-least-once. Owners read what is stored with a key, page by page.
"""

from __future__ import annotations

import argparse
import hmac
import os
import sqlite3
import threading
from typing import Annotated
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, status
from pydantic import BaseModel, Field

PAGE = 1_000

app = FastAPI(title="Views", version="1.0")


class Login(BaseModel):
    """Who signs in."""

    visitor: Annotated[str, Field(min_length=1, max_length=200)]
    password: str


class Token(BaseModel):
    """What proves later who asks."""

    access_token: str


class View(BaseModel):
    """A picture that was on the screen, and when: milliseconds since the epoch."""

    picture: UUID
    seen_at_ms: Annotated[int, Field(gt=0)]


class Views(BaseModel):
    """A batch of views."""

    views: Annotated[list[View], Field(min_length=1, max_length=250)]


class Taken(BaseModel):
    """How many views of a batch are stored now."""

    taken: int


class Stored(BaseModel):
    """A view as it is stored."""

    number: int
    visitor: str
    picture: UUID


class Page(BaseModel):
    """A page of what is stored; ``next`` is what stands for ``after`` in the next one."""

    views: list[Stored]
    next: int | None


class Store:
    """The table of views."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS views (number INTEGER PRIMARY KEY, "
            "visitor TEXT NOT NULL, picture TEXT NOT NULL, seen_at_ms INTEGER NOT NULL)"
        )
        self._lock = threading.Lock()

    def add(self, visitor: str, views: list[View]) -> None:
        """Store views; returns when they are on disk."""
        rows = [(visitor, str(view.picture), view.seen_at_ms) for view in views]
        with self._lock, self._database:
            self._database.executemany(
                "INSERT INTO views (visitor, picture, seen_at_ms) VALUES (?, ?, ?)", rows
            )

    def page(self, after: int) -> list[Stored]:
        """Return the views that follow a number, at most a page of them."""
        with self._lock:
            rows = self._database.execute(
                "SELECT number, visitor, picture FROM views WHERE number > ? "
                "ORDER BY number LIMIT ?",
                (after, PAGE),
            ).fetchall()
        return [Stored(number=n, visitor=visitor, picture=UUID(p)) for n, visitor, p in rows]


def _signature(visitor: str) -> str:
    return hmac.new(os.environ["VIEWS_SECRET"].encode(), visitor.encode(), "sha256").hexdigest()


def visitor_of(authorization: Annotated[str, Header()] = "") -> str:
    """Return whose token a request carries."""
    name, _, signature = authorization.removeprefix("Bearer ").partition(".")
    try:
        visitor = bytes.fromhex(name).decode()
    except ValueError:
        visitor = ""
    if not visitor or not hmac.compare_digest(signature, _signature(visitor)):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "sign in first")
    return visitor


def owner(x_api_key: Annotated[str, Header()] = "") -> None:
    """Refuse who has not the owner's key."""
    if not hmac.compare_digest(x_api_key, os.environ["VIEWS_ADMIN_KEY"]):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "this is for the owner")


@app.get("/health")
def health() -> dict[str, bool]:
    """Tell that the service is up."""
    return {"up": True}


@app.post("/login")
def login(given: Login) -> Token:
    """Sign a visitor in."""
    if not hmac.compare_digest(given.password, os.environ["VIEWS_PASSWORD"]):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "wrong password")
    return Token(access_token=f"{given.visitor.encode().hex()}.{_signature(given.visitor)}")


@app.post("/views", status_code=status.HTTP_201_CREATED)
def take(batch: Views, visitor: Annotated[str, Depends(visitor_of)]) -> Taken:
    """Store a batch of views."""
    app.state.store.add(visitor, batch.views)
    return Taken(taken=len(batch.views))


@app.get("/admin/views", dependencies=[Depends(owner)])
def stored(after: int = 0) -> Page:
    """List what is stored."""
    views = app.state.store.page(after)
    return Page(views=views, next=views[-1].number if len(views) == PAGE else None)


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    options = parser.parse_args()
    app.state.store = Store(options.database)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
