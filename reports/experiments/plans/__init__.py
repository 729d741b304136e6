"""The plans of an experiment's statements, and how they differ between its arms."""

from __future__ import annotations

from reports.experiments.plans.differences import PlanDifference, plan_differences

__all__ = ["PlanDifference", "plan_differences"]
