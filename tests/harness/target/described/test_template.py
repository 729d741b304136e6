"""Bodies: markers become values, and are found again in what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import UsageError
from harness.target.described.template import Template, filled, markers_of, pointed

VALUES = {"user": 'a "b" {ids}', "batch": "b-1", "attempt": 2}


def test_a_marker_alone_becomes_the_value_and_within_a_text_its_text() -> None:
    structure = {"n": "{attempt}", "t": "no {attempt}", "list": ["{user}"], "k{user}": 1.5}
    assert filled(structure, VALUES) == {
        "n": 2,
        "t": "no 2",
        "list": ['a "b" {ids}'],
        "k{user}": 1.5,
    }


def test_a_value_is_never_read_as_a_template() -> None:
    body = Template({"who": "{user}", "ids": "{ids}"}, "{id}", "json").rendered(["x"], VALUES)
    assert json.loads(body) == {"who": 'a "b" {ids}', "ids": ["x"]}


@pytest.mark.parametrize(
    ("body", "item", "content", "sent"),
    [
        ({"ids": "{ids}"}, "{id}", "json", b'{"ids":["1","\xc3\xa9"]}'),
        ({"e": {"list": "{ids}"}}, {"i": {"id": "{id}"}}, "json", None),
        ("{ids}", {"id": "{id}", "who": "{user}"}, "json", None),
        ({"id": "{ids}", "u": "{user}"}, "{id}", "form", b"id=1&id=%C3%A9&u=a+%22b%22+%7Bids%7D"),
        (None, {"id": "{id}"}, "ndjson", b'{"id":"1"}\n{"id":"\xc3\xa9"}\n'),
        (None, "{id}", "ndjson", b'"1"\n"\xc3\xa9"\n'),
    ],
)
def test_every_id_is_found_again(body: Any, item: Any, content: str, sent: bytes | None) -> None:
    template = Template(body, item, content)
    rendered = template.rendered(["1", "é"], VALUES)
    assert sent in (None, rendered)
    assert template.ids_in(rendered) == ["1", "é"]


def test_one_id_a_request() -> None:
    template = Template({"id": "{id}"}, "{id}", "json")
    assert template.rendered([7], VALUES) == b'{"id":7}'
    assert template.ids_in(b'{"id":7}') == ["7"]
    assert template.markers == {"id"}


def test_other_values_are_found_where_they_stand_alone() -> None:
    template = Template({"b": ["{batch}"], "t": "x{attempt}", "ids": "{ids}"}, "{id}", "json")
    body = template.rendered(["1"], VALUES)
    assert template.value_in(body, "batch") == "b-1"
    assert template.value_in(body, "attempt") is None


@given(body=st.binary(max_size=40) | st.just(b"[" * 100_000))
def test_a_foreign_body_has_no_ids_and_breaks_nothing(body: bytes) -> None:
    for content, structure in (("json", {"ids": "{ids}"}), ("form", {"ids": "{ids}"})):
        Template(structure, "{id}", content).ids_in(body)
    Template(None, {"id": "{id}"}, "ndjson").ids_in(body)


def test_what_a_content_type_cannot_carry_is_refused() -> None:
    with pytest.raises(UsageError, match="flat table"):
        Template({"a": {"b": 1}}, "{id}", "form")
    with pytest.raises(UsageError, match="NDJSON has no body"):
        Template({"a": 1}, "{id}", "ndjson")


def test_pointers() -> None:
    content = {"a": [{"b/c": {"~": 5}}], "": 1}
    assert pointed(content, "/a/0/b~1c/~0") == 5
    assert pointed(content, "/") == 1
    assert pointed(content, "") is content
    for nothing in ("/a/1", "/a/x", "/a/0/b~1c/~0/deeper", "/a/-1", "/z"):
        with pytest.raises(LookupError):
            pointed(content, nothing)


def test_markers_of_keys_are_none() -> None:
    assert markers_of({"{user}": ["{id} and {now}"]}) == {"id", "now"}
