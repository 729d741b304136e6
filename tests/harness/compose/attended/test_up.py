"""What `harness up` refuses before it starts anything."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.compose import monitoring
from harness.compose.attended import up
from harness.compose.targets import topologies
from harness.core.errors import ExitCode, MissingPart, PartDied, UsageError
from harness.process.owners import Death
from harness.target.system import system_named
from harness.target.target import Target
from servers.topology.single import StackOptions


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is taken"):
            up.stack_options(Target(), port=port, database_url=None, network="open")


def test_a_slow_line_needs_toxiproxy_and_an_open_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(up, "find_toxiproxy", lambda: None)
    with pytest.raises(MissingPart, match="needs Toxiproxy"):
        up.stack_options(Target(), port=0, database_url=None, network="slow-3g")
    options = up.stack_options(Target(), port=0, database_url="postgresql://x/y", network="open")
    assert options.database_url == "postgresql://x/y"


def test_a_lossy_line_is_not_offered_because_toxiproxy_cannot_make_it() -> None:
    assert up.LINES[0] == up.OPEN
    assert "slow-3g" in up.LINES
    assert "lossy" not in up.LINES


def test_monitoring_needs_both_programs_and_a_server_that_keeps_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = {"prometheus": Path("/x/prometheus")}
    monkeypatch.setattr(monitoring, "find_part", parts.get)
    with pytest.raises(MissingPart, match="Prometheus and Alertmanager") as caught:
        up.stack_options(Target(), port=0, database_url="x", network="open", monitoring=True)
    assert "--only prometheus --only alertmanager" in str(caught.value.hint)
    parts["alertmanager"] = Path("/x/alertmanager")
    options = up.stack_options(Target(), port=0, database_url="x", network="open", monitoring=True)
    assert options.monitoring is not None
    assert options.server_arguments == ("--improvement", "rollups")
    plain = up.stack_options(Target(), port=0, database_url="x", network="open")
    assert (plain.monitoring, plain.server_arguments) == (None, ())
    theirs = Target(server_module="mine.server")
    options = up.stack_options(theirs, port=0, database_url="x", network="open", monitoring=True)
    assert options.server_arguments == ()


def test_workers_have_the_server_order_artworks_and_show_their_metrics() -> None:
    options = up.stack_options(Target(), port=0, database_url="x", network="open", workers=2)
    assert options.server_arguments == ("--improvement", "predictive_pool")
    assert (options.workers.count, options.workers.metrics) == (2, True)
    theirs = Target(server_module="mine.server")
    with pytest.raises(UsageError, match="--workers work for the reference server alone"):
        up.stack_options(theirs, port=0, database_url="x", network="open", workers=1)


class _Child:
    """A stack whose part dies: what ``stay_up`` asks of the owner of processes."""

    def __init__(self, *deaths: Death) -> None:
        self._deaths = deaths

    def deaths(self) -> dict[int, Death]:
        return dict(enumerate(self._deaths))

    def scratch(self, purpose: str) -> Path:
        return Path()


class _Stack:
    direct_url, front_url, toxiproxy_api, dsn = "http://127.0.0.1:1", None, None, "host=x"
    metrics_url = "http://127.0.0.1:1/metrics"
    workers = (SimpleNamespace(metrics_url="http://x:4/metrics"),)
    balancer_socket = Path("/x/admin")
    server_urls, pooler_console = ("http://x:5", "http://x:6"), "postgresql://console@x/pgbouncer"
    replica_dsn = "postgresql://postgres@x:7/views"
    engines = SimpleNamespace(
        shards=SimpleNamespace(
            dsns=("postgresql://x:8/views", "postgresql://x:9/views"), mover=("python", "a b")
        )
    )
    queue = SimpleNamespace(broker=SimpleNamespace(address=("x", 8), metrics_url="http://x:9/m"))
    monitoring = SimpleNamespace(
        prometheus_url="http://x:2",
        alerts_page="http://x:2/alerts",
        notifications_url="http://x:3/alerts",
    )

    def __init__(self, *arguments: object) -> None:
        pass

    async def __aenter__(self) -> _Stack:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


def test_a_part_that_dies_ends_it_with_the_part_s_last_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(up, "Stack", _Stack)
    announced: list[list[str]] = []
    died = _Child(Death(name="postgres", exit_code=-9, last_words="disk gone"))
    page = system_named(Target().system).page
    options = up.stack_options(Target(), port=0, database_url="postgresql://x/y", network="open")
    with pytest.raises(PartDied) as caught:
        asyncio.run(up.stay_up(options, page, died, "open", announced.append))  # type: ignore[arg-type]
    assert caught.value.exit_code is ExitCode.HARNESS
    assert "the target's PostgreSQL ended by itself (killed by SIGKILL)" in caught.value.line
    assert "disk gone" in caught.value.line
    assert len(announced) == 1
    assert announced[0][-15:-10] == [
        "prometheus http://x:2",
        "alerts    http://x:2/alerts",
        "notifications http://x:3/alerts",
        "metrics   http://127.0.0.1:1/metrics",
        "worker 1  http://x:4/metrics",
    ]
    for line, name in zip(announced[0][-10:-8], ("now", "trends"), strict=True):
        assert Path(line.removeprefix("Grafana").strip()).name == f"impressions-{name}.json"
        assert Path(line.removeprefix("Grafana").strip()).is_file()
    assert announced[0][-8:] == [
        "balancer  /x/admin",
        "servers   http://x:5 http://x:6",
        "pooler    postgresql://console@x/pgbouncer",
        "replica   postgresql://postgres@x:7/views",
        "shards    postgresql://x:8/views postgresql://x:9/views",
        "mover     python 'a b'",
        "broker    x:8",
        "counts    http://x:9/m",
    ]


def test_a_topology_is_started_and_not_watched_through_its_balancer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {name: Path(f"/x/{name}") for name in ("haproxy", "prometheus", "alertmanager")}
    monkeypatch.setattr(topologies, "find_part", found.get)
    monkeypatch.setattr(monitoring, "find_part", found.get)
    given = {"port": 0, "database_url": None, "network": "open"}
    options = up.stack_options(Target(), topology="balanced", **given)  # type: ignore[arg-type]
    assert (options.topology.servers, options.topology.haproxy) == (2, Path("/x/haproxy"))
    with pytest.raises(UsageError, match="each time another server"):
        up.stack_options(Target(), topology="balanced", monitoring=True, **given)  # type: ignore[arg-type]


def test_the_product_is_there_where_it_is_asked_for_and_the_reference_servers_alone() -> None:
    options = up.stack_options(Target(), port=0, database_url="x", network="open", product=True)
    assert options.server_arguments[:2] == ("--improvement", "product")
    plain = up.stack_options(Target(), port=0, database_url="x", network="open")
    assert plain.server_arguments == ()
    theirs = Target(server_module="mine.server")
    with pytest.raises(UsageError, match="only the reference server has the product"):
        up.stack_options(theirs, port=0, database_url="x", network="open", product=True)


def _with_product() -> StackOptions:
    return up.stack_options(
        Target(), port=0, database_url="postgresql://x/y", network="open", product=True
    )


def test_the_product_has_the_dashboard_which_only_the_callers_secret_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "a secret of sixteen or more"
    monkeypatch.delenv("INGEST_ADMIN_SECRET", raising=False)
    closed = _with_product()
    assert closed.server_arguments == ("--improvement", "product", "--improvement", "admin")
    assert closed.server_env == {}
    assert up._product(closed)["dashboard"].startswith("no admin can sign in: set INGEST_ADMIN")
    monkeypatch.setenv("INGEST_ADMIN_SECRET", secret)
    opened = _with_product()
    assert opened.server_env == {"INGEST_ADMIN_SECRET": secret}
    assert secret not in repr(opened)
    assert up._product(opened)["dashboard"] == "/admin/impressions"
    monkeypatch.setenv("INGEST_ADMIN_SECRET", "short")
    with pytest.raises(UsageError, match="fewer than 16 characters"):
        _with_product()
