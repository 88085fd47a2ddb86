"""Work out what an engagement has covered: pure rules, no model and no I/O."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from service.engagements.models import (
    Attempt,
    Counts,
    Engagement,
    HistoryEntry,
    OpenProbe,
    PlaybookCoverage,
    QuestionCoverage,
    QuestionStatus,
)
from service.errors import UnknownEngagement
from service.judging.graded_text import join_graded_answers
from service.judging.models import Grade, Ungraded, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Playbook

__all__ = ["cover"]

_NUMBER = re.compile(r"[0-9]{1,9}$")


def cover(engagement_id: str, attempts: Iterable[Attempt], catalogue: Catalogue) -> Engagement:
    """Work out what these attempts, in any order, have covered of an engagement.

    Questions that are not loaded any more come after those that are. Raises UnknownEngagement if
    there is no attempt.
    """
    tried = _sort_attempts(attempts)
    if not tried:
        raise UnknownEngagement(engagement_id)
    by_question: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in tried:
        by_question[attempt.question_id].append(attempt)
    playbooks = _cover_playbooks(by_question, catalogue)
    questions = [question for playbook in playbooks for question in playbook.questions]
    return Engagement(
        id=engagement_id,
        started_at=min(attempt.at for attempt in tried),
        updated_at=max(attempt.at for attempt in tried),
        counts=_count(questions),
        playbooks=playbooks,
        probes=tuple(probe for question in questions if (probe := _find_probe(question))),
        needs_review=tuple(q.id for q in questions if q.latest and q.latest.needs_review),
    )


def _sort_attempts(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Sort attempts from the oldest to the latest, each once.

    Time decides, then the id; but a reply to a probe is later than the grade that it follows, even
    if the clocks of two machines say otherwise.
    """
    by_id = {attempt.id: attempt for attempt in attempts}

    def make_key(attempt: Attempt) -> tuple[datetime, int, str]:
        chain = list(_follow_back(attempt, by_id))
        return max(link.at for link in chain), len(chain), attempt.id

    return sorted(by_id.values(), key=make_key)


def _follow_back(attempt: Attempt, by_id: Mapping[str, Attempt]) -> Iterator[Attempt]:
    """Yield the attempt, the one it follows, the one that this follows, and so on, each once."""
    seen: set[str] = set()
    link: Attempt | None = attempt
    while link is not None and link.id not in seen:
        seen.add(link.id)
        yield link
        link = by_id.get(link.follows) if link.follows else None


def _cover_playbooks(
    tried: Mapping[str, Sequence[Attempt]], catalogue: Catalogue
) -> tuple[PlaybookCoverage, ...]:
    """Cover the playbooks with an attempt: the loaded ones in their order, then others by id."""
    touched: dict[str, list[str]] = defaultdict(list)
    for question_id in tried:
        touched[question_id.rpartition(".")[0]].append(question_id)
    loaded = {playbook.id: playbook for playbook in catalogue.playbooks}
    names = [*(name for name in loaded if name in touched), *sorted(touched.keys() - loaded)]
    return tuple(_cover_playbook(name, loaded.get(name), touched[name], tried) for name in names)


def _cover_playbook(
    name: str,
    playbook: Playbook | None,
    asked: Sequence[str],
    tried: Mapping[str, Sequence[Attempt]],
) -> PlaybookCoverage:
    texts = {question.id: question.text for question in playbook.questions} if playbook else {}
    gone = sorted(set(asked) - texts.keys(), key=_make_id_key)
    questions = [_cover_question(q, texts.get(q), tried.get(q, ())) for q in (*texts, *gone)]
    return PlaybookCoverage(
        id=name,
        title=playbook and playbook.title,
        counts=_count(questions),
        questions=tuple(questions),
    )


def _cover_question(
    question_id: str, text: str | None, tried: Sequence[Attempt]
) -> QuestionCoverage:
    latest, latest_at = None, None
    for attempt in tried:
        if isinstance(attempt.result, Grade):
            latest, latest_at = attempt.result, attempt.at
    by_id = {attempt.id: attempt for attempt in tried}
    graded_text = latest and join_graded_answers(latest.id, by_id)
    return QuestionCoverage(
        id=question_id,
        text=text,
        status=_decide_status(latest, tried),
        latest=latest,
        latest_at=latest_at,
        latest_answer=graded_text and graded_text.text,
        history=tuple(map(_make_entry, tried)),
    )


def _decide_status(latest: Grade | None, tried: Sequence[Attempt]) -> QuestionStatus:
    if latest is None:
        return QuestionStatus.UNGRADED if tried else QuestionStatus.OPEN
    answered = latest.verdict is not Verdict.UNANSWERED
    return QuestionStatus.ANSWERED if answered else QuestionStatus.OPEN


def _make_entry(attempt: Attempt) -> HistoryEntry:
    result = attempt.result
    return HistoryEntry(
        id=attempt.id,
        at=attempt.at,
        verdict=result.verdict if isinstance(result, Grade) else None,
        reason=result.reason if isinstance(result, Ungraded) else None,
        follows=attempt.follows,
    )


def _find_probe(question: QuestionCoverage) -> OpenProbe | None:
    """Find the probe of the latest grade; it is still open, since no later grade answers it."""
    latest = question.latest
    if latest is None or latest.probe is None:
        return None
    grades = [entry for entry in question.history if entry.verdict]
    ids = {entry.id for entry in grades}
    return OpenProbe(
        question_id=question.id,
        grade_id=latest.id,
        verdict=latest.verdict,
        probe=latest.probe,
        asked_before=sum(entry.follows in ids for entry in grades),
    )


def _count(questions: Sequence[QuestionCoverage]) -> Counts:
    statuses = Counter(question.status for question in questions)
    verdicts = Counter(question.latest.verdict for question in questions if question.latest)
    return Counts(
        questions=len(questions),
        statuses={status: statuses[status] for status in QuestionStatus},
        verdicts={verdict: verdicts[verdict] for verdict in Verdict},
    )


def _make_id_key(question_id: str) -> tuple[int, str]:
    number = _NUMBER.search(question_id)
    return int(number[0]) if number else 0, question_id
