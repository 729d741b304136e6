"""What no type can say: secrets, base URL, markers, session, truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.target.described.checking import check_file, names_users, place_named
from harness.target.described.file import read_target_file
from tests.harness.described_files import SMALL, written

TOKEN = '"Bearer ${SHOP_TOKEN}"'


def mistake(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        check_file(path, read_target_file(path))
    return caught.value.line


def test_a_sound_file_has_no_mistake(tmp_path: Path) -> None:
    path = written(tmp_path)
    check_file(path, read_target_file(path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((TOKEN, '"Bearer s3cret"'), "shop.toml:11: [session] headers holds a secret itself"),
        (('"${SHOP_KEY}"', '"abc"'), "[truth.http] headers holds a secret itself"),
        (('name = "shop"', 'name = "${SHOP_TOKEN}"'), "shop.toml:2: name must not hold a secret"),
        (("/v2", "/${X}"), "base_url must not hold a secret"),
        ((TOKEN, '"Bearer ${no name}"'), "has a ${ that names no variable"),
        (("http://127.0.0.1:8080/v2", "ftp://x"), "shop.toml:3: base_url must be like"),
        (("http://127.0.0.1:8080/v2", "http://a:b@x"), "base_url must be scheme, host"),
        (("http://127.0.0.1:8080/v2", "http://x:99999"), "base_url is no URL"),
        (("127.0.0.1:8080", "127.0.0.1:{port}"), "where [start] is given"),
        (
            ('127.0.0.1:8080/v2"', '127.0.0.1:{port}/v2"\nstart = { command = ["x"] }'),
            "[start] command names no {port}, nor does env: the harness chooses where it listens",
        ),
        (
            (
                '127.0.0.1:8080/v2"',
                '127.0.0.1:{port}/v2"\nstart = { command = ["x"], env = { PORT = "{port}" } }',
            ),
            "",
        ),
        (("{attempt}", "{atempt}"), "[batch] body has the unknown marker {atempt}"),
        (('views = "{ids}"', 'views = "1"'), "has neither {ids} nor {id}"),
        (('"{ids}"', '"{id}"'), ""),
        (("{user}", "ann"), "Leave user_id out of [truth]"),
        (('"/views"\nid =', '"/views"\nnext = "/n"\nid ='), "path needs {after}"),
        ((TOKEN, '"Bearer ${SHOP_TOKEN} {csrf}"'), "has the unknown marker {csrf}"),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    path = written(tmp_path, SMALL, change)
    if not words:
        check_file(path, read_target_file(path))
    else:
        assert words in mistake(path)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[truth.sql]\ndsn = "host=x password=y"\nselect = "SELECT 1"', "dsn holds a secret"),
        ('[truth.sql]\ndsn = "host=x"\nselect = "SELECT 1"', "is one more way beside sql"),
        ('[reset]\nmethod = "POST"', "[reset] needs one of the two"),
        ('[locust]\nfile = "none.py"', "[locust] file names a file that is not there"),
        ('[start]\ncommand = ["x"]\nenv = { DB_PASSWORD = "abc" }', "[start] env holds a secret"),
        ('[session.sign_in]\npath = "/l"\nbody = { password = "x" }', "body holds a secret"),
        ('[answers]\nerror_code = "/code"', "[answers] error_code needs `error`"),
        ('[batch.signature]\nheader = "X-S"\nkey = "abc"', "[batch.signature] key holds a secret"),
        ('[batch.signature]\nheader = "X-S"\nkey = "${K}"\nvalue = "x"', "has no {signature}"),
        ('[session.sign_in]\npath = "/l"\ncaptures = { t = "x" }', "has 't', which is none"),
        ('[session.sign_in]\npath = "/l"\ncontent = "form"\nbody = { a = [1] }', "flat table"),
    ],
)
def test_a_table_more(tmp_path: Path, more: str, words: str) -> None:
    assert words in mistake(written(tmp_path, f"{SMALL}\n{more}\n"))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("scroll = \"[id='{id}']\"", ""),
        ('script = "(ids) => show(ids)"', ""),
        ("", "[page] needs one of the three"),
        ('scroll = "#{id}"\nclick = "#{id}"', "[page] needs one of the three"),
        ('click = "button"', "[page] click has no {id}"),
        ('script = "f"\npath = "/x?y={ids}"', "[page] path has the marker {ids}"),
        ('script = "f"\npath = "/{user}"', "[page] path has the marker {user}"),
    ],
)
def test_a_page_says_how_a_view_is_made(tmp_path: Path, page: str, words: str) -> None:
    path = 'path = "/gallery?of={pool}"\n' if "path" not in page else ""
    file = written(tmp_path, f"{SMALL}\n[page]\n{path}{page}\n")
    if words:
        assert words in mistake(file)
    else:
        check_file(file, read_target_file(file))


def test_a_page_needs_truth_that_names_users_and_telemetry_a_page(tmp_path: Path) -> None:
    page = '[page]\npath = "/g"\nscript = "f"\n'
    without = SMALL.replace('user_id = "/visitor"\n', "")
    assert "needs a [truth] that returns user_id" in mistake(written(tmp_path, without + page))
    alone = f'{SMALL}[telemetry]\npending = "() => []"\n'
    assert "tells of a page, and there is no [page]" in mistake(written(tmp_path, alone))


def test_truth_is_read_and_never_written(tmp_path: Path) -> None:
    text = SMALL[: SMALL.index("[truth.http]")]
    for select, words in (("DELETE FROM views", "is no SELECT"), ("SELECT id FROM views", "")):
        path = written(tmp_path, f'{text}[truth.sql]\ndsn = "host=x"\nselect = "{select}"\n')
        if words:
            assert words in mistake(path)
        else:
            check_file(path, read_target_file(path))
            assert not names_users(read_target_file(path).truth)


SELECTS = {
    "SELECT DISTINCT id FROM v": "has DISTINCT: what is stored twice would be shown once",
    "SELECT id FROM v GROUP  BY id": "has GROUP BY",
    "SELECT id FROM a UNION SELECT id FROM b": "has UNION",
    "SELECT id FROM a UNION ALL SELECT id FROM b": "",
    "SELECT id FROM v WHERE kind IS DISTINCT FROM 3": "",
    "SELECT id FROM v WHERE kind <> 'distinct' -- not distinct": "",
    "SELECT id FROM v ORDER BY id LIMIT 1000": "has LIMIT 1000: what is beyond would count as lost",
    "SELECT id, limits FROM v": "",
}


@pytest.mark.parametrize("select", SELECTS)
def test_a_select_that_hides_copies_or_ends_early_is_refused(tmp_path: Path, select: str) -> None:
    text = SMALL[: SMALL.index("[truth.http]")].replace("at-least-once", "exactly-once")
    path = written(tmp_path, f'{text}[truth.sql]\ndsn = "host=x"\nselect = """{select}"""\n')
    if words := SELECTS[select]:
        assert words in mistake(path)
    else:
        check_file(path, read_target_file(path))


@pytest.mark.parametrize(
    ("delivery", "run", "words"),
    [
        ("exactly-once", '["sh", "-c", "cat ids | sort -u"]', "[truth.command] run has sort -u"),
        ("exactly-once", '["sqlite3", "v.db", "SELECT DISTINCT id FROM v"]', "has DISTINCT"),
        ("exactly-once", '["bin/uniq/print-ids", "--limit", "5"]', ""),
        ("at-least-once", '["sh", "-c", "cat ids | uniq"]', ""),
        ("at-least-once", '["sqlite3", "v.db", "SELECT id FROM v LIMIT 9"]', "has LIMIT 9"),
        ("at-most-once", '["sqlite3", "v.db", "SELECT id FROM v LIMIT 9"]', ""),
    ],
)
def test_what_truth_must_show_follows_from_the_promise(
    tmp_path: Path, delivery: str, run: str, words: str
) -> None:
    text = SMALL[: SMALL.index("[truth.http]")].replace("at-least-once", delivery)
    path = written(tmp_path, f"{text}[truth.command]\nrun = {run}\n")
    if words:
        assert words in mistake(path)
    else:
        check_file(path, read_target_file(path))


def test_what_distinguishes_rows_is_not_the_view_s_id(tmp_path: Path) -> None:
    http = SMALL[SMALL.index("[truth.http]") :]
    pointer = next(line for line in http.splitlines() if line.startswith("id = "))
    text = SMALL.replace(pointer, f"{pointer}\nrow = {pointer.partition(' = ')[2]}")
    assert "[truth.http] row is the view's id" in mistake(written(tmp_path, text))
    other = SMALL.replace(pointer, f'{pointer}\nrow = "/number"')
    check_file(path := written(tmp_path, other), read_target_file(path))


def test_a_place_is_named_down_to_the_key_that_may_hold_a_secret() -> None:
    assert place_named(("batch", "body", "a", "b")) == ("batch", "body")
    assert place_named(("name",)) == ("name",)
