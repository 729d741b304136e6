"""What is printed cannot steer a terminal, and what is copied from it can be read back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.terminal import clean, clean_json, escaped, unescaped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("\x9b31m", "\ufffd31m"),
        ("a\rb\x08", "a\ufffdb\ufffd"),
        ("a\u202eb\u2066", "a\ufffdb\ufffd"),
        ("a\tb\r\nc", "a\tb\nc"),
        ("\ud800\uffff", "\ufffd\ufffd"),
    ],
)
def test_what_would_steer_a_terminal_becomes_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann/b", "ann/b"),
        ("a b", "a b"),
        (" a  b ", r"\x20a \x20b\x20"),
        ("\x1b[31m\n\t", r"\x1b[31m\n\t"),
        ("a\\nb", r"a\\nb"),
        ("\u202e\U000e0001", r"\u202e\U000e0001"),
        ("été 🎨", "été 🎨"),
    ],
)
def test_an_id_is_escaped_only_where_it_has_to_be(text: str, shown: str) -> None:
    assert escaped(text) == shown
    assert unescaped(shown) == text


@given(st.text())
def test_an_escaped_id_is_printable_and_read_back(text: str) -> None:
    assert escaped(text).isprintable()
    assert clean(escaped(text)) == escaped(text)
    assert unescaped(escaped(text)) == text


@given(st.text())
def test_json_means_the_same_after_it_was_cleaned(text: str) -> None:
    shown = clean_json(json.dumps({"id": text}, ensure_ascii=False))
    assert clean(shown) == shown
    assert json.loads(shown) == {"id": text}


@pytest.mark.parametrize("text", ["a\\b", "\\xzz", "\\U00110000", "\\"])
def test_what_is_no_escape_stays_as_it_is(text: str) -> None:
    assert unescaped(text) == text
