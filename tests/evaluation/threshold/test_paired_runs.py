"""Runs that don't belong together are refused, and why is said."""

import pytest

from service.errors import ConfigurationError
from service.evaluation.runs.run import Run
from service.evaluation.threshold.recommend import ThresholdRule
from service.evaluation.threshold.threshold_report import LLMAssumption, report_thresholds
from service.judging.models import Verdict
from service.reasons import Reason
from tests.evaluation.cases import a_case, a_run
from tests.evaluation.threshold_runs import (
    CASES,
    a_threshold_report,
    embedded_line,
    embedded_run,
    llm_line,
    llm_run,
)

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
FIRST = [embedded_line(case, GOOD) for case in CASES]
SECOND = [llm_line(case, GOOD) for case in CASES]


def unfinished(run: Run) -> Run:
    return Run(run.name, run.config, run.results[:-3])


@pytest.mark.parametrize(
    ("embedded", "llm", "said"),
    [
        (llm_run(SECOND), embedded_run(FIRST), "name the embedded judge's first"),
        (embedded_run(FIRST), embedded_run(FIRST, "again"), "again is a run of the embedded judge"),
        (llm_run(SECOND), llm_run(SECOND), "runs-llm is a run of the llm judge"),
        (a_run(FIRST, name="both", judge="cascade"), llm_run(SECOND), "both is a run of the casc"),
        (unfinished(embedded_run(FIRST)), llm_run(SECOND), "runs-embedded is unfinished: 3 of 20"),
        (embedded_run(FIRST), unfinished(llm_run(SECOND)), "runs-llm is unfinished: 3 of 20"),
        (
            embedded_run(FIRST),
            llm_run([llm_line(case, Reason.MODEL_UNAVAILABLE) for case in CASES]),
            "runs-llm graded no case",
        ),
        (embedded_run(FIRST[:9]), llm_run(SECOND[9:]), "they have none in common"),
        (
            embedded_run(FIRST),
            llm_run(SECOND[5:]),
            "only runs-embedded has c-00, c-01, c-02 and 2 more",
        ),
        (embedded_run(FIRST[1:]), llm_run(SECOND), "only runs-llm has c-00."),
        (
            embedded_run(FIRST),
            llm_run([llm_line(a_case("c-00", verdict=GOOD, answer="Else."), GOOD), *SECOND[1:]]),
            "question, answer or expected verdict differ in c-00",
        ),
        (
            embedded_run(FIRST),
            llm_run([llm_line(a_case("c-00", "cooking.1", WEAK), GOOD), *SECOND[1:]]),
            "question, answer or expected verdict differ in c-00",
        ),
    ],
)
def test_runs_that_make_no_cascade_are_refused(embedded: Run, llm: Run, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        report_thresholds(embedded, llm, ThresholdRule(), LLMAssumption(), keep_unsure=True)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("llm", "assumption", "said"),
    [
        (None, LLMAssumption(), "assume an accuracy with --llm-accuracy"),
        (None, LLMAssumption(cost_usd=0.1), "assume an accuracy with --llm-accuracy"),
        (llm_run(SECOND), LLMAssumption(accuracy=0.9), "leave --llm-accuracy out"),
        (llm_run(SECOND), LLMAssumption(cost_usd=0.1), "leave --llm-cost-usd out"),
    ],
)
def test_too_little_or_too_much_assumed_is_refused(
    llm: Run | None, assumption: LLMAssumption, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        report_thresholds(embedded_run(FIRST), llm, ThresholdRule(), assumption, keep_unsure=True)


def test_without_an_llm_the_embedded_run_is_checked_all_the_same() -> None:
    assumption = LLMAssumption(accuracy=0.9)
    for run in (llm_run(SECOND), unfinished(embedded_run(FIRST))):
        with pytest.raises(ConfigurationError, match="runs-"):
            report_thresholds(run, None, ThresholdRule(), assumption, keep_unsure=True)


def test_changed_answers_of_a_run_are_left_aside() -> None:
    changed = embedded_line(CASES[0], WEAK).model_copy(update={"change": "noise/typos"})
    assert a_threshold_report([*FIRST, changed], SECOND) == a_threshold_report(FIRST, SECOND)


def test_what_was_graded_differently_is_told_and_that_the_judges_differ_is_not() -> None:
    other = llm_run(SECOND, playbook_digests={"cooking": "3" * 12}, verdicts_digest="4" * 12)
    found = report_thresholds(
        embedded_run(FIRST), other, ThresholdRule(), LLMAssumption(), keep_unsure=True
    )
    assert found.differences == (
        "playbook cooking: 222222222222 -> 333333333333",
        "verdicts_digest: 111111111111 -> 444444444444",
    )
    assert a_threshold_report(FIRST, SECOND).differences == ()
