"""Builders of cases, lines and runs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from service.evaluation.cases.case import Case, SignalLabel, Style
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.cases.golden import Selection, digest_cases
from service.evaluation.runs.run import Run, RunConfig, RunKey
from service.judging.models import SignalStatus, Ungraded, Verdict
from service.reasons import Reason
from tests.fakes import a_grade

__all__ = ["a_case", "a_config", "a_line", "a_run"]


def a_case(
    case_id: str = "c-1",
    question_id: str = "cooking.1",
    verdict: Verdict = Verdict.WEAK,
    **fields: Any,
) -> Case:
    """A case of the test split whose answer names it; a good one shows its first signal."""
    answer = fields.pop("answer", f"We watch the pan, says {case_id}.")
    signals = {}
    if verdict is Verdict.GOOD:
        signals["good.1"] = SignalLabel(status=SignalStatus.SHOWN, quotes=("We watch",))
    content = {
        "id": case_id,
        "question_id": question_id,
        "answer": answer,
        "verdict": verdict,
        "signals": signals,
        "style": Style.WRITTEN,
        "split": "test",
        "why": "It says so.",
    }
    return Case.model_validate(content | fields)


def a_line(
    case: Case | None = None,
    given: Verdict | None = Verdict.WEAK,
    *,
    confidence: float | None = 0.9,
    **fields: Any,
) -> CaseResult:
    """A line of a case; `given` None leaves it ungraded."""
    case = case or a_case()
    if given is None:
        refused = Ungraded(reason=Reason.REFUSED, detail="the model declined")
        return CaseResult(case=case, ungraded=refused, **fields)
    grade = a_grade(verdict=given).model_copy(update={"confidence": confidence})
    return CaseResult(case=case, given=GivenGrade.of(grade), **fields)


def a_config(lines: Sequence[CaseResult] = (), **changes: Any) -> RunConfig:
    """The config of a complete run of these lines; `changes` are fields of its key."""
    key = {
        "judge": "llm",
        "models": ("fake",),
        "prompt": "grade@1",
        "prompt_digest": "0" * 12,
        "verdicts_digest": "1" * 12,
        "playbook_digests": {"cooking": "2" * 12},
        "golden_digest": digest_cases([line.case for line in lines]),
    }
    return RunConfig(
        key=RunKey.model_validate(key | changes),
        selection=Selection(),
        planned=len(lines),
        started_at=datetime(2026, 11, 23, tzinfo=UTC),
        code_version="0.1.0",
    )


def a_run(lines: Sequence[CaseResult], *, name: str = "today", **changes: Any) -> Run:
    return Run(name, a_config(lines, **changes), tuple(lines))
