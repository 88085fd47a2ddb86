"""Find out who speaks in a cue.

A name comes in a tag (`<v Name>`, Teams), before the words (`Name:`, Zoom), on a line of its own
above them, or in the cue's identifier (Webex).
"""

import html
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.transcripts.people import fold_name, names_nobody
from service.transcripts.readers.cues import Cue
from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.speaker_labels import NameBook, find_label, looks_like_name
from service.transcripts.turns import NOBODY, Skipped

__all__ = ["split_by_speaker"]

_TAG = re.compile(
    r"<(?P<end>/?)(?P<tag>v|c|i|b|u|lang|ruby|rt|font)(?P<rest>[.\s][^<>]*)?>|<[0-9:.]+>",
    re.IGNORECASE,
)
_VOICE = re.compile(r"(?:\.\S*)?\s*(?P<name>.*)", re.DOTALL)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_DASH = re.compile(r"\s*+[-–—]\s")  # begins the words of another speaker, as in subtitles
_ID_NAME = re.compile(r"\s*+(?:[0-9]{1,9}\b[\s.:)-]*+)?(?P<name>.*?)\s*(?:\([0-9]{3,}\))?\s*\Z")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words under one voice tag, or under none (None), and the line on which they begin."""

    line: int
    voice: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """The words of one speaker in a cue; without a speaker, of whoever speaks on."""

    cue: Cue
    line: int
    by: Speaker | None
    text: str


@dataclass(frozen=True, slots=True)
class _Books:
    """The names of a file, by the place in which they come."""

    labels: NameBook
    lines: NameBook
    ids: NameBook
    has_name_lines: bool


def split_by_speaker(found: Iterable[Cue | Skipped], known: Collection[str] = ()) -> Entries:
    """Make a turn of each speaker's words in each cue, without tags and with entities decoded.

    `known` are names that are set. Where names come only if the speaker changes, the cues that
    follow belong to the last one; where that can't be, they are nobody's.
    """
    read = [(item, _stretches(item) if isinstance(item, Cue) else []) for item in found]
    books = _find_names(read, known)
    placed: list[_Piece | Skipped] = []
    for item, stretches in read:
        if isinstance(item, Skipped):
            placed.append(item)
        else:
            placed.extend(_cut_pieces(item, stretches, books))
    for each in _go_on(placed):
        if isinstance(each, Skipped):
            yield each
            continue
        cue = each.cue
        yield from make_turn(
            each.text,
            each.by or Speaker(),
            line=each.line,
            start_ms=cue.start_ms,
            end_ms=cue.end_ms,
        )


def _stretches(cue: Cue) -> list[_Stretch]:
    return [stretch for stretch in _cut(cue) if stretch.voice or stretch.text.strip()]


def _cut(cue: Cue) -> Iterator[_Stretch]:
    """Cut the cue's text at each tag that begins or ends a voice; drop all other tags."""
    text = "\n".join(cue.lines)
    line, at = cue.line, 0
    name: str | None = None
    parts: list[str] = []
    for tag in [*_TAG.finditer(text), None]:
        parts.append(text[at : tag.start() if tag else len(text)])
        if tag is None or (tag["tag"] or "").lower() == "v":
            whole = "".join(parts)
            lead = whole[: len(whole) - len(whole.lstrip())].count("\n")
            yield _Stretch(line + lead, name, _decode_entities(whole))
            line += whole.count("\n")
            parts = []
        if tag is not None:
            at = tag.end()
            if (tag["tag"] or "").lower() == "v":
                voice = _VOICE.fullmatch(tag["rest"] or "")
                name = _decode_entities(voice["name"]).strip() if voice and not tag["end"] else ""


def _decode_entities(text: str) -> str:
    """Decode the entities of a text; one without its semicolon belongs to the words."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def _find_names(
    read: Sequence[tuple[Cue | Skipped, Sequence[_Stretch]]], known: Collection[str]
) -> _Books:
    """Collect the names in each of the places where one may come."""
    firsts: list[str] = []
    others: list[str] = []
    alone: list[str] = []
    voices: set[str] = set(known)
    for _, stretches in read:
        for stretch in stretches:
            if stretch.voice:
                voices.add(stretch.voice)
                continue
            first, *more = stretch.text.strip().split("\n")
            firsts.append(find_label(first).name)
            alone.append(_read_name_line(first, more))
            others.extend(name for line in more if (name := find_label(line).name))
    ids = [_read_id(item.identifier) for item, _ in read if isinstance(item, Cue)]
    lines = NameBook(alone, known=voices)
    return _Books(
        labels=NameBook(firsts, others, voices),
        lines=lines,
        ids=NameBook(ids, known=voices),
        has_name_lines=any(lines.is_sure(name) for name in alone if name),
    )


def _read_name_line(first: str, more: Sequence[str]) -> str:
    """Give the first line of a cue if it may be a name above the words."""
    name = first.strip()
    return name if any(line.strip() for line in more) and looks_like_name(name) else ""


def _read_id(identifier: str) -> str:
    """Give the name in a cue's identifier, such as `1 "Tom Okafor" (3458764)`."""
    found = _ID_NAME.fullmatch(identifier[:200])
    name = found["name"].strip(" \"'“”") if found else ""
    return name if looks_like_name(name) else ""


def _cut_pieces(cue: Cue, stretches: Sequence[_Stretch], books: _Books) -> Iterator[_Piece]:
    """Cut a cue at each name in it."""
    by_id = books.ids.find_speaker(_read_id(cue.identifier))
    by_id = by_id if by_id and by_id.id != NOBODY else None
    for stretch in stretches or [_Stretch(cue.line, None, "")]:
        if stretch.voice:
            name = stretch.voice
            by = Speaker() if names_nobody(name) else Speaker(name, name)
            yield _Piece(cue, stretch.line, by, stretch.text)
            continue
        # A voice that ended, or one without a name, is nobody's; no voice may be the last one's.
        otherwise = by_id if stretch.voice is None else Speaker()
        yield from _cut_lines(cue, stretch, otherwise, books)


def _cut_lines(
    cue: Cue, stretch: _Stretch, otherwise: Speaker | None, books: _Books
) -> Iterator[_Piece]:
    lines = stretch.text.lstrip().split("\n")
    open_piece = _Piece(cue, stretch.line, otherwise, "")
    words: list[str] = []
    name_line = books.lines.find_speaker(_read_name_line(lines[0], lines[1:]))
    if name_line and (name_line.id != NOBODY or books.has_name_lines):
        open_piece = replace(open_piece, by=name_line)
        words.append("")
        lines[0] = ""
    for number, line in enumerate(lines, stretch.line):
        by, text = _read_line(line, books.labels)
        if by is None:
            words.append(text)
            continue
        if any(word.strip() for word in words):
            yield replace(open_piece, text="\n".join(words))
        open_piece, words = _Piece(cue, number, by, ""), [text]
    yield replace(open_piece, text="\n".join(words))


def _read_line(line: str, book: NameBook) -> tuple[Speaker | None, str]:
    """Give who begins to speak on a line, if somebody does, and the words."""
    label = find_label(line)
    by = book.find_speaker(label.name)
    if by is None:
        is_change = label.is_change or _DASH.match(line)
        text = line if label.name else label.words
        return (Speaker() if is_change else None), text
    if by.id == NOBODY and by.name and len(by.name.split()) == 1:
        return Speaker(), line  # `SAP: nightly` loses no word where it may be one
    return by, label.words


def _go_on(placed: Sequence[_Piece | Skipped]) -> Iterator[_Piece | Skipped]:
    """Give each piece without a name to the last speaker, if names come only at changes."""
    named = [_fold(each.by) for each in placed if isinstance(each, _Piece) and each.by]
    following = iter(named)
    goes_on = len(set(filter(None, named))) > 1 and not _repeats(placed)
    upcoming = next(following, "")
    last: Speaker | None = None
    for each in placed:
        if isinstance(each, Skipped):
            yield each
        elif each.by:
            last = each.by
            upcoming = next(following, "")
            yield each
        else:
            # If the same name follows, names do not come only at changes: it may be anybody.
            certain = goes_on and last is not None and _fold(last) not in {"", upcoming}
            yield replace(each, by=last) if certain else each


def _repeats(placed: Sequence[_Piece | Skipped]) -> bool:
    """Tell whether a name stands in two cues one after the other: then every cue has its own."""
    pieces = [each for each in placed if isinstance(each, _Piece)]
    return any(
        first.by and second.by and _fold(first.by) and _fold(first.by) == _fold(second.by)
        for first, second in pairwise(pieces)
    )


def _fold(by: Speaker) -> str:
    """Give a certain speaker's name; empty for one that is not certain."""
    return fold_name(by.name or "") if by.id != NOBODY else ""
