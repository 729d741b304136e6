"""CI files for others to copy: the hosts' own linters take them, and the harness its commands."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from harness.compose.scheduling.rotation import EVIDENCE_FILE
from harness.setup import find_part
from servers.ingest import __main__ as ingest
from servers.queue import command as queue
from servers.topology.scaled.pgbouncer import POOL_SIZE, SERVER_CONNECTIONS_MAX
from tests import ROOT
from tests.documents.quoted import mistake_in, quoted_in_shell

CI = ROOT / "ci"
FILES = sorted(path for path in CI.rglob("*") if path.is_file())
WORKFLOWS = sorted((CI / "github").glob("*.yml"))
OPERATOR = CI / "kubernetes" / "locust-operator.yaml"
MANIFESTS = sorted(set((CI / "kubernetes").glob("*.yaml")) - {OPERATOR})
GITLAB = sorted((CI / "gitlab").glob("*.yml"))
_JENKINS_SHELL = re.compile(r"\bsh (?:\'\'\'(.*?)\'\'\'|'([^'\n]+)')", re.DOTALL)
FULL = {
    "compose": CI / "container" / "full.yaml",
    "kubernetes": CI / "kubernetes" / "full.yaml",
}
COMPOSED = sorted((CI / "container").glob("*.yaml"))
CHECKS_BIN = ROOT / "build" / "checks" / "bin"


def tool(name: str) -> str:
    """The linter of a host, from PATH or from where `make check-ci` puts it."""
    found = shutil.which(name) or shutil.which(name, path=CHECKS_BIN)
    if found is None:
        pytest.skip(f"{name} is not installed; fix: make check-ci")
    return found


def linted(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def name_of(path: Path) -> str:
    return str(path.relative_to(CI))


def scripts(value: Any) -> Iterator[str]:
    """Every text in a YAML file; those that are shell scripts are among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from started(value)
        for one in value.values():
            yield from scripts(one)
    elif isinstance(value, list):
        for one in value:
            yield from scripts(one)


def started(container: dict[str, Any]) -> Iterator[str]:
    """What a container starts: a pod's arguments, a service's command."""
    if container.get("command") == ["harness"]:
        yield shlex.join(["harness", *container["args"]])
    elif container.get("image") == "impression-harness" and "command" in container:
        yield f"harness {container['command']}"


def commands(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yml", ".yaml"):
        parts = [part for one in documents(path) for part in scripts(one)]
    elif path.name == "Jenkinsfile":
        parts = [long or short for long, short in _JENKINS_SHELL.findall(text)]
    else:
        parts = [text]
    return [line for part in parts for line in quoted_in_shell(part)]


def documents(path: Path) -> list[Any]:
    return list(yaml.load_all(path.read_text(encoding="utf-8"), _Loader))


class _Loader(yaml.SafeLoader):
    """Reads GitLab's `!reference` as the list that it is."""


_Loader.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))


@pytest.mark.slow
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=name_of)
def test_github_takes_the_workflow(workflow: Path) -> None:
    linted(tool("actionlint"), "-shellcheck=", str(workflow))
    linted(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(workflow))


@pytest.mark.slow
@pytest.mark.parametrize("pipeline", GITLAB, ids=name_of)
def test_gitlab_takes_the_pipeline(pipeline: Path) -> None:
    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    linted(tool("check-jsonschema"), *schema, str(pipeline))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=name_of)
def test_a_workflow_may_write_nothing_but_a_comment_and_keeps_no_login(workflow: Path) -> None:
    read = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert read["permissions"] == {"contents": "read"}
    for name, job in read["jobs"].items():
        allowed = job.get("permissions", {})
        assert set(allowed) <= {"pull-requests"}, name
        steps = job["steps"]
        checkouts = [s for s in steps if s.get("uses", "").startswith("actions/checkout")]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)
        assert not (allowed and checkouts), f"{name} may write and runs what it checks out"
        assert "timeout-minutes" in job
    # What a pull request can name reaches a shell as a variable, never as a part of a script.
    runs = [step["run"] for job in read["jobs"].values() for step in job["steps"] if "run" in step]
    assert not [run for run in runs if "${{" in run]


@pytest.mark.slow
@pytest.mark.parametrize("manifest", MANIFESTS, ids=name_of)
def test_kubernetes_takes_the_manifest(manifest: Path) -> None:
    linted(tool("kubernetes-validate"), "--strict", str(manifest))


@pytest.mark.slow
@pytest.mark.parametrize("file", COMPOSED, ids=name_of)
def test_compose_takes_the_file(file: Path) -> None:
    linted(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(file))


def configurations(suffix: str) -> dict[str, str]:
    """What the files of the topology `full` give to an engine, by the host that they are for."""
    [composed] = documents(FULL["compose"])
    maps = [one["data"] for one in documents(FULL["kubernetes"]) if one["kind"] == "ConfigMap"]
    found = {name: text for one in maps for name, text in one.items() if name.endswith(suffix)}
    for service in composed["services"].values():
        for used in service.get("configs", ()):
            if used["target"].endswith(suffix):
                found["compose"] = composed["configs"][used["source"]]["content"]
    return found


@pytest.mark.slow
def test_haproxy_takes_its_configurations(tmp_path: Path) -> None:
    haproxy = find_part("haproxy")
    if haproxy is None:
        pytest.skip("no HAProxy; `harness setup --only haproxy` brings it")
    found = configurations("haproxy.cfg")
    assert len(found) == 2
    for text in found.values():
        file = tmp_path / "haproxy.cfg"
        file.write_text(text, encoding="utf-8")
        linted(str(haproxy), "-c", "-f", str(file))


def test_both_poolers_have_the_limits_of_the_one_that_was_tried() -> None:
    found = configurations("pgbouncer.ini")
    assert len(found) == 2
    wanted = {
        "pool_mode": "transaction",
        "default_pool_size": str(POOL_SIZE),
        "max_db_connections": str(SERVER_CONNECTIONS_MAX),
    }
    for text in found.values():
        read = configparser.ConfigParser(interpolation=None)
        read.read_string(text)
        assert {name: read["pgbouncer"][name] for name in wanted} == wanted


def started_modules() -> Iterator[tuple[str, list[str]]]:
    """Each program of ours that the files of `full` start, with its arguments."""
    [composed] = documents(FULL["compose"])
    for service in composed["services"].values():
        if service["image"] == "impression-server":
            yield service["command"][0], service["command"][1:]
    for pod in pods().values():
        for one in pod["containers"]:
            if one["image"].endswith("/impression-server"):
                yield one["args"][0], one["args"][1:]


def test_the_servers_take_every_option_of_the_files() -> None:
    parsers = {"servers.ingest": ingest._parser(), "servers.queue": queue._parser()}
    started = list(started_modules())
    assert sorted(module for module, _ in started) == [
        *("servers.ingest", "servers.ingest", "servers.queue", "servers.queue"),
    ]
    for module, arguments in started:
        parsers[module].parse_args(arguments)


def test_the_locust_operator_takes_the_manifest() -> None:
    """The operator's own definition is not here: these are its fields that the manifest uses."""
    text = {"type": "string", "minLength": 1}
    resources = {
        "type": "object",
        "properties": {name: {"type": "object"} for name in ("requests", "limits")},
        "additionalProperties": False,
    }
    spec = closed(
        image=text,
        workers={"type": "integer", "minimum": 1},
        args=text,
        locustfile=closed(content=text),
        worker=closed(resources=resources),
    )
    whole = closed(
        apiVersion={"const": "locust.cloud/v1"},
        kind={"const": "LocustTest"},
        metadata=closed(name=text),
        spec=spec,
    )
    [manifest] = documents(OPERATOR)
    jsonschema_rs.validate(whole, manifest)


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


IMAGES = {"haproxy": 99, "postgres": 999, "rabbitmq": 999}
"""Images of others → the user in them."""


def pods() -> dict[str, dict[str, Any]]:
    found = {}
    for path in MANIFESTS:
        for one in documents(path):
            spec = one.get("spec", {})
            spec = spec["jobTemplate"]["spec"] if one["kind"] == "CronJob" else spec
            if "template" in spec:
                found[one["metadata"]["name"]] = spec["template"]["spec"]
    return found


@pytest.mark.parametrize("name", pods())
def test_a_pod_runs_as_the_user_of_the_image_and_asks_for_its_share(name: str) -> None:
    pod = pods()[name]
    user = pod["securityContext"]["runAsUser"]
    other = IMAGES.get(pod["containers"][0]["image"].partition(":")[0])
    image = (CI / "container" / "Containerfile").read_text(encoding="utf-8")
    assert f"\nUSER {user}:" in image if other is None else user == other
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert all("requests" in one["resources"] for one in pod["containers"])


def test_the_image_has_all_that_the_package_holds_and_ends_as_no_root() -> None:
    lines = (CI / "container" / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    needed = {name.removesuffix("*") for name in packages}
    needed |= {"requirements.lock", "pyproject.toml", project["project"]["readme"], "tools"}
    assert needed <= copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert not users[-1].startswith(("0", "root"))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_harness_takes_every_command_of_the_file(path: Path) -> None:
    mistakes = {line: mistake_in(line) for line in commands(path)}
    assert {line: wrong for line, wrong in mistakes.items() if wrong} == {}


def test_the_files_start_the_harness() -> None:
    starting = {path.parent.name for path in FILES if commands(path)}
    assert starting == {"github", "gitlab", "jenkins", "container", "kubernetes"}


def test_every_shard_knows_when_a_cell_was_last_decided() -> None:
    """Without it a budget would leave out the same cells every night."""
    sharded = [path for path in FILES if "--shard" in path.read_text(encoding="utf-8")]
    assert {path.parent.name for path in sharded} == {"github", "gitlab", "kubernetes"}
    for path in sharded:
        before, _, _ = path.read_text(encoding="utf-8").partition("--shard")
        assert EVIDENCE_FILE in before, name_of(path)


def test_every_file_says_where_to_read_about_it() -> None:
    assert [
        name_of(path)
        for path in FILES
        if not re.search(r"docs/(ci|containers)\.md", path.read_text())
    ] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("harness run steady_load --seed 7 | tee log", ""),
        ("harness rnu", "rnu"),
        ("harness run --sede 7", "--sede"),
        ("harness run --arrivals never", "never"),
        ("harness run -n two", "two"),
        ("harness run --suite", "requires an argument"),
        ("harness run --suite …", ""),
        ("harness experiment --resume runs/latest", ""),
        ("harness --debug report runs/latest", ""),
    ],
)
def test_a_command_that_the_harness_would_refuse_is_found(line: str, wrong: str) -> None:
    found = mistake_in(line)
    assert wrong in found
    assert bool(wrong) == bool(found)


def test_commands_are_found_in_scripts() -> None:
    script = "set -e\nA=1 .venv/bin/harness list \\\n  --json > x\n# harness no\necho harness\n"
    assert [line.split() for line in quoted_in_shell(script)] == [
        ["harness", "list", "--json", ">", "x"]
    ]
