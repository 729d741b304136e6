"""The form: every default is one that a file may write down, and limits hold."""

from __future__ import annotations

import msgspec
import pytest

from harness.target.described.form import (
    AnswersTable,
    BatchTable,
    HttpTable,
    IdsTable,
    SessionTable,
    TruthTable,
)


@pytest.mark.parametrize("default", [AnswersTable(), IdsTable(), SessionTable(), TruthTable()])
def test_defaults_are_of_their_own_types(default: msgspec.Struct) -> None:
    content = {f: getattr(default, f) for f in default.__struct_fields__}
    assert msgspec.convert(msgspec.to_builtins(content), type(default)) == default


@pytest.mark.parametrize(
    ("table", "content"),
    [
        (BatchTable, {"path": "views"}),
        (BatchTable, {"path": "/views", "most": 0}),
        (BatchTable, {"path": "/views", "content": "xml"}),
        (BatchTable, {"path": "/views", "colour": 1}),
        (AnswersTable, {"accepted": ["2x"]}),
        (AnswersTable, {"field": "status"}),
        (HttpTable, {"path": "/v", "timeout_s": 0}),
        (TruthTable, {"settle_s": 121}),
    ],
)
def test_what_no_file_may_say(table: type[msgspec.Struct], content: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(content, table)
