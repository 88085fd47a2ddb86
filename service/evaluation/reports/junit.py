"""JUnit XML: each case is a test, so that a CI server shows the wrong ones natively."""

from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from service.escaping import printable
from service.evaluation.gates.gates import Gating
from service.evaluation.reports.report import Report
from service.evaluation.runs.run import Given, Line

__all__ = ["junit"]


def junit(report: Report) -> str:
    """A wrong verdict is a failure, an ungraded case an error, a failed gate a failure of its own.

    Cases that the baseline has wrong too are skipped, and say so: the failures are what a change
    brought. Gates come first; seconds in `time` are the judge's.
    """
    suites = Xml.Element("testsuites", name="probewise")
    if report.gating:
        _add_suite(suites, "gates", _gates(report, report.gating))
    known = report.wrong_before
    base = report.comparison.base if report.comparison else ""
    cases = (_case(line, base if line.case.id in known else None) for line in report.run.plain)
    _add_suite(suites, report.title, cases).set("timestamp", _timestamp(report))
    _count(suites, suites.findall("testsuite/testcase"))
    Xml.indent(suites)
    return printable(Xml.tostring(suites, encoding="unicode", xml_declaration=True)) + "\n"


def _gates(report: Report, gating: Gating) -> Iterable[Xml.Element]:
    for reason in gating.broken:
        test = Xml.Element("testcase", classname="gates", name="the run")
        Xml.SubElement(test, "error", type="broken", message=reason)
        yield test
    for result in gating.results:
        test = Xml.Element("testcase", classname="gates", name=result.name)
        if not result.passed:
            failure = Xml.SubElement(test, "failure", type="gate", message=result.said)
            failure.text = "\n".join((result.said, *report.cases_of(result)))
        yield test


def _case(line: Line, wrong_in: str | None) -> Xml.Element:
    """One test; `wrong_in` names the baseline where the case is wrong too."""
    name = f"{line.case.id} (repeat {line.repeat + 1})" if line.repeat else line.case.id
    seconds = line.given.judge.latency_ms / 1000 if line.given else 0.0
    test = Xml.Element("testcase", classname=line.case.question_id, name=name)
    test.set("time", f"{seconds:.3f}")
    if line.ungraded:
        told = f"ungraded, expected {line.case.verdict}: {line.ungraded.detail}"
        error = Xml.SubElement(test, "error", type=line.ungraded.reason, message=told)
        error.text = f"{told}\n\nanswer: {line.case.answer}"
    elif line.given and not line.is_right:
        told = f"expected {line.case.verdict}, given {line.given.verdict}"
        if wrong_in is None:
            failure = Xml.SubElement(test, "failure", type="verdict", message=told)
            failure.text = _explained(told, line, line.given)
        else:
            Xml.SubElement(test, "skipped", message=f"{told}; wrong in the baseline {wrong_in} too")
    return test


def _explained(told: str, line: Line, given: Given) -> str:
    return (
        f"{told}\n\nanswer: {line.case.answer}\n\nlabel: {line.case.why}\njudge: {given.rationale}"
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


def _timestamp(report: Report) -> str:
    return report.run.config.started_at.replace(tzinfo=None).isoformat(timespec="seconds")
