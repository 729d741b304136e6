"""The reference system's page (docs/target-contract.md, section 2)."""

from __future__ import annotations

from harness.target.page import PageContract, RetryPlan
from harness.target.reference.dialect import SESSION_PATH

REFERENCE_PAGE = PageContract(
    path="/display",
    is_up="() => Boolean(window.impressions)",
    ready="() => window.impressions.ready",
    tab_id="() => window.impressions.recorder.tabId",
    show="(ids) => window.impressions.show(...ids)",
    events="() => (window.impressions?.events ?? []).map((event) => JSON.stringify(event))",
    pending="() => window.impressions.recorder.pending()",
    telemetry="() => window.impressions.recorder.telemetry()",
    flush="() => void window.impressions.recorder.flush()",
    owner="() => window.impressions.recorder.subject",
    journals="() => window.impressions.recorder.telemetry().journaled",
    is_signed_in=f"""() => fetch("{SESSION_PATH}", {{ cache: "no-store" }})
  .then((answer) => answer.status !== 401)""",
    paths=(SESSION_PATH, "/api/artworks"),
    seed_options=("logSeed", "seed"),
    preset_option="preset",
    retry_plans={
        "durable": RetryPlan(base_ms=5000, cap_ms=300_000, is_drawn=True),
        "roadmap": RetryPlan(base_ms=5000),
    },
    retry_options=("retryBaseMs", "retryCapMs"),
    linear_option="linearRetry",
    presets_that_hand_over=frozenset({"", "durable"}),
    blank_options={"view": "blank"},
)
