"""The report of one run: its figures, and on request the baseline and the gates."""

import re
from dataclasses import dataclass
from pathlib import Path

from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import split_question_id
from service.evaluation.gates.baselines import find_baseline
from service.evaluation.gates.gates import GateCheck, GateResult, apply_gates, read_gates
from service.evaluation.metrics.measure import Metrics, measure
from service.evaluation.runs.comparison import Comparison, Flip, compare_runs
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

    def rank_cases(self, gate: GateResult) -> list[str]:
        """Return the cases that a gate names, those of its worst question first."""
        asked = {result.case.id: result.case.question_id for result in self.run.results}
        ranks = {question: rank for rank, question in enumerate(gate.questions)}
        return sorted(gate.cases, key=lambda name: ranks.get(asked.get(name, ""), len(ranks)))


def report_gates(run: Run, gates: Path, baselines: Path) -> RunReport:
    """Report a run with the check of its gates, and with its baseline if the gates ask for one.

    Raises ConfigurationError if nothing was graded, or if the gates can't be used.
    """
    wanted = read_gates(gates).of(run.config.key.judge)
    metrics = measure(run.results)
    baseline = find_baseline(baselines, run.config) if wanted.baseline else None
    comparison = compare_runs(baseline, run) if baseline else None
    return RunReport(run, metrics, comparison, apply_gates(wanted, run, metrics, comparison))


def rank_case(case: Case) -> tuple[tuple[str, int], str]:
    """Give the sort key of a case: its question, then its id with the numbers in it as numbers."""
    case_id = re.sub(r"\d+", lambda digits: digits[0].zfill(9), case.id)
    return split_question_id(case.question_id), case_id
