"""The model in the package, as it is shipped."""

import asyncio
import re
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.evaluation.cases import Case, read_golden
from service.evaluation.metrics import Figures, Judged, figures
from service.judging.embedded.judge import EmbeddedJudge
from service.judging.embedded.scorer import BUILT_IN, OnnxScorer
from service.judging.models import Answer, Grade, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks

pytestmark = pytest.mark.anyio

GOLDEN = Path("evals/golden")
CATALOGUE = Catalogue(load_playbooks())


def golden(split: str) -> list[Case]:
    files = sorted(GOLDEN.glob("*.yaml"))
    return [case for file in files for case in read_golden(file) if case.split == split]


async def grades_of(cases: list[Case], judge: EmbeddedJudge) -> list[Grade]:
    asked = (judge.grade(CATALOGUE.question(c.question_id), Answer.of(c.answer)) for c in cases)
    return list(await asyncio.gather(*asked))


def test_it_is_small_enough_to_ship() -> None:
    assert (BUILT_IN / "model.onnx").stat().st_size <= 30_000_000


@pytest.fixture(scope="module")
def measured() -> Figures:
    """The shipped model on the golden test split, which it never saw."""
    cases = golden("test")
    judge = EmbeddedJudge(OnnxScorer)
    grades = [
        judge.grade_now(CATALOGUE.question(c.question_id), Answer.of(c.answer)) for c in cases
    ]
    return figures([Judged(case, grade) for case, grade in zip(cases, grades, strict=True)])


def test_it_beats_chance_clearly_on_cases_it_never_saw(measured: Figures) -> None:
    """Always giving the commonest verdict is right on 0.3 of the cases."""
    assert measured.accuracy > 0.45
    assert measured.macro_f1 > 0.45


def test_the_readme_tells_the_measured_figures(measured: Figures) -> None:
    """Within 0.02: processors differ in how they round int8 products."""
    readme = Path("README.md").read_text("utf-8")
    table = readme[readme.index("<!-- figures -->") : readme.index("<!-- /figures -->")]
    told = {name: float(value) for name, value in re.findall(r"\| (.+?) \| (\d\.\d+) \|", table)}
    assert told.keys() == measured.named().keys()
    for name, value in measured.named().items():
        assert told[name] == pytest.approx(value, abs=0.02), name


async def test_the_same_answer_gets_the_same_grade_in_any_company() -> None:
    cases = golden("dev")[:12]
    judge = EmbeddedJudge(OnnxScorer)
    together = await grades_of(cases, judge)
    alone = [grade for case in cases for grade in await grades_of([case], judge)]
    await judge.aclose()
    assert [_told(g) for g in together] == [_told(g) for g in alone]


async def test_a_very_long_answer_is_graded() -> None:
    judge = EmbeddedJudge(OnnxScorer)
    question = CATALOGUE.question("data-engineering.3")
    said = Answer.of("We load all tables in full every night. " * 490)
    grade = await judge.grade(question, said)
    await judge.aclose()
    assert grade.verdict in set(Verdict)
    assert all(said.text[e.start : e.end] == e.quote for s in grade.signals for e in s.evidence)


def test_a_broken_model_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="can't be loaded"):
        OnnxScorer(tmp_path)


def _told(grade: Grade) -> object:
    return grade.verdict, grade.confidence, grade.signals
