"""Read notes, plain or in Markdown: every line with words is a turn."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.json_with_lines import begins_like_json
from service.transcripts.readers.named_lines import find_parties
from service.transcripts.readers.our_words import (
    Whose,
    classify_heading,
    classify_label,
    classify_line,
)
from service.transcripts.readers.page_lines import PageLine, iter_page_lines
from service.transcripts.readers.speaker_labels import NameBook, find_label
from service.transcripts.turns import NOBODY, NOTES, Side, Skipped

__all__ = ["can_be_notes", "read_notes", "read_plain"]

_MARKUP = re.compile(r"[\s|:+*_=~`#>\-–—•]*")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_LEAD = re.compile(r"(?P<mark>(?:> ?)*(?:[-*+•◦▪‣·–—] )?)(?P<words>.*)")
_HEADING = re.compile(r"(?P<level>#{1,6}) (?P<words>.*?)(?: #+)?")
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<words>(?:(?!(?P=mark)).)+)(?P=mark):?")
_ROW = re.compile(r"\|(?P<cells>.*?)\|?")
_RULE = re.compile(r"\|?[\s|:-]*-[\s|:-]*")
# `Q: ...`, `**A:** ...`, `Q1. ...`
_PAIRED = re.compile(
    r"[*_]*(?P<label>[QA] ?[0-9]{0,3}|(?:question|answer|frage|antwort|pregunta|respuesta|réponse)"
    r"(?: [0-9]{1,3})?|[FPR](?=[*_]*\s?:))[*_]*\s?[:.)：][*_]*(?:\s+(?P<words>.*))?",
    re.IGNORECASE,
)
_BOLD_LEVEL = 7
_LABEL_LEVEL = 8
_TITLE_WORDS = 8
_LABEL_WORDS = 3

_OURS = Speaker(NOTES, side=Side.SELLER)


def can_be_notes(text: str) -> bool:
    """Tell whether a text may be notes: any text that is not JSON, if no other format is found."""
    return not begins_like_json(text)


def read_notes(text: str, known: Collection[str] = ()) -> Entries:
    """Make a turn of each line, with `notes` as its speaker and without its bullet, `>` or `#`.

    A heading (`#`, a line underlined with === or ---, a line all in bold) has its level in
    `heading`. A table's row is one turn, with `|` between its cells. Code keeps its lines. Rules,
    fences, the rule of a table, comments and front matter are skipped. Numbers of lists and boxes
    stay, since they may mean something.

    Our own words are on the seller's side: what stands under a heading or behind a label of
    ours, in a column of ours, and `Q:` of a pair. What may be ours is nobody's. `known` are names
    that are set: a line that such a name begins, or one of a person who is present or speaks again,
    is that speaker's.
    """
    yield from _Page(text, Speaker(NOTES), known).read()


def read_plain(text: str, known: Collection[str] = ()) -> Entries:
    """Read as notes the text of a call that names nobody: what is not ours is nobody's."""
    yield from _Page(text, Speaker(), known).read()


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of a page whose words are somebody's, until a heading of the same level."""

    level: int
    whose: Whose
    indent: int = -1  # of the item that opens it; -1 if it is none


_OWN_ANSWER = re.compile(r"\?\s*(?:[-–—:=>]+\s*)?\w")  # behind the question, on its line


class _Page:
    """Reads one page from its first line to its last."""

    def __init__(self, text: str, theirs: Speaker, known: Collection[str]) -> None:
        self._items = list(iter_page_lines(text))
        self._theirs = theirs
        lines = [item.text for item in self._items if isinstance(item, PageLine)]
        labels = [name for line in lines if len((name := find_label(line).name).split()) > 1]
        self._names = NameBook((), labels, [*known, *find_parties(text.split("\n", 40)[:40])])
        pairs = {classify_label(label) for line in lines if (label := _split_pair(line)[0])}
        self._has_questions, self._has_answers = Whose.QUESTION in pairs, Whose.ANSWER in pairs
        self._sections: list[_Section] = []
        self._columns: list[Whose | None] | None = None  # of the table that is open
        self._is_question_open = False
        self._has_words = False  # since the last label of a section

    def read(self) -> Entries:
        texts = [item.text if isinstance(item, PageLine) else "" for item in self._items]
        for index, item in enumerate(self._items):
            if isinstance(item, Skipped):
                yield item
            elif not item.text:
                self._read_gap()
            elif item.is_code:
                yield from self._make(item.text, item)
            elif _MARKUP.fullmatch(item.text):
                yield Skipped(line=item.number, reason="markup without words")
            else:
                above = texts[index - 1] if index else ""
                below = texts[index + 1] if index + 1 < len(texts) else ""
                yield from self._read_line(item, above, below)

    def _read_gap(self) -> None:
        self._columns = None
        self._is_question_open = False
        # A label says nothing of where its part ends: behind an empty line nobody knows.
        if self._sections and self._sections[-1].level == _LABEL_LEVEL and self._has_words:
            section = self._sections.pop()
            if section.whose is Whose.OURS:
                self._sections.append(_Section(_LABEL_LEVEL, Whose.DOUBTFUL, section.indent))

    def _read_line(self, item: PageLine, above: str, below: str) -> Entries:
        line = item.text
        if row := _ROW.fullmatch(line):
            cells = re.split(r"(?<!\\)\|", row["cells"])
            yield from self._read_row([cell.strip() for cell in cells], item)
            return
        self._columns = None
        words, level = _read_words(line, above=above, below=below)
        if level is not None:
            self._open_section(level, classify_heading(words))
            yield from make_turn(words, Speaker(NOTES), line=item.number, heading=level)
            return
        lead = _LEAD.fullmatch(line)
        is_item = bool(lead and lead["mark"])
        self._close_items(item.indent, is_item=is_item)
        if whose := _classify_title(words, stands_apart=not above):
            self._open_section(_LABEL_LEVEL, whose, item.indent if is_item else -1)
            yield from make_turn(words, Speaker(NOTES), line=item.number, heading=_BOLD_LEVEL)
        else:
            yield from self._read_words(words, item)

    def _read_words(self, words: str, item: PageLine) -> Entries:
        """Read a line that is no heading, by the half of a pair that it begins with."""
        label, said = _split_pair(words)
        if not label or not self._is_pair(label, said):
            if self._is_question_open and self._has_answers:
                yield from make_turn(words, _OURS, line=item.number)
            else:
                yield from self._make(words, item)
            return
        is_question = classify_label(label) is Whose.QUESTION
        if is_question and not self._has_answers and _OWN_ANSWER.search(said):
            yield from self._make(said, item)  # "Q: double counts? no, days are overwritten"
            return
        # A question of several lines ends with its mark, or where the answer begins.
        self._is_question_open = is_question and not said.rstrip("*_ ").endswith("?")
        if said:
            by = _OURS if is_question else self._theirs
            yield from make_turn(said, by, line=item.number)
        else:
            yield Skipped(line=item.number, reason="a label without words")

    def _is_pair(self, label: str, said: str) -> bool:
        """Tell whether a label is half of a pair: `Q3: ...` may be a quarter of a year too."""
        if classify_label(label) is Whose.ANSWER:
            return self._has_questions
        is_bare = not any(character.isdigit() for character in label)
        return is_bare or self._has_answers or said.rstrip("*_ ").endswith("?")

    def _read_row(self, cells: list[str], item: PageLine) -> Entries:
        """Read a row; the cells of our columns are a turn of ours, above the customer's."""
        if self._columns is None:
            named = [classify_label(cell) if len(cell) > 1 else None for cell in cells]
            self._columns = [whose or Whose.CUSTOMERS for whose in named]
        columns = [*self._columns, *[Whose.CUSTOMERS] * len(cells)][: len(cells)]
        if classify_heading(cells[0]) is Whose.OURS:
            columns = [Whose.OURS] * len(cells)
        owned = list(zip(cells, columns, strict=True))
        ours = [cell for cell, whose in owned if whose in {Whose.OURS, Whose.QUESTION}]
        doubtful = [cell for cell, whose in owned if whose is Whose.DOUBTFUL]
        theirs = [cell for cell, whose in owned if whose in {Whose.CUSTOMERS, Whose.ANSWER}]
        for part, by in ((ours, _OURS), (theirs, None), (doubtful, Speaker())):
            words = " | ".join(part)
            if words.strip(" |"):
                yield from make_turn(words, by, line=item.number) if by else self._make(words, item)

    def _make(self, words: str, item: PageLine) -> Entries:
        """Make a turn of the words of a line, whosesoever they are."""
        self._has_words = True
        yield from make_turn(words, self._find_speaker(words), line=item.number)

    def _find_speaker(self, words: str) -> Speaker:
        label = find_label(words)
        whose = classify_label(label.name) if label.name else None
        if whose is Whose.OURS:
            return _OURS
        if whose is Whose.CUSTOMERS:
            return self._theirs
        if label.name and whose is None:
            by = self._names.find_speaker(label.name)
            if by and by.id != NOBODY:
                return by
        section = self._sections[-1].whose if self._sections else None
        if section is Whose.OURS:
            return _OURS
        is_doubtful = Whose.DOUBTFUL in {section, whose, classify_line(words)}
        return Speaker() if is_doubtful else self._theirs

    def _open_section(self, level: int, whose: Whose | None, indent: int = -1) -> None:
        while self._sections and self._sections[-1].level >= level:
            self._sections.pop()
        if whose:
            self._sections.append(_Section(level, whose, indent))
        self._has_words = False

    def _close_items(self, indent: int, *, is_item: bool) -> None:
        """Close the parts that an item opened, at the next item that is not below it."""
        while self._sections and is_item and indent <= self._sections[-1].indent:
            self._sections.pop()


def _split_pair(words: str) -> tuple[str, str]:
    """Split `Q: ...` or `A: ...` into its label and its words; both empty for any other line."""
    lead = _LEAD.fullmatch(words)
    found = _PAIRED.fullmatch(lead["words"] if lead else words)
    return (found["label"], found["words"] or "") if found else ("", "")


def _classify_title(words: str, *, stands_apart: bool) -> Whose | None:
    """Tell whose words a line announces that is no heading; None if it announces nothing.

    It is a few words with a colon behind them, or words of ours alone below an empty line.
    """
    count = len(words.split())
    if words.rstrip("*_ ").endswith((":", "：")):
        return classify_heading(words) if count <= _TITLE_WORDS else None
    is_alone = stands_apart and count <= _LABEL_WORDS and ":" not in words
    if not is_alone or words[-1:] in ".!?,;":
        return None
    return Whose.OURS if classify_heading(words) is Whose.OURS else None


def _read_words(line: str, *, above: str, below: str) -> tuple[str, int | None]:
    """Give a line's words and, if it is a heading, its level."""
    if found := _HEADING.fullmatch(line):
        return found["words"], len(found["level"])
    if (found := _BOLD.fullmatch(line)) and _is_title(found["words"]):
        return found["words"], _BOLD_LEVEL
    lead = _LEAD.fullmatch(line)
    words = lead["words"] if lead else line
    underline = _UNDERLINE.fullmatch(below)
    if underline and not above and words == line and _is_title(words):
        return words, 1 if underline[0][0] == "=" else 2
    return words, None


def _is_title(words: str) -> bool:
    """Tell whether a line that looks like a heading is too short for an answer, or a question.

    Headings are never evidence, and an answer in bold must not be lost as one.
    """
    return words.endswith("?") or (len(words.split()) <= _TITLE_WORDS and words[-1:] not in ".!")
