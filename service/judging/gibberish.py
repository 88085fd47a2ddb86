"""Find answers that are in no language: repeated syllables, and keys pressed at random.

Shorthand, tables, code, and other languages are language. So an answer is called gibberish without
a judge only if it is one sound or word over and over; anything less plain only asks for review.
"""

import re
import unicodedata
from collections import Counter
from itertools import pairwise

__all__ = ["is_plain_gibberish", "looks_like_gibberish"]

# How often a unit of at most so many letters is repeated if it means nothing by it: "no no no" and
# "Full load. Full load." are answers.
_REPEATS = {4: 5, 12: 12}
_LEAST_REPEATED = 16  # letters
_LEAST_WORDS = 12

_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[a-zA-Z]+")
_CODE = re.compile(r"\b(?=[^\W\d]*\d)(?=\d*[^\W\d])\w{4,}\b")  # letters and digits in one word
_LEAST_CODE = 24  # characters
_NUMBERS_ALONE = 40  # digits without a single letter

# How surprising a letter is after another within a word, 0 to 9: minus the natural logarithm of its
# share, counted over the 21,719 English words of the embedded model's vocabulary. The rows are the
# letter before (first the start of a word), the columns the letter after (last the end of a word).
_BEFORE, _AFTER = "^abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz$"
_SURPRISE = (
    "332333333443344363234447569",
    "743355453642326472324455453",
    "246527762572662792352769494",
    "274728723933772763523889483",
    "366426562684553774364559481",
    "353245465763425462235454562",
    "266723682772682882533877583",
    "378627433984543792453969481",
    "256526992984452674533859472",
    "343334377753412463236496954",
    "176627773677771576672777774",
    "357616642764634584264758482",
    "255425672852563697443579382",
    "235726772985352296473778593",
    "363325263655643676325567562",
    "444455454743313382333435563",
    "266627633873672392333879583",
    "555666664665666666660666663",
    "254425462854442574334568482",
    "364726733954453366323759581",
    "265726732984663793343759462",
    "333335373762325382228686654",
    "277717771886882786775888584",
    "255525832854633683356768583",
    "362725742775674267724566472",
    "354536674764444494345767960",
    "257617642774663675554677432",
)
_SURPRISES = {
    before + after: int(figure)
    for before, row in zip(_BEFORE, _SURPRISE, strict=True)
    for after, figure in zip(_AFTER, row, strict=True)
}
# The mean over an answer is at most 3.8 in eleven other languages, and 3.1 in 6,152 answers of
# people and models. Letters at random have 4.6, and the keys of one row 4.3.
_TOO_SURPRISING = 4.1
_LEAST_PAIRS = 20


def is_plain_gibberish(text: str) -> bool:
    """Tell whether the text is one syllable or word again and again, or two of them.

    Case, spaces and punctuation don't count: "a.a.a." is "aaa".
    """
    folded = text.casefold()
    if _is_repeated("".join(c for c in folded if c.isalnum())):
        return True
    words = Counter(_WORD.findall(folded))
    return words.total() >= _LEAST_WORDS and len(words) <= 2


def looks_like_gibberish(text: str) -> bool:
    """Tell whether the text may be in no language, so that a person should look."""
    if is_plain_gibberish(text):
        return True
    words = _WORD.findall(text.casefold())
    common = sum(count for _, count in Counter(words).most_common(2))
    if len(words) >= 2 * _LEAST_WORDS and common > 0.6 * len(words):
        return True
    single = sum(len(word) == 1 and word.isascii() for word in words)
    if len(words) >= 2 * _LEAST_WORDS and single > 0.8 * len(words):
        return True
    if not any(c.isalpha() for c in text):
        return sum(c.isalnum() for c in text) >= _NUMBERS_ALONE
    return _is_mostly_code(words) or _measure_surprise(text) > _TOO_SURPRISING


def _is_mostly_code(words: list[str]) -> bool:
    """Tell whether it is keys and digests rather than words: "3f2a9c71 e0b47fa0".

    Names of several words, such as `train_final2`, count by their words.
    """
    parts = [part for word in words for part in word.split("_")]
    coded = sum(len(part) for part in parts if _CODE.fullmatch(part))
    return coded >= _LEAST_CODE and coded > 0.6 * sum(map(len, parts))


def _is_repeated(letters: str) -> bool:
    """Tell whether the letters are a short unit over and over."""
    return len(letters) >= _LEAST_REPEATED and any(
        letters[size:] == letters[:-size]
        for longest, repeats in _REPEATS.items()
        for size in range(1, min(longest, len(letters) // repeats) + 1)
    )


def _is_abbreviation(word: str) -> bool:
    return len(word) <= 2 or (len(word) <= 5 and word.isupper())


def _measure_surprise(text: str) -> float:
    """Measure how unlike words the Latin words are; 0 if there are too few of them to tell."""
    decomposed = unicodedata.normalize("NFKD", text)
    latin = "".join(c for c in decomposed if not unicodedata.combining(c))
    pairs = [
        before + after
        for word in _LATIN.findall(latin)
        if not _is_abbreviation(word)
        for before, after in pairwise(f"^{word.lower()}$")
    ]
    if len(pairs) < _LEAST_PAIRS:
        return 0.0
    return sum(map(_SURPRISES.__getitem__, pairs)) / len(pairs)
