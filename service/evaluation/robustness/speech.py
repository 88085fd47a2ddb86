"""Changes that speaking and speech recognition make to an answer.

They leave numbers and negations alone, because a verdict may depend on one.
"""

import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from service.evaluation.robustness.edits import Edit, draw_some, find_sentence_starts

__all__ = [
    "drop_colliding",
    "drop_words",
    "hesitate",
    "is_protected",
    "mishear",
    "open_sentences",
    "repeat_words",
]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_GAP = re.compile(r"(?<=\w)(,?) (?=[^\W\d_])")
_NUMBERS = (
    "zero nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty"
    " ninety hundred hundreds thousand thousands million millions billion billions dozen half"
    " quarter double triple single once twice first second third fourth fifth"
)
_NEGATIONS = (
    "no not never none nothing nobody nowhere neither nor without cannot hardly barely only except"
    " unless"
)
_PROTECTED = {*_NUMBERS.split(), *_NEGATIONS.split()}


def is_protected(word: str) -> bool:
    """Check if a word is a number or a negation, on which a verdict may depend."""
    plain = word.casefold().replace("’", "'")
    return (
        not _PROTECTED.isdisjoint(re.split(r"['-]", plain))
        or plain.endswith("n't")
        or any(character.isdigit() for character in plain)
    )


def mishear(
    text: str, heard: Mapping[str, Sequence[str]], rate: float, chance: random.Random
) -> list[Edit]:
    """Replace words of the table, the longest first, by one of the words heard instead."""
    table = {_normalize(words): forms for words, forms in heard.items()}
    longest_first = sorted(table, key=len, reverse=True)
    words = "|".join(re.escape(key).replace(r"\ ", "[ -]") for key in longest_first)
    pattern = re.compile(rf"(?<![\w.@/`'’-])(?:{words})(?![\w@/`'’(-]|\.\w)", re.IGNORECASE)
    free = {at for word in _find_free(text) for at in range(word.start(), word.end())}
    found = [
        Edit(match.start(), match.end(), chance.choice(table[_normalize(match.group())]))
        for match in pattern.finditer(text)
        if {match.start(), match.end() - 1} <= free
    ]
    return draw_some(found, rate, chance)


def drop_words(text: str, words: Collection[str], rate: float, chance: random.Random) -> list[Edit]:
    """Drop some of these small words."""
    lost = [Edit(word.start(), word.end() + 1, "") for word in _find_small(text, words)]
    return draw_some(lost, rate, chance)


def repeat_words(
    text: str, words: Collection[str], rate: float, chance: random.Random
) -> list[Edit]:
    """Repeat some of these small words."""
    again = [
        Edit(word.end(), word.end(), f"{chance.choice([',', ''])} {word.group()}")
        for word in _find_small(text, words)
    ]
    return draw_some(again, rate, chance)


def hesitate(text: str, sounds: Sequence[str], rate: float, chance: random.Random) -> list[Edit]:
    """Put sounds such as "uh" between two words of a sentence."""
    free = list(_find_free(text))
    starts, ends = {word.start() for word in free}, {word.end() for word in free}
    found = []
    for gap in _GAP.finditer(text):
        if gap.start() in ends and gap.end() in starts:
            comma = "," if gap[1] or chance.random() < 0.4 else ""
            sound = f"{comma} {chance.choice(sounds)}{comma}"
            found.append(Edit(gap.start(), gap.end() - 1, sound))
    return draw_some(found, rate, chance)


def open_sentences(
    text: str, openers: Sequence[str], rate: float, chance: random.Random
) -> list[Edit]:
    """Put openers such as "Well," before sentences."""
    starts = [0, *find_sentence_starts(text)]
    return draw_some([Edit(at, at, f"{chance.choice(openers)} ") for at in starts], rate, chance)


def drop_colliding(*changes: Iterable[Edit]) -> list[Edit]:
    """Join the edits of several changes, without those that would touch one before them."""
    kept: list[Edit] = []
    for edits in changes:
        before = list(kept)
        kept += [e for e in edits if all(e.end < o.start or o.end < e.start for o in before)]
    return kept


def _normalize(words: str) -> str:
    return words.casefold().replace("-", " ")


def _find_free(text: str) -> Iterator[re.Match[str]]:
    """Yield the words that are neither numbers nor negations, nor next to one."""
    words = list(_WORD.finditer(text))
    closed = [is_protected(word.group()) for word in words]
    for n, word in enumerate(words):
        if not any(closed[max(n - 1, 0) : n + 2]):
            yield word


def _find_small(text: str, words: Collection[str]) -> Iterator[re.Match[str]]:
    return (
        w for w in _find_free(text) if w.group() in words and text[w.end() : w.end() + 1] == " "
    )
