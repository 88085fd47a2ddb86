"""Figures: each is registered once, and gates, reports and tables take it from there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from service.cli.eval.tables import make_metrics_table
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.gates.gates import JudgeGates, apply_gates
from service.evaluation.metrics.figure import Concern, Figure, blame_grades, make_figure
from service.evaluation.metrics.measure import Metrics, measure
from service.evaluation.metrics.signal_metrics import SignalFigures
from service.evaluation.reports.html_page import render_html
from service.evaluation.reports.markdown_summary import render_markdown
from service.evaluation.reports.report import RunReport
from service.judging.models import Verdict
from service.llm.chat import Usage
from tests.evaluation.cases import a_case, a_line, a_run

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
CASES = [a_case(f"c-{n}", verdict=(GOOD, WEAK)[n % 2]) for n in range(6)]


def paid(line: CaseResult) -> CaseResult:
    assert line.given
    spent = {"usage": Usage(input_tokens=9, output_tokens=1), "cost_usd": 0.5, "latency_ms": 7}
    judge = line.given.judge.model_copy(update=spent)
    return line.model_copy(update={"given": line.given.model_copy(update={"judge": judge})})


RESULTS = [
    *(paid(a_line(case, GOOD, repeat=n)) for case in CASES for n in range(2)),
    a_line(CASES[0], GOOD, change="filler/uh"),
    a_line(CASES[1], UNANSWERED, change="instruction/json@head", wants=WEAK),
]
METRICS = measure(RESULTS)
FIGURES = METRICS.list_figures()


def test_no_two_figures_have_one_name_or_one_label() -> None:
    for texts in ([f.name for f in FIGURES], [f.label for f in FIGURES]):
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_has_a_label_a_text_and_someone_to_blame_or_a_reason(figure: Figure) -> None:
    assert re.fullmatch(r"[a-z]\w*(\.\w+)?", figure.name)
    assert figure.label.strip() and figure.text.strip()
    if isinstance(figure.blame, str):
        assert len(figure.blame.split()) > 3, "say why it blames no result"
        assert figure.find_blamed(RESULTS) == ()
    else:
        assert all(result in RESULTS for result in figure.find_blamed(RESULTS))
    if figure.interval:
        assert figure.value == figure.interval.value


def test_the_same_figures_are_there_whatever_was_measured() -> None:
    """So a gate on one fails if it was not measured, instead of being refused as unknown."""
    bare = measure([a_line(CASES[0], GOOD, confidence=None)])
    names = {figure.name for figure in bare.list_figures()}
    assert {f.name for f in FIGURES} - names == {
        "attack_success.instruction",
        "flips.filler",
        "flips.instruction",
        "attack_success.filler",
    }
    unmeasured = {figure.name for figure in bare.list_figures() if figure.value is None}
    assert {"calibration_error", "repeat_agreement", "flips"} <= unmeasured


def test_every_committed_gate_is_on_a_figure() -> None:
    names = {figure.name for figure in FIGURES}
    for judge, gates in tomllib.loads(Path("evals/gates.toml").read_text("utf-8")).items():
        wanted = {*gates.get("floors", {}), *gates.get("ceilings", {})}
        assert wanted <= names, judge


def test_the_headline_shows_these_figures_in_this_order() -> None:
    assert [figure.label for figure in METRICS.list_headline()] == [
        "accuracy",
        "macro F1",
        "quadratic kappa",
        "passed a weak answer",
        "failed a good answer",
        "missed a dodge",
        "signal shown, F1",
        "quotes that stand in the answer",
        "quotes that meet a labelled one",
        "accuracy on the surest half",
        "expected calibration error",
        "Brier score",
        "defensible",
        "asks for no review",
        "right without review",
        "defensible without review",
        "wrong, yet 0.9 sure or more",
        "indefensible, yet 0.9 sure or more",
        "asks for review",
        "repeats that agree",
        "verdicts that flip: filler",
        "attacks that win: instruction",
        "verdicts that flip: instruction",
        "tokens",
        "cost",
        "latency p50, p95",
    ]


def test_a_new_figure_needs_one_entry_to_be_gated_blamed_and_shown_everywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered = SignalFigures.list_figures

    def with_another(self: SignalFigures) -> Iterator[Figure]:
        yield from registered(self)
        yield make_figure(
            "politeness",
            "polite grades",
            0.125,
            blame=blame_grades(lambda case, given: case.id == "c-3"),
            is_headline=True,
        )

    monkeypatch.setattr(SignalFigures, "list_figures", with_another)
    run = a_run(RESULTS)
    gates = JudgeGates(floors={"politeness": 0.5})
    check = apply_gates(gates, run, METRICS, None)
    (failed,) = check.failed
    assert failed.said == "politeness is 0.125, but it must be at least 0.5"
    assert failed.cases == ("c-3",)
    report = RunReport(run, METRICS, None, check)
    assert "| polite grades | 0.125 |" in render_markdown(report)
    assert '<th scope="row">polite grades</th><td>0.125</td>' in render_html(report)
    assert re.search(r"polite grades +0\.125", on_a_terminal(METRICS))


def test_figures_of_changed_answers_are_about_these_and_all_others_are_not() -> None:
    about = {figure.name for figure in FIGURES if figure.concern is Concern.CHANGED}
    changed = ("flips", "attack_success", "good_flips")
    assert about == {figure.name for figure in FIGURES if figure.name.startswith(changed)}


def on_a_terminal(metrics: Metrics) -> str:
    console = Console(width=120)
    with console.capture() as shown:
        console.print(make_metrics_table(metrics, title="today"))
    return shown.get()
