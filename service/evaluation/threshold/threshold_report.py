"""Report on a cascade's thresholds: the figures of each, and the one to set."""

from pydantic import Field

from service.errors import ConfigurationError
from service.evaluation.runs.run import Run
from service.evaluation.threshold.case_cost import CostUnit
from service.evaluation.threshold.judge_results import BothJudges, assume_llm, measure_both
from service.evaluation.threshold.paired_runs import pair_runs
from service.evaluation.threshold.recommend import (
    CrossFit,
    ThresholdRule,
    choose_threshold,
    cross_fit,
)
from service.evaluation.threshold.sweep import Sweep
from service.evaluation.threshold.threshold_figures import (
    AccuracyDifferences,
    CascadeFigures,
    ThresholdPoint,
    measure_differences,
    measure_embedded_alone,
    measure_llm_alone,
    measure_thresholds,
)
from service.records import Frozen

__all__ = ["LLMAssumption", "ThresholdReport", "report_thresholds"]


class LLMAssumption(Frozen):
    """Figures of the LLM that were not measured: its accuracy, and the US dollars for one grade."""

    accuracy: float | None = Field(None, ge=0, le=1)
    cost_usd: float | None = Field(None, ge=0)


class ThresholdReport(Frozen):
    """The cascade of two judges, measured over the cases of their runs.

    `points` has every threshold that makes a difference, lowest first; `recommended` and `best` are
    two of them. `differences` lists how the playbooks or definitions of the runs differ. `stood_in`
    counts the cases that the LLM was unavailable for and the embedded grade is used instead,
    `unrecorded` the LLM's grades whose cost and time are taken from the others.
    """

    embedded_run: str
    llm_run: str | None
    splits: tuple[str, ...]
    cases: int
    assumption: LLMAssumption
    keep_unsure: bool
    rule: ThresholdRule
    differences: tuple[str, ...]
    stood_in: int
    unrecorded: int
    cost_unit: CostUnit | None
    embedded: CascadeFigures
    llm: CascadeFigures
    points: tuple[ThresholdPoint, ...]
    recommended: ThresholdPoint
    best: ThresholdPoint
    against: AccuracyDifferences
    cross_fitted: CrossFit


def report_thresholds(
    embedded: Run,
    llm: Run | None,
    rule: ThresholdRule,
    assumption: LLMAssumption,
    *,
    keep_unsure: bool,
) -> ThresholdReport:
    """Report on the cascade of the two runs, or of the embedded one and an assumed LLM.

    `keep_unsure` is as in `service.judging.cascade.Cascade`. Raises ConfigurationError if the runs
    can't be paired, or if nothing or too much is assumed.
    """
    both = _pair_judges(embedded, llm, assumption, keep_unsure=keep_unsure)
    sweep = Sweep.over(both.sureness)
    recommended, best = choose_threshold(both, sweep, rule)
    points = measure_thresholds(both, sweep)
    kept = (both.sureness >= points[recommended].threshold).astype(float)
    return ThresholdReport(
        embedded_run=embedded.name,
        llm_run=llm and llm.name,
        splits=tuple(sorted({run.config.selection.split for run in (embedded, llm) if run})),
        cases=len(both.sureness),
        assumption=assumption,
        keep_unsure=keep_unsure,
        rule=rule,
        differences=_find_differences(embedded, llm) if llm else (),
        stood_in=both.stood_in,
        unrecorded=both.unrecorded,
        cost_unit=both.cost_unit,
        embedded=measure_embedded_alone(both),
        llm=measure_llm_alone(both),
        points=points,
        recommended=points[recommended],
        best=points[best],
        against=measure_differences(both, kept),
        cross_fitted=cross_fit(both, sweep, rule),
    )


def _pair_judges(
    embedded: Run, llm: Run | None, assumption: LLMAssumption, *, keep_unsure: bool
) -> BothJudges:
    if llm:
        if assumption.accuracy is not None:
            raise ConfigurationError(
                f"{llm.name} says how accurate the LLM is; leave --llm-accuracy out"
            )
        pairs = pair_runs(embedded, llm)
        return measure_both(pairs, keep_unsure=keep_unsure, cost_usd=assumption.cost_usd)
    if assumption.accuracy is None:
        raise ConfigurationError(
            "nothing is known of the LLM; give the folder of its run after the embedded judge's, "
            "or assume an accuracy with --llm-accuracy"
        )
    return assume_llm(
        pair_runs(embedded, None), accuracy=assumption.accuracy, cost_usd=assumption.cost_usd
    )


def _find_differences(embedded: Run, llm: Run) -> tuple[str, ...]:
    """List the differences in what was graded; the judges are meant to differ."""
    graded = ("playbook ", "verdicts_digest")
    every = embedded.config.key.list_differences(llm.config.key)
    return tuple(difference for difference in every if difference.startswith(graded))
