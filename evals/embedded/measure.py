"""Measure how far the model can be relied on: `python -m evals.embedded.measure --corpora FOLDER`.

Writes measured.json beside the model, which the card, `doctor` and docs/figures.md quote: what
people wrote about their own practice first, then how people put things in notes, then the golden
test split. None of these answers was trained or calibrated on.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from evals.embedded.lessons import GOLDEN
from evals.embedded.people import read_passages
from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.evaluation.metrics.review_figures import measure_review
from service.judging.embedded.embedded_judge import EmbeddedJudge
from service.judging.embedded.measured import MEASURED_FILE, Measured, MeasuredSet
from service.judging.embedded.onnx_model import OnnxScorer
from service.judging.models import Answer
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="folder of public corpora")
    practice = parser.parse_args().corpora / "practice" / "test.jsonl"
    golden = read_golden_folder(GOLDEN)
    sets = {
        "passages that people wrote about their own practice": [
            case for _, case in read_passages(practice, "test")
        ],
        "answers as people put them in notes": select_cases(golden, Selection(split="field")),
        "polished answers": select_cases(golden, Selection(split="test")),
    }
    scorer = OnnxScorer()
    judge = EmbeddedJudge(lambda: scorer)
    measured = Measured(
        model=scorer.name,
        sets=tuple(_measure(name, _grade(judge, cases)) for name, cases in sets.items()),
    )
    MEASURED_FILE.write_text(measured.model_dump_json(indent=2) + "\n", "utf-8")
    for one in measured.sets:
        print(one.model_dump_json())


def _grade(judge: EmbeddedJudge, cases: Iterable[Case]) -> list[CaseResult]:
    catalogue = Catalogue(load_playbooks())
    return [
        CaseResult(
            case=case,
            given=GivenGrade.of(
                judge.grade_now(catalogue.question(case.question_id), Answer.of(case.answer))
            ),
        )
        for case in cases
    ]


def _measure(name: str, results: Sequence[CaseResult]) -> MeasuredSet:
    figures = measure_review(results, repeats=1)
    shares = {
        field: round(estimate.value, 3) if (estimate := getattr(figures, field)) else 0.0
        for field in type(figures).model_fields
    }
    right = sum(result.is_right for result in results) / len(results)
    return MeasuredSet(name=name, answers=len(results), right=round(right, 3), **shares)


if __name__ == "__main__":
    main()
