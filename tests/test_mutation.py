"""The mutation record fails on a new survivor, passes on an explained one, names what is stale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests import ROOT
from tests.mutation import __main__ as command
from tests.mutation import plugin
from tests.mutation.functions import digests, undecorated
from tests.mutation.generate import mangled, unmangled
from tests.mutation.measure import measure
from tests.mutation.mutants import KILLED, SURVIVED, TIMEOUT, change_of, is_prose, keyed
from tests.mutation.record import (
    Measured,
    Reason,
    Record,
    load,
    load_reasons,
    measured,
    problems,
    save,
    skeleton,
    stale,
    tried_again,
    without_gone,
)
from tests.mutation.scope import mutated_modules, noticing_tests
from tests.mutation.score import share, summary, table

MODULE = "reports/core/small.py"
SOURCE = "def add(one, other):\n    return one + other\n"
CHANGE = ("- return one + other", "+ return one - other")


def a_record(fate: str) -> Record:
    [mutant] = keyed(MODULE, "add", [(CHANGE, fate)])
    return {MODULE: {"add": measured(digests(SOURCE)["add"], [mutant])}}


def reason_for(record: Record, reason: str = "equivalent: other is always zero") -> Reason:
    [(key, change)] = record[MODULE]["add"].survivors.items()
    return Reason(key=key, where=f"{MODULE} add", change=change, reason=reason)


def test_a_new_survivor_is_named_in_one_line_with_the_command_that_shows_it() -> None:
    record = a_record(SURVIVED)
    [key] = record[MODULE]["add"].survivors
    assert problems(record, [], {MODULE: SOURCE}) == [
        f"new survivor {key} in {MODULE} add: `return one + other` → `return one - other` "
        f"(python -m tests.mutation show {key})"
    ]


def test_an_explained_survivor_is_no_problem() -> None:
    record = a_record(SURVIVED)
    assert problems(record, [reason_for(record)], {MODULE: SOURCE}) == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_explanation_without_a_reason_explains_nothing(reason: str) -> None:
    record = a_record(SURVIVED)
    [line] = problems(record, [reason_for(record, reason)], {MODULE: SOURCE})
    assert line.startswith("survivors.toml gives no reason for ")


def test_an_explanation_given_twice_is_named() -> None:
    record = a_record(SURVIVED)
    reason = reason_for(record)
    assert problems(record, [reason, reason], {MODULE: SOURCE}) == [
        f"survivors.toml explains {reason.key} twice"
    ]


@pytest.mark.parametrize(
    ("source", "what"),
    [(SOURCE, "is killed now"), ("def add(one, other):\n    pass\n", "no longer exists")],
)
def test_an_explanation_of_what_does_not_survive_is_named(source: str, what: str) -> None:
    reason = reason_for(a_record(SURVIVED))
    [line] = problems(a_record(KILLED), [reason], {MODULE: source})
    assert line == f"survivors.toml explains {reason.key} in {MODULE} add, which {what}"


def test_what_has_changed_or_is_new_is_stale() -> None:
    now = digests(SOURCE + "\n\ndef new():\n    return 1\n")
    assert stale(a_record(KILLED), {MODULE: now}) == {MODULE: ["new"]}
    assert stale(a_record(KILLED), {MODULE: {"add": "another hash"}}) == {MODULE: ["add"]}
    assert stale(a_record(KILLED), {MODULE: digests(SOURCE)}) == {}


def test_a_function_or_module_that_is_gone_leaves_the_record() -> None:
    record = a_record(KILLED)
    assert without_gone(record, {MODULE: {}}) == ({MODULE: {}}, [f"{MODULE} add"])
    assert without_gone(record, {}) == ({}, [f"{MODULE} add"])
    assert without_gone(record, {MODULE: digests(SOURCE)}) == (record, [])


def test_the_record_and_the_reasons_come_back_as_they_were_written(tmp_path: Path) -> None:
    record = a_record(SURVIVED)
    save(record, tmp_path / "record.json")
    assert load(tmp_path / "record.json") == record
    assert load(tmp_path / "none.json") == {}
    text = skeleton(record, []).replace('reason = ""', 'reason = "equivalent"')
    (tmp_path / "survivors.toml").write_text(text, encoding="utf-8")
    assert load_reasons(tmp_path / "survivors.toml") == [reason_for(record, "equivalent")]
    assert skeleton(record, [reason_for(record)]) == ""


def test_a_hang_is_counted_apart_and_prose_needs_no_reason() -> None:
    prose = ('- say("two words")', '+ say("XXtwo wordsXX")')
    mutants = keyed(MODULE, "add", [(CHANGE, TIMEOUT), (CHANGE, KILLED), (prose, SURVIVED)])
    entry = measured("hash", mutants)
    assert entry == Measured(hash="hash", mutants=3, timeout=1, prose=1, prose_survived=1)
    assert entry.killed == 1
    assert len({mutant.key for mutant in mutants}) == 3


def test_what_is_tried_again_keeps_the_rest_of_its_entry() -> None:
    entry = Measured(hash="h", mutants=9, survivors={"a": "x", "b": "y", "c": "z"})
    [once] = keyed(MODULE, "add", [(CHANGE, KILLED)])
    again = tried_again(entry, [replace(once, key="a"), replace(once, key="b", fate=TIMEOUT)])
    assert again == replace(entry, survivors={"c": "z"}, timeout=1)
    assert again.killed == 7


def test_the_score_is_given_with_and_without_prose() -> None:
    entry = Measured(
        hash="", mutants=10, timeout=1, prose=4, prose_survived=3, survivors={"a": "", "b": ""}
    )
    assert share([entry], prose=False) == pytest.approx(4 / 6)
    assert share([entry], prose=True) == pytest.approx(5 / 10)
    assert share([], prose=True) == 1.0
    assert summary({MODULE: {"add": entry}}, 1) == (
        "mutation: 10 mutants of 1 functions in 1 modules, 4 killed, 1 hang, 2 survive "
        "(1 explained), 3 of 4 of prose survive: 66.7% without prose, 50.0% with"
    )
    assert table({MODULE: {"add": entry}}).splitlines()[2:] == [
        f"| {MODULE} | 10 | 4 | 1 | 2 | 3 | 66.7% | 50.0% |"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('f("two words")', 'f("XXtwo wordsXX")', True),
        ('f("Two words")', 'f("two words")', True),
        ('f("two words", "x")', 'f("two words", "X")', False),
        ('f("two words")', "f(None)", False),
        ('f("two words", 1)', 'f("TWO WORDS", 2)', False),
        ("f(f\"{row['a']} words\")", "f(f\"{row['A']} words\")", False),
        ('f("column")', 'f("XXcolumnXX")', False),
    ],
)
def test_prose_is_a_whole_literal_of_several_words(old: str, new: str, expected: bool) -> None:
    assert is_prose((f"- {old}", f"+ {new}")) is expected


def test_a_change_is_the_lines_that_differ() -> None:
    before = "def f():\n    x = 1\n    return x\n"
    assert change_of(before, before.replace("= 1", "= 2")) == ("- x = 1", "+ x = 2")


DECORATED = '''
class Box:
    @property
    def size(self):
        """How large it is."""
        return 3  # units

    @size.setter
    def size(self, value):
        raise ValueError

    @classmethod
    def of(cls):
        return cls()

@outer(1)
@inner
def doubled(number):
    return 2 * number

def outer(much):
    return lambda function: lambda number: function(number) + much
'''


def test_a_decorator_becomes_a_call_that_does_the_same() -> None:
    source = "inner = outer = lambda f: f\n" + DECORATED.replace("@outer(1)", "@outer")
    namespace: dict[str, object] = {}
    plain = undecorated(source)
    exec(plain, namespace)
    assert "@outer" not in plain
    assert "doubled = (inner)(doubled)\ndoubled = (outer)(doubled)" in plain
    assert "    size = (property)(size)\n" in plain
    assert "@classmethod" in plain
    assert namespace["doubled"](4) == 8  # type: ignore[operator]


def test_comments_docstrings_and_place_do_not_change_a_hash() -> None:
    before = digests(DECORATED)
    assert set(before) == {"Box.size", "Box.of", "doubled", "outer"}
    described = DECORATED.replace('"""How large it is."""', '"""Its size,\n        in units."""')
    assert digests("x = 1\n\n\n" + described.replace("  # units", "")) == before
    assert digests(DECORATED.replace("@outer(1)", "@outer(2)"))["doubled"] != before["doubled"]
    assert digests(DECORATED.replace("return 3", "return 4"))["Box.size"] != before["Box.size"]


def test_mutmuts_names_are_read_back() -> None:
    assert [mangled("add"), mangled("Box.size")] == ["x_add", "xǁBoxǁsize"]
    assert unmangled(f"{mangled('add')}__mutmut_12") == "add"
    assert unmangled(f"{mangled('Box.__call__')}__mutmut_orig") == "Box.__call__"


def test_every_mutated_module_has_tests_that_have_to_notice() -> None:
    modules = mutated_modules(ROOT)
    assert [module for module in modules if not noticing_tests(ROOT, module)] == []
    assert "reports/statistics/share.py" in modules


@pytest.fixture
def small_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of one module, whose test notices every mutant but one."""
    files = {
        "reports/__init__.py": "",
        "reports/core/__init__.py": "",
        MODULE: "import functools\n\n\n@functools.cache\ndef add(one, other):\n"
        "    return one + other\n\n\ndef zero(number):\n    return number * 0\n",
        "tests/__init__.py": "",
        "tests/mutation/__init__.py": "",
        "tests/mutation/plugin.py": Path(plugin.__file__).read_text(encoding="utf-8"),
        "tests/reports/__init__.py": "",
        "tests/reports/core/__init__.py": "",
        "tests/reports/core/test_small.py": "from reports.core.small import add, zero\n\n\n"
        "def test_add():\n    assert add(2, 3) == 5\n\n\ndef test_zero():\n    zero(1)\n",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-ra"\n'
        'asyncio_default_fixture_loop_scope = "function"\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(command, "REASONS", tmp_path / "survivors.toml")
    monkeypatch.setattr("tests.mutation.scope.MUTATED", ("reports/core",))
    return tmp_path


@pytest.mark.slow
def test_mutmut_mutates_decorated_functions_and_only_those_asked_for(small_tree: Path) -> None:
    found = measure(
        small_tree, MODULE, ["tests/reports/core/test_small.py"], functions=["add"], children=1
    )
    assert [(mutant.change, mutant.fate) for mutant in found.pop("add")] == [(CHANGE, KILLED)]
    assert found == {}


@pytest.mark.slow
def test_a_cache_hides_no_test_that_calls(small_tree: Path) -> None:
    tests = small_tree / "tests/reports/core/test_small.py"
    first = "add(2, 3)  # before any test\n\n\ndef test_adds():\n    add(2, 3)\n\n\ndef test_add"
    tests.write_text(tests.read_text().replace("def test_add", first))
    found = measure(
        small_tree, MODULE, [tests.relative_to(small_tree).as_posix()], functions=["add"]
    )
    assert [mutant.fate for mutant in found["add"]] == [KILLED]


@pytest.mark.slow
def test_the_check_measures_what_changed_and_fails_until_it_is_explained(
    small_tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([]) == 1
    out = capsys.readouterr().out
    assert f"{MODULE}: 2 functions, 3 mutants, 1 survive" in out
    assert "`return number * 0` → `return number / 0`" not in out  # an error: a test notices it
    assert "`return number * 0` → `return number * 1`" in out

    assert command.main([]) == 1
    assert "2 functions" not in (again := capsys.readouterr().out).partition("mutation:")[0], again

    command.main(["explain"])
    text = capsys.readouterr().out.replace('reason = ""', 'reason = "the test does not look"')
    (small_tree / "survivors.toml").write_text(text, encoding="utf-8")
    assert command.main([]) == 0

    tests = small_tree / "tests/reports/core/test_small.py"
    text = tests.read_text()
    tests.write_text(text.replace("zero(1)", "assert zero(1) == 1"))
    assert command.main(["again", "reports"]) == 4
    assert f"{MODULE}: not measured: its tests do not pass unmutated" in capsys.readouterr().out
    tests.write_text(text.replace("zero(1)", "assert zero(1) == 0"))
    assert command.main(["again", "reports"]) == 1
    out = capsys.readouterr().out
    assert f"{MODULE}: 0 of 1 still survive" in out
    assert "which is killed now" in out
    assert command.main(["all", "reports"]) == 1
    assert "which is killed now" in capsys.readouterr().out


def test_without_mutmut_the_check_says_what_it_could_not_do(
    small_tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.mutation.measure.is_installed", lambda: False)
    assert command.main([]) == 4
    out = capsys.readouterr().out
    assert "2 functions have changed since they were mutated, and mutmut is" in out
    assert f"{MODULE}: add, zero" in out


def test_show_prints_a_survivor(small_tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = a_record(SURVIVED)
    save(record, small_tree / "record.json")
    [key] = record[MODULE]["add"].survivors
    assert command.main(["show", key]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{MODULE} add",
        *CHANGE,
        "tests: tests/reports/core/test_small.py",
    ]
    assert command.main(["show", "unknown"]) == 2


def test_our_record_is_whole() -> None:
    """Every entry of the record belongs to a module that is mutated, every reason to a survivor."""
    record = load(command.RECORD)
    assert set(record) <= set(mutated_modules(ROOT))
    assert all(entry.killed >= 0 for one in record.values() for entry in one.values())
    entry = replace(Measured(hash=""), mutants=1)
    assert entry.killed == 1
