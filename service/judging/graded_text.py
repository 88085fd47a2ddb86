"""Put together the text that was graded, in which the offsets of evidence count."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Protocol

from pydantic import Field

from service.judging.models import BETWEEN_TURNS
from service.records import Frozen

__all__ = ["AnswerSpan", "GradedAnswer", "GradedText", "join_graded_answers"]


class GradedAnswer(Protocol):
    """An answer that has a grade, and the id of the grade that it follows, if any."""

    @property
    def answer(self) -> str:
        """The customer's words alone, as they were sent."""
        ...

    @property
    def follows(self) -> str | None:
        """The id of the grade whose probe it replies to."""
        ...


class AnswerSpan(Frozen):
    """The place of one answer in the text that was graded: `text[start:end]`."""

    grade_id: Annotated[str, Field(description="Id of the grade that this answer got itself.")]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class GradedText(Frozen):
    """A text that was graded, and the place of each answer that it was joined from."""

    text: str
    answers: Annotated[tuple[AnswerSpan, ...], Field(min_length=1)]


def join_graded_answers(grade_id: str, graded: Mapping[str, GradedAnswer]) -> GradedText | None:
    """Join an answer behind those it follows, oldest first, just as its judge had them.

    `graded` has each answer by the id of its grade. None if one of them is not there.
    """
    try:
        chain = list(_walk_back(grade_id, graded))[::-1]
    except KeyError:
        return None
    said = [graded[each].answer for each in chain]
    spans: list[AnswerSpan] = []
    end = 0
    for each, words in zip(chain, said, strict=True):
        start = end + len(BETWEEN_TURNS) if spans else 0
        end = start + len(words)
        spans.append(AnswerSpan(grade_id=each, start=start, end=end))
    return GradedText(text=BETWEEN_TURNS.join(said), answers=tuple(spans))


def _walk_back(grade_id: str, graded: Mapping[str, GradedAnswer]) -> Iterator[str]:
    seen: set[str] = set()
    link: str | None = grade_id
    while link is not None and link not in seen:
        seen.add(link)
        yield link
        link = graded[link].follows
