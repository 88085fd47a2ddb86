"""What speaking and speech recognition do to an answer, numbers and negations left alone."""

import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from service.evaluation.robustness.edits import Edit, sentence_starts, some

__all__ = ["apart", "dropped", "hesitating", "is_protected", "misheard", "opening", "repeating"]

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
    """Whether it is a number or a negation, on which a verdict may hang."""
    plain = word.casefold().replace("’", "'")
    return (
        not _PROTECTED.isdisjoint(re.split(r"['-]", plain))
        or plain.endswith("n't")
        or any(character.isdigit() for character in plain)
    )


def misheard(
    text: str, heard: Mapping[str, Sequence[str]], rate: float, chance: random.Random
) -> list[Edit]:
    """Words of the table, the longest first, replaced by one of what is heard instead."""
    table = {_key(words): forms for words, forms in heard.items()}
    longest_first = sorted(table, key=len, reverse=True)
    words = "|".join(re.escape(key).replace(r"\ ", "[ -]") for key in longest_first)
    pattern = re.compile(rf"(?<![\w.@/`'’-])(?:{words})(?![\w@/`'’(-]|\.\w)", re.IGNORECASE)
    free = {place for word in _free(text) for place in range(word.start(), word.end())}
    found = [
        Edit(match.start(), match.end(), chance.choice(table[_key(match.group())]))
        for match in pattern.finditer(text)
        if {match.start(), match.end() - 1} <= free
    ]
    return some(found, rate, chance)


def dropped(text: str, words: Collection[str], rate: float, chance: random.Random) -> list[Edit]:
    """Some of these small words lost."""
    lost = [Edit(word.start(), word.end() + 1, "") for word in _small(text, words)]
    return some(lost, rate, chance)


def repeating(text: str, words: Collection[str], rate: float, chance: random.Random) -> list[Edit]:
    """Some of these small words said twice."""
    again = [
        Edit(word.end(), word.end(), f"{chance.choice([',', ''])} {word.group()}")
        for word in _small(text, words)
    ]
    return some(again, rate, chance)


def hesitating(text: str, sounds: Sequence[str], rate: float, chance: random.Random) -> list[Edit]:
    """Sounds such as "uh" between two words of a sentence."""
    free = list(_free(text))
    starts, ends = {word.start() for word in free}, {word.end() for word in free}
    found = []
    for gap in _GAP.finditer(text):
        if gap.start() in ends and gap.end() in starts:
            comma = "," if gap[1] or chance.random() < 0.4 else ""
            sound = f"{comma} {chance.choice(sounds)}{comma}"
            found.append(Edit(gap.start(), gap.end() - 1, sound))
    return some(found, rate, chance)


def opening(text: str, openers: Sequence[str], rate: float, chance: random.Random) -> list[Edit]:
    """Openers such as "Well," before sentences."""
    starts = [0, *sentence_starts(text)]
    return some([Edit(at, at, f"{chance.choice(openers)} ") for at in starts], rate, chance)


def apart(*changes: Iterable[Edit]) -> list[Edit]:
    """All edits, but for those that would meet one before them."""
    kept: list[Edit] = []
    for edits in changes:
        before = list(kept)
        kept += [e for e in edits if all(e.end < o.start or o.end < e.start for o in before)]
    return kept


def _key(words: str) -> str:
    return words.casefold().replace("-", " ")


def _free(text: str) -> Iterator[re.Match[str]]:
    """The words that are neither numbers nor negations, nor stand beside one."""
    words = list(_WORD.finditer(text))
    closed = [is_protected(word.group()) for word in words]
    for place, word in enumerate(words):
        if not any(closed[max(place - 1, 0) : place + 2]):
            yield word


def _small(text: str, words: Collection[str]) -> Iterator[re.Match[str]]:
    return (w for w in _free(text) if w.group() in words and text[w.end() : w.end() + 1] == " ")
