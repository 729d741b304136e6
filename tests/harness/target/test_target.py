"""A target file says what to start; what it must not say is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.target.system import REFERENCE
from harness.target.target import Table, Target, load_target
from tests.harness.target.foreign import NAME

WHOLE = f"""
format = 1
name = "mine"
system = "{NAME}"
targets = "limits.toml"
[server]
module = "my.server"
pool = 12
[database]
url = "postgresql://x"
table = "app.views"
user_column = "who"
[browsers]
mac = "webdriver+http://mac.lan:4444#safari"
"""


def load(directory: Path, text: str) -> Target:
    path = directory / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return load_target(path)


def test_a_whole_file_is_a_target(tmp_path: Path) -> None:
    assert load(tmp_path, WHOLE) == Target(
        name="mine",
        system=NAME,
        server_module="my.server",
        pool=12,
        database_url="postgresql://x",
        table=Table(name="app.views", user_column="who", unique=False),
        browsers={"mac": "webdriver+http://mac.lan:4444#safari"},
        targets=str(tmp_path / "limits.toml"),
        file=str(tmp_path / "shop.toml"),
    )


def test_another_table_promises_a_unique_index_where_the_file_says_so(tmp_path: Path) -> None:
    other = 'format = 1\n[database]\ntable = "views"\n'
    assert not load(tmp_path, other).table.unique
    assert load(tmp_path, other + "unique = true\n").table.unique
    assert not load(tmp_path, "format = 1\n[database]\nunique = false\n").table.unique
    assert load(tmp_path, "format = 1\n").table.unique


def test_what_is_left_out_is_the_reference_and_the_name_is_the_files(tmp_path: Path) -> None:
    target = load(tmp_path, "format = 1\n")
    assert target == Target(name="shop", file=str(tmp_path / "shop.toml"))
    assert target.system == REFERENCE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("format = 1\nserver = 3\n", "shop.toml:2: [server] must be a table"),
        ("format = 1\n[server]\nmodul = 'x'\n", "shop.toml:3: [server] has unknown key modul"),
        ("format = 1\nsite = 'x'\n", "shop.toml:2: has unknown key site"),
        ("format = 7\nsite = 'x'\n", "shop.toml: format is 7, expected 1"),
        ("format = 1\nname = 3\n", "shop.toml:2: name is 3, it must be text in quotes"),
        ("format = 1\n[server]\npool = 'x'\n", ":3: [server] pool is 'x', it must be a whole num"),
        ("format = 1\n[server]\npool = 0\n", ":3: [server] pool is 0, it must be a whole number o"),
        ("format = 1\n[browsers]\nmac = 4444\n", ":3: [browsers] mac is 4444, it must be text in"),
        ("format = 1\n[browsers]\n'h://a:b@c' = 'x'\n", "shop.toml: [browsers] text must be a pl"),
        ("format = 1\n[database]\ntable = 'a:b@c'\n", "shop.toml: text is not a plain SQL iden"),
        ("format = 1\n[database]\nurl = ['a:b@c']\n", ":3: [database] url is a list, it must"),
        ("format = 1\n[browsers]\n'a b' = 'x'\n", "[browsers] 'a b' must be a plain name"),
        ("format = 1\nsystem = 'no.such:ONE'\n", "shop.toml:2: system: the system's module"),
        ("format = 1\n[database]\ntable = 'a; DROP'\n", "shop.toml: 'a; DROP' is not a plain SQL"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert words in caught.value.line
    assert "\n" not in caught.value.line
