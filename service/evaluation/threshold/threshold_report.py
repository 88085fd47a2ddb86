"""When a cascade of two measured judges should ask the LLM: every threshold, and which to set."""

from pydantic import Field

from service.errors import ConfigurationError
from service.evaluation.runs.run import Run
from service.evaluation.threshold.case_cost import CostUnit
from service.evaluation.threshold.outcomes import Paired, assumed_llm, measured_llm
from service.evaluation.threshold.paired_runs import pair_runs
from service.evaluation.threshold.recommend import CrossFitted, Rule, choose, cross_fitted
from service.evaluation.threshold.sweep import Sweep
from service.evaluation.threshold.threshold_figures import (
    Against,
    AtThreshold,
    Figures,
    against,
    at_each_threshold,
    embedded_alone,
    llm_alone,
)
from service.records import Frozen

__all__ = ["Assumption", "Cascading", "cascading"]


class Assumption(Frozen):
    """What nobody measured: how often the LLM is right, and US dollars for one of its grades."""

    accuracy: float | None = Field(None, ge=0, le=1)
    cost_usd: float | None = Field(None, ge=0)


class Cascading(Frozen):
    """What the cascade of two judges comes to, over the cases of their runs.

    `points` has every threshold that can be told apart, lowest first; `recommended` and `best` are
    two of them. `differences` says how the playbooks or definitions of the runs differ; `stood_in`
    counts the LLM's unavailable grades for which the embedded one stands, `unrecorded` the LLM's
    grades whose cost and time are taken from the others.
    """

    embedded_run: str
    llm_run: str | None
    splits: tuple[str, ...]
    cases: int
    assumption: Assumption
    keep_unsure: bool
    rule: Rule
    differences: tuple[str, ...]
    stood_in: int
    unrecorded: int
    cost_unit: CostUnit | None
    embedded: Figures
    llm: Figures
    points: tuple[AtThreshold, ...]
    recommended: AtThreshold
    best: AtThreshold
    against: Against
    cross_fitted: CrossFitted


def cascading(
    embedded: Run, llm: Run | None, rule: Rule, assumption: Assumption, *, keep_unsure: bool
) -> Cascading:
    """The cascade of the two runs, or of the embedded one and an assumed LLM.

    `keep_unsure` as in `service.judging.cascade.Cascade`. Raises ConfigurationError where the runs
    don't belong together, or where nothing or too much is assumed.
    """
    paired = _paired(embedded, llm, assumption, keep_unsure=keep_unsure)
    sweep = Sweep.over(paired.sureness)
    recommended, best = choose(paired, sweep, rule)
    points = at_each_threshold(paired, sweep)
    kept = (paired.sureness >= points[recommended].threshold).astype(float)
    return Cascading(
        embedded_run=embedded.name,
        llm_run=llm and llm.name,
        splits=tuple(sorted({run.config.selection.split for run in (embedded, llm) if run})),
        cases=len(paired.sureness),
        assumption=assumption,
        keep_unsure=keep_unsure,
        rule=rule,
        differences=_differences(embedded, llm) if llm else (),
        stood_in=paired.stood_in,
        unrecorded=paired.unrecorded,
        cost_unit=paired.cost_unit,
        embedded=embedded_alone(paired),
        llm=llm_alone(paired),
        points=points,
        recommended=points[recommended],
        best=points[best],
        against=against(paired, kept),
        cross_fitted=cross_fitted(paired, sweep, rule),
    )


def _paired(embedded: Run, llm: Run | None, assumption: Assumption, *, keep_unsure: bool) -> Paired:
    if llm:
        if assumption.accuracy is not None:
            raise ConfigurationError(
                f"{llm.name} says how accurate the LLM is; leave --llm-accuracy out"
            )
        pairs = pair_runs(embedded, llm)
        return measured_llm(pairs, keep_unsure=keep_unsure, cost_usd=assumption.cost_usd)
    if assumption.accuracy is None:
        raise ConfigurationError(
            "nothing is known of the LLM; give the folder of its run after the embedded judge's, "
            "or assume an accuracy with --llm-accuracy"
        )
    return assumed_llm(
        pair_runs(embedded, None), accuracy=assumption.accuracy, cost_usd=assumption.cost_usd
    )


def _differences(embedded: Run, llm: Run) -> tuple[str, ...]:
    """How what was graded differs; that the judges do is the point."""
    graded = ("playbook ", "verdicts_digest")
    every = embedded.config.key.differences(llm.config.key)
    return tuple(difference for difference in every if difference.startswith(graded))
