"""Where a user is erased, and what is called there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from servers.ingest.product.erasure import ErasureApi

Erase = Callable[[ErasureApi, str], Awaitable[int]]
ERASE = "servers.ingest.product.erasure:ErasureApi.erase"
"""Removes all rows of a user, and returns how many."""
