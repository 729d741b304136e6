"""Target files of described systems for tests: a small one, and changes of it."""

from __future__ import annotations

from pathlib import Path

SMALL = """\
format = 1
name = "shop"
base_url = "http://127.0.0.1:8080/v2"
delivery = "at-least-once"

[batch]
path = "/views"
body = { visitor = "{user}", views = "{ids}", batch = "{batch}", attempt = "{attempt}" }

[session]
headers = { Authorization = "Bearer ${SHOP_TOKEN}" }

[truth]
settle_s = 2

[truth.http]
path = "/admin/views"
items = "/views"
id = "/id"
user_id = "/visitor"
headers = { X-Api-Key = "${SHOP_KEY}" }
"""
SECRETS = {"SHOP_TOKEN": "t0ken-of-the-shop", "SHOP_KEY": "k3y-of-the-shop"}


def written(folder: Path, text: str = SMALL, *changes: tuple[str, str]) -> Path:
    """Write a target file with each change made; return its path."""
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path
