"""How an engagement stands: pure rules over its attempts."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engagements.models import Attempt, QuestionStatus
from service.errors import UnknownEngagement
from service.judging.models import Grade, Verdict
from service.judging.review import ReviewReason
from service.playbooks.catalogue import Catalogue
from service.reasons import Reason
from tests.engagements.building import START, an_attempt, an_engagement, question_of
from tests.fakes import a_playbook

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
DOWN, REFUSED = Reason.MODEL_UNAVAILABLE, Reason.REFUSED
OPEN, ANSWERED, UNGRADED = QuestionStatus
CYCLES = {"itself": ((1, 1),), "each other": ((1, 2), (2, 1)), "three": ((1, 2), (2, 3), (3, 1))}


def ids(*numbers: int) -> list[str]:
    return [f"gr_{number:024x}" for number in numbers]


def history_of(*attempts: Attempt) -> list[str]:
    return [entry.id for entry in question_of(an_engagement(*attempts)).history]


@pytest.mark.parametrize(
    ("results", "status", "latest"),
    [
        ((GOOD,), ANSWERED, GOOD),
        ((PARTIAL,), ANSWERED, PARTIAL),
        ((WEAK,), ANSWERED, WEAK),
        ((UNANSWERED,), OPEN, UNANSWERED),
        ((DOWN,), UNGRADED, None),
        ((DOWN, REFUSED), UNGRADED, None),
        ((DOWN, WEAK), ANSWERED, WEAK),
        ((WEAK, DOWN), ANSWERED, WEAK),
        ((UNANSWERED, DOWN), OPEN, UNANSWERED),
        ((WEAK, GOOD), ANSWERED, GOOD),
        ((GOOD, WEAK), ANSWERED, WEAK),
        ((GOOD, UNANSWERED), OPEN, UNANSWERED),
        ((UNANSWERED, DOWN, PARTIAL, DOWN), ANSWERED, PARTIAL),
    ],
)
def test_the_latest_grade_decides_and_an_ungraded_attempt_never_does(
    results: tuple[Verdict | Reason, ...], status: QuestionStatus, latest: Verdict | None
) -> None:
    attempts = [an_attempt(n, result) for n, result in enumerate(results)]
    question = question_of(an_engagement(*attempts))
    assert question.status is status
    assert (question.latest.verdict if question.latest else None) is latest
    assert (question.latest_at is None) == (latest is None)
    said = [entry.verdict or entry.reason for entry in question.history]
    assert said == list(results)


def test_every_question_of_a_touched_playbook_is_shown_and_no_other_playbook() -> None:
    engagement = an_engagement(an_attempt(1, question_id="baking.2"))
    assert [playbook.id for playbook in engagement.playbooks] == ["baking"]
    assert [question.id for question in engagement.questions] == ["baking.1", "baking.2"]
    assert [question.id for question in engagement.unasked] == ["baking.1"]
    untouched = question_of(engagement, "baking.1")
    assert (untouched.status, untouched.latest, untouched.history) == (OPEN, None, ())


def test_playbooks_stand_in_the_order_in_which_they_are_loaded() -> None:
    attempts = (an_attempt(1, question_id="baking.1"), an_attempt(2, question_id="cooking.2"))
    engagement = an_engagement(*attempts)
    assert [playbook.title for playbook in engagement.playbooks] == [
        "Playbook of cooking",
        "Playbook of baking",
    ]


def test_the_whole_grade_is_there_as_it_was_given() -> None:
    attempt = an_attempt(1, PARTIAL, quote="a timer")
    question = question_of(an_engagement(attempt))
    assert question.latest == attempt.result
    assert question.latest_at == attempt.at


def test_what_was_replaced_stays_in_the_history() -> None:
    attempts = [an_attempt(1, WEAK), an_attempt(2, PARTIAL, follows=1), an_attempt(3, GOOD)]
    question = question_of(an_engagement(*attempts))
    assert question.earlier == (WEAK, PARTIAL)
    assert [entry.at for entry in question.history] == [attempt.at for attempt in attempts]
    assert [entry.follows for entry in question.history] == [None, *ids(1), None]


def test_of_two_at_the_same_time_the_greater_id_is_the_later() -> None:
    attempts = an_attempt(7, WEAK, at=0), an_attempt(8, GOOD, at=0)
    for given_ in (attempts, attempts[::-1]):
        assert history_of(*given_) == ids(7, 8)


@pytest.mark.parametrize("at", [0, 5, 9], ids=["much earlier", "earlier", "the same time"])
def test_a_reply_is_later_than_what_it_follows_whatever_the_clocks_say(at: int) -> None:
    first, reply = an_attempt(9, WEAK, at=9), an_attempt(3, PARTIAL, at=at, follows=9)
    assert history_of(reply, first) == ids(9, 3)


def test_a_reply_to_an_earlier_grade_that_comes_last_is_the_latest() -> None:
    attempts = (an_attempt(1), an_attempt(2, GOOD), an_attempt(3, PARTIAL, follows=1))
    latest = question_of(an_engagement(*attempts)).latest
    assert latest and latest.verdict is PARTIAL


def test_a_later_answer_replaces_a_chain_of_replies() -> None:
    chain = (an_attempt(1), an_attempt(2, follows=1), an_attempt(3, follows=2))
    assert history_of(*chain, an_attempt(4, GOOD)) == ids(1, 2, 3, 4)


@pytest.mark.parametrize("links", CYCLES.values(), ids=CYCLES)
def test_attempts_that_follow_in_a_circle_lose_none_and_end(
    links: tuple[tuple[int, int], ...],
) -> None:
    attempts = [an_attempt(number, follows=follows) for number, follows in links]
    assert history_of(*attempts) == ids(*sorted(number for number, _ in links))


def test_a_grade_that_follows_an_unknown_one_stands_by_its_time() -> None:
    assert history_of(an_attempt(2), an_attempt(1, follows=99)) == ids(1, 2)


@pytest.mark.parametrize("verdict", Verdict)
def test_the_probe_is_open_until_the_verdict_is_good(verdict: Verdict) -> None:
    probes = an_engagement(an_attempt(1, verdict)).probes
    if verdict is GOOD:
        assert probes == ()
        return
    [probe] = probes
    assert (probe.question_id, probe.verdict) == ("cooking.1", verdict)
    assert (probe.grade_id, probe.asked_before) == (*ids(1), 0)
    assert probe.probe == "How would you notice?"


def test_a_graded_reply_makes_its_probe_asked_and_opens_its_own() -> None:
    attempts = [an_attempt(1), an_attempt(2, PARTIAL, follows=1)]
    [probe] = an_engagement(*attempts).probes
    assert (probe.grade_id, probe.asked_before) == (*ids(2), 1)
    [probe] = an_engagement(*attempts, an_attempt(3, PARTIAL, follows=2)).probes
    assert (probe.grade_id, probe.asked_before) == (*ids(3), 2)
    assert an_engagement(*attempts, an_attempt(3, GOOD, follows=2)).probes == ()


def test_an_ungraded_reply_leaves_its_probe_unasked() -> None:
    [probe] = an_engagement(an_attempt(1), an_attempt(2, DOWN, follows=1)).probes
    assert (probe.grade_id, probe.asked_before) == (*ids(1), 0)


def test_probes_stand_in_the_order_of_the_questions() -> None:
    attempts = [
        an_attempt(n, question_id=question_id)
        for n, question_id in enumerate(("baking.1", "cooking.3", "cooking.1"))
    ]
    order = [probe.question_id for probe in an_engagement(*attempts).probes]
    assert order == ["cooking.1", "cooking.3", "baking.1"]


def test_only_a_latest_grade_asks_for_review() -> None:
    unsure, sure = an_attempt(1, review=[ReviewReason.LOW_CONFIDENCE]), an_attempt(2)
    other = an_attempt(3, GOOD, question_id="cooking.3", review=[ReviewReason.LOW_CONFIDENCE])
    assert an_engagement(unsure, other).needs_review == ("cooking.1", "cooking.3")
    assert an_engagement(unsure, sure, other).needs_review == ("cooking.3",)


def test_counts_are_of_questions_and_not_of_attempts() -> None:
    engagement = an_engagement(
        an_attempt(1, WEAK),
        an_attempt(2, GOOD),
        an_attempt(3, DOWN, question_id="cooking.2"),
        an_attempt(4, UNANSWERED, question_id="baking.1"),
    )
    counts = engagement.counts
    assert counts.questions == 5
    assert counts.statuses == {OPEN: 3, ANSWERED: 1, UNGRADED: 1}
    assert counts.verdicts == {GOOD: 1, PARTIAL: 0, WEAK: 0, UNANSWERED: 1}
    assert [playbook.counts.questions for playbook in engagement.playbooks] == [3, 2]
    assert engagement.playbooks[1].counts.statuses == {OPEN: 2, ANSWERED: 0, UNGRADED: 0}


def test_what_came_after_the_latest_grade_ungraded_is_told_apart() -> None:
    attempts = [an_attempt(1, DOWN), an_attempt(2, WEAK), an_attempt(3, REFUSED)]
    question = question_of(an_engagement(*attempts))
    assert [entry.reason for entry in question.ungraded_since] == [REFUSED]
    question = question_of(an_engagement(attempts[0], attempts[2]))
    assert [entry.reason for entry in question.ungraded_since] == [DOWN, REFUSED]


def test_it_starts_with_the_first_attempt_and_is_updated_by_the_last() -> None:
    engagement = an_engagement(an_attempt(4), an_attempt(2), an_attempt(3, DOWN))
    assert engagement.started_at == START + timedelta(minutes=2)
    assert engagement.updated_at == START + timedelta(minutes=4)


def test_the_same_attempt_twice_counts_once() -> None:
    attempt = an_attempt(1)
    assert an_engagement(attempt, attempt) == an_engagement(attempt)


def test_grades_of_questions_that_are_gone_are_shown_last_and_lose_nothing() -> None:
    attempts = [
        an_attempt(n, question_id=question_id)
        for n, question_id in enumerate(("cooking.12", "cooking.9", "frying.1", "baking.1"))
    ]
    engagement = an_engagement(*attempts)
    assert [(playbook.id, playbook.title) for playbook in engagement.playbooks] == [
        ("cooking", "Playbook of cooking"),
        ("baking", "Playbook of baking"),
        ("frying", None),
    ]
    cooking = engagement.playbooks[0]
    assert [question.id for question in cooking.questions][3:] == ["cooking.9", "cooking.12"]
    gone = question_of(engagement, "cooking.9")
    assert (gone.text, gone.status) == (None, ANSWERED)
    assert gone.latest and gone.latest.insight
    assert len(engagement.probes) == 4


def test_an_edited_playbook_brings_its_new_questions_and_keeps_the_probe_that_was_given() -> None:
    edited = Catalogue([a_playbook("cooking", questions=5)])
    asked = an_attempt(1, probe="How would you smell it?")
    engagement = an_engagement(asked, catalogue=edited)
    assert engagement.counts.questions == 5
    assert engagement.probes[0].probe == "How would you smell it?"


def test_without_an_attempt_there_is_no_such_engagement() -> None:
    with pytest.raises(UnknownEngagement):
        an_engagement()


@st.composite
def some_attempts(draw: st.DrawFn) -> list[Attempt]:
    """Attempts of few times and questions, some in reply to an earlier one of their question."""
    attempts: list[Attempt] = []
    for number in range(draw(st.integers(1, 12))):
        question_id = draw(st.sampled_from(["cooking.1", "cooking.2", "baking.1", "frying.7"]))
        earlier = [n for n, a in enumerate(attempts) if a.question_id == question_id]
        attempts.append(
            an_attempt(
                number,
                draw(st.sampled_from([*Verdict, *Reason])),
                at=draw(st.integers(0, 3)),
                question_id=question_id,
                follows=draw(st.sampled_from([None, *earlier])),
            )
        )
    return attempts


@given(some_attempts(), st.randoms(use_true_random=False))
def test_any_order_of_saving_gives_the_same_engagement(
    attempts: list[Attempt], order: Random
) -> None:
    shuffled = list(attempts)
    order.shuffle(shuffled)
    assert an_engagement(*shuffled) == an_engagement(*attempts)


@given(some_attempts())
def test_nothing_is_lost_or_doubled_and_the_parts_agree(attempts: list[Attempt]) -> None:
    engagement = an_engagement(*attempts)
    history = [entry.id for question in engagement.questions for entry in question.history]
    assert sorted(history) == sorted(attempt.id for attempt in attempts)
    for attempt in attempts:
        if attempt.follows:
            assert history.index(attempt.follows) < history.index(attempt.id)
    counts = engagement.counts
    assert sum(counts.statuses.values()) == counts.questions == len(engagement.questions)
    weak = [q.id for q in engagement.questions if q.latest and q.latest.verdict is not GOOD]
    assert [probe.question_id for probe in engagement.probes] == weak
    followed = {attempt.follows for attempt in attempts if isinstance(attempt.result, Grade)}
    assert not followed & {probe.grade_id for probe in engagement.probes}
