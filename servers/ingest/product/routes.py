"""All that a server with the product answers besides."""

from __future__ import annotations

from aiohttp import web

from servers.ingest.http import pages
from servers.ingest.product.erasure import ErasureApi
from servers.ingest.product.favourites import FavouritesApi
from servers.ingest.product.history import HistoryApi
from servers.ingest.product.session import ProductContext
from servers.ingest.product.shares import SharesApi

IMPROVEMENT = "product"
"""The migration whose name in the server's settings turns the product on."""


def product_routes(context: ProductContext) -> list[web.RouteDef]:
    """Return the routes of the product: its pages and its API."""
    parts = (
        HistoryApi(context),
        FavouritesApi(context),
        SharesApi(context),
        ErasureApi(context),
    )
    return [*pages.product_routes(), *(route for part in parts for route in part.routes())]
