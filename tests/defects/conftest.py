"""A PostgreSQL for the defects of databases, as the servers' own tests have it."""

from __future__ import annotations

from tests.servers.conftest import database, postgres, spawner

__all__ = ["database", "postgres", "spawner"]
