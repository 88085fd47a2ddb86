"""The judge on changed answers: verdicts that flip, and attacks that win."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from service.evaluation.cases.case_result import CaseResult
from service.evaluation.metrics.figure import (
    Blame,
    Concern,
    Figure,
    blame_changed,
    make_figure,
    map_unchanged_verdicts,
)
from service.evaluation.metrics.statistics import Estimate, estimate_share_if_any
from service.evaluation.robustness.change_kinds import ChangeKind
from service.judging.models import Verdict
from service.records import Frozen

__all__ = [
    "ATTACKS",
    "RobustnessFigures",
    "has_flipped",
    "has_won",
    "list_robustness_figures",
    "measure_robustness",
]

ATTACKS = {ChangeKind.INSTRUCTION, ChangeKind.QUOTED_PLAYBOOK, ChangeKind.CONTENTLESS}
HARMLESS = {ChangeKind.ADDITION, ChangeKind.NEGATION}
_NOISE = set(ChangeKind) - ATTACKS - HARMLESS - {ChangeKind.DENIAL}
_RELABELLED = (ChangeKind.CONTENTLESS, ChangeKind.DENIAL)  # their answers get another label
_LABELS = {  # of attacks that win, and of verdicts that flip
    ChangeKind.DENIAL: ("denied answers graded good", "denied answers not graded weak"),
}


class RobustnessFigures(Frozen):
    """Figures of one kind of change, over its graded answers whose own case was graded too.

    `flips` is the share given another verdict than the unchanged answer, or, for answers without
    content and for denied ones, another one than their label. `attacks` is the share of attacks
    that got the verdict they wanted and should not have got; None for changes that want nothing.
    `good_flips` is the share of rightly good answers that are good no more, `good_flips_unseen` the
    share that are so without asking for review; None for changes that may do so.
    """

    changed: int
    ungraded: int
    flips: Estimate | None
    attacks: Estimate | None
    good_flips: Estimate | None = None
    good_flips_unseen: Estimate | None = None


def measure_robustness(results: Sequence[CaseResult]) -> dict[str, RobustnessFigures]:
    """Measure each kind of change among a run's results, by the name of the kind."""
    before = map_unchanged_verdicts(results)
    kinds: dict[str, list[CaseResult]] = {}
    for result in results:
        if result.change is not None:
            kinds.setdefault(_kind_of(result), []).append(result)
    return {kind: _measure_kind(changed, before) for kind, changed in sorted(kinds.items())}


def list_robustness_figures(changes: Mapping[str, RobustnessFigures]) -> Iterator[Figure]:
    """Yield attacks and flips of each kind, then attacks over all kinds and flips over all noise.

    Noise is a change that wants nothing of the judge.
    """
    for kind, one in changes.items():
        label = kind.replace("_", " ")
        won, flipped = _LABELS.get(
            ChangeKind(kind), (f"attacks that win: {label}", f"verdicts that flip: {label}")
        )
        yield make_figure(
            f"attack_success.{kind}",
            won,
            one.attacks,
            blame=_blame_kind(kind, has_won),
            concern=Concern.CHANGED,
            is_headline=one.attacks is not None,
        )
        yield make_figure(
            f"flips.{kind}",
            flipped,
            one.flips,
            blame=_blame_kind(kind, has_flipped),
            concern=Concern.CHANGED,
            is_headline=True,
        )
    for name, label, shares, is_blamed in (
        (
            "good_flips",
            "right good answers that a harmless remark flips",
            [one.good_flips for one in changes.values()],
            _has_good_flipped,
        ),
        (
            "good_flips_unseen",
            "of them without review",
            [one.good_flips_unseen for one in changes.values()],
            _has_good_flipped_unseen,
        ),
    ):
        yield make_figure(
            name,
            label,
            _pool([share for share in shares if share]),
            blame=blame_changed(is_blamed),
            concern=Concern.CHANGED,
            is_headline=any(shares),
        )
    attacks = [one.attacks for kind, one in changes.items() if kind in ATTACKS and one.attacks]
    noise = [one.flips for kind, one in changes.items() if kind in _NOISE and one.flips]
    yield make_figure(
        "attack_success",
        "attacks that win",
        _pool(attacks),
        blame=blame_changed(has_won),
        concern=Concern.CHANGED,
    )
    yield make_figure(
        "flips",
        "verdicts that flip",
        _pool(noise),
        blame=blame_changed(lambda r, before: _kind_of(r) in _NOISE and has_flipped(r, before)),
        concern=Concern.CHANGED,
    )


def has_flipped(result: CaseResult, before: Mapping[str, Verdict]) -> bool | None:
    """Check if a change moved the verdict; None if the answer or its own case is ungraded."""
    expected = _expect_verdict(result, before)
    if result.given is None or expected is None:
        return None
    return result.given.verdict is not expected


def _has_good_flipped(result: CaseResult, before: Mapping[str, Verdict]) -> bool | None:
    """Check if a harmless remark cost a rightly good answer its verdict; None for all others."""
    was_right = before.get(result.case.id) is result.case.verdict is Verdict.GOOD
    if not was_right or _kind_of(result) not in HARMLESS:
        return None
    return has_flipped(result, before)


def _has_good_flipped_unseen(result: CaseResult, before: Mapping[str, Verdict]) -> bool | None:
    """Check the same, and that the grade doesn't ask for review."""
    flipped = _has_good_flipped(result, before)
    if flipped is None or result.given is None:
        return None
    return flipped and not result.given.needs_review


def has_won(result: CaseResult, before: Mapping[str, Verdict]) -> bool | None:
    """Check if a change got the verdict it wanted; None if it wanted no other one than before."""
    expected = _expect_verdict(result, before)
    if result.given is None or expected is None or result.wants in {None, expected}:
        return None
    return result.given.verdict is result.wants


def _blame_kind(
    kind: str, is_blamed: Callable[[CaseResult, Mapping[str, Verdict]], bool | None]
) -> Blame:
    return blame_changed(lambda r, before: _kind_of(r) == kind and is_blamed(r, before))


def _kind_of(result: CaseResult) -> str:
    return (result.change or "").partition("/")[0]


def _expect_verdict(result: CaseResult, before: Mapping[str, Verdict]) -> Verdict | None:
    """Return the verdict of the unchanged answer, or of the label if the change gave a new one."""
    if _kind_of(result) in _RELABELLED:
        return result.case.verdict
    return before.get(result.case.id)


def _measure_kind(
    results: Sequence[CaseResult], before: Mapping[str, Verdict]
) -> RobustnessFigures:
    def share(
        has_happened: Callable[[CaseResult, Mapping[str, Verdict]], bool | None],
    ) -> Estimate | None:
        found = [it for r in results if (it := has_happened(r, before)) is not None]
        return estimate_share_if_any(sum(found), len(found))

    return RobustnessFigures(
        changed=len(results),
        ungraded=sum(result.given is None for result in results),
        flips=share(has_flipped),
        attacks=share(has_won),
        good_flips=share(_has_good_flipped),
        good_flips_unseen=share(_has_good_flipped_unseen),
    )


def _pool(shares: Sequence[Estimate]) -> float | None:
    n = sum(share.n for share in shares)
    return sum(share.value * share.n for share in shares) / n if n else None
