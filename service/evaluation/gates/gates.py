"""Gates: what a run must reach before a prompt, playbook or model change is merged."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from service.errors import ConfigurationError
from service.evaluation.metrics.blame import blamed
from service.evaluation.metrics.measure import Metrics
from service.evaluation.runs.comparison import Comparison
from service.evaluation.runs.run import Run
from service.records import Frozen, first_fault
from service.settings import JudgeName

__all__ = [
    "BaselineGate",
    "GateResult",
    "Gates",
    "Gating",
    "JudgeGates",
    "apply_gates",
    "read_gates",
]


class BaselineGate(Frozen):
    """What a run may lose against the accepted one.

    `accuracy_margin`: the 95 % interval of the difference must lie above minus this. A question
    fails when it loses `question_loss` cases net or more and such a loss on one question would come
    by chance less often than `question_p_value`, with all questions looked at.
    """

    accuracy_margin: float = Field(0.05, ge=0, le=1)
    question_loss: int = Field(2, ge=1)
    question_p_value: float = Field(0.05, gt=0, lt=1)


class JudgeGates(Frozen):
    """The gates of one judge: figures by name with the lowest or highest value they may have."""

    floors: dict[str, float] = Field(default_factory=dict)
    ceilings: dict[str, float] = Field(default_factory=dict)
    never_break: tuple[str, ...] = ()
    baseline: BaselineGate | None = None


class Gates(Frozen):
    """gates.toml."""

    embedded: JudgeGates | None = None
    llm: JudgeGates | None = None
    cascade: JudgeGates | None = None

    def of(self, judge: JudgeName) -> JudgeGates:
        """The gates of a judge; ConfigurationError where it has none."""
        gates: JudgeGates | None = getattr(self, judge)
        if gates is None:
            raise ConfigurationError(
                f"no gates for the {judge} judge; add a table [{judge}.floors]"
            )
        return gates


class GateResult(Frozen):
    """One gate: did it hold, in a sentence, and which cases moved it (worst question first)."""

    name: str
    passed: bool
    said: str
    cases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class Gating(Frozen):
    """What became of a run at its gates; `broken` says why it can't be judged at all."""

    results: tuple[GateResult, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[GateResult, ...]:
        return tuple(result for result in self.results if not result.passed)

    @property
    def exit_code(self) -> int:
        """0: every gate held; 1: one failed; 2: the run itself broke."""
        return 2 if self.broken else int(bool(self.failed))


def read_gates(file: Path) -> Gates:
    """The gates of a TOML file; ConfigurationError says what is wrong with it."""
    try:
        return Gates.model_validate(tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise ConfigurationError(f"{file}: can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: not TOML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"{file}: {first_fault(error)}") from error


def apply_gates(
    gates: JudgeGates, run: Run, metrics: Metrics, comparison: Comparison | None
) -> Gating:
    """Every gate's outcome; ConfigurationError for a gate on a figure that does not exist."""
    results = [
        *_bounds(gates, run, metrics),
        *_unbroken(gates.never_break, run),
        *(_against(gates.baseline, comparison) if gates.baseline and comparison else ()),
    ]
    return Gating(results=tuple(results), broken=tuple(_broken(gates, run, comparison)))


def _broken(gates: JudgeGates, run: Run, comparison: Comparison | None) -> Iterator[str]:
    if run.missing > 0:
        yield f"{run.missing} of {run.config.planned} planned answers are missing; run it again"
    if gates.baseline and comparison is None:
        yield "there is no baseline to compare with; accept a run with `probewise eval accept`"


def _bounds(gates: JudgeGates, run: Run, metrics: Metrics) -> Iterator[GateResult]:
    figures = metrics.figures()
    for name, bound, is_floor in (
        *((name, bound, True) for name, bound in gates.floors.items()),
        *((name, bound, False) for name, bound in gates.ceilings.items()),
    ):
        if name not in figures:
            near = difflib.get_close_matches(name, figures, 3, 0.4) or sorted(figures)
            raise ConfigurationError(f"gates: no figure {name!r}; there is {', '.join(near)}")
        value = figures[name]
        rule = f"{'at least' if is_floor else 'at most'} {bound:g}"
        if value is None:
            yield GateResult(
                name=name, passed=False, said=f"{name} was not measured; it must be {rule}"
            )
            continue
        passed = value >= bound if is_floor else value <= bound
        lines = () if passed else blamed(name, run)
        yield GateResult(
            name=name,
            passed=passed,
            said=f"{name} is {value:.4g}, {'as' if passed else 'but'} it must be {rule}",
            cases=tuple(dict.fromkeys(line.case.id for line in lines)),
            questions=_worst(line.case.question_id for line in lines),
        )


def _unbroken(case_ids: Iterable[str], run: Run) -> Iterator[GateResult]:
    """One result for each case that may never break."""
    lines = {line.case.id: line for line in reversed(run.plain)}
    for case_id in case_ids:
        line = lines.get(case_id)
        name = f"never break {case_id}"
        if line is None:
            yield GateResult(name=name, passed=False, said=f"{case_id} is not in this run")
            continue
        given = line.given.verdict if line.given else "ungraded"
        yield GateResult(
            name=name,
            passed=line.is_right,
            said=f"{case_id} is {given}, expected {line.case.verdict}",
            cases=() if line.is_right else (case_id,),
            questions=() if line.is_right else (line.case.question_id,),
        )


def _against(gate: BaselineGate, comparison: Comparison) -> Iterator[GateResult]:
    """The paired gates: accuracy as a whole, then every question that lost too much."""
    change = comparison.accuracy
    held = change.low >= -gate.accuracy_margin
    lost = [flip.case for flip in comparison.flips if flip.was_lost]
    yield GateResult(
        name="accuracy against the baseline",
        passed=held,
        said=(
            f"accuracy changed by {change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f}); "
            f"it may not be able to lose more than {gate.accuracy_margin:g}"
        ),
        cases=() if held else tuple(case.id for case in lost),
        questions=() if held else _worst(case.question_id for case in lost),
    )
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


def _worst(questions: Iterable[str]) -> tuple[str, ...]:
    """Each question once, the most frequent first."""
    named = list(questions)
    return tuple(
        sorted(dict.fromkeys(named), key=lambda question: (-named.count(question), question))
    )
