"""Read the transcript of a call in plain text that names who speaks, as most tools copy it."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from service.transcripts.people import fold_name
from service.transcripts.readers.entry import Entries, Speaker, make_turn, split_lines
from service.transcripts.readers.json_with_lines import begins_like_json
from service.transcripts.readers.named_lines import (
    Kind,
    NamedLine,
    find_parties,
    iter_lines,
)
from service.transcripts.readers.speaker_labels import NameBook, looks_like_name
from service.transcripts.turns import NOBODY, Skipped

__all__ = ["is_named", "is_surely_named", "read_named"]

_NAMED = {Kind.LABEL, Kind.HEADER}
_SAMPLE = 4_000  # lines that tell whether a text is a call
_TITLE_WORDS = 5
_QUESTION_LABELS = {"q", "question", "frage", "pregunta"}  # then `A:` is an answer, and no name
_ME_AND_THEM = {"me", "them"}  # how Granola calls the microphone and all other voices


@dataclass(frozen=True)
class _Survey:
    """The names of a text, and how many of its lines have one.

    `above` has the names if they stand above the words: before a colon, no others are names then.
    `is_paired` is set if `Q:` and `A:` come. `counts` has how often each certain name comes.
    """

    book: NameBook
    alone: NameBook  # for names that stand on a line of their own
    above: frozenset[str] | None
    is_paired: bool
    has_words: bool
    counts: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    timed: int = 0

    @property
    def named(self) -> int:
        return self.counts.total()

    @property
    def recurs(self) -> bool:
        return any(times > 1 for times in self.counts.values())

    def find_speaker(self, line: NamedLine) -> Speaker | None:
        """Give the speaker that a line names; None for a line that names none."""
        is_label = line.kind is Kind.LABEL
        if is_label and self.above is not None and fold_name(line.name) not in self.above:
            return None
        if self.is_paired and line.name == "A":
            return None
        if line.kind is Kind.ALONE:
            return self.alone.find_speaker(line.name) if self.alone.is_sure(line.name) else None
        if line.kind not in {Kind.LABEL, Kind.HEADER}:
            return None
        return self.book.find_speaker(line.name)


@dataclass
class _Paragraph:
    """What one speaker says in one go; `by` is None if it is whoever spoke last."""

    line: int
    by: Speaker | None
    start_ms: int | None = None
    lines: list[str] = field(default_factory=list)


def is_named(text: str, known: Collection[str] = ()) -> bool:
    """Tell whether a text is a call that names its speakers."""
    if begins_like_json(text):
        return False
    survey = _survey(text.split("\n", _SAMPLE)[:_SAMPLE], known)
    if not survey.named or not survey.has_words:
        return False  # an agenda has a time on each line, and nothing below
    is_mostly_named = survey.named >= max(2, survey.lines / 2)
    speak_again = len(survey.counts) > 1 and survey.recurs
    return is_mostly_named or speak_again or survey.timed > 0


def is_surely_named(text: str, known: Collection[str] = ()) -> bool:
    """Tell whether a text that was handed over as notes is the transcript of a call.

    Notes may name people, or topics, before a colon too. In a call, several speak, and times stand
    at the names, or else they speak again and have most of the lines.
    """
    if begins_like_json(text):
        return False
    survey = _survey(text.split("\n", _SAMPLE)[:_SAMPLE], known)
    if survey.counts.keys() >= _ME_AND_THEM:
        return True
    if len(survey.counts) < 2 or survey.named < 2 or not survey.has_words:
        return False
    return survey.timed > 1 or (survey.recurs and survey.named >= 0.6 * survey.lines)


def read_named(text: str, known: Collection[str] = ()) -> Entries:
    """Make a turn of what each speaker says until the next one is named.

    `known` are names that are set. Text above the first speaker, headings, times and the tool's own
    words are skipped. What stands under a heading or a doubtful name is nobody's.
    """
    lines = split_lines(text)
    placed = sorted(_place(lines, _survey(lines, known)), key=lambda each: each.line or 0)
    named = [each.by.name if each.by else None for each in placed if isinstance(each, _Paragraph)]
    each_is_named = any(one and one == other for one, other in pairwise(named))
    following = iter([*(each for each in named[1:]), None])
    last: Speaker | None = None
    for each in placed:
        if isinstance(each, Skipped):
            yield each
            continue
        upcoming = next(following, None)
        by = each.by
        if by is None and last and last.id != NOBODY:
            by = None if each_is_named or upcoming == last.name else last
        last = each.by or last
        yield from make_turn(
            "\n".join(each.lines), by or Speaker(), line=each.line, start_ms=each.start_ms
        )


def _survey(lines: Sequence[str], known: Collection[str]) -> _Survey:
    parties = find_parties(lines)
    labels: list[str] = []
    headers: list[str] = []
    alone: list[str] = []
    texts = 0
    has_words = is_talk = False  # talk is behind the first name, and not under a heading
    for found in iter_lines(lines):
        if found.kind is Kind.LABEL:
            labels.append(found.name)
        elif found.kind is Kind.HEADER:
            headers.append(found.name)
        elif found.kind is Kind.ALONE:
            alone.append(found.name)
        texts += is_talk and found.kind is Kind.TEXT
        has_words = has_words or found.kind in {Kind.LABEL, Kind.TEXT}
        is_talk = is_talk or (found.kind in _NAMED and looks_like_name(found.name))
        is_talk = is_talk and found.kind is not Kind.HEADING
    is_paired = any(fold_name(name) in _QUESTION_LABELS for name in labels)
    if is_paired:
        labels = ["" if fold_name(name) == "a" else name for name in labels]
    known = (*known, *parties)
    alone_book = NameBook((), [*headers, *alone, *labels], known)
    above = [name for name in headers if looks_like_name(name)]
    above += [name for name in alone if alone_book.is_sure(name)]
    sure_labels = sum(alone_book.is_sure(name) for name in labels if looks_like_name(name))
    has_headers = has_words and len(above) > max(1, sure_labels - 1)
    met = headers if has_headers else [*labels, *headers, *[""] * texts]
    book = NameBook(met, alone, known)
    names_above = frozenset(map(fold_name, above)) if has_headers else None
    survey = _Survey(book, alone_book, names_above, is_paired, has_words)
    counts: Counter[str] = Counter()
    timed = counted = 0
    for found in iter_lines(lines):
        by = survey.find_speaker(found)
        # A title or a list of those present stands above the first speaker, and is short.
        is_long = bool(counts) or len(found.raw.split(maxsplit=_TITLE_WORDS)) > _TITLE_WORDS
        is_said = found.kind in {Kind.LABEL, Kind.HEADER, Kind.TEXT}
        counted += by is not None or (is_said and is_long)
        if by is not None and by.id != NOBODY:
            counts[fold_name(by.name or "")] += 1
            timed += found.is_timed or found.kind is Kind.HEADER
    return replace(survey, counts=counts, lines=counted, timed=timed)


def _place(lines: Sequence[str], survey: _Survey) -> Iterator[_Paragraph | Skipped]:
    """Cut the text into paragraphs, and skip what nobody says."""
    paragraph: _Paragraph | None = None
    start_ms: int | None = None
    for found in iter_lines(lines):
        by = survey.find_speaker(found)
        if found.kind is Kind.TIME and paragraph and not paragraph.lines and paragraph.by:
            paragraph.start_ms = found.start_ms  # the time stands below the name
        elif found.is_timed:
            start_ms = found.start_ms
        if reason := _find_reason(found, has_begun=paragraph is not None or by is not None):
            yield Skipped(line=found.number, reason=reason)
            if found.kind is Kind.HEADING and paragraph:
                yield from _finish(paragraph)
                paragraph = _Paragraph(found.number + 1, Speaker())
            continue
        is_doubtful = by is not None and by.id == NOBODY and len((by.name or "").split()) == 1
        words = found.words if by or found.kind is Kind.TEXT else found.raw
        if is_doubtful:  # `SAP: nightly` loses no word where it may be one
            by, words = Speaker(), found.raw
        if by is None and found.is_change:
            by = Speaker()
        if by or paragraph is None or found.is_timed:
            yield from _finish(paragraph)
            paragraph = _Paragraph(found.number, by, start_ms, [words] if words else [])
            start_ms = None
        else:
            paragraph.lines.append(words)
    yield from _finish(paragraph)


def _find_reason(found: NamedLine, *, has_begun: bool) -> str:
    """Say why a line is nobody's words; empty if it may be somebody's."""
    if found.kind is Kind.OWN:
        return "the tool's own words"
    if found.kind is Kind.TIME:
        return "a time"
    if found.kind is Kind.HEADING:
        return "a heading"
    if found.kind is Kind.ABOUT and not has_begun:
        return "when, where and with whom it was"
    if found.kind is Kind.MARKUP:
        return "markup without words"
    return "" if has_begun else "text above the first speaker"


def _finish(paragraph: _Paragraph | None) -> Iterator[_Paragraph]:
    # A heading, or a name that comes twice, opens a paragraph that stays without words.
    if paragraph and paragraph.lines:
        yield paragraph
