"""Which cases the page shows, and where on it a failed gate's cases stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.evaluation.gates.gates import GateResult
from service.evaluation.metrics.robustness import attack_won, unchanged, verdict_flipped
from service.evaluation.reports.report import Report, in_order
from service.evaluation.runs.comparison import Flip
from service.evaluation.runs.run import Line

__all__ = ["Sections", "sections"]

Cases = Mapping[str, Sequence[Line]]

_STARTS_IN = {
    "attack_success": "changed",
    "flips": "changed",
    "ungraded": "ungraded",
    "graded": "ungraded",
}


@dataclass(frozen=True)
class Sections:
    """What each section shows, by case id, questions in order.

    `wrong` leaves out grades that a flip shows; `changed` holds changed answers that moved the
    verdict or stayed ungraded; `others` what a failed gate names and no other section shows.
    """

    flips: Mapping[str, Flip]
    wrong: Cases
    ungraded: Cases
    changed: Cases
    others: Cases

    def anchor(self, gate: GateResult, case_id: str) -> str | None:
        """The id on the page of the case as the gate saw it; None where it is not shown."""
        places = ("flips", "wrong", "ungraded", "others", "changed")
        first = _STARTS_IN.get(gate.name, "flips")
        for place in (first, *places):
            if case_id in getattr(self, place):
                return f"{place}-{case_id}"
        return None


def sections(report: Report) -> Sections:
    """The sections of a report's page."""
    plain, before = report.run.plain, unchanged(report.run.lines)
    flips = {flip.case.id: flip for flip in report.flips}
    wrong = _by_case(
        line
        for line in plain
        if line.given
        and not line.is_right
        and not (line.case.id in flips and flips[line.case.id].new == line.given)
    )
    ungraded = _by_case(line for line in plain if line.ungraded)
    changed = _by_case(
        line
        for line in report.run.lines
        if line.change
        and (line.ungraded or attack_won(line, before) or verdict_flipped(line, before))
    )
    shown = flips.keys() | wrong.keys() | ungraded.keys()
    named = {
        case_id
        for gate in (report.gating.failed if report.gating else ())
        if _STARTS_IN.get(gate.name) != "changed"
        for case_id in gate.cases
    }
    others = _by_case(line for line in plain if line.case.id in named - shown)
    return Sections(flips, wrong, ungraded, changed, others)


def _by_case(lines: Iterable[Line]) -> dict[str, list[Line]]:
    cases: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (in_order(line.case), line.repeat)):
        cases.setdefault(line.case.id, []).append(line)
    return cases
