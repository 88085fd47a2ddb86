"""Builders of the two runs that a cascade is made of."""

from collections.abc import Sequence

from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.runs.run import Run
from service.evaluation.threshold.recommend import ThresholdRule
from service.evaluation.threshold.threshold_report import (
    LLMAssumption,
    ThresholdReport,
    report_thresholds,
)
from service.judging.models import Ungraded, Verdict
from service.judging.review import Flag
from service.llm.chat import Usage
from service.reasons import Reason
from tests.evaluation.cases import a_case, a_line, a_run

__all__ = ["CASES", "a_threshold_report", "embedded_line", "embedded_run", "llm_line", "llm_run"]

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
CASES = [a_case(f"c-{n:02}", f"cooking.{n % 3 + 1}", (GOOD, WEAK)[n % 2]) for n in range(20)]


def embedded_line(
    case: Case,
    given: Verdict,
    confidence: float | None = 0.9,
    *,
    flags: tuple[Flag, ...] = (),
    latency_ms: int = 10,
) -> CaseResult:
    return _changed(
        a_line(case, given, confidence=confidence), {"latency_ms": latency_ms}, {"flags": flags}
    )


def llm_line(
    case: Case,
    given: Verdict | Reason,
    *,
    cost_usd: float | None = 0.002,
    tokens: int = 1000,
    latency_ms: int = 1000,
    cached: bool = False,
    repeat: int = 0,
) -> CaseResult:
    if isinstance(given, Reason):
        return CaseResult(
            case=case, repeat=repeat, ungraded=Ungraded(reason=given, detail="HTTP 503")
        )
    spent: dict[str, object] = {
        "cost_usd": 0.0 if cached else cost_usd,
        "usage": Usage() if cached else Usage(input_tokens=tokens, output_tokens=tokens),
        "latency_ms": 0 if cached else latency_ms,
        "cached": cached,
    }
    return _changed(a_line(case, given, repeat=repeat), spent, {})


def embedded_run(lines: Sequence[CaseResult], name: str = "runs-embedded") -> Run:
    return a_run(lines, name=name, judge="embedded", prompt=None, prompt_digest=None)


def llm_run(lines: Sequence[CaseResult], name: str = "runs-llm", **changes: object) -> Run:
    return a_run(lines, name=name, judge="llm", **changes)


def a_threshold_report(
    embedded: Sequence[CaseResult],
    llm: Sequence[CaseResult] | None,
    *,
    margin: float = 0.0,
    max_cost_usd: float | None = None,
    keep_unsure: bool = True,
    accuracy: float | None = None,
    cost_usd: float | None = None,
) -> ThresholdReport:
    """The cascade of these lines; `accuracy` and `cost_usd` are assumed of the LLM."""
    return report_thresholds(
        embedded_run(embedded),
        llm_run(llm) if llm else None,
        ThresholdRule(margin=margin, max_cost_usd=max_cost_usd),
        LLMAssumption(accuracy=accuracy, cost_usd=cost_usd),
        keep_unsure=keep_unsure,
    )


def _changed(line: CaseResult, spent: dict[str, object], fields: dict[str, object]) -> CaseResult:
    assert line.given
    judge = line.given.judge.model_copy(update=spent)
    return line.model_copy(
        update={"given": line.given.model_copy(update={**fields, "judge": judge})}
    )
