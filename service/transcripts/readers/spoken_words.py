"""Read words that each say who spoke them, where a tool's export has no utterances."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.json_with_lines import (
    JsonObject,
    find_value,
    read_ms,
    read_text,
)
from service.transcripts.turns import Skipped

__all__ = ["WordKeys", "group_words", "have_speakers"]


@dataclass(frozen=True)
class WordKeys:
    """The keys of a word's parts; of `text`, the first with a value counts."""

    text: tuple[str, ...]
    speaker: str
    start: str
    end: str
    ms: int = 1000  # in the unit of the times


def have_speakers(words: object, keys: WordKeys) -> bool:
    """Tell whether any word of a list says who spoke it."""
    found = words if isinstance(words, list) else []
    return any(find_value(word, keys.speaker) is not None for word in found)


def group_words(words: Iterable[object], keys: WordKeys, *, prefix: str = "") -> Entries:
    """Make a turn of the words that one speaker says in a row; an id begins with `prefix`."""
    for group in _split(words, keys):
        if isinstance(group, Skipped):
            yield group
            continue
        first, last = group[0], group[-1]
        label = read_text(find_value(first, keys.speaker))
        by = Speaker(f"{prefix}{label}") if label else Speaker()
        timed = [word for word in group if find_value(word, keys.end) is not None]
        yield from make_turn(
            _join(group, keys),
            by,
            line=first.line,
            start_ms=read_ms(find_value(first, keys.start), keys.ms),
            end_ms=read_ms(find_value((timed or [last])[-1], keys.end), keys.ms),
        )


def _split(words: Iterable[object], keys: WordKeys) -> Iterator[list[JsonObject] | Skipped]:
    group: list[JsonObject] = []
    for word in words:
        if not isinstance(word, JsonObject):
            yield Skipped(reason="not an object")
            continue
        # A mark has no speaker, and belongs to the word before it.
        is_mark = word.get("type") == "punctuation"
        speaker = find_value(word, keys.speaker)
        if group and not is_mark and speaker != find_value(group[0], keys.speaker):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _join(group: Sequence[JsonObject], keys: WordKeys) -> str:
    text: list[str] = []
    for word in group:
        found = (read_text(_find(word, key)) for key in keys.text)
        content = next((each for each in found if each), "")
        text += [content] if word.get("type") == "punctuation" else [" ", content]
    return "".join(text).strip()


def _find(word: JsonObject, path: str) -> object:
    """Follow a path of keys, of which `0` is the first item of a list."""
    value: object = word
    for key in path.split("."):
        if key == "0":
            value = value[0] if isinstance(value, list) and value else None
        else:
            value = find_value(value, key)
    return value
