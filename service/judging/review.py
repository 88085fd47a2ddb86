"""Decide whether a person should look at a grade: the one rule, and the reasons it gives."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

__all__ = ["Flag", "ReviewReason", "read_recorded_review", "review_reasons"]


class Flag(StrEnum):
    """A property of an answer that a person should know before relying on its grade."""

    SUSPECTED_INSTRUCTIONS = "suspected_instructions"
    RECITED_PLAYBOOK = "recited_playbook"
    UNKNOWN_SIDE = "unknown_side"


class ReviewReason(StrEnum):
    """A reason why a person should look at a grade.

    `low_confidence`: the judge is less sure than its limit. `repaired`: the model's reply broke the
    rules twice, and only what its evidence supports was kept. `stand_in`: the embedded judge graded
    because no model answered. The others are the answer's flags.
    """

    LOW_CONFIDENCE = "low_confidence"
    REPAIRED = "repaired"
    STAND_IN = "stand_in"
    SUSPECTED_INSTRUCTIONS = "suspected_instructions"
    RECITED_PLAYBOOK = "recited_playbook"
    UNKNOWN_SIDE = "unknown_side"


def review_reasons(
    *,
    confidence: float | None = None,
    review_below: float = 0.0,
    flags: Iterable[Flag] = (),
    is_repaired: bool = False,
    is_stand_in: bool = False,
    before: Iterable[ReviewReason] = (),
) -> tuple[ReviewReason, ...]:
    """List every reason to look at a grade, in the order of ReviewReason; empty if there is none.

    An unmeasured confidence (None) is no reason. `before` are reasons found earlier, which stay.
    """
    found = {*before, *(ReviewReason(flag) for flag in flags)}
    if confidence is not None and confidence < review_below:
        found.add(ReviewReason.LOW_CONFIDENCE)
    if is_repaired:
        found.add(ReviewReason.REPAIRED)
    if is_stand_in:
        found.add(ReviewReason.STAND_IN)
    return tuple(reason for reason in ReviewReason if reason in found)


def read_recorded_review(document: Mapping[str, object]) -> tuple[ReviewReason, ...]:
    """Tell the reasons behind `needs_review` in a grade of release 0.1.0, which kept none.

    Flags and a stand-in are in the document. What is left came of a low confidence, or of a repair
    where no confidence was measured.
    """
    if not document.get("needs_review"):
        return ()
    flags, judge = document.get("flags"), document.get("judge")
    found = review_reasons(
        flags=[flag for flag in Flag if flag in flags] if isinstance(flags, list | tuple) else (),
        is_stand_in=isinstance(judge, Mapping) and judge.get("fallback_reason") is not None,
    )
    if found:
        return found
    is_measured = document.get("confidence") is not None
    return (ReviewReason.LOW_CONFIDENCE if is_measured else ReviewReason.REPAIRED,)
