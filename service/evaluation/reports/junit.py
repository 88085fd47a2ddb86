"""Render a run's report as JUnit XML: each case is a test, so that a CI server can show it."""

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as Xml

from service.escaping import printable
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.gates.gates import GateCheck, GateResult
from service.evaluation.reports.changed_questions import find_news
from service.evaluation.reports.report import RunReport

__all__ = ["render_junit"]


def render_junit(report: RunReport) -> str:
    """Render a wrong verdict and a failed gate as failures, an ungraded case as an error.

    Cases that the baseline has wrong too are skipped with that reason, so that the failures are
    those that a change caused. Gates come first, then failures and errors. The seconds in `time`
    are the judge's.
    """
    suites = Xml.Element("testsuites", name="probewise")
    if report.gating:
        _add_suite(suites, "gates", _render_gates(report, report.gating))
    known = report.wrong_before
    base = report.comparison.base if report.comparison else ""
    cases = (
        _render_case(result, base if result.case.id in known else None)
        for result in sorted(
            report.run.unchanged, key=lambda result: result.is_right or result.case.id in known
        )
    )
    _add_suite(suites, report.title, cases).set("timestamp", _write_timestamp(report))
    _count(suites, suites.findall("testsuite/testcase"))
    Xml.indent(suites)
    return printable(Xml.tostring(suites, encoding="unicode", xml_declaration=True)) + "\n"


def _render_gates(report: RunReport, gating: GateCheck) -> Iterable[Xml.Element]:
    for reason in gating.broken:
        test = Xml.Element("testcase", classname="gates", name="the run")
        Xml.SubElement(test, "error", type="broken", message=reason)
        yield test
    for result in gating.results:
        test = Xml.Element("testcase", classname="gates", name=result.name)
        if not result.passed:
            failure = Xml.SubElement(test, "failure", type="gate", message=result.said)
            failure.text = "\n".join((result.said, *_list_cases(report, result)))
        yield test


def _list_cases(report: RunReport, gate: GateResult) -> Iterator[str]:
    """Yield what is newly wrong by question, the gate's other cases, and a count of known ones."""
    new, known = report.newly_wrong, set(report.find_known(gate))
    ranked = report.rank_cases(gate)
    questions = set(gate.questions) if new.intersection(ranked) else set()
    yield from (one.describe() for one in find_news(report) if one.question_id in questions)
    yield from (name for name in ranked if name not in new and name not in known)
    if known:
        yield f"and {len(known)} that the baseline has wrong too"


def _render_case(result: CaseResult, wrong_in: str | None) -> Xml.Element:
    """Render one test; `wrong_in` names the baseline if the case is wrong there too."""
    case = result.case
    name = f"{case.id} (repeat {result.repeat + 1})" if result.repeat else case.id
    seconds = result.given.judge.latency_ms / 1000 if result.given else 0.0
    test = Xml.Element("testcase", classname=case.question_id, name=name)
    test.set("time", f"{seconds:.3f}")
    if result.ungraded:
        message = f"ungraded, expected {case.verdict}: {result.ungraded.detail}"
        error = Xml.SubElement(test, "error", type=result.ungraded.reason, message=message)
        error.text = f"{message}\n\nanswer: {case.answer}"
    elif result.given and not result.is_right:
        message = f"expected {case.verdict}, given {result.given.verdict}"
        if wrong_in is None:
            failure = Xml.SubElement(test, "failure", type="verdict", message=message)
            failure.text = _explain(message, result, result.given)
        else:
            known = f"{message}; wrong in the baseline {wrong_in} too"
            Xml.SubElement(test, "skipped", message=known)
    return test


def _explain(message: str, result: CaseResult, given: GivenGrade) -> str:
    return (
        f"{message}\n\nanswer: {result.case.answer}\n\n"
        f"label: {result.case.why}\njudge: {given.rationale}"
    )


def _add_suite(suites: Xml.Element, name: str, tests: Iterable[Xml.Element]) -> Xml.Element:
    suite = Xml.SubElement(suites, "testsuite", name=name)
    suite.extend(list(tests))
    _count(suite, list(suite))
    return suite


def _count(of: Xml.Element, tests: list[Xml.Element]) -> None:
    of.set("tests", str(len(tests)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        of.set(attribute, str(sum(test.find(tag) is not None for test in tests)))
    of.set("time", f"{sum(float(test.get('time', 0)) for test in tests):.3f}")


def _write_timestamp(report: RunReport) -> str:
    return report.run.config.started_at.replace(tzinfo=None).isoformat(timespec="seconds")
