"""JUnit XML: what CI servers read parses, counts right, and fails for what a change brought."""

from xml.etree import ElementTree as Xml

import pytest

from service.escaping import printable
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.gates.gates import GateCheck
from service.evaluation.reports.junit import render_junit
from service.evaluation.reports.report import RunReport
from service.judging.models import Verdict
from tests.evaluation.cases import a_case, a_line
from tests.evaluation.reports.building import HOSTILE, SHAPES, a_hostile_report, a_report, red

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
ELEMENTS = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped"}


def xml_of(report: RunReport) -> Xml.Element:
    return Xml.fromstring(render_junit(report).encode())  # noqa: S314 - our own text


def outcome(report: RunReport, name: str = "c-1") -> tuple[str, str]:
    """What became of a case: `passed`, or the element that says otherwise, and its message."""
    (test,) = [one for one in xml_of(report).iter("testcase") if one.get("name") == name]
    return (test[0].tag, test[0].get("message", "")) if len(test) else ("passed", "")


def against(given: Verdict | None, *base: CaseResult) -> RunReport:
    """A run of one weak case, held against these lines; both have another case, unchanged."""
    other = a_line(a_case("other"))
    return a_report([a_line(given=given), other], [*base, other])


@pytest.mark.parametrize("name", HOSTILE)
def test_the_file_parses_whatever_texts_hold_and_they_stay_text(name: str) -> None:
    text = printable(HOSTILE[name])
    root = xml_of(a_hostile_report(HOSTILE[name]))
    assert {element.tag for element in root.iter()} <= ELEMENTS
    failure = next(root.iterfind(".//failure[@type='verdict']"))
    assert f"answer: {text}\n\nlabel: {text}\njudge: {text}" in (failure.text or "")
    error = next(root.iterfind(".//error[@type='refused']"))
    assert (error.get("message") or "").endswith(text)
    assert next(root.iterfind(".//failure[@type='gate']")).get("message") == text


@pytest.mark.parametrize("shape", SHAPES)
def test_every_count_is_that_of_what_stands_in_the_file(shape: str) -> None:
    root = xml_of(SHAPES[shape]())
    for suite in (root, *root.iter("testsuite")):
        assert suite.get("tests") == str(len(list(suite.iter("testcase"))))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped",) * 2):
            assert suite.get(attribute) == str(len(list(suite.iter(tag)))), attribute
    assert all(len(test) <= 1 for test in root.iter("testcase"))


@pytest.mark.parametrize(
    ("given", "outcome_of_it"),
    [
        (WEAK, ("passed", "")),
        (GOOD, ("failure", "expected weak, given good")),
        (None, ("error", "ungraded, expected weak: the model declined")),
    ],
)
def test_without_a_baseline_wrong_is_a_failure_and_ungraded_an_error(
    given: Verdict | None, outcome_of_it: tuple[str, str]
) -> None:
    assert outcome(a_report([a_line(given=given), a_line(a_case("other"))])) == outcome_of_it


@pytest.mark.parametrize(
    ("given", "base", "outcome_of_it"),
    [
        (WEAK, GOOD, ("passed", "")),
        (GOOD, WEAK, ("failure", "expected weak, given good")),
        (GOOD, GOOD, ("skipped", "expected weak, given good; wrong in the baseline accepted too")),
        (
            GOOD,
            PARTIAL,
            ("skipped", "expected weak, given good; wrong in the baseline accepted too"),
        ),
        (None, GOOD, ("error", "ungraded, expected weak: the model declined")),
    ],
)
def test_only_what_the_baseline_has_wrong_too_is_skipped(
    given: Verdict | None, base: Verdict, outcome_of_it: tuple[str, str]
) -> None:
    assert outcome(against(given, a_line(given=base))) == outcome_of_it


@pytest.mark.parametrize(
    "before",
    [
        a_line(a_case("c-0"), GOOD),
        a_line(a_case(answer="Another answer."), GOOD),
        a_line(given=None),
    ],
    ids=["a new case", "a reworded answer", "ungraded"],
)
def test_a_wrong_case_whose_answer_the_baseline_has_not_graded_is_news(before: CaseResult) -> None:
    assert outcome(against(GOOD, before)) == ("failure", "expected weak, given good")


def test_a_repeat_that_goes_wrong_is_news_where_the_baseline_was_right() -> None:
    def lines(*given: Verdict) -> list[CaseResult]:
        return [a_line(given=verdict, repeat=n) for n, verdict in enumerate(given)]

    right_before = a_report(lines(WEAK, GOOD), lines(WEAK))
    assert outcome(right_before) == ("passed", "")
    assert outcome(right_before, "c-1 (repeat 2)")[0] == "failure"
    assert outcome(a_report(lines(WEAK, GOOD), lines(GOOD)), "c-1 (repeat 2)")[0] == "skipped"


def test_a_case_relabelled_is_held_to_its_new_label_in_both_runs() -> None:
    relabelled = a_case(verdict=GOOD)
    report = a_report([a_line(relabelled, WEAK)], [a_line(a_case(verdict=WEAK), WEAK)])
    assert outcome(report)[0] == "skipped"


def test_each_gate_is_a_test_and_comes_before_the_cases() -> None:
    root = xml_of(SHAPES["red"]())
    assert [suite.get("name") for suite in root] == [
        "gates",
        "LLM judge on the golden test split, grade@1",
    ]
    held, failed = root[0]
    assert (held.get("name"), len(held)) == ("kappa", 0)
    assert (failed.get("name"), failed[0].tag) == ("accuracy", "failure")
    assert failed[0].text == (
        "accuracy is 0.1, but it must be at least 0.9\n"
        "cooking.1: 2 newly wrong (c-0 good → weak, c-2 weak → unanswered)"
    )


def test_what_is_newly_wrong_comes_before_what_passed_or_was_wrong_before() -> None:
    cases = [a_case(f"c-{n}") for n in range(4)]
    base = [
        a_line(case, given) for case, given in zip(cases, (GOOD, WEAK, WEAK, GOOD), strict=True)
    ]
    new = [a_line(case, given) for case, given in zip(cases, (GOOD, WEAK, GOOD, GOOD), strict=True)]
    gates, tests = xml_of(a_report(new, base, red("c-0", "c-2", "c-3")))
    assert [test.get("name") for test in tests] == ["c-2", "c-0", "c-1", "c-3"]
    assert (gates[1][0].text or "").splitlines()[1:] == [
        "cooking.1: 1 newly wrong (c-2 weak → good)",
        "and 2 that the baseline has wrong too",
    ]


def test_a_broken_run_is_an_error_and_never_all_green() -> None:
    root = xml_of(a_report([a_line()], None, GateCheck(broken=("3 answers are missing",))))
    assert root.get("errors") == "1"
    assert [(e.tag, e.get("message")) for e in root[0][0]] == [("error", "3 answers are missing")]


def test_a_test_is_its_question_and_case_with_the_judges_seconds() -> None:
    line = a_line()
    assert line.given
    judge = line.given.judge.model_copy(update={"latency_ms": 1234})
    slow = line.model_copy(update={"given": line.given.model_copy(update={"judge": judge})})
    suite = xml_of(a_report([slow]))[0]
    assert suite[0].attrib == {"classname": "cooking.1", "name": "c-1", "time": "1.234"}
    assert (suite.get("time"), suite.get("timestamp")) == ("1.234", "2026-11-23T00:00:00")


def test_changed_answers_are_no_tests() -> None:
    changed = a_line(a_case(), GOOD, change="instruction/forged@head", wants=GOOD)
    root = xml_of(a_report([a_line(), changed], None, red("c-1", name="attack_success")))
    assert [test.get("name") for test in root[1]] == ["c-1"]
