"""Write an answer as someone who takes notes would: fewer words, abbreviations, arrows, slips.

Numbers and negations stay as they are, because a verdict may depend on one.
"""

import random
import re
from collections.abc import Iterator

from service.evaluation.cases.case import Case
from service.evaluation.robustness.change_kinds import find_quoted_spans
from service.evaluation.robustness.edits import Edit, apply_edits, move_span
from service.evaluation.robustness.speech import drop_colliding, is_protected

__all__ = ["jot_down"]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "am",
        "we",
        "we're",
        "we've",
        "i",
        "i'm",
        "it",
        "it's",
        "that's",
        "there",
        "there's",
        "our",
        "my",
        "have",
        "has",
        "had",
        "do",
        "does",
        "did",
        "so",
        "just",
        "very",
        "really",
        "basically",
        "of",
        "to",
        "that",
        "which",
        "then",
    ]
)
_SHORT = {
    "with": ("w/", "w"),
    "without": ("w/o",),
    "because": ("b/c", "bc", "cos"),
    "and": ("+", "&", "/", ","),
    "through": ("thru", "via"),
    "between": ("btw.",),
    "about": ("~", "abt"),
    "approximately": ("~",),
    "minutes": ("min", "mins"),
    "hours": ("h", "hrs"),
    "seconds": ("s", "secs"),
    "weeks": ("wks",),
    "months": ("mths",),
    "every": ("ea", "every"),
    "production": ("prod",),
    "development": ("dev",),
    "environment": ("env",),
    "environments": ("envs",),
    "database": ("db", "DB"),
    "databases": ("dbs",),
    "table": ("tbl",),
    "tables": ("tbls",),
    "pipeline": ("pl", "pipe"),
    "pipelines": ("pls", "pipes"),
    "configuration": ("config", "cfg"),
    "repository": ("repo",),
    "application": ("app",),
    "documentation": ("docs",),
    "management": ("mgmt",),
    "manager": ("mgr",),
    "department": ("dept",),
    "customer": ("cust",),
    "customers": ("custs",),
    "number": ("nr", "#"),
    "something": ("sth",),
    "someone": ("so.",),
    "people": ("ppl",),
    "please": ("pls",),
    "before": ("b4", "before"),
    "warehouse": ("DWH", "whse"),
    "monitoring": ("monit.",),
    "evaluation": ("eval",),
    "deployment": ("deploy",),
    "version": ("ver", "v"),
    "versions": ("vers",),
    "transformation": ("transf.",),
    "schema": ("schema", "schm"),
    "feature": ("feat",),
    "features": ("feats",),
    "into": ("->", "=>", "in2"),
    "then": ("->", ">"),
    "to": ("->", "to"),
    "goes": ("->",),
    "lands": ("->",),
}
_RATES = {"small": 0.6, "short": 0.5, "slip": 0.04}
_LONG = 5  # letters that a word must have to be misspelt


def jot_down(case: Case, chance: random.Random) -> Case:
    """Give the case in shorthand, with its verdict and its quotes as they then read."""
    text = case.answer
    edits = drop_colliding(list(_shorten(text, chance)))
    if chance.random() < 0.5:  # small letters, as on a phone
        free = set(range(len(text))).difference(*(range(e.start, e.end) for e in edits))
        edits += [
            Edit(at, at + 1, text[at].lower())
            for at in sorted(free)
            if text[at] != text[at].lower()
        ]
    if text.endswith(".") and not text.endswith(".."):
        edits = drop_colliding([*edits, Edit(len(text) - 1, len(text), "")])
    answer = apply_edits(text, edits)
    if not any(character.isalnum() for character in answer):
        return case
    signals = {
        name: label.model_copy(
            update={
                "quotes": tuple(
                    quote
                    for start, end in find_quoted_spans(label, text)
                    if (quote := answer[slice(*move_span(start, end, edits))].strip())
                )
            }
        )
        for name, label in case.signals.items()
    }
    return case.model_copy(update={"answer": answer, "signals": signals})


def _shorten(text: str, chance: random.Random) -> Iterator[Edit]:
    """Drop small words, abbreviate others, and misspell a few."""
    for word in _WORD.finditer(text):
        plain = word[0].casefold().replace("’", "'")
        if is_protected(word[0]):
            continue
        if plain in _SHORT and chance.random() < _RATES["short"]:
            yield Edit(word.start(), word.end(), chance.choice(_SHORT[plain]))
        elif plain in _SMALL and chance.random() < _RATES["small"]:
            behind = re.match(r"\s?", text[word.end() :])
            yield Edit(word.start(), word.end() + (behind.end() if behind else 0), "")
        elif len(plain) >= _LONG and chance.random() < _RATES["slip"]:
            yield Edit(word.start(), word.end(), _misspell(word[0], chance))


def _misspell(word: str, chance: random.Random) -> str:
    """Swap two letters, drop one, or double one; the first stays."""
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        ]
    )
