"""What descriptions are made of."""

from __future__ import annotations

from servers.ingest import openapi_parts as part
from servers.ingest.config import Limits


def test_an_object_has_its_properties_alone_all_of_them_by_default() -> None:
    made = part.an_object({"a": {}, "b": {}})
    assert (made["required"], made["additionalProperties"]) == (["a", "b"], False)
    assert part.an_object({"a": {}, "b": {}}, required=["a"])["required"] == ["a"]


def test_a_text_has_the_limits_in_force() -> None:
    assert part.text(Limits(id_bytes=40))["maxLength"] == 40


def test_a_refusal_is_the_error_of_all() -> None:
    found = part.errors({"409": "why"})
    assert found["409"]["description"] == "why"  # type: ignore[index]
