"""Gates: the figures a run must reach before a prompt, playbook or model change is merged."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case, ChosenSplit
from service.evaluation.metrics.figure import Figure
from service.evaluation.metrics.measure import Metrics
from service.evaluation.runs.comparison import Comparison
from service.evaluation.runs.run import Run
from service.records import Frozen, first_fault
from service.settings import JudgeName

__all__ = [
    "BaselineGate",
    "GateCheck",
    "GateResult",
    "Gates",
    "JudgeGates",
    "SplitGates",
    "apply_gates",
    "read_gates",
]


class BaselineGate(Frozen):
    """The loss that a run may have against the accepted one.

    The whole 95 % interval of the difference in accuracy must be above minus `accuracy_margin`. A
    question fails if its net loss is `question_loss` cases or more, and if chance would put so
    great a loss on any one question less often than `question_p_value`.
    """

    accuracy_margin: float = Field(0.05, ge=0, le=1)
    question_loss: int = Field(2, ge=1)
    question_p_value: float = Field(0.05, gt=0, lt=1)


class SplitGates(Frozen):
    """Gates: figures by name, with the lowest or highest value they may have.

    `never_break` names cases that must get the expected verdict.
    """

    floors: dict[str, float] = Field(default_factory=dict)
    ceilings: dict[str, float] = Field(default_factory=dict)
    never_break: tuple[str, ...] = ()
    baseline: BaselineGate | None = None


class JudgeGates(SplitGates):
    """The gates of one judge; a run of the `field` split is held to `field` alone."""

    field: SplitGates | None = None


class Gates(Frozen):
    """The content of a file of gates: a table for each judge."""

    embedded: JudgeGates | None = None
    llm: JudgeGates | None = None
    cascade: JudgeGates | None = None

    def find(self, judge: JudgeName, split: ChosenSplit) -> SplitGates | None:
        """Return the gates of a judge for a split; None if it has none."""
        gates: JudgeGates | None = getattr(self, judge)
        return gates.field if gates and split == "field" else gates

    def of(self, judge: JudgeName, split: ChosenSplit) -> SplitGates:
        """Return the gates of a judge for a split; ConfigurationError if it has none."""
        gates = self.find(judge, split)
        if gates is None:
            table = f"{judge}.field" if split == "field" else judge
            raise ConfigurationError(
                f"no gates for the {judge} judge on this split; add a table [{table}.floors]"
            )
        return gates


class GateResult(Frozen):
    """One gate: whether it held, the sentence `said` about it, and the cases that made it fail.

    `questions` are those of the cases, the one with the most cases first.
    """

    name: str
    passed: bool
    said: str
    cases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class GateCheck(Frozen):
    """A run held to its gates; `broken` lists the reasons why it can't be judged at all."""

    results: tuple[GateResult, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[GateResult, ...]:
        """The gates that did not hold."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def exit_code(self) -> int:
        """0 if every gate held, 1 if one failed, 2 if the run itself broke."""
        return 2 if self.broken else int(bool(self.failed))


def read_gates(file: Path) -> Gates:
    """Read the gates of a TOML file; ConfigurationError says what is wrong with it."""
    try:
        return Gates.model_validate(tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise ConfigurationError(f"{file}: can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: not TOML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"{file}: {first_fault(error)}") from error


def apply_gates(
    gates: SplitGates, run: Run, metrics: Metrics, comparison: Comparison | None
) -> GateCheck:
    """Hold a run to each gate; ConfigurationError for a gate on a figure that does not exist."""
    results = [
        *_check_bounds(gates, run, metrics),
        *_check_never_broken(gates.never_break, run),
        *(_check_baseline(gates.baseline, comparison) if gates.baseline and comparison else ()),
    ]
    return GateCheck(results=tuple(results), broken=tuple(_find_broken(gates, run, comparison)))


def _find_broken(gates: SplitGates, run: Run, comparison: Comparison | None) -> Iterator[str]:
    if run.missing > 0:
        yield f"{run.missing} of {run.config.planned} planned answers are missing; run it again"
    if gates.baseline and comparison is None:
        yield "there is no baseline to compare with; accept a run with `probewise eval accept`"


def _check_bounds(gates: SplitGates, run: Run, metrics: Metrics) -> Iterator[GateResult]:
    figures = {figure.name: figure for figure in metrics.list_figures()}
    for name, bound, is_floor in (
        *((name, bound, True) for name, bound in gates.floors.items()),
        *((name, bound, False) for name, bound in gates.ceilings.items()),
    ):
        if name not in figures:
            near = difflib.get_close_matches(name, figures, 3, 0.4) or sorted(figures)
            raise ConfigurationError(f"gates: no figure {name!r}; there is {', '.join(near)}")
        yield _check_bound(figures[name], bound, run, is_floor=is_floor)


def _check_bound(figure: Figure, bound: float, run: Run, *, is_floor: bool) -> GateResult:
    name, value = figure.name, figure.value
    rule = f"{'at least' if is_floor else 'at most'} {bound:g}"
    if value is None:
        said = f"{name} was not measured; it must be {rule}"
        return GateResult(name=name, passed=False, said=said)
    passed = value >= bound if is_floor else value <= bound
    blamed = () if passed else figure.find_blamed(run.results)
    return GateResult(
        name=name,
        passed=passed,
        said=f"{name} is {value:.4g}, {'as' if passed else 'but'} it must be {rule}",
        cases=tuple(dict.fromkeys(result.case.id for result in blamed)),
        questions=_rank_questions(result.case.question_id for result in blamed),
    )


def _check_never_broken(case_ids: Iterable[str], run: Run) -> Iterator[GateResult]:
    """Yield a result for each case that may never break."""
    # Reversed, so that the first repeat of a case is the one that stays.
    results = {result.case.id: result for result in reversed(run.unchanged)}
    for case_id in case_ids:
        result = results.get(case_id)
        name = f"never break {case_id}"
        if result is None:
            yield GateResult(name=name, passed=False, said=f"{case_id} is not in this run")
            continue
        given = result.given.verdict if result.given else "ungraded"
        yield GateResult(
            name=name,
            passed=result.is_right,
            said=f"{case_id} is {given}, expected {result.case.verdict}",
            cases=() if result.is_right else (case_id,),
            questions=() if result.is_right else (result.case.question_id,),
        )


def _check_baseline(gate: BaselineGate, comparison: Comparison) -> Iterator[GateResult]:
    """Yield the paired gates: accuracy as a whole, lost questions, questions newly ungraded."""
    lost = [flip.case for flip in comparison.flips if flip.was_lost]
    yield _check_accuracy(gate, comparison, lost)
    worse = {
        name: f"{name} lost {question.net_loss} of {question.n}"
        for name, question in comparison.questions.items()
        if question.net_loss >= gate.question_loss and question.p_value < gate.question_p_value
    }
    yield GateResult(
        name="every question against the baseline",
        passed=not worse,
        said="; ".join(worse.values()) or "no question lost more than chance would take",
        cases=tuple(case.id for case in lost if case.question_id in worse),
        questions=tuple(worse),
    )
    mute = {
        name: f"{name} has {question.ungraded} of {question.n} newly ungraded"
        for name, question in comparison.questions.items()
        if question.ungraded >= gate.question_loss
        and question.ungraded_p_value < gate.question_p_value
    }
    yield GateResult(
        name="no question ungraded against the baseline",
        passed=not mute,
        said="; ".join(mute.values()) or "no question fell silent",
        cases=comparison.newly_ungraded if mute else (),
        questions=tuple(mute),
    )


def _check_accuracy(gate: BaselineGate, comparison: Comparison, lost: Sequence[Case]) -> GateResult:
    change = comparison.accuracy
    # The lower end of the interval decides: a small run passes only if a great loss is unlikely,
    # and not because it is too small to show one.
    held = change.low >= -gate.accuracy_margin
    return GateResult(
        name="accuracy against the baseline",
        passed=held,
        said=(
            f"accuracy changed by {change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f}); "
            f"it may not be able to lose more than {gate.accuracy_margin:g}"
        ),
        cases=() if held else tuple(case.id for case in lost),
        questions=() if held else _rank_questions(case.question_id for case in lost),
    )


def _rank_questions(questions: Iterable[str]) -> tuple[str, ...]:
    """Return each question once, the most frequent first."""
    named = list(questions)
    return tuple(
        sorted(dict.fromkeys(named), key=lambda question: (-named.count(question), question))
    )
