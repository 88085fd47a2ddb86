"""`probewise eval intake`."""

import asyncio
import json
from pathlib import Path

import pytest

from service.evaluation.intake.intake_report import read_intake_report
from service.evaluation.intake.labelled_sources import read_sources
from service.judging.models import Ungraded, Verdict
from service.reasons import Reason
from service.settings import Settings
from service.wiring import Parts
from tests.cli.conftest import Probewise
from tests.docs import INTAKE
from tests.fakes import FakeAssigner, FakeJudge, a_catalogue

pytestmark = pytest.mark.slow

LABELS = """\
id: notes-01
kind: notes
split: test
about: a kitchen
playbook: cooking
answers:
  - {question_id: cooking.2, lines: [3, 4], verdict: weak, why: "because"}
  - {question_id: cooking.3, lines: [6], verdict: good, why: "because"}
"""
WORDS = "# Acme\n\n- dish 2 burns\n- nobody looks\n\n- dish 3 is stirred\n- dish 1 is cold\n"


@pytest.fixture
def judge(probewise: Probewise, tmp_path: Path) -> FakeJudge:
    """The judge of the command, which runs in a folder that has one labelled source."""
    folder = tmp_path / "evals" / "intake"
    folder.mkdir(parents=True)
    (folder / "notes-01.yaml").write_text(LABELS, "utf-8")
    (folder / "notes-01.md").write_text(WORDS, "utf-8")
    fake = FakeJudge(Verdict.WEAK)
    probewise.replaced |= {"catalogue": a_catalogue(), "judge": fake, "assigner": FakeAssigner()}
    return fake


def test_the_figures_and_each_source_are_shown(probewise: Probewise, judge: FakeJudge) -> None:
    result = probewise("eval", "intake", "--judge", "embedded")
    assert result.code == 0, result.err
    shown = " ".join(result.out.split())
    assert "right end to end 0.500" in shown
    assert "lines precision 0.667" in shown
    assert "cooking.1 wrongly added; cooking.3 weak, not good" in shown
    assert judge.closed


def test_the_judge_gets_the_labelled_lines_too(probewise: Probewise, judge: FakeJudge) -> None:
    probewise("eval", "intake", "--judge", "embedded")
    asked = [answer.text for question, answer in judge.asked if question.id == "cooking.2"]
    assert asked == ["dish 2 burns", "dish 2 burns\n\nnobody looks"]


def test_reports_are_written(probewise: Probewise, judge: FakeJudge, tmp_path: Path) -> None:
    result = probewise("eval", "intake", "--judge", "embedded", "-o", "r.json", "-o", "r.md")
    assert "wrote r.json" in result.err
    report = read_intake_report(tmp_path / "r.json")
    assert report.key.parameters["assigner"]
    assert report.results[0].given == {"cooking.2": "weak", "cooking.3": "weak"}
    assert "| notes-01 | 0.67 |" in (tmp_path / "r.md").read_text("utf-8")


def test_what_stays_ungraded_is_told_by_the_exit_code(
    probewise: Probewise, judge: FakeJudge
) -> None:
    judge.result = Ungraded(reason=Reason.REFUSED, detail="no")
    result = probewise("eval", "intake", "--judge", "embedded")
    assert result.code == 1
    assert "ungraded, not weak" in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sources", "nowhere"], "nowhere: no source of the test split"),
        (["--split", "dev"], "no source of the dev split"),
        (["-o", "r.html"], "this report ends in .json, .md"),
    ],
)
def test_what_can_not_be_measured_is_an_error(
    probewise: Probewise, judge: FakeJudge, arguments: list[str], message: str
) -> None:
    result = probewise("eval", "intake", "--judge", "embedded", *arguments)
    assert result.code == 2
    assert message in " ".join(result.err.split())
    assert not judge.asked


def test_a_label_of_nothing_said_is_an_error(
    probewise: Probewise, judge: FakeJudge, tmp_path: Path
) -> None:
    file = tmp_path / "evals" / "intake" / "notes-01.yaml"
    file.write_text(LABELS.replace("[3, 4]", "[3, 5]"), "utf-8")
    result = probewise("eval", "intake", "--judge", "embedded")
    assert result.code == 2
    assert "cooking.2: line 5 is nothing" in " ".join(result.err.split())


def test_a_broken_report_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"key": 1}), "utf-8")
    with pytest.raises(Exception, match="no report: "):
        read_intake_report(file)
    with pytest.raises(Exception, match="can't be read"):
        read_intake_report(tmp_path / "none.json")


def test_the_accepted_figures_come_out_again_where_they_are_tried() -> None:
    """Two sources of the accepted run; processors differ a little in what int8 gives."""
    from service.evaluation.intake.measure_sources import measure_source

    grader = Parts(Settings(judge="embedded")).unstored_passages
    accepted = {result.gold.id: result for result in read_intake_report(INTAKE).results}
    for source in read_sources(Path("evals/intake"), "test")[-2:]:
        now, then = asyncio.run(measure_source(source, grader)), accepted[source.gold.id]
        pairs = [
            {(answer.question_id, line) for answer in result.found for line in answer.lines}
            for result in (now, then)
        ]
        assert len(pairs[0] & pairs[1]) >= 0.8 * len(pairs[0] | pairs[1])
