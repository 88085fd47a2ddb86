"""Compare the names of people: what somebody typed with what a tool wrote."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["PersonName", "fold_name", "names_nobody"]

# Between a person and a company or a role: `Ann Lee (Acme)`, `Ann Lee | Acme`, `Ann Lee - Acme`.
_SEPARATOR = re.compile(r"[()\[\]|｜（）/]| [-–—@] ")
_NICKNAME = re.compile(r"[\"“„«]([^\"“”„«»]{1,40})[\"”“»]")
_NOBODY = re.compile(
    r"(?:unknown|unidentified|unnamed|unattributed|unbekannt(?:e[rs]?)?|inconnue?|desconocid[oa])"
    r"(?: (?:speaker|participant|voice|sprecher|person|orateur|hablante))?(?: \(?[0-9]{1,3}\)?)?"
    r"|(?:multiple|several|all|various) (?:speakers|voices|participants)"
    r"|speaker(?: \?)?|no name|n/a|\?+|all|everyone|crosstalk"
)


def fold_name(name: str) -> str:
    """Put a name in the form that is compared: without case, width, spacing or invisible marks."""
    seen = (c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join("".join(seen).casefold().split())


def names_nobody(name: str) -> bool:
    """Tell whether a tool writes this name for a voice that it does not know."""
    return _NOBODY.fullmatch(fold_name(name)) is not None


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name with the forms in which the same person may be written.

    `Halvorsen, Ines` is Ines Halvorsen, and `Inés "Nes" Halvorsen` is also Nes Halvorsen.
    """

    whole: str
    people: frozenset[str]
    companies: frozenset[str]

    @classmethod
    def of(cls, name: str) -> "PersonName":
        """Read `Ann Lee (Acme)` and `Ann Lee | Acme` as the person Ann Lee of the company Acme."""
        person, *companies = _SEPARATOR.split(name)
        folded = (fold_name(part) for part in companies)
        people = frozenset(_iter_forms(person))
        return cls(fold_name(name), people, frozenset(part for part in folded if part))

    def matches(self, other: "PersonName") -> bool:
        """Tell whether this name, which somebody typed, means the speaker called `other`.

        A name alone means a person or everybody of a company. A name with a company means that
        person of that company, or of no company that is known.
        """
        if self.whole == other.whole:
            return bool(self.whole)
        if not self.companies:
            return bool(self.people & (other.people | other.companies))
        return bool(self.people & other.people) and (
            not other.companies or bool(self.companies & other.companies)
        )


def _iter_forms(person: str) -> Iterator[str]:
    forms = [person]
    if nickname := _NICKNAME.search(person):
        before, after = person[: nickname.start()], person[nickname.end() :]
        forms = [f"{before} {after}", f"{nickname[1]} {after}", person]
    for form in forms:
        if folded := fold_name(form):
            yield folded
        first, comma, rest = form.partition(",")
        if comma and fold_name(first) and fold_name(rest):
            yield fold_name(f"{rest} {first}")
            if len(first.split()) > 1:  # `Ann Lee, Acme`: a surname alone would mean too many
                yield fold_name(first)
