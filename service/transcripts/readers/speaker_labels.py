"""Tell a speaker's name before words (`Tom Okafor: ...`) from words before a colon."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from service.transcripts.people import PersonName, fold_name, names_nobody
from service.transcripts.readers.entry import Speaker
from service.transcripts.turns import NOBODY

__all__ = ["Label", "NameBook", "find_label", "looks_like_name"]

_COMPLETE = 0.98  # of all places; a long file may lack a name here and there
_LONGEST = 120  # characters; Zoom allows 64
_MOST_WORDS = 14
_CHANGE = re.compile(r"\s*+(?:(?:>{1,3}|»|&gt;&gt;)\s*+)")
_BRACKETED = re.compile(r"\s*+\[(?P<name>[^\[\]:]{1,100})\]\s*+:?\s*+")
_TIME_BEHIND = re.compile(r"\s*[(\[]?\b[0-9]{1,3}(?::[0-9]{2}){1,2}(?:[.,][0-9]+)?[)\]]?\s*\Z")
_MARKS = "*_` \t\u00a0"
_PERSON_END = re.compile(r"[()\[\]|｜（）]| [-–—@/] |[,，]")
_SENTENCE = re.compile(r"[?!;:…。！？]|[^\W\d_]{5,}\.(?:\s|\Z)")
_NUMBERED = re.compile(r"[^\W\d_]{3,20}[ _-]?[0-9]{1,3}")
_CASELESS = re.compile(r"[^\W\d_a-zA-Z]{1,12}")

# Small words that stand in the middle of a name, and never say that it is a sentence.
_INSIDE = frozenset(
    re.findall(
        r"\S+",
        """
        van von de del della di da do dos das der den ter ten la le las los el al bin ibn bint zu
        zum y e af av of at from and und et of the for in & - –
        """,
    )
)
# What begins a sentence or a heading, and never a name; in English, German, French and Spanish.
_NO_NAMES = frozenset(
    re.findall(
        r"\S+",
        """
        the a an our my your his her its their this that these those what why how when where who
        which yes no not but and so also well okay ok right sure one two first second third then
        now here there it we you they i he she if because
        der die das ein eine unser unsere mein meine ja nein aber und wie was wann wo warum
        erstens zweitens zwei drei deux trois dos tres three four
        le la les un une notre nos mon ma oui non mais et donc comment pourquoi
        el los las uno una nuestro nuestra mi sí si pero y entonces cómo qué
        note notes example question answer problem issue risk step option point topic agenda item
        phase version day week summary update conclusion goal idea reason result caveat warning
        fact part chapter
        q frage antwort beispiel schritt punkt thema problema pregunta respuesta ejemplo réponse
        exemple étape paso
        music laughter applause silence inaudible noise crosstalk blank_audio pause laughs
        """,
    )
)


@dataclass(frozen=True, slots=True)
class Label:
    """What may be a speaker's name before words, and those words.

    `is_change` is set if the line marks a new speaker (`>>`), whether or not it names one.
    """

    name: str
    words: str
    is_change: bool = False


class NameBook:
    """Decides which of the possible names of a source are names of speakers.

    A name is one that is set, that is in the list of those present, or that recurs. Where every
    line has one, each of them that looks like a name is one. One that looks like a name and is met
    once may also be words: then nobody knows who speaks.
    """

    def __init__(
        self, met: Sequence[str], more: Iterable[str] = (), known: Iterable[str] = ()
    ) -> None:
        """Take what stands in each place where a name may be (empty for none).

        `more` are possible names in other places, `known` names that are set or in a list.
        """
        self._counts = Counter(fold_name(name) for name in chain(met, more) if name)
        named = sum(1 for name in met if self._recurs(name) or looks_like_name(name))
        self._is_complete = bool(met) and named >= _COMPLETE * len(met)
        self._known = [PersonName.of(name) for name in known]
        self._decided: dict[str, bool] = {}

    def is_sure(self, name: str) -> bool:
        """Tell whether this is certainly a speaker's name."""
        folded = fold_name(name)
        if folded not in self._decided:
            self._decided[folded] = bool(folded) and self._decide(name, folded)
        return self._decided[folded]

    def find_speaker(self, name: str) -> Speaker | None:
        """Give the speaker whom a name means; None if it is no name.

        A speaker who is not certain has the id of nobody, so that no side follows for them.
        """
        if not name:
            return None
        if names_nobody(name):
            return Speaker()
        if self.is_sure(name):
            return Speaker(name, name)
        return Speaker(NOBODY, name) if looks_like_name(name) else None

    def _decide(self, name: str, folded: str) -> bool:
        own = PersonName.of(name)
        if any(known.matches(own) for known in self._known):
            return True
        if looks_like_name(name):
            return self._recurs(name) or self._is_complete
        # `tom: ...` as in a chat: only where every line is written so.
        is_short = len(name.split()) <= 3 and not set(folded.split()) & _NO_NAMES
        return is_short and self._is_complete and self._recurs(name)

    def _recurs(self, name: str) -> bool:
        return bool(name) and self._counts[fold_name(name)] > 1


def find_label(line: str) -> Label:
    """Find what may be a name before a colon or in brackets; without one, all is words.

    `>> NAME:`, `[Name]`, `**Name:**`, `Name (0:12):` and a full-width colon are read too.
    """
    change = _CHANGE.match(line)
    rest = line[change.end() :] if change else line
    is_change = change is not None
    if (bracketed := _BRACKETED.match(rest)) and rest[bracketed.end() :].strip():
        name = _clean_name(bracketed["name"])
        if looks_like_name(name):
            return Label(name, rest[bracketed.end() :], is_change)
    at = _find_colon(rest)
    if at is not None:
        name = _clean_name(rest[:at])
        if _may_be_name(name):
            return Label(name, rest[at + 1 :].lstrip("*_"), is_change)
    return Label("", rest, is_change)


def looks_like_name(name: str) -> bool:
    """Tell whether a text has the form of a person's name, with or without a company or role."""
    if not _may_be_name(name) or _SENTENCE.search(name):
        return False
    if sum(character.isdigit() for character in name) > 4:  # a telephone number
        return not any(character.islower() for character in name)
    words = [word.strip("\"“”„«».'’") for word in _PERSON_END.split(name, maxsplit=1)[0].split()]
    words = [word for word in words if word]
    is_letter = len(words) == 1 and len(words[0]) == 1 and words[0] != "Q"  # `A:` and `B:`
    if not words or (fold_name(words[0]) in _NO_NAMES and not is_letter):
        return False
    if _NUMBERED.fullmatch(" ".join(words)) and words[0][0].isalpha():
        return True  # `Speaker 1`
    return (
        len(words) <= 10
        and _is_capitalised(words[0])
        and _is_capitalised(words[-1])
        and all(word in _INSIDE or _is_capitalised(word) for word in words)
    )


def _is_capitalised(word: str) -> bool:
    letters = [character for character in word if character.isalpha()]
    if not letters:
        return False
    if letters[0].isupper() or letters[0].istitle():
        return True
    return not letters[0].islower() and _CASELESS.fullmatch("".join(letters)) is not None


def _may_be_name(name: str) -> bool:
    """Tell whether a text can be a name at all: a few words with a letter, or a telephone."""
    if not 0 < len(name) <= _LONGEST or len(name.split()) > _MOST_WORDS:
        return False
    if name.count('"') % 2 or any(mark in name for mark in "?!;"):
        return False
    digits = sum(character.isdigit() for character in name)
    return any(character.isalpha() for character in name) or digits > 4


def _find_colon(line: str) -> int | None:
    """Find the first colon that can end a name: not one of a time or an address."""
    head = line[: _LONGEST + 40]
    for at, character in enumerate(head):
        following = line[at + 1 : at + 2]
        if character == "：":
            return at
        if character == ":" and (not following or following in " \t\n\u00a0*_"):
            return at
    return None


def _clean_name(name: str) -> str:
    """Leave out the marks around a name and the time behind it."""
    bare = _TIME_BEHIND.sub("", name.strip(_MARKS))
    bare = bare.strip(_MARKS).lstrip("-•–—").strip(_MARKS)
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1].strip(_MARKS)
    return " ".join(bare.split())
