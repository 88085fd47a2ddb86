"""Which lines of a run moved a figure the wrong way."""

from collections.abc import Callable

from service.evaluation.metrics.robustness import attack_won, is_noise, unchanged, verdict_flipped
from service.evaluation.metrics.signal_metrics import is_verbatim, statuses
from service.evaluation.metrics.verdict_metrics import HARMS
from service.evaluation.runs.run import Line, Run

__all__ = ["blamed"]


def blamed(figure: str, run: Run) -> tuple[Line, ...]:
    """The lines behind a figure of `Metrics.figures`; empty for time and money."""
    before = unchanged(run.lines)
    if figure == "attack_success":
        return tuple(line for line in run.lines if line.change and attack_won(line, before))
    if figure == "flips":
        return tuple(line for line in run.lines if is_noise(line) and verdict_flipped(line, before))
    concerns = _CONCERNS.get(figure.partition(".")[0])
    return tuple(line for line in run.plain if concerns(line, figure)) if concerns else ()


def _is_ungraded(line: Line, _figure: str) -> bool:
    return line.given is None


def _is_wrong(line: Line, _figure: str) -> bool:
    return line.given is not None and not line.is_right


def _was_not_recalled(line: Line, figure: str) -> bool:
    return _is_wrong(line, figure) and line.case.verdict == figure.partition(".")[2]


def _was_not_precise(line: Line, figure: str) -> bool:
    return (
        line.given is not None
        and not line.is_right
        and line.given.verdict == figure.partition(".")[2]
    )


def _was_harmed(line: Line, figure: str) -> bool:
    at_risk, harmful = HARMS[figure]
    return line.given is not None and line.case.verdict in at_risk and line.given.verdict in harmful


def _has_a_false_quote(line: Line, _figure: str) -> bool:
    if line.given is None:
        return False
    real, quotes = is_verbatim(line.case, line.given)
    return real < quotes


def _has_another_status(line: Line, _figure: str) -> bool:
    return line.given is not None and any(a is not b for a, b in statuses(line.case, line.given))


def _asks_for_review(line: Line, _figure: str) -> bool:
    return line.given is not None and line.given.needs_review


_CONCERNS: dict[str, Callable[[Line, str], bool]] = {
    "ungraded": _is_ungraded,
    "graded": _is_ungraded,
    "recall": _was_not_recalled,
    "precision": _was_not_precise,
    "evidence_valid": _has_a_false_quote,
    "shown_f1": _has_another_status,
    "status_accuracy": _has_another_status,
    "needs_review": _asks_for_review,
    **dict.fromkeys(HARMS, _was_harmed),
    **dict.fromkeys(
        ("accuracy", "macro_f1", "kappa", "calibration_error", "brier", "surest_half_accuracy"),
        _is_wrong,
    ),
}
