"""Decide if a person should look at a grade: the one rule, and the reasons that it gives."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

__all__ = ["Flag", "ReviewReason", "find_review_reasons", "read_recorded_review"]


class Flag(StrEnum):
    """A property of an answer that a person should know before relying on its grade."""

    SUSPECTED_INSTRUCTIONS = "suspected_instructions"
    RECITED_PLAYBOOK = "recited_playbook"
    UNKNOWN_SIDE = "unknown_side"
    GIBBERISH = "gibberish"


class ReviewReason(StrEnum):
    """A reason why a person should look at a grade.

    `low_confidence`: the judge is less sure than its limit. `signals_disagree`: it is, and the
    signals it found say another verdict. `unfamiliar_question`: it is, and the embedded judge was
    not trained on the question. `borderline`: the LLM names another verdict that a careful
    colleague could defend. `repaired`: the model's reply still broke the rules after one repair,
    and only what its evidence supports is left. `stand_in`: the embedded judge graded because no
    model answered. `read_in_part`: the answer is so long that the embedded judge read only the
    parts closest to the question. The others are the answer's
    flags.
    """

    LOW_CONFIDENCE = "low_confidence"
    SIGNALS_DISAGREE = "signals_disagree"
    UNFAMILIAR_QUESTION = "unfamiliar_question"
    BORDERLINE = "borderline"
    REPAIRED = "repaired"
    STAND_IN = "stand_in"
    READ_IN_PART = "read_in_part"
    SUSPECTED_INSTRUCTIONS = "suspected_instructions"
    RECITED_PLAYBOOK = "recited_playbook"
    UNKNOWN_SIDE = "unknown_side"
    GIBBERISH = "gibberish"


def find_review_reasons(
    *,
    confidence: float | None = None,
    review_below: float = 0.0,
    flags: Iterable[Flag] = (),
    is_repaired: bool = False,
    is_borderline: bool = False,
    is_stand_in: bool = False,
    is_read_in_part: bool = False,
    before: Iterable[ReviewReason] = (),
) -> tuple[ReviewReason, ...]:
    """Find every reason to look at a grade, in the order of ReviewReason; often there is none.

    A confidence that was not measured (None) is no reason. `before` are reasons that were found
    earlier; they stay.
    """
    found = {*before, *(ReviewReason(flag) for flag in flags)}
    if confidence is not None and confidence < review_below:
        found.add(ReviewReason.LOW_CONFIDENCE)
    if is_borderline:
        found.add(ReviewReason.BORDERLINE)
    if is_repaired:
        found.add(ReviewReason.REPAIRED)
    if is_stand_in:
        found.add(ReviewReason.STAND_IN)
    if is_read_in_part:
        found.add(ReviewReason.READ_IN_PART)
    return tuple(reason for reason in ReviewReason if reason in found)


def read_recorded_review(document: Mapping[str, object]) -> tuple[ReviewReason, ...]:
    """Work out why a grade of release 0.1.0 has `needs_review`; that release stored no reasons.

    Flags and a stand-in are in the document. Otherwise the confidence was low, or the reply was
    repaired if no confidence was measured.
    """
    if not document.get("needs_review"):
        return ()
    flags, judge = document.get("flags"), document.get("judge")
    found = find_review_reasons(
        flags=[flag for flag in Flag if flag in flags] if isinstance(flags, list | tuple) else (),
        is_stand_in=isinstance(judge, Mapping) and judge.get("fallback_reason") is not None,
    )
    if found:
        return found
    is_measured = document.get("confidence") is not None
    return (ReviewReason.LOW_CONFIDENCE if is_measured else ReviewReason.REPAIRED,)
