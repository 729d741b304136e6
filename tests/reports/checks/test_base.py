"""Registering checks, and the form of their findings."""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from msgspec.structs import replace

from harness.ledger.kinds import SERVER, WITNESSES
from harness.target.capabilities import EVERYTHING, Capability
from reports.checks import ALWAYS, CHECKS, base
from reports.checks.base import Figures, always_applies, check, collect, no_evidence
from reports.evidence.evidence import EVERY_WITNESS, Evidence
from reports.verdict.verdict import Finding, Verdict
from tests import ROOT
from tests.reports.checks.cases import cases_of, missing_cases, module_with_cases, passes_on_nothing
from tests.reports.checks.findings import facts_of, recorded, without_a_case
from tests.reports.histories import duplicate_stored, shown_only
from tests.reports.ledgers import HandWritten, evidence_of, find, healthy

A_CHECK = """
from reports.checks.base import check, no_evidence

@check({options})
def {name}(evidence):
    return no_evidence("nothing")
"""


def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> ModuleType:
    """Return a package whose one folder holds these modules."""
    root = tmp_path / "planted"
    folder = root / "subject"
    folder.mkdir(parents=True)
    for directory in (root, folder):
        (directory / "__init__.py").touch()
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    name = f"planted_{tmp_path.name}"
    root.rename(tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


def test_a_decorated_function_of_any_module_is_a_check_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (
        A_CHECK.format(name="one", options="always=True"),
        A_CHECK.format(name="other", options=""),
    )
    found = collect(planted(tmp_path, monkeypatch, a=one, b=other))
    assert {name: check.always for name, check in found.items()} == {"one": True, "other": False}


def test_two_checks_of_one_name_are_an_error_that_names_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = A_CHECK.format(name="same", options="")
    package = planted(tmp_path, monkeypatch, a=source, b=source)
    with pytest.raises(ValueError, match=r"two checks are named same, in \S+\.a and in \S+\.b"):
        collect(package)


def test_a_module_that_registers_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports_one = "from reports.checks.delivery.rows import nothing_lost"
    package = planted(tmp_path, monkeypatch, helpers=imports_one)
    with pytest.raises(ValueError, match=r"\.helpers registers no check: decorate"):
        collect(package)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_check_has_a_ledger_for_each_verdict(name: str) -> None:
    missing = missing_cases(CHECKS[name])
    assert not missing, "\n".join(missing)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float | None], Evidence]:
    """The evidence of a ledger without a row by when it calls a row late, read once each."""

    @functools.cache
    def evidence(late_after_s: float | None) -> Evidence:
        return evidence_of(HandWritten(), tmp_path_factory.mktemp("empty"), late_after_s)

    return evidence


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_no_check_decides_an_empty_ledger(
    name: str, empty: Callable[[float | None], Evidence]
) -> None:
    wrong = passes_on_nothing(CHECKS[name], empty)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name", [name for name, one in CHECKS.items() if one.applies is not always_applies]
)
def test_a_check_that_need_not_apply_is_silent_about_an_empty_ledger(
    name: str, empty: Callable[[float | None], Evidence]
) -> None:
    assert not CHECKS[name].applies(empty(None))


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_failure_stands_without_the_witnesses_that_it_does_not_rest_on(
    tmp_path: Path, name: str
) -> None:
    """So that it may be believed where one of them is damaged."""
    check = CHECKS[name]
    failing = [case for case in cases_of(check) if case.verdict is Verdict.FAIL]
    for number, case in enumerate(failing):
        ledger = case.ledger()
        for witness in EVERY_WITNESS - check.rests_on:
            if witness in ledger.rows:
                ledger.rows[witness].clear()
            else:
                ledger.receipts.clear()
        found = find(name, ledger, tmp_path / str(number), **case.parameters)
        assert found.verdict is Verdict.FAIL, f"{case}: {found.summary}"


def test_every_module_of_cases_runs_them() -> None:
    for module in {module_with_cases(one) for one in CHECKS.values() if cases_of(one)}:
        assert hasattr(importlib.import_module(module), "test_each_case"), (
            f"{module} lists CASES and does not run them: "
            "add test_each_case = every_case_holds(CASES)"
        )


def test_every_recorded_finding_has_its_case() -> None:
    assert without_a_case() == [], "python -m tests.reports.checks.findings leaves them out"


def test_a_case_that_finds_another_figure_than_was_recorded_fails(tmp_path: Path) -> None:
    [case] = [one for one in cases_of(CHECKS["nothing_twice"]) if one.name == "two_rows"]
    found = facts_of(case.finding(tmp_path))
    assert found == recorded("nothing_twice", "two_rows")
    assert found["n"] == 2
    assert found["examples"] == ["ann/b"]
    assert recorded("nothing_twice", "three_rows") is None
    other = replace(case.finding(tmp_path), n=3)
    assert facts_of(other) != found


def test_the_message_for_missing_cases_names_what_to_add_where() -> None:
    missing = missing_cases(rows_are_few)
    where = "tests/tests/reports/checks/test_test_base.py"
    assert missing == [
        f"rows_are_few has no ledger that it passes on: add a case with PASS to CASES in {where}",
        f"rows_are_few has no ledger that it cannot decide: "
        f"add a case with UNKNOWN to CASES in {where}",
        f"rows_are_few has no ledger that it fails on: add a case with FAIL to CASES in {where}, "
        "or name it in NEVER_FAILS there with the reason why it can only be undecided",
    ]


def test_the_checks_that_always_judge_are_registered_so() -> None:
    assert "witnesses_whole" in ALWAYS
    assert all(CHECKS[name].always for name in ALWAYS)
    instruments = [CHECKS[name].instrument for name in ALWAYS]
    assert instruments == sorted(instruments, reverse=True), "those of the harness come first"


def test_where_a_check_has_nothing_to_compare_it_judges_only_when_it_is_asked(
    tmp_path: Path,
) -> None:
    @check(needs={Capability.DATABASE}, always=True, applies=lambda one: len(one.ledger.load) > 0)
    def load_was_sent(evidence: Evidence) -> Finding:
        """Something was sent."""
        return no_evidence("nothing was sent")

    idle, loaded = evidence_of(healthy(), tmp_path / "idle"), healthy().sent(2.0)
    assert not load_was_sent.judges(idle)
    assert load_was_sent.judges(evidence_of(loaded, tmp_path / "loaded"))
    loaded.capabilities = ["receipts"]
    assert not load_was_sent.judges(evidence_of(loaded, tmp_path / "without a database"))
    assert load_was_sent(idle).verdict is Verdict.UNKNOWN


@check(needs={Capability.DATABASE})
def rows_are_few(evidence: Evidence, *, most: float) -> Finding:
    """At most ``most`` rows are stored."""
    rows = len(evidence.fates.impressions)
    figures = Figures(measured=rows, target=most, unit="rows", n=rows)
    if rows > most:
        return figures.failed(f"{rows} rows", examples=[str(number) for number in range(20)])
    return figures.passed(f"{rows} rows")


def test_the_documented_check_is_a_check(tmp_path: Path) -> None:
    _, _, example = (inspect.getdoc(check) or "").partition("::\n\n")
    source = textwrap.dedent(example.partition("\n\n``needs``")[0])
    namespace = dict(vars(base))
    exec(source, namespace)
    few_copies = namespace["few_copies"]
    verdicts = {
        make.__name__: few_copies(evidence_of(make(), tmp_path / make.__name__), rows=1).verdict
        for make in (healthy, duplicate_stored, shown_only)
    }
    assert verdicts == {
        "healthy": Verdict.PASS,
        "duplicate_stored": Verdict.FAIL,
        "shown_only": Verdict.UNKNOWN,
    }


def test_a_finding_carries_the_checks_name_and_the_figures(tmp_path: Path) -> None:
    assert rows_are_few(evidence_of(healthy(), tmp_path), most=2) == Finding(
        check="rows_are_few",
        verdict=Verdict.PASS,
        summary="2 rows",
        measured=2.0,
        target=2.0,
        unit="rows",
        n=2,
    )


def test_a_finding_names_eight_offenders_at_most(tmp_path: Path) -> None:
    finding = rows_are_few(evidence_of(healthy(), tmp_path), most=1)
    assert finding.examples == tuple("01234567")


def test_nothing_to_judge_is_undecided_and_counts_nothing() -> None:
    finding = no_evidence("nothing was shown")
    assert (finding.verdict, finding.n, finding.measured) == (Verdict.UNKNOWN, 0, None)


def test_a_check_knows_its_parameters() -> None:
    assert rows_are_few.parameters == ("most",)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Capability], Evidence]:
    """The evidence of a sound run whose target lacks a capability, written and read once each."""

    @functools.cache
    def evidence(capability: Capability) -> Evidence:
        ledger = healthy()
        ledger.capabilities = [one.key for one in EVERYTHING - {capability}]
        return evidence_of(ledger, tmp_path_factory.mktemp("without"))

    return evidence


NEEDED = [(name, one) for name in sorted(CHECKS) for one in sorted(CHECKS[name].needs, key=str)]


@pytest.mark.parametrize(("name", "needed"), NEEDED, ids=lambda value: getattr(value, "key", value))
def test_without_a_capability_that_it_needs_a_check_is_unsupported(
    name: str, needed: Capability, without: Callable[[Capability], Evidence]
) -> None:
    """Whatever the ledger holds: the rule itself is not applied."""
    finding = CHECKS[name](without(needed))
    assert finding.verdict is Verdict.NOT_RUN
    assert finding.summary == f"unsupported: the target does not offer {needed.value}"


def test_a_run_that_records_no_capabilities_had_a_target_that_offers_everything(
    tmp_path: Path,
) -> None:
    evidence = evidence_of(healthy(), tmp_path)
    assert evidence.capabilities == EVERYTHING


PAGE = (ROOT / "docs" / "witness-pairs.md").read_text(encoding="utf-8")
COMPARED, _, REST = PAGE.partition("## Pairs with nothing in common")
APART, _, ALONE = REST.partition("## One witness alone")


def rows_of(text: str) -> list[list[str]]:
    """The cells of every row of the first table, its head left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def pairs_of(rows: list[list[str]], first: int) -> set[frozenset[str]]:
    return {frozenset(row[first : first + 2]) for row in rows}


def test_every_pair_of_witnesses_is_compared_or_has_nothing_in_common() -> None:
    names = [*WITNESSES, SERVER.name]
    every = {frozenset(pair) for pair in itertools.combinations(names, 2)}
    compared, apart = pairs_of(rows_of(COMPARED), 1), pairs_of(rows_of(APART), 0)
    compared = {pair for pair in compared if len(pair) > 1}  # else a witness and itself
    assert compared | apart == every
    assert not compared & apart


def test_every_check_that_is_named_exists_and_is_bold_if_it_judges_every_run() -> None:
    named = [
        (name, bold)
        for row in rows_of(COMPARED)
        for bold, name in re.findall(r"(\*\*)?`(\w+)`", row[3])
    ]
    assert named
    assert {name for name, _ in named} <= set(CHECKS)
    assert [name for name, bold in named if bool(bold) != (name in ALWAYS)] == []


def test_every_check_that_judges_every_run_is_in_the_table() -> None:
    named = {name for row in rows_of(COMPARED) for name in re.findall(r"`(\w+)`", row[3])}
    alone = {name for row in rows_of(ALONE) for name in re.findall(r"`(\w+)`", row[2])}
    assert set(ALWAYS) <= named | alone
