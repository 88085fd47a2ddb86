"""The report of one run: its figures, and on request the baseline and the gates."""

import re
from dataclasses import dataclass
from pathlib import Path

from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import split_question_id
from service.evaluation.gates.baselines import find_baseline
from service.evaluation.gates.gates import GateCheck, GateResult, apply_gates, read_gates
from service.evaluation.metrics.figure import Concern
from service.evaluation.metrics.measure import Metrics, measure
from service.evaluation.runs.comparison import Comparison, Flip, compare_runs, have_common_cases
from service.evaluation.runs.run import Run

__all__ = ["RunReport", "rank_case", "report_gates"]

_JUDGES = {"embedded": "Embedded", "llm": "LLM", "cascade": "Cascade"}


@dataclass(frozen=True)
class RunReport:
    """A run with its figures, the comparison with another run and the check of its gates."""

    run: Run
    metrics: Metrics
    comparison: Comparison | None = None
    gating: GateCheck | None = None

    @property
    def title(self) -> str:
        """Name the judge, the split and the prompt."""
        key, selection = self.run.config.key, self.run.config.selection
        prompt = f", {key.prompt}" if key.prompt else ""
        return f"{_JUDGES[key.judge]} judge on the golden {selection.split} split{prompt}"

    @property
    def flips(self) -> list[Flip]:
        """The flipped cases, newly wrong ones first, newly right ones last."""
        flips = self.comparison.flips if self.comparison else ()
        return sorted(
            flips, key=lambda flip: (not flip.was_lost, flip.was_won, rank_case(flip.case))
        )

    @property
    def wrong_before(self) -> frozenset[str]:
        """The cases that the baseline's first grades have wrong too, by this run's labels."""
        if self.comparison is None:
            return frozenset()
        right: dict[str, bool] = {}
        for result in sorted(self.run.unchanged, key=lambda result: result.repeat):
            if result.given:
                right.setdefault(result.case.id, result.is_right)
        # A case that did not flip is as right or wrong in the baseline as it is in this run.
        right |= {flip.case.id: flip.was_lost for flip in self.comparison.flips}
        return frozenset(name for name in right if not right[name]) - set(self.comparison.unpaired)

    @property
    def newly_wrong(self) -> frozenset[str]:
        """The cases that are wrong or ungraded, and that the baseline has not wrong as well.

        Without a baseline nothing is known to be new.
        """
        if self.comparison is None:
            return frozenset()
        missed = {result.case.id for result in self.run.unchanged if not result.is_right}
        return frozenset(missed - self.wrong_before)

    def rank_cases(self, gate: GateResult) -> list[str]:
        """Return the cases that a gate names: newly wrong ones first, those wrong before last.

        Within each kind, those of the gate's worst question come first.
        """
        new, known = self.newly_wrong, frozenset(self.find_known(gate))
        asked = self._asked
        ranks = {question: rank for rank, question in enumerate(self.rank_questions(gate))}
        return sorted(
            gate.cases,
            key=lambda name: (
                name in known,
                name not in new,
                ranks.get(asked.get(name, ""), len(ranks)),
            ),
        )

    def rank_questions(self, gate: GateResult) -> list[str]:
        """Return the questions that a gate names, those with the most newly wrong cases first."""
        asked, new = self._asked, self.newly_wrong
        fresh = [asked.get(name) for name in gate.cases if name in new]
        return sorted(gate.questions, key=lambda question: -fresh.count(question))

    def find_known(self, gate: GateResult) -> list[str]:
        """Return the cases of a gate whose verdict was wrong in the baseline too.

        A gate on changed answers has none: no baseline stores the grades of changed answers.
        """
        concerns = {figure.name: figure.concern for figure in self.metrics.list_figures()}
        if concerns.get(gate.name) is Concern.CHANGED:
            return []
        before = self.wrong_before
        return [name for name in gate.cases if name in before]

    @property
    def _asked(self) -> dict[str, str]:
        return {result.case.id: result.case.question_id for result in self.run.results}


def report_gates(run: Run, gates: Path, baselines: Path) -> RunReport:
    """Report a run with the check of its gates, and compare it with its baseline if it has one.

    A baseline that has no graded case of the run is left out, unless the gates ask for one.
    Raises ConfigurationError if nothing was graded, or if the gates can't be used.
    """
    wanted = read_gates(gates).of(run.config.key.judge, run.config.selection.split)
    metrics = measure(run.results)
    baseline = find_baseline(baselines, run.config)
    comparable = baseline and (wanted.baseline or have_common_cases(baseline, run))
    comparison = compare_runs(baseline, run) if baseline and comparable else None
    return RunReport(run, metrics, comparison, apply_gates(wanted, run, metrics, comparison))


def rank_case(case: Case) -> tuple[tuple[str, int], str]:
    """Give the sort key of a case: its question, then its id with the numbers in it as numbers."""
    case_id = re.sub(r"\d+", lambda digits: digits[0].zfill(9), case.id)
    return split_question_id(case.question_id), case_id
