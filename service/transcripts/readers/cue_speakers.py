"""Voices: who says what in a cue, by `<v Name>` as Teams writes it or `Name:` as Zoom does."""

import html
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from service.transcripts.readers.cues import Cue
from service.transcripts.readers.entry import Entries, Speaker, spoken
from service.transcripts.turns import Skipped

__all__ = ["said"]

_TAG = re.compile(
    r"<(?P<end>/?)(?P<tag>v|c|i|b|u|lang|ruby|rt|font)(?P<rest>[.\s][^<>]*)?>|<[0-9:.]+>",
    re.IGNORECASE,
)
_VOICE = re.compile(r"(?:\.\S*)?\s*(?P<name>.*)", re.DOTALL)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_PREFIX = re.compile(r"\s*+(?P<name>[^:\n?!;\"]{1,60}):(?=\s|$)")
_NAME_WORDS = 6


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What one voice says in a cue, and the line of the file it begins on."""

    line: int
    name: str
    text: str


def said(found: Iterable[Cue | Skipped]) -> Entries:
    """A turn for each voice of each cue, with tags taken off and entities decoded.

    `Name:` counts as a speaker where half the unvoiced cues begin so, or that name does twice;
    otherwise it is what somebody said.
    """
    read = [(item, _stretches(item) if isinstance(item, Cue) else []) for item in found]
    names = _names(
        stretch.text for _, stretches in read for stretch in stretches if not stretch.name
    )
    for item, stretches in read:
        if isinstance(item, Skipped):
            yield item
            continue
        for stretch in stretches or [_Stretch(item.line, "", "")]:
            name, text = stretch.name, stretch.text
            if not name:
                name, text = _without_prefix(text, names)
            yield from spoken(
                text,
                Speaker(name, name) if name else Speaker(),
                line=stretch.line,
                start_ms=item.start_ms,
                end_ms=item.end_ms,
            )


def _stretches(cue: Cue) -> list[_Stretch]:
    return [stretch for stretch in _cut(cue) if stretch.name or stretch.text.strip()]


def _cut(cue: Cue) -> Iterator[_Stretch]:
    """The cue's text, cut where a voice begins or ends."""
    text = "\n".join(cue.lines)
    line, name, at = cue.line, "", 0
    parts: list[str] = []
    for tag in [*_TAG.finditer(text), None]:
        parts.append(text[at : tag.start() if tag else len(text)])
        if tag is None or (tag["tag"] or "").lower() == "v":
            whole = "".join(parts)
            lead = whole[: len(whole) - len(whole.lstrip())].count("\n")
            yield _Stretch(line + lead, name, _decoded(whole))
            line += whole.count("\n")
            parts = []
        if tag is not None:
            at = tag.end()
            if (tag["tag"] or "").lower() == "v":
                voice = _VOICE.fullmatch(tag["rest"] or "")
                name = _decoded(voice["name"]).strip() if voice and not tag["end"] else ""


def _decoded(text: str) -> str:
    """The text with its entities decoded; one without its semicolon is what somebody said."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def _names(texts: Iterable[str]) -> Collection[str]:
    """The prefixes that are speakers in these texts."""
    prefixes = [_prefix(text) for text in texts]
    counts = Counter(prefix for prefix in prefixes if prefix)
    if 2 * counts.total() >= len(prefixes):
        return set(counts)
    return {name for name, times in counts.items() if times > 1}


def _prefix(text: str) -> str:
    found = _PREFIX.match(text)
    name = found["name"].strip() if found else ""
    letters = any(character.isalpha() for character in name)
    telephone = sum(character.isdigit() for character in name) > 4
    return name if (letters or telephone) and len(name.split()) <= _NAME_WORDS else ""


def _without_prefix(text: str, names: Collection[str]) -> tuple[str, str]:
    name = _prefix(text)
    return (name, text.partition(":")[2]) if name in names else ("", text)
