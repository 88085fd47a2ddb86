"""Reports to show: of every shape a run can have, and of text that tries to break out."""

from collections.abc import Callable, Mapping, Sequence

from service.evaluation.cases.case import Case, HardKind, SignalLabel
from service.evaluation.cases.case_result import CaseResult, GivenSignal
from service.evaluation.gates.gates import GateCheck, GateResult
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import RunReport
from service.evaluation.runs.comparison import compare_runs
from service.evaluation.runs.run import Run
from service.judging.models import Evidence, SignalStatus, Ungraded, Verdict
from service.reasons import Reason
from tests.evaluation.cases import a_case, a_config, a_line, a_run

__all__ = ["HOSTILE", "SHAPES", "a_hostile_report", "a_report", "green", "red"]

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
HOSTILE = {
    "tags": "<script>alert(1)</script><img src='https://evil.example/x' onerror=alert(1)>",
    "attributes": "\"'><a href=\"javascript:alert(1)\" style='background:url(//evil.example)'>x",
    "closing": "</style></title></summary></blockquote></main><style>@import '//evil.example';",
    "template": "{{ 7 * 7 }} {% raw %} ${7 * 7}",
    "xml": "]]> <![CDATA[x]]> <?php ?> &amp; &lt;b&gt; &#60; <!-- x -->",
    "markdown": "| a | **b** |\n|---|---|\n`c` [x](https://evil.example) ![y](//evil.example/y) \\",
    "percent": "100%41 of a#b?c=d&e",
    "references": "@octocat #1 www.evil.example https://evil.example $x$ ~~y~~ # ",
    "controls": "a\x00b\x08c\x1b[31md\x7fe\x9bf\ufffeg\uffffh",
    "surrogates": "a\ud800b\udfffc",
    "long": "word " * 4000,
    "right to left": "שלום \u202etxt.exe\u202c مرحبا",
    "beyond the basic plane": "👩‍💻 𝒜 done",
}


def a_report(
    lines: Sequence[CaseResult],
    base: Sequence[CaseResult] | None = None,
    gating: GateCheck | None = None,
) -> RunReport:
    """The report of these lines, against a baseline where there is one."""
    run = a_run(lines)
    comparison = compare_runs(a_run(base, name="accepted"), run) if base else None
    return RunReport(run, measure(run.results), comparison, gating)


def green(*names: str) -> GateCheck:
    return GateCheck(
        results=tuple(GateResult(name=name, passed=True, said=f"{name} holds") for name in names)
    )


def red(*cases: str, broken: tuple[str, ...] = (), name: str = "accuracy") -> GateCheck:
    """One gate that held, and one that failed for these cases."""
    said = f"{name} is 0.1, but it must be at least 0.9"
    failed = GateResult(name=name, passed=False, said=said, cases=cases, questions=("cooking.1",))
    return GateCheck(results=(*green("kappa").results, failed), broken=broken)


CASES = [a_case(f"c-{n}", f"cooking.{n % 2 + 1}", (GOOD, PARTIAL, WEAK)[n % 3]) for n in range(12)]
RIGHT = [a_line(case, case.verdict) for case in CASES]
MIXED = [
    a_line(CASES[0], WEAK),
    a_line(CASES[1], None),
    a_line(CASES[2], UNANSWERED),
    *RIGHT[3:],
]
CHANGED = [
    a_line(CASES[2], GOOD, change="instruction/forged@head", wants=GOOD),
    a_line(CASES[3], WEAK, change="padding/disclaimer@head"),
    a_line(CASES[5], None, change="unicode/bold"),
]
SHAPES: Mapping[str, Callable[[], RunReport]] = {
    "plain": lambda: a_report(RIGHT),
    "wrong and ungraded": lambda: a_report(MIXED),
    "compared": lambda: a_report(MIXED, RIGHT),
    "the same again": lambda: a_report(RIGHT, RIGHT, green("accuracy")),
    "red": lambda: a_report(MIXED, RIGHT, red("c-0", "c-2")),
    "broken": lambda: a_report(MIXED, None, red("c-1", broken=("3 answers are missing",))),
    "no confidence": lambda: a_report([a_line(case, WEAK, confidence=None) for case in CASES]),
    "hard kinds": lambda: a_report(
        [a_line(a_case("c-1", hard_kind=HardKind.INJECTION), GOOD), *RIGHT[2:]]
    ),
    "repeats": lambda: a_report(
        [*MIXED, a_line(CASES[0], GOOD, repeat=1), a_line(CASES[4], None, repeat=1)], RIGHT
    ),
    "robustness": lambda: a_report([*RIGHT, *CHANGED], RIGHT, red("c-2", name="attack_success")),
    "one case": lambda: a_report([a_line(CASES[0], GOOD)]),
    "one wrong case": lambda: a_report([a_line(CASES[0], WEAK)], RIGHT, red("c-0")),
}


def a_hostile_report(text: str) -> RunReport:
    """Every field that a customer, a model or a file name fills holds this text."""
    name = text if _is_unicode(text) else "c"
    lines = [_hostile_line(text, f"{n} {name}", name, given) for n, given in enumerate(Verdict)]
    base = [_hostile_line(text, f"{n} {name}", name, WEAK) for n in range(len(lines))]
    silent = _hostile_case(text, f"silent {name}", name)
    refused = Ungraded.model_construct(reason=Reason.REFUSED, detail=text)
    changed = {"change": f"instruction/{name}", "wants": UNANSWERED}
    graded = (
        *lines,
        CaseResult(case=silent, ungraded=refused),
        lines[3].model_copy(update=changed),
    )
    config = a_config()
    key = config.key.model_copy(update={"models": (text,), "prompt": text})
    comparison = compare_runs(Run("c", config, tuple(base)), Run("c", config, graded))
    told = {"base": text, "differences": (text,), "unpaired": (text,)}
    failed = GateResult.model_construct(
        name=text, passed=False, said=text, cases=(f"0 {name}", text), questions=(text,)
    )
    return RunReport(
        Run(text, config.model_copy(update={"key": key}), graded),
        measure(graded),
        comparison.model_copy(update=told),
        GateCheck.model_construct(results=(failed,), broken=(text,)),
    )


def _hostile_case(text: str, case_id: str, question_id: str) -> Case:
    label = SignalLabel.model_construct(status=SignalStatus.SHOWN, quotes=(text,))
    hostile = {"id": case_id, "question_id": question_id, "answer": text, "why": text}
    return a_case(verdict=WEAK).model_copy(update={**hostile, "signals": {text: label}})


def _hostile_line(text: str, case_id: str, question_id: str, given: Verdict) -> CaseResult:
    spans = [(0, len(text)), (0, 1)]
    evidence = [Evidence.model_construct(quote=text[a:b], start=a, end=b) for a, b in spans]
    evidence.append(Evidence.model_construct(quote=text, start=9, end=9))
    signal = GivenSignal.model_construct(status=SignalStatus.SHOWN, evidence=tuple(evidence))
    line = a_line(_hostile_case(text, case_id, question_id), given)
    assert line.given
    told = {"rationale": text, "signals": {text: signal}}
    judge = line.given.judge.model_copy(update={"fallback_reason": text})
    return line.model_copy(update={"given": line.given.model_copy(update={**told, "judge": judge})})


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
