"""Take the lines of a call in plain text apart: a time, a name, words.

`[0:03] Name: words`, `Name: words`, `Name  0:03`, `0:03 Name`, a time or a name on its own line:
tools write them in every mixture.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import pairwise

from service.transcripts.readers.entry import count_ms
from service.transcripts.readers.speaker_labels import Label, find_label, looks_like_name

__all__ = ["Kind", "NamedLine", "find_parties", "iter_lines"]

_CLOCK = r"(?:[0-9]{1,3}:)?[0-9]{1,3}:[0-9]{2}(?:[.,][0-9]{1,6})?(?:\s?[AaPp]\.?[Mm]\b\.?)?"
_SPELLED = (
    r"(?:[0-9]{1,2} ?(?:h|hours?) ?)?[0-9]{1,3} ?(?:m|min|minutes?) ?[0-9]{1,2} ?(?:s|sec|seconds?)"
)
_DATE = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4},? )"
_TIME = rf"(?P<date>{_DATE})?(?P<time>{_CLOCK}|{_SPELLED})"
_END = rf"(?:\s*(?:-{{1,2}}>?|–|—|to)\s*(?:{_CLOCK}))?Z?"
_OPEN, _CLOSE = r"[\[(<@]?\s?", r"\s?[\])>]?"
# A time at the beginning of a line, with or without brackets and a dash behind it.
_TIME_FIRST = re.compile(rf"\s*{_OPEN}{_TIME}{_END}{_CLOSE}(?P<gap>\s*[-–—|:]?(?:\s+|\Z))")
# A time at the end of a line, which then has nothing but a name before it.
_TIME_LAST = re.compile(rf"(?:\s*[-–—|,•·]\s*|\s+|\s*(?=[\[(])){_OPEN}{_TIME}{_END}{_CLOSE}:?\s*\Z")
_PARTS = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+)(?:[.,](\d+))?")
_HEADING = re.compile(r"\s*(?P<level>#{1,6})\s+(?P<words>.*)")
_BULLET = re.compile(r"\s*(?:[-*+•◦▪‣·]\s+|[0-9]{1,3}[.)]\s+(?=\*\*|__))")
_QUOTE = re.compile(r"\s*(?:> ?)(?!>)")
_PARTIES = re.compile(
    r"(?:attendees|participants?|present|speakers|invitees|who|people|teilnehmer(?:innen)?|"
    r"anwesend(?:e)?|sprecher|présents|asistentes|participantes|presentes)\s*(?:\([^)]*\))?\s*:?\s*"
    r"(?P<names>.*)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"transcribed by https?://\S+"
    r"|(?:.{1,100} )?(?:started|stopped) (?:the )?(?:transcription|recording)"
    r"|.{1,100} (?:joined|left|entered) (?:the )?(?:meeting|call|room)\.?"
    r"|(?:the )?(?:meeting|transcription|recording|call) (?:ended|started|stopped)\b.{0,60}"
    r"|this (?:editable )?transcript was (?:computer|automatically|machine)[- ]generated.*"
    r"|(?:recorded|generated|powered|summarized|transcribed) (?:with|by|using) .{1,60}"
    r"|view (?:full )?(?:recording|meeting|call|transcript).{0,80}"
    r"|(?:end|beginning) of transcript.?",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"(?:\W*)(?:(?:ai[- ]|meeting |call |executive )?(?:summary|notes|overview|recap|takeaways)"
    r"|key (?:points|takeaways|questions)|action items?|next steps|follow[- ]?ups?"
    r"|chapters?(?: .{0,40})?"
    r"|topics|highlights|decisions|to[- ]?dos?|keywords|zusammenfassung|nächste schritte|aufgaben"
    r"|résumé|prochaines étapes|resumen|próximos pasos)\W*",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\W*(?:(?:full |meeting |call )?transcript(?:ion)?|transkript|transcripción)\W*", re.IGNORECASE
)
# `| Tom Okafor | words |` behind a time
_CELLS = re.compile(r"(?P<name>[^|\t]{1,100}?)\s*[|\t]\s*(?P<words>[^|]*+)\|?\s*")
_CHAT = re.compile(r"From\s+(?P<name>.+?)\s+to\s+.+", re.IGNORECASE)  # Zoom's chat
_MARKUP = re.compile(r"[\s|:*_=~#>\-–—•]*")
_ABOUT = re.compile(  # what stands above a transcript, and is said by nobody
    r"(?:date|time|title|subject|topic|duration|location|meeting|recording|organi[sz]er|host|"
    r"call|link|url|datum|dauer|ort|betreff|thema|fecha|duración|durée|lieu)(?: \w+)?",
    re.IGNORECASE,
)
_LONGEST = 200  # characters in which a name and a time stand
_NEAR = 40  # lines at the beginning among which the list of those present is looked for


class Kind(StrEnum):
    """What a line is."""

    LABEL = "label"  # what may be a name, and words behind it
    HEADER = "header"  # what may be a name, with a time or a colon, above the words
    ALONE = "alone"  # what may be a name, on a line of its own and without anything else
    TIME = "time"
    HEADING = "heading"
    ABOUT = "about"  # when, where and with whom, above the words
    MARKUP = "markup"
    OWN = "own"  # words of the tool
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class _When:
    """A time; `start_ms` is None if it does not count from the start of the call."""

    start_ms: int | None


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A line of a call, with what may be the name of a speaker.

    `raw` are the words if the name is none.
    """

    number: int
    kind: Kind
    raw: str
    words: str = ""
    name: str = ""
    when: _When | None = None
    is_change: bool = False

    @property
    def is_timed(self) -> bool:
        """Tell whether the line has a time, of the call or of the day."""
        return self.when is not None

    @property
    def start_ms(self) -> int | None:
        """Give the ms from the start of the call; None for a time of day, and for no time."""
        return self.when.start_ms if self.when else None


@dataclass(frozen=True, slots=True)
class _Around:
    """A line with what stands around it: the next line, a time above or below, a gap above."""

    line: str
    following: str
    is_time_near: bool
    is_apart: bool


def iter_lines(lines: Sequence[str]) -> Iterator[NamedLine]:
    """Take apart each line that is not empty."""
    was_empty, was_time = True, False
    for index, line in enumerate(lines):
        if not line.strip():
            was_empty = True
            continue
        following = lines[index + 1] if index + 1 < len(lines) else ""
        is_time_near = was_time or _is_time(following)
        found = _read_line(index + 1, _Around(line, following, is_time_near, is_apart=was_empty))
        was_empty, was_time = False, found.kind is Kind.TIME
        yield found


def find_parties(lines: Sequence[str]) -> list[str]:
    """List the names under `Attendees` or the like, at the beginning of the text."""
    head = [line.strip(" \t*_#>-•") for line in lines[:_NEAR]]
    names: list[str] = []
    for index, line in enumerate(head):
        found = _PARTIES.fullmatch(line) if len(line) <= 1_000 else None
        if not found or (found["names"] and ":" not in line):
            continue
        listed = [found["names"]] if found["names"] else _list_below(head, index + 1)
        for each in listed:
            parts = [part.strip() for part in re.split(r"[,;]", each) if part.strip()]
            # `Lee, Ann, Öz, Bo` and `Ann Lee, Bo Öz` look alike: both readings are kept.
            pairs = [f"{first}, {second}" for first, second in pairwise(parts)]
            names += [name for name in (*parts, *pairs) if looks_like_name(name)]
    return names


def _list_below(head: Sequence[str], begin: int) -> list[str]:
    below: list[str] = []
    for line in head[begin:]:
        if not line and not below:
            continue
        if not line or ":" in line or len(below) == 20:
            break
        below.append(line)
    return below


def _read_line(number: int, around: _Around) -> NamedLine:
    line, raw = around.line, around.line.strip()
    make = partial(NamedLine, number=number, raw=raw)
    if len(raw) <= _LONGEST and (kind := _find_kind_of_no_words(raw)):
        return make(kind=kind)
    heading = _HEADING.fullmatch(line[:_LONGEST])
    bare = _leave_out_marks(heading["words"] if heading else line)
    first = _TIME_FIRST.match(bare)
    rest = bare[first.end() :].lstrip("*_ ") if first else bare
    when = _When(_read_ms(first)) if first else None
    if when and not rest.strip(" *_"):
        return make(kind=Kind.TIME, when=when)
    cells = _CELLS.fullmatch(rest) if first else None
    if cells and looks_like_name(cells["name"]):
        words = cells["words"].strip()
        return make(kind=Kind.LABEL, name=cells["name"], words=words, when=when)
    last = None if first else _find_last_time(rest)
    if last and looks_like_name(name := rest[: last.start()].strip(" *_:")):
        return make(kind=Kind.HEADER, name=name, when=_When(_read_ms(last)))
    label = find_label(rest)
    if label.name:
        make = partial(NamedLine, number=number, raw=rest.strip() if first else raw)
        return _make_labelled(make, label, rest, when)
    return _read_unlabelled(make, label, when, around)


def _read_unlabelled(
    make: Callable[..., NamedLine], label: Label, when: _When | None, around: _Around
) -> NamedLine:
    """Read a line without a colon: a name on its own, a heading or words."""
    name = label.words.strip(" *_")
    raw = around.line.strip()
    is_heading = _HEADING.fullmatch(raw[:_LONGEST]) is not None
    is_name = bool(around.following.strip()) and looks_like_name(name)
    if is_name and (when or around.is_time_near):
        return make(kind=Kind.HEADER, name=name, when=when)
    if is_heading or _TITLE.fullmatch(raw[:_LONGEST]) or _SECTION.fullmatch(raw[:_LONGEST]):
        return make(kind=Kind.ALONE if is_heading and is_name else Kind.HEADING, name=name)
    if is_name and around.is_apart:
        return make(kind=Kind.ALONE, name=name)
    words = label.words.strip() if when or label.is_change else raw
    return make(kind=Kind.TEXT, words=words, is_change=label.is_change, when=when)


def _find_kind_of_no_words(raw: str) -> Kind | None:
    """Give the kind of a line that nobody says, whatever stands around it."""
    if _MARKUP.fullmatch(raw):
        return Kind.MARKUP
    if _OWN.fullmatch(raw.strip(" *_.👋")):
        return Kind.OWN
    name = find_label(raw).name
    is_about = name and (_PARTIES.fullmatch(name) or _ABOUT.fullmatch(name))
    return Kind.ABOUT if is_about else None


def _leave_out_marks(line: str) -> str:
    """Leave out the marks of a quotation, a list and of bold text at the beginning of a line."""
    for mark in (_QUOTE, _BULLET):
        if found := mark.match(line):
            line = line[found.end() :]
    return line.lstrip("*_ \t").removeprefix("| ").lstrip()


def _make_labelled(
    make: Callable[..., NamedLine], label: Label, line: str, when: _When | None
) -> NamedLine:
    """Read the time that stands between a name and the words, if there is one."""
    words = label.words.strip()
    behind = _find_last_time(line[: len(line) - len(label.words)])
    inner = _TIME_FIRST.match(words)
    if inner and (inner.end() == len(words) or words[0] in "[("):
        when, words = _When(_read_ms(inner)), words[inner.end() :]
    elif behind and not when:
        when = _When(_read_ms(behind))
    chat = _CHAT.fullmatch(label.name)
    return make(
        kind=Kind.LABEL if words else Kind.HEADER,
        name=chat["name"] if chat else label.name,
        words=words,
        is_change=label.is_change,
        when=when,
    )


def _is_time(line: str) -> bool:
    found = _TIME_FIRST.match(line[:_LONGEST])
    return found is not None and found.end() == len(line)


def _find_last_time(line: str) -> re.Match[str] | None:
    """Find a time at the end of a short line."""
    head = line.rstrip(" *_\t:")
    return None if len(head) > _LONGEST else _TIME_LAST.search(head)


def _read_ms(found: re.Match[str]) -> int | None:
    """Give the ms from the start of the call; None for a time of day, which says nothing of it."""
    stamp = found["time"]
    if found["date"] or (stamp[-1:] in "mM." and re.search(r"[AaPp]\.?[Mm]", stamp)):
        return None
    if ":" not in stamp:
        numbers = [int(each) for each in re.findall(r"[0-9]+", stamp)]
        seconds = 0
        for each in numbers:
            seconds = 60 * seconds + each
        return 1000 * seconds
    parts = _PARTS.fullmatch(stamp)
    return count_ms(*parts.groups()) if parts else None
