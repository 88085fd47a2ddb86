"""Why a grade asks for a person's eyes, and grades of release 0.1.0 that did not say why."""

import json

import pytest

from service.judging.models import Grade
from service.judging.review import Flag, ReviewReason, find_review_reasons
from tests.fakes import a_grade

# A grade as release 0.1.0 wrote it, of tables, files and answers alike.
WRITTEN_BY_0_1_0 = json.loads("""
{"id": "gr_aab6d80a3d86f2ec2c6ea3f8", "question_id": "cooking.1", "verdict": "weak",
 "confidence": 0.9, "needs_review": false, "flags": [], "signals": [{"id": "good.1", "kind": "good",
 "text": "Watches the temperature", "status": "absent", "evidence": []}], "missing": ["good.1"],
 "rationale": "Nothing is watched.", "probe": "How would you notice?",
 "insight": "A timer costs less than a pan.", "judge": {"kind": "llm", "model": "fake",
 "prompt": null, "prompt_digest": null, "playbook_digest": "0123456789ab", "cached": false,
 "attempts": 0, "usage": {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0},
 "cost_usd": 0.0, "latency_ms": 0, "fallback_reason": null}}
""")


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (find_review_reasons(), ()),
        (find_review_reasons(confidence=0.6, review_below=0.6), ()),
        (find_review_reasons(confidence=0.59, review_below=0.6), (ReviewReason.LOW_CONFIDENCE,)),
        (find_review_reasons(confidence=None, review_below=1.0), ()),
        (find_review_reasons(is_borderline=True), (ReviewReason.BORDERLINE,)),
        (find_review_reasons(is_repaired=True), (ReviewReason.REPAIRED,)),
        (
            find_review_reasons(is_stand_in=True, before=[ReviewReason.LOW_CONFIDENCE]),
            (ReviewReason.LOW_CONFIDENCE, ReviewReason.STAND_IN),
        ),
        (
            find_review_reasons(flags=[Flag.UNKNOWN_SIDE], before=[ReviewReason.UNKNOWN_SIDE]),
            (ReviewReason.UNKNOWN_SIDE,),
        ),
    ],
)
def test_every_reason_is_named_once_in_one_order(
    reasons: tuple[ReviewReason, ...], expected: tuple[ReviewReason, ...]
) -> None:
    assert reasons == expected


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_of_an_answer_is_a_reason_to_look(flag: Flag) -> None:
    assert find_review_reasons(flags=[flag]) == (ReviewReason(flag),)


@pytest.mark.parametrize("reasons", [(), (ReviewReason.REPAIRED, ReviewReason.STAND_IN)])
def test_a_grade_reads_back_from_its_own_answer(reasons: tuple[ReviewReason, ...]) -> None:
    grade = a_grade().model_copy(update={"review": reasons})
    answered = grade.model_dump(mode="json")
    assert answered["needs_review"] is bool(reasons)
    assert Grade.model_validate(answered) == grade
    assert Grade.model_validate_json(grade.model_dump_json()) == grade


@pytest.mark.parametrize(
    ("changes", "review"),
    [
        ({}, ()),
        ({"needs_review": True}, (ReviewReason.LOW_CONFIDENCE,)),
        ({"needs_review": True, "confidence": None}, (ReviewReason.REPAIRED,)),
        (
            {"needs_review": True, "flags": ["recited_playbook", "suspected_instructions"]},
            (ReviewReason.SUSPECTED_INSTRUCTIONS, ReviewReason.RECITED_PLAYBOOK),
        ),
        (
            {
                "needs_review": True,
                "judge": {**WRITTEN_BY_0_1_0["judge"], "fallback_reason": "no connection"},
            },
            (ReviewReason.STAND_IN,),
        ),
    ],
)
def test_a_grade_of_release_0_1_0_tells_its_reasons_as_far_as_they_are_known(
    changes: dict[str, object], review: tuple[ReviewReason, ...]
) -> None:
    grade = Grade.model_validate({**WRITTEN_BY_0_1_0, **changes})
    assert grade.review == review
    assert grade.needs_review is bool(review)


def test_a_flag_that_is_none_is_refused_in_an_old_grade_too() -> None:
    with pytest.raises(ValueError, match="flags"):
        Grade.model_validate({**WRITTEN_BY_0_1_0, "needs_review": True, "flags": ["whatever"]})
