"""The plan of a run: the answers it will grade, and their expected cost."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from service.errors import ProbewiseError
from service.evaluation.cases.case import Case, CaseError
from service.evaluation.cases.case_result import ResultId
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.evaluation.robustness.changed_cases import change_case
from service.evaluation.robustness.suite import Suite
from service.judging.models import Answer, Verdict
from service.llm.chat import Usage, find_list_price
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Question

if TYPE_CHECKING:  # it imports langchain, which a run of the embedded judge never needs
    from service.judging.prompt import Prompt

__all__ = [
    "Budget",
    "PlannedAnswer",
    "RunPlan",
    "estimate_budget",
    "find_question",
    "plan_answers",
    "plan_run",
]

# Measured with the tokenizers o200k and Qwen's on the prompt grade@1: 4.1 to 4.4.
_CHARACTERS_PER_TOKEN = 4.2
_REPLY_TOKENS = 40
_SIGNAL_TOKENS = 30


@dataclass(frozen=True)
class PlannedAnswer:
    """One answer to grade: of a case itself, or changed (`change` and `wants` as in CaseResult)."""

    case: Case
    question: Question
    repeat: int = 0
    change: str | None = None
    wants: Verdict | None = None

    @property
    def id(self) -> ResultId:
        """The id of the result that this answer will have."""
        return self.case.id, self.repeat, self.change


@dataclass(frozen=True)
class RunPlan:
    """The selected cases, and every answer to grade for them."""

    selection: Selection
    cases: tuple[Case, ...]
    answers: tuple[PlannedAnswer, ...]


@dataclass(frozen=True)
class Budget:
    """The expected calls, tokens and US dollars, without repairs and retries.

    `cost_usd` is None if the model's price is unknown.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


def plan_run(
    golden: Path, selection: Selection, catalogue: Catalogue, suite: Suite | None = None
) -> RunPlan:
    """Read the golden set and plan the answers that a selection asks for.

    Raises CaseError and ConfigurationError, as `read_golden_folder`, `select_cases` and
    `plan_answers` do.
    """
    cases = select_cases(read_golden_folder(golden), selection)
    answers = plan_answers(cases, catalogue, selection, suite)
    return RunPlan(selection, tuple(cases), tuple(answers))


def plan_answers(
    cases: Iterable[Case], catalogue: Catalogue, selection: Selection, suite: Suite | None = None
) -> Iterator[PlannedAnswer]:
    """Yield each case as often as the selection says, then its changed answers.

    Raises CaseError for a case that can't be graded, see `find_question`.
    """
    for case in cases:
        question = find_question(case, catalogue)
        yield from (PlannedAnswer(case, question, repeat) for repeat in range(selection.repeat))
        if suite is not None and selection.changes:
            for change in change_case(
                case, question, suite, per_kind=selection.changes, seed=selection.seed
            ):
                yield PlannedAnswer(change.case, question, 0, change.name, change.wants)


def find_question(case: Case, catalogue: Catalogue) -> Question:
    """Return the case's question.

    Raises CaseError if no playbook has the question, or if the answer is empty or too long.
    """
    try:
        Answer.of(case.answer)
        return catalogue.question(case.question_id)
    except ProbewiseError as error:
        raise CaseError(f"case {case.id}: {error}") from error


def estimate_budget(
    answers: Sequence[PlannedAnswer], prompt: "Prompt", *, model: str, base_url: str
) -> Budget:
    """Estimate tokens and cost from the length of the prompts and the number of signals."""
    characters = sum(
        len(message.text)
        for answer in answers
        for message in prompt.render(answer.question, Answer.of(answer.case.answer))
    )
    usage = Usage(
        input_tokens=round(characters / _CHARACTERS_PER_TOKEN),
        output_tokens=sum(
            _REPLY_TOKENS + _SIGNAL_TOKENS * len(answer.question.signals) for answer in answers
        ),
    )
    cost = find_list_price(usage, model, base_url)
    return Budget(len(answers), usage.input_tokens, usage.output_tokens, cost)
