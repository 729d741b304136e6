"""The result of an experiment on users, for machines (docs/experiments.md)."""

from __future__ import annotations

from msgspec.structs import replace

from harness.ledger.json_files import Record
from reports.experiments.exposed import words
from reports.experiments.exposed.analysis import LEVEL, ExposedResult, VariantComparison
from reports.statistics.paired.decision import percent

EXPOSED_SCHEMA = 1


class VariantRecord(Record, frozen=True, kw_only=True):
    """How many users a variant was shown to, and how many its share promised."""

    variant: str
    share: float
    exposed: int
    expected: float


class VariantComparisonRecord(Record, frozen=True, kw_only=True):
    """One metric of one variant; null where there is no interval, or no ratio."""

    metric: str
    better: str
    variant: str
    verdict: str
    mean: float | None
    control_mean: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    level: float
    difference_percent: float | None = None
    low_percent: float | None = None
    high_percent: float | None = None
    p: float | None
    note: str


class ExposedRecord(Record, frozen=True, kw_only=True):
    """The whole result."""

    schema: int
    experiment: str
    sentence: str
    control: str
    margin_percent: float
    sample_ratio_p: float
    sample_ratio_mismatch: bool
    in_several_variants: int
    variants: tuple[VariantRecord, ...]
    comparisons: tuple[VariantComparisonRecord, ...]


def exposed_record(result: ExposedResult) -> ExposedRecord:
    """Return the record of a result."""
    return ExposedRecord(
        schema=EXPOSED_SCHEMA,
        experiment=result.experiment,
        sentence=words.exposed_sentence(result),
        control=result.control,
        margin_percent=round(100 * result.margin, 9),
        sample_ratio_p=result.ratio.p,
        sample_ratio_mismatch=result.ratio.mismatch,
        in_several_variants=result.in_several,
        variants=tuple(
            VariantRecord(
                variant=name,
                share=result.shares.get(name, 0.0),
                exposed=count,
                expected=result.ratio.expected.get(name, 0.0),
            )
            for name, count in result.counts.items()
        ),
        comparisons=tuple(map(_comparison, result.comparisons)),
    )


def _comparison(one: VariantComparison) -> VariantComparisonRecord:
    record = VariantComparisonRecord(
        metric=one.metric,
        better=one.better,
        variant=one.variant,
        verdict=one.verdict,
        mean=one.mean,
        control_mean=one.control_mean,
        level=LEVEL,
        p=one.p,
        note=one.note,
    )
    found = one.difference
    if found is None:
        return record
    return replace(
        record,
        difference=found.estimate,
        low=found.low,
        high=found.high,
        difference_percent=percent(found.log_ratio),
        low_percent=percent(found.log_low),
        high_percent=percent(found.log_high),
    )
