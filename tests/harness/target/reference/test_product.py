"""What is known of the product's pages is what the pages in servers/ offer."""

from __future__ import annotations

import re
from pathlib import Path

import servers
from harness.target.reference import product
from servers.ingest.product.favourites import FAVOURITES_PATH
from servers.ingest.product.history import REPLAYS_PATH
from servers.ingest.product.routes import IMPROVEMENT

CLIENT = Path(servers.__file__).parent / "client"


def text(name: str) -> str:
    return (CLIENT / name).read_text(encoding="utf-8")


def test_names_and_paths_are_the_servers() -> None:
    assert product.IMPROVEMENT == IMPROVEMENT
    assert product.REPLAYS_PATH == REPLAYS_PATH
    assert f'"{REPLAYS_PATH}"' in text("product/replay.js")
    assert product.FAVOURITES_PATH == FAVOURITES_PATH
    assert f'"{FAVOURITES_PATH}"' in text("product/favourites.js")


def test_what_is_clicked_is_there() -> None:
    ids = {*re.findall(r'id="([\w-]+)"', text("display.html"))}
    ids |= {*re.findall(r'\.id = "([\w-]+)"', text("product/replay.js"))}
    assert {product.NEXT, product.LEAVE_REPLAY} <= {f"#{one}" for one in ids}
    assert "replay" in ids
    assert "link.id = `entry-${entries}`" in text("product/history.js")
    assert product.history_entry(3) == "#entry-3"
    history = text("product/history.html")
    for one in (product.UNDO, product.SHARE, "#share-link"):
        assert f'id="{one[1:]}"' in history
    assert "heart.id = `heart-${entries}`" in text("product/history.js")
    assert "revoke.id = `revoke-${number}`" in text("product/sharing.js")
    assert (product.heart(3), product.revoke_button(0)) == ("#heart-3", "#revoke-0")
