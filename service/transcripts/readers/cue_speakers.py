"""Find out who speaks in a cue: `<v Name>` as Teams writes it, or `Name:` as Zoom does."""

import html
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from service.transcripts.readers.cues import Cue
from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.turns import Skipped

__all__ = ["split_by_speaker"]

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
    """The words of one speaker in a cue, and the line of the file on which they begin."""

    line: int
    name: str
    text: str


def split_by_speaker(found: Iterable[Cue | Skipped]) -> Entries:
    """Make a turn of each speaker's words in each cue, without tags and with entities decoded.

    `Name:` is taken for a speaker if half the cues without a voice begin that way, or if that name
    does so twice; otherwise it belongs to the words.
    """
    read = [(item, _stretches(item) if isinstance(item, Cue) else []) for item in found]
    names = _find_names(
        stretch.text for _, stretches in read for stretch in stretches if not stretch.name
    )
    for item, stretches in read:
        if isinstance(item, Skipped):
            yield item
            continue
        for stretch in stretches or [_Stretch(item.line, "", "")]:
            name, text = stretch.name, stretch.text
            if not name:
                name, text = _split_prefix(text, names)
            yield from make_turn(
                text,
                Speaker(name, name) if name else Speaker(),
                line=stretch.line,
                start_ms=item.start_ms,
                end_ms=item.end_ms,
            )


def _stretches(cue: Cue) -> list[_Stretch]:
    return [stretch for stretch in _cut(cue) if stretch.name or stretch.text.strip()]


def _cut(cue: Cue) -> Iterator[_Stretch]:
    """Cut the cue's text at each tag that begins or ends a voice; drop all other tags."""
    text = "\n".join(cue.lines)
    line, name, at = cue.line, "", 0
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


def _find_names(texts: Iterable[str]) -> Collection[str]:
    """Collect the prefixes of these texts that are names of speakers."""
    prefixes = [_find_prefix(text) for text in texts]
    counts = Counter(prefix for prefix in prefixes if prefix)
    # "The problem: nobody looks" has a prefix too, but only a speaker's comes again and again.
    if 2 * counts.total() >= len(prefixes):
        return set(counts)
    return {name for name, times in counts.items() if times > 1}


def _find_prefix(text: str) -> str:
    """Give what may be a name before a colon: a few words with a letter, or a telephone number."""
    found = _PREFIX.match(text)
    name = found["name"].strip() if found else ""
    letters = any(character.isalpha() for character in name)
    telephone = sum(character.isdigit() for character in name) > 4
    return name if (letters or telephone) and len(name.split()) <= _NAME_WORDS else ""


def _split_prefix(text: str, names: Collection[str]) -> tuple[str, str]:
    name = _find_prefix(text)
    return (name, text.partition(":")[2]) if name in names else ("", text)
