"""What examples need: a PostgreSQL of one's own."""

from tests.servers.conftest import postgres, spawner

__all__ = ["postgres", "spawner"]
