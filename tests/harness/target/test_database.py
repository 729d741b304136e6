"""A connection string is read as libpq reads it, and shown without its secrets."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from harness.core.errors import UsageError
from harness.target.database import complete, shown

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("conninfo", "expected"),
    [
        (f"postgresql://ann:{SECRET}@h:5433/db", "user=ann dbname=db host=h port=5433"),
        (f"host=h user=ann password='{SECRET} words'", "host=h user=ann"),
        (f"host=h password = {SECRET}", "host=h"),
        (
            f"postgresql://h/db?sslpassword={SECRET}&sslmode=require",
            "dbname=db host=h sslmode=require",
        ),
        (f"postgresql://ann:%40{SECRET}%2F@h/db", "user=ann dbname=db host=h"),
        (f"host=h options='-c my.token={SECRET}'", "host=h"),
        (f"host=h passfile=/x/{SECRET}", "host=h"),
        (f"host=h user='x;{SECRET}'", "host=h user=***"),
        ("", "the default PostgreSQL of this user"),
    ],
)
def test_only_an_allow_list_of_fields_is_shown(conninfo: str, expected: str) -> None:
    text = shown(conninfo)
    assert SECRET not in text
    assert set(text.split()) == set(expected.split())


@pytest.mark.parametrize(
    "conninfo",
    [
        f"host=h password=two {SECRET}",
        f"postgresql://ann:p@{SECRET}@h/db",
        f"postgresql://ann:pa/{SECRET}@h/db",
        f"postgresql://ann:1/{SECRET}@h/db",
        f"postgresql://h/db?token={SECRET}",
        f"https://ann:{SECRET}@h/",
        f"{SECRET}",
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line_without_a_part_of_it(conninfo: str) -> None:
    with pytest.raises(UsageError, match="cannot be read") as refused:
        complete(conninfo, {})
    assert SECRET not in refused.value.line
    assert SECRET not in shown(conninfo)


def test_what_is_left_out_comes_from_the_callers_variables() -> None:
    environ = {"PGPASSWORD": "pw", "PGUSER": "eve", "PGSSLMODE": "require", "PGHOST": ""}
    found = conninfo_to_dict(complete("postgresql://ann@h/db", environ))
    assert found == {
        "user": "ann",
        "host": "h",
        "dbname": "db",
        "password": "pw",
        "sslmode": "require",
    }


def test_a_service_goes_before_the_variables_as_in_psql() -> None:
    environ = {"PGSERVICE": "shop", "PGHOST": "elsewhere", "PGPASSWORD": "pw"}
    assert conninfo_to_dict(complete("", environ)) == {"service": "shop", "password": "pw"}
