"""A small golden set of built-in questions, and a judge that grades it as a test tells it to."""

from collections.abc import Sequence
from pathlib import Path

from service.evaluation.cases.case import Case, write_golden
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.playbooks.models import Question
from service.reasons import Reason
from tests.evaluation.cases import a_case
from tests.fakes import FakeJudge, a_grade

__all__ = ["CASES", "DOWN", "TEST", "CaseJudge", "asked", "write_set"]

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
CASES = [
    a_case("pipes-1", "data-engineering.1", WEAK),
    a_case("pipes-2", "data-engineering.1", PARTIAL),
    a_case("cdc-1", "data-engineering.3", WEAK),
    a_case("cdc-2", "data-engineering.3", GOOD),
    a_case("serving-1", "ai-ml.2", WEAK),
    a_case("serving-2", "ai-ml.2", UNANSWERED),
    a_case("tuned-1", "data-engineering.1", WEAK, split="dev"),
    a_case("tuned-2", "ai-ml.2", GOOD, split="dev"),
]
TEST = [case.id for case in CASES if case.split == "test"]
DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503")


class CaseJudge(FakeJudge):
    """Gives each case its own label, unless `results` has other words for it.

    `results` maps words to what is given where they stand in the question or the answer; `result`
    goes to answers that name no case. `rationale` and `cost_usd` stand in every grade.
    """

    def __init__(self, cases: Sequence[Case] = CASES) -> None:
        super().__init__(Verdict.WEAK)
        self.labels = {case.answer: case.verdict for case in cases}
        self.results: dict[str, Verdict | Ungraded] = {}
        self.rationale = "Nothing is watched."
        self.cost_usd: float | None = 0.0

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        self.asked.append((question, answer))
        said = f"{question.model_dump_json()}\n{answer.text}"
        own = self.labels.get(answer.text, self.result)
        result = next((given for words, given in self.results.items() if words in said), own)
        if isinstance(result, Exception):
            raise result
        if isinstance(result, Ungraded):
            return result
        grade = a_grade(question, result)
        judge = grade.judge.model_copy(update={"cost_usd": self.cost_usd})
        return grade.model_copy(update={"rationale": self.rationale, "judge": judge})


def asked(judge: FakeJudge, cases: Sequence[Case] = CASES) -> list[str]:
    """The ids of the cases whose own answers the judge was asked for, sorted."""
    answers = {case.answer: case.id for case in cases}
    return sorted(answers[answer.text] for _, answer in judge.asked if answer.text in answers)


def write_set(folder: Path, cases: Sequence[Case] = CASES) -> Path:
    """A folder of one golden file."""
    folder.mkdir(exist_ok=True)
    write_golden(cases, folder / "cases.yaml")
    return folder
