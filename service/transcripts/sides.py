"""Sides: who speaks for the customer, by what is known and never by a guess."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from service.transcripts.turns import NOBODY, NOTES, IntakeError, Side, Transcript, Turn

__all__ = ["unknown_speakers", "with_sides"]

_PARTS = re.compile(r"[()\[\]|]")
_LISTED = 20

_Identity = tuple[str, str | None, str | None, Side]


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it is compared: whatever its case, width, spacing and invisible marks."""

    whole: str
    person: str
    companies: frozenset[str]

    @classmethod
    def of(cls, name: str) -> "_Name":
        """`Ann Lee (Acme)` and `Ann Lee | Acme` are the person Ann Lee of the company Acme."""
        person, *companies = (_folded(part) for part in _PARTS.split(name))
        return cls(_folded(name), person, frozenset(company for company in companies if company))

    def means(self, other: "_Name") -> bool:
        """Whether whoever is called `other` is meant by this person, or by this company."""
        if not self.companies:
            return self.whole in {other.whole, other.person, *other.companies}
        return self.whole == other.whole or (
            self.person == other.person
            and (not other.companies or bool(self.companies & other.companies))
        )


@dataclass(frozen=True, slots=True)
class _Called:
    """All that a speaker can be found by."""

    names: tuple[_Name, ...]
    address: str

    @classmethod
    def of(cls, turn: Turn) -> "_Called":
        names = tuple(_Name.of(name) for name in (turn.name, turn.speaker_id) if name)
        addresses = [turn.email or "", *(name.whole for name in names)]
        return cls(names, next((a for a in addresses if "@" in a), ""))

    def is_meant_by(self, asked: _Name) -> bool:
        """By a name, an address, or the domain of an address."""
        wanted = asked.whole.removeprefix("@")
        domain = self.address.rpartition("@")[2]
        return bool(wanted) and (
            any(asked.means(name) for name in self.names)
            or wanted in {self.address, domain}
            or domain.endswith(f".{wanted}")
        )


def with_sides(
    transcript: Transcript,
    ours: Collection[str] = (),
    customers: Collection[str] = (),
    *,
    is_whole: bool = True,
) -> Transcript:
    """The transcript with the side of every speaker that is known.

    `ours` are the seller's names, companies, e-mail addresses or domains; `customers` are names,
    companies, addresses or speaker ids of this call's customer. A named customer outranks `ours`,
    which outranks what the source says. Where names settle one side only, every other speaker is
    of the other one; notes, and words of nobody known, keep the side they have. Raises
    IntakeError, with the names there are, for a customer who isn't among the speakers, unless
    it is not the whole call: then they may speak later.
    """
    speakers = {_identity(t): _Called.of(t) for t in _once(transcript.turns) if not _is_nobody(t)}
    customer_names = [_Name.of(name) for name in customers]
    for asked, name in zip(customer_names, customers, strict=True):
        if is_whole and not any(called.is_meant_by(asked) for called in speakers.values()):
            raise IntakeError(f"no speaker is called {name!r}; {_those_there(speakers)}")
    our_names = [_Name.of(name) for name in ours]
    named = {
        identity: side
        for identity, called in speakers.items()
        if (side := _named_side(called, our_names, customer_names))
    }
    sides = {identity: named.get(identity, identity[3]) for identity in speakers}
    known = set(sides.values()) - {Side.UNKNOWN}
    if named and len(known) == 1:
        other = Side.SELLER if Side.CUSTOMER in known else Side.CUSTOMER
        sides = {who: other if side is Side.UNKNOWN else side for who, side in sides.items()}
    turns = (
        turn.model_copy(update={"side": sides.get(_identity(turn), turn.side)})
        for turn in transcript.turns
    )
    return transcript.model_copy(update={"turns": tuple(turns)})


def unknown_speakers(transcript: Transcript) -> dict[str, str]:
    """The first words of every speaker whose side is not known, by name, else by speaker id."""
    first: dict[str, str] = {}
    for turn in transcript.turns:
        if turn.side is Side.UNKNOWN and not _is_nobody(turn):
            first.setdefault(turn.name or turn.speaker_id, turn.text)
    return first


def _identity(turn: Turn) -> _Identity:
    return turn.speaker_id, turn.name, turn.email, turn.side


def _once(turns: Iterable[Turn]) -> Collection[Turn]:
    """A turn of each speaker, in the order in which they first speak."""
    return {_identity(turn): turn for turn in turns}.values()


def _is_nobody(turn: Turn) -> bool:
    return turn.name is None and turn.speaker_id in {NOBODY, NOTES}


def _named_side(called: _Called, ours: Iterable[_Name], customers: Iterable[_Name]) -> Side | None:
    if any(called.is_meant_by(asked) for asked in customers):
        return Side.CUSTOMER
    return Side.SELLER if any(called.is_meant_by(asked) for asked in ours) else None


def _those_there(speakers: Mapping[_Identity, _Called]) -> str:
    names = list(dict.fromkeys(name or speaker_id for speaker_id, name, _, _ in speakers))
    if not names:
        return "the source names nobody"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"there are {', '.join(names[:_LISTED])}{more}"


def _folded(name: str) -> str:
    seen = (c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join("".join(seen).casefold().split())
