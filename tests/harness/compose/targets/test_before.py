"""Before a run: what planning knows of a target, what a user sees, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from harness.compose.targets.before import before_sending, offer_of, refuse_batches
from harness.core.environment import TARGET_SECRETS_VARIABLE
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell
from harness.setup.machine import ThisMachine
from harness.target.capabilities import Capability
from harness.target.target import Target, load_target
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import REFERENCE_OFFER, PlanRequest, TargetOffer, load_catalogue
from tests import ROOT
from tests.harness.described_files import SECRETS, SMALL, written
from tests.harness.target.client.facts import client_facts, client_file

SQLITE = ROOT / "examples" / "sqlite" / "target.toml"
LIMITS = {"rate_max": 5.0, "duration_max_s": 120.0}


def cells(*names: str, offer: TargetOffer = REFERENCE_OFFER) -> dict[str, PlannedCell]:
    levels = {"preset": ("roadmap",)} if "beacon_500" in names else {}
    request = PlanRequest(names=names, levels=levels, seeds=(1,))
    found = plan(request, load_catalogue(tried=offer), ThisMachine())
    return {cell.plan.scenario: cell for cell in found}


def test_the_reference_alone_is_excused_for_what_its_recorder_loses() -> None:
    assert offer_of(Target()) is REFERENCE_OFFER
    other = offer_of(replace(Target(), server_module="tests.targets.no_insert"))
    assert other.offered is None
    assert cells("beacon_500")["beacon_500"].plan.expected is not None
    assert cells("beacon_500", offer=other)["beacon_500"].plan.expected is None


def test_what_a_described_system_cannot_be_asked_is_not_run_with_the_reason() -> None:
    offer = offer_of(load_target(SQLITE))
    assert offer.offered is not None
    assert Capability.RESTARTABLE_SERVER in offer.offered
    found = cells("beacon_500", "steady_load", "killed_server", "index_build", offer=offer)
    page = found["beacon_500"].not_run
    assert page is not None
    assert page.kind == "unsupported"
    assert page.reason == "the target does not offer a page that shows impressions"
    assert found["steady_load"].not_run is None
    assert found["killed_server"].not_run is None
    table = found["index_build"].not_run
    assert table is not None
    assert "a table that the harness may query" in table.reason


def test_a_client_is_tried_with_its_settings_and_offers_no_more_than_it_has(tmp_path: Path) -> None:
    file = client_file(tmp_path, client_facts())
    offer = offer_of(Target(system=f"client:{file}"))
    assert (offer.settings, offer.excuses_losses) == (("default", "reliable", "untouched"), False)
    request = PlanRequest(names=("browsers", "steady_load"), seeds=(1,))
    found = plan(request, load_catalogue(tried=offer), ThisMachine())
    presets = {cell.plan.arm.get("preset") for cell in found}
    assert presets == {"default", "reliable", None}
    unsupported = {
        cell.plan.scenario for cell in found if cell.not_run and cell.not_run.kind == "unsupported"
    }
    assert {"telemetry_metrics", "claimed_subject", "steady_load", "csp_block"} <= unsupported
    assert unsupported.isdisjoint({"first_visit", "answer_lost", "close_unanswered"})


def test_a_page_of_its_own_has_one_arm_whatever_presets_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a preset of the reference's recorder promises is asked of no other."""
    for name in ("DATABASE_URL", "READER_URL", "SESSION_SECRET"):
        monkeypatch.setenv(f"GALLERY_{name}", "host=x")
    offer = offer_of(load_target(ROOT / "examples" / "express" / "target.toml"))
    asked = ("pagehide_on_close", "idle_flush", "byte_measurement", "database_restart")
    request = PlanRequest(names=asked, levels={"browser": ("chromium",)}, seeds=(1,))
    found = plan(request, load_catalogue(tried=offer), ThisMachine())
    arms = {cell.plan.scenario: cell.plan.arm for cell in found}
    assert {arm["preset"] for arm in arms.values()} == {"own"}
    assert [cell.plan.scenario for cell in found].count("pagehide_on_close") == 1
    closing = next(cell for cell in found if cell.plan.scenario == "pagehide_on_close")
    assert closing.not_run is None
    assert closing.plan.expected is None
    names = {spec.name for spec in closing.plan.checks}
    assert "nothing_lost" in names
    assert "went_over" not in names
    reasons = {c.plan.scenario: c.not_run.reason for c in found if c.not_run}
    assert "a recorder whose rules are known" in reasons["idle_flush"]
    assert "ids that the harness makes up" in reasons["byte_measurement"]
    assert "a database that can be stopped" in reasons["database_restart"]


def test_one_that_the_harness_does_not_start_is_not_killed(tmp_path: Path) -> None:
    bare = SMALL.replace('[session]\nheaders = { Authorization = "Bearer ${SHOP_TOKEN}" }\n', "")
    bare = bare.replace('headers = { X-Api-Key = "${SHOP_KEY}" }\n', "")
    offer = offer_of(load_target(written(tmp_path, bare)))
    killed = cells("killed_server", offer=offer)["killed_server"].not_run
    assert killed is not None
    assert "a server that can be stopped" in killed.reason


def test_the_first_request_is_shown_without_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TARGET_SECRETS_VARIABLE, json.dumps(SECRETS))
    text = SMALL.replace("body = {", 'headers = { X-Key = "${SHOP_KEY}" }\nbody = {')
    target = load_target(written(tmp_path, text))
    shown = "\n".join(before_sending(target, [], **LIMITS))
    assert "http://127.0.0.1:8080, at-least-once delivery" in shown
    assert "POST /v2/views" in shown
    assert "X-Key: ***" in shown
    assert '"views":["h00000000-100000"]' in shown
    assert not any(secret in shown for secret in SECRETS.values())


def test_another_machine_is_sent_no_more_than_was_allowed(tmp_path: Path) -> None:
    text = SMALL.replace("127.0.0.1:8080", "192.0.2.1").replace("${SHOP_TOKEN}", "{user}")
    text = text.replace('headers = { X-Api-Key = "${SHOP_KEY}" }\n', "")
    target = load_target(written(tmp_path, text))
    planned = list(cells("steady_load").values())
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 is another machine"):
        list(before_sending(target, planned, **LIMITS))
    mine = replace(target, own_host="192.0.2.1")
    with pytest.raises(UsageError, match=r"steady_load \(steady\) sends \d+ requests a second"):
        list(before_sending(mine, planned, **LIMITS))
    assert list(before_sending(mine, planned, rate_max=500.0, duration_max_s=120.0))
    [cell] = planned
    own = structs.replace(cell, plan=structs.replace(cell.plan, arm={"sender": "locustfile"}))
    with pytest.raises(UsageError, match="how much your locustfile sends is not known"):
        list(before_sending(mine, [own], rate_max=500.0, duration_max_s=120.0))


def test_arms_that_a_target_would_make_the_same_are_refused(tmp_path: Path) -> None:
    """A load is fitted to the ids that a request takes: all of these batches would be of 100."""
    target = load_target(SQLITE)  # 100 ids
    for batch in ("100", "101"):
        arm = {"workload": "steady", "batch": batch}
        cell = next(iter(cells("steady_load").values()))
        cell = structs.replace(cell, plan=structs.replace(cell.plan, arm=arm))
        if batch == "100":
            refuse_batches(target, [cell])
            continue
        with pytest.raises(UsageError, match="takes 100 ids a request, no batches of 101"):
            refuse_batches(target, [cell])


def test_the_reference_shows_nothing() -> None:
    assert list(before_sending(Target(), [], **LIMITS)) == []
