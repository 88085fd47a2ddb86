"""Find out who speaks for the customer: from what is known, never by guessing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from service.errors import UnreadableSource
from service.transcripts.people import PersonName
from service.transcripts.turns import NOBODY, NOTES, Side, Transcript, Turn

__all__ = ["is_address", "list_unknown_speakers", "refuse_unknown_names", "resolve_sides"]

_MOST_LISTED = 20

_Identity = tuple[str, str | None, str | None, Side]


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Everything by which a speaker can be found."""

    names: tuple[PersonName, ...]
    address: str

    @classmethod
    def of(cls, turn: Turn) -> "_Speaker":
        ids = () if turn.speaker_id == NOBODY else (turn.speaker_id,)
        names = tuple(PersonName.of(name) for name in (turn.name, *ids) if name)
        addresses = [turn.email or "", *(name.whole for name in names)]
        return cls(names, next((a for a in addresses if "@" in a), ""))

    def is_called(self, name: PersonName) -> bool:
        """Tell whether a name, an address or the domain of an address means this speaker."""
        wanted = name.whole.removeprefix("@")
        domain = self.address.rpartition("@")[2]
        return bool(wanted) and (
            any(name.matches(own) for own in self.names)
            or wanted in {self.address, domain}
            or domain.endswith(f".{wanted}")
        )


def resolve_sides(
    transcript: Transcript,
    ours: Collection[str] = (),
    customers: Collection[str] = (),
    *,
    is_whole: bool = True,
) -> Transcript:
    """Set the side of every speaker whose side is known.

    `ours` are the seller's names, companies, e-mail addresses or domains; `customers` are names,
    companies, addresses or speaker ids of this call's customer. A named customer outranks `ours`,
    which outranks what the source says. If names settle one side only, every other speaker is on
    the other side; notes, and words of an unknown or doubtful speaker, keep the side they have.

    Raises UnreadableSource, with the names of the speakers, for a customer who is not among them,
    unless this is only a part of the call: then the customer may speak later.
    """
    if is_whole:
        refuse_unknown_names(transcript, customers)
    speakers = _list_speakers(transcript)
    sides = _decide_sides(
        speakers,
        [PersonName.of(name) for name in ours],
        [PersonName.of(name) for name in customers],
    )
    turns = (
        turn.model_copy(update={"side": sides.get(_identify(turn), turn.side)})
        for turn in transcript.turns
    )
    return transcript.model_copy(update={"turns": tuple(turns)})


def is_address(name: str) -> bool:
    """Tell whether a name is an e-mail address or a domain, which only some tools know."""
    return "@" in name or ("." in name and " " not in name.strip() and name[-1:] != ".")


def refuse_unknown_names(transcript: Transcript, names: Iterable[str]) -> None:
    """Raise UnreadableSource, with the names of the speakers, for a name that is none of theirs."""
    speakers = _list_speakers(transcript)
    for given in names:
        name = PersonName.of(given)
        if not any(speaker.is_called(name) for speaker in speakers.values()):
            raise UnreadableSource(
                f"no speaker is called {given!r}; {_list_names(speakers)}",
                told=f"nobody is called as `customer` or `ours` says; speakers: {len(speakers)}",
            )


def list_unknown_speakers(transcript: Transcript) -> dict[str, str]:
    """Map every speaker whose side is not known, by name or else by id, to their first words."""
    first: dict[str, str] = {}
    for turn in transcript.turns:
        if turn.side is Side.UNKNOWN and not _is_of_nobody(turn):
            first.setdefault(turn.name or turn.speaker_id, turn.text)
    return first


def _list_speakers(transcript: Transcript) -> dict[_Identity, _Speaker]:
    heard = {_identify(turn): turn for turn in transcript.turns if not _is_of_nobody(turn)}
    return {identity: _Speaker.of(turn) for identity, turn in heard.items()}


def _identify(turn: Turn) -> _Identity:
    return turn.speaker_id, turn.name, turn.email, turn.side


def _is_of_nobody(turn: Turn) -> bool:
    return turn.name is None and turn.speaker_id in {NOBODY, NOTES}


def _decide_sides(
    speakers: Mapping[_Identity, _Speaker],
    ours: Collection[PersonName],
    customers: Collection[PersonName],
) -> dict[_Identity, Side]:
    named: dict[_Identity, Side] = {}
    for identity, speaker in speakers.items():
        if any(map(speaker.is_called, customers)):
            named[identity] = Side.CUSTOMER
        elif any(map(speaker.is_called, ours)):
            named[identity] = Side.SELLER
    sides = {identity: named.get(identity, identity[3]) for identity in speakers}
    known = set(sides.values()) - {Side.UNKNOWN}
    # The rest is on the other side only if somebody named a side. A source that marks a single
    # speaker may have left others unmarked.
    if named and len(known) == 1:
        other = Side.SELLER if Side.CUSTOMER in known else Side.CUSTOMER
        # A speaker with a name and the id of nobody is one whom the reader is not sure of.
        sides = {
            who: other if side is Side.UNKNOWN and who[0] != NOBODY else side
            for who, side in sides.items()
        }
    return sides


def _list_names(speakers: Iterable[_Identity]) -> str:
    names = list(dict.fromkeys(name or speaker_id for speaker_id, name, _, _ in speakers))
    if not names:
        return "the source names nobody"
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"there are {', '.join(names[:_MOST_LISTED])}{more}"
