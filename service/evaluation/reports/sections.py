"""Divide a run's cases among the sections of its page, and find a failed gate's cases there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.evaluation.cases.case_result import CaseResult
from service.evaluation.gates.gates import GateResult
from service.evaluation.metrics.figure import Concern, map_unchanged_verdicts
from service.evaluation.metrics.robustness import has_flipped, has_won
from service.evaluation.reports.report import RunReport, rank_case
from service.evaluation.runs.comparison import Flip

__all__ = ["CaseSections", "divide_cases"]

Cases = Mapping[str, Sequence[CaseResult]]

_SECTIONS = ("flips", "wrong", "ungraded", "others", "changed")
# A case can be in several sections: a gate's link leads to what the gate's figure is about.
_FIRST = {Concern.GRADED: "flips", Concern.UNGRADED: "ungraded", Concern.CHANGED: "changed"}


@dataclass(frozen=True)
class CaseSections:
    """The cases of each section by id, questions in order.

    `wrong` leaves out grades that a flip shows. `changed` has the changed answers that moved the
    verdict or stayed ungraded. `others` has the cases that a failed gate names and that no other
    section shows. `concerns` has the concern of each figure, by its name.
    """

    flips: Mapping[str, Flip]
    wrong: Cases
    ungraded: Cases
    changed: Cases
    others: Cases
    concerns: Mapping[str, Concern]

    def find_anchor(self, gate: GateResult, case_id: str) -> str | None:
        """Find the id on the page of a case that a gate names; None if it is not shown."""
        first = _FIRST[self.concerns.get(gate.name, Concern.GRADED)]
        for section in (first, *_SECTIONS):
            if case_id in getattr(self, section):
                return f"{section}-{case_id}"
        return None


def divide_cases(report: RunReport) -> CaseSections:
    """Divide the cases of a report among the sections of its page."""
    unchanged, before = report.run.unchanged, map_unchanged_verdicts(report.run.results)
    concerns = {figure.name: figure.concern for figure in report.metrics.list_figures()}
    flips = {flip.case.id: flip for flip in report.flips}
    wrong = _group_by_case(
        result
        for result in unchanged
        if result.given
        and not result.is_right
        and not (result.case.id in flips and flips[result.case.id].new == result.given)
    )
    ungraded = _group_by_case(result for result in unchanged if result.ungraded)
    changed = _group_by_case(
        result
        for result in report.run.results
        if result.change
        and (result.ungraded or has_won(result, before) or has_flipped(result, before))
    )
    shown = flips.keys() | wrong.keys() | ungraded.keys()
    named = {
        case_id
        for gate in (report.gating.failed if report.gating else ())
        if concerns.get(gate.name) is not Concern.CHANGED
        for case_id in gate.cases
    }
    others = _group_by_case(result for result in unchanged if result.case.id in named - shown)
    return CaseSections(flips, wrong, ungraded, changed, others, concerns)


def _group_by_case(results: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    cases: dict[str, list[CaseResult]] = {}
    for result in sorted(results, key=lambda result: (rank_case(result.case), result.repeat)):
        cases.setdefault(result.case.id, []).append(result)
    return cases
