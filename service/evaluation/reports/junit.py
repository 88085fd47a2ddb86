"""JUnit XML: each case is a test, so that a CI server shows the wrong ones natively."""

from xml.etree import ElementTree as Xml

from service.evaluation.reports import Report
from service.evaluation.runs import Line

__all__ = ["junit"]

_FORBIDDEN = {chr(code) for code in range(32)} - {"\t", "\n", "\r"}


def junit(report: Report) -> str:
    """A wrong verdict is a failure, an ungraded case an error, a failed gate a failure of its own.

    Cases that stand wrong in the accepted baseline too are marked skipped with what was given, so
    that the failures shown are those that a change brought.
    """
    suites = Xml.Element("testsuites", name="probewise")
    cases = Xml.SubElement(suites, "testsuite", name=report.title)
    lost = None
    if report.comparison:
        lost = {flip.case.id for flip in report.comparison.flips if flip.was_lost}
    for line in report.run.plain:
        _case(cases, line, is_news=lost is None or line.case.id in lost)
    _count(cases)
    if report.gating:
        gates = Xml.SubElement(suites, "testsuite", name="gates")
        for result in report.gating.results:
            test = Xml.SubElement(gates, "testcase", classname="gates", name=_text(result.name))
            if not result.passed:
                Xml.SubElement(test, "failure", message=_text(result.said))
        for reason in report.gating.broken:
            test = Xml.SubElement(gates, "testcase", classname="gates", name="the run")
            Xml.SubElement(test, "error", message=_text(reason))
        _count(gates)
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Xml.Element, line: Line, *, is_news: bool) -> None:
    name = line.case.id if not line.repeat else f"{line.case.id} (repeat {line.repeat + 1})"
    seconds = line.given.judge.latency_ms / 1000 if line.given else 0.0
    test = Xml.SubElement(
        suite,
        "testcase",
        classname=line.case.question_id,
        name=name,
        time=f"{seconds:.3f}",
    )
    if line.ungraded:
        Xml.SubElement(
            test, "error", type=line.ungraded.reason, message=_text(line.ungraded.detail)
        )
    elif line.given and not line.is_right:
        message = f"expected {line.case.verdict}, given {line.given.verdict}"
        if is_news:
            failure = Xml.SubElement(test, "failure", type="verdict", message=message)
            failure.text = _text(
                f"{line.case.answer}\n\nlabel: {line.case.why}\njudge: {line.given.rationale}"
            )
        else:
            Xml.SubElement(test, "skipped", message=f"{message}, as before or nearly so")


def _count(suite: Xml.Element) -> None:
    suite.set("tests", str(len(suite)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))


def _text(text: str) -> str:
    """What XML can hold."""
    return "".join("\ufffd" if character in _FORBIDDEN else character for character in text)
