"""Steps of the CI files that hand reports to a host, run as the host runs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from reports.pages.publish import publish
from tests import ROOT
from tests.reports.histories import lost_acked
from tests.reports.ledgers import HandWritten, healthy

CI = ROOT / "ci"
WORKFLOW = CI / "github" / "impressions-pull-request.yml"


def step(job: str, name: str) -> str:
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    [found] = [one["run"] for one in jobs[job]["steps"] if one["name"].startswith(name)]
    assert isinstance(found, str)
    return found


def suite(place: Path, ledger: HandWritten) -> Path:
    """A folder of runs with one that was judged, and the link to it."""
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    directory = place / "runs" / "one"
    directory.mkdir(parents=True)
    publish(ledger.write(directory))
    (place / "runs" / "latest").symlink_to("one")
    return directory


def run(script: str, place: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does: bash, the first failing command ends it."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), **variables}
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def shown(place: Path) -> tuple[str, str]:
    """What the step about the verdict prints, and the job's page."""
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed; fix: apt-get install jq")
    summary = place / "summary"
    done = run(step("smoke", "Show the verdict"), place, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0, done.stderr
    return done.stdout, summary.read_text(encoding="utf-8")


def test_a_failure_is_one_annotation_and_the_summary(tmp_path: Path) -> None:
    suite(tmp_path, lost_acked())
    printed, page = shown(tmp_path)
    assert re.fullmatch(r"::error title=impressions: fail::1 of 1 cells failed: .*\n", printed)
    assert page.startswith("## ✗ fail: 1 of 1 cells failed")
    with tarfile.open(tmp_path / "impressions.tar.gz") as packed:
        assert "one/run.json" in packed.getnames()


def test_a_pass_has_no_annotation(tmp_path: Path) -> None:
    suite(tmp_path, healthy())
    printed, page = shown(tmp_path)
    assert printed == ""
    assert page.startswith("## ✓ pass")


def test_a_suite_that_left_nothing_does_not_look_like_one_that_passed(tmp_path: Path) -> None:
    _, page = shown(tmp_path)
    assert "left no verdict" in page


@pytest.mark.parametrize("there", ["", "https://api.github.com/repos/a/b/issues/comments/7"])
def test_a_comment_is_written_once_and_changed_from_then_on(tmp_path: Path, there: str) -> None:
    fake = tmp_path / "bin" / "gh"
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/sh\necho "$*" >> calls\ncase "$*" in *--paginate*) printf "%s" "$THERE" ;; esac\n'
    )
    fake.chmod(0o755)
    (tmp_path / "comment.md").write_text("## ✓ pass\n")
    path = f"{fake.parent}:{os.environ['PATH']}"
    comments = "repos/a/b/issues/1/comments"
    done = run(
        step("comment", "Write the comment"), tmp_path, PATH=path, COMMENTS=comments, THERE=there
    )
    assert done.returncode == 0, done.stderr
    asked, written = (tmp_path / "calls").read_text().splitlines()
    assert asked.startswith(f"api --paginate {comments}")
    method, place = ("PATCH", there) if there else ("POST", comments)
    assert written == f"api --method {method} {place} -F body=@body.md --silent"
    assert (tmp_path / "body.md").read_text() == "<!-- impressions -->\n## ✓ pass\n"


def gitlab() -> str:
    read: dict[str, Any] = yaml.load(
        (CI / "gitlab" / "impressions.gitlab-ci.yml").read_text().replace("!reference ", ""),
        yaml.SafeLoader,
    )
    return "\n".join(read[".impressions-reports"]["after_script"])


def jenkins() -> str:
    post = (CI / "jenkins" / "Jenkinsfile").read_text().partition("post {")[2]
    found = re.search(r"sh '''(.*?)'''", post, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("script", [gitlab, jenkins])
def test_every_result_is_handed_over_once(tmp_path: Path, script: Any) -> None:
    suite(tmp_path, lost_acked())
    done = run(script(), tmp_path)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "impressions").iterdir()}
    assert {"junit.xml", "ctrf.json", "verdict.json", "comment.md", "report.html"} <= names
    assert not (tmp_path / "runs" / "latest").is_symlink()
    assert len(list((tmp_path / "runs").glob("*/junit.xml"))) == 1
